/**
 * What a call does on its way: answers, refusals, limits and deadlines. In: a server and a channel on loopback. Out: the
 * same error on both sides, and nothing of the server's inside on the client's.
 */
import { afterEach, expect, test } from 'vitest';
import { createLogger } from '@tapeline/runtime';
import {
  allOf,
  eventually,
  type Note,
  noteCodec,
  probe,
  type ProbeOptions,
  type ProbeWorld,
  probeWorld,
  refusalOf,
} from '../test-kit/probe-service.ts';
import { Encoded, RpcError } from './index.ts';

let world: ProbeWorld | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

async function start(options: ProbeOptions = {}): Promise<ProbeWorld> {
  world = await probeWorld(options);
  return world;
}

const { ask, list, talk } = probe.methods;
const hello: Note = { text: 'hello' };

test('each form of call carries its messages', async () => {
  const { channel } = await start();
  expect(await channel.unary(ask, probe.fullName, hello)).toEqual(hello);
  expect(await allOf(channel.serverStream(list, probe.fullName, hello))).toEqual([hello]);
  const call = channel.duplex(talk, probe.fullName);
  for (const text of ['a', 'b', 'c']) await call.send({ text });
  call.finish();
  expect(await allOf(call.responses)).toEqual([{ text: 'a' }, { text: 'b' }, { text: 'c' }]);
});

test('a refusal arrives with status, reason, facts and message', async () => {
  const refusal = new RpcError('NOT_FOUND', 'NOTE_UNKNOWN', 'no note x; ask for y', { field: 'text', value: 'x' });
  const throwing = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(refusal) }) };
  const { channel } = await start({
    handlers: { ask: () => Promise.reject(refusal), list: () => throwing, talk: () => throwing },
  });
  const calls = [
    () => channel.unary(ask, probe.fullName, hello),
    () => allOf(channel.serverStream(list, probe.fullName, hello)),
    () => allOf(channel.duplex(talk, probe.fullName).responses),
  ];
  for (const call of calls) {
    const { status, reason, facts, message } = await refusalOf(call());
    expect({ status, reason, facts, message }).toEqual({
      status: 'NOT_FOUND',
      reason: 'NOTE_UNKNOWN',
      facts: { field: 'text', value: 'x' },
      message: 'no note x; ask for y',
    });
  }
});

test('an exception that nobody expected is INTERNAL without its text, and logged once', async () => {
  const lines: string[] = [];
  const log = createLogger({
    name: 'test',
    level: 'warn',
    format: 'json',
    destination: { write: (line) => lines.push(line) },
  });
  const { channel } = await start({ log, handlers: { ask: () => Promise.reject(new TypeError('secret of line 7')) } });
  const refusal = await refusalOf(channel.unary(ask, probe.fullName, hello));
  expect([refusal.status, refusal.reason]).toEqual(['INTERNAL', 'INTERNAL']);
  expect(refusal.message).not.toContain('secret');
  expect(lines.filter((line) => line.includes('secret of line 7'))).toHaveLength(1);
});

test('a message that cannot be sent as it is arrives cut and well-formed', async () => {
  const long = `${'x'.repeat(1_023)}😀`;
  const { channel } = await start({ handlers: { ask: () => Promise.reject(new RpcError('ABORTED', 'R', long)) } });
  expect((await refusalOf(channel.unary(ask, probe.fullName, hello))).message).toBe(`${'x'.repeat(1_023)}\uFFFD`);
});

test.each(['ask', 'list', 'talk'] as const)('bytes that are no message are FIELD_INVALID: %s', async (name) => {
  const { channel } = await start();
  const garbled = { ...noteCodec, encode: () => ({ finish: () => new Uint8Array([0xff, 0x00]) }) };
  const method = { ...probe.methods[name], requestType: garbled };
  const call = channel.duplex({ ...method }, probe.fullName);
  await call.send(hello);
  call.finish();
  const refusal = await refusalOf(allOf(call.responses));
  expect([refusal.status, refusal.reason, refusal.facts]).toEqual([
    'INVALID_ARGUMENT',
    'FIELD_INVALID',
    { field: 'request' },
  ]);
});

test.each(['ask', 'list', 'talk'] as const)('a request over the limit is MESSAGE_TOO_LARGE: %s', async (name) => {
  const { connect } = await start();
  const channel = connect({ messageBytesMax: 1_000_000 });
  const call = channel.duplex(probe.methods[name], probe.fullName);
  await call.send({ text: 'x'.repeat(65_536) });
  call.finish();
  const refusal = await refusalOf(allOf(call.responses));
  expect([refusal.status, refusal.reason, refusal.facts]).toEqual([
    'RESOURCE_EXHAUSTED',
    'MESSAGE_TOO_LARGE',
    { field: 'message', max: '65536' },
  ]);
});

test.each(['ask', 'list', 'talk'] as const)('a response over the limit is MESSAGE_TOO_LARGE: %s', async (name) => {
  const large = { text: 'x'.repeat(65_536) };
  const many = async function* (): AsyncGenerator<Note> {
    yield large;
  };
  const { channel } = await start({ handlers: { ask: async () => large, list: many, talk: many } });
  const call = channel.duplex(probe.methods[name], probe.fullName);
  await call.send(hello);
  call.finish();
  expect((await refusalOf(allOf(call.responses))).reason).toBe('MESSAGE_TOO_LARGE');
});

test('a message of exactly the limit goes through', async () => {
  const { channel } = await start();
  const largest = { text: 'x'.repeat(65_536 - '{"text":""}'.length) };
  expect(await channel.unary(ask, probe.fullName, largest)).toEqual(largest);
});

test('a call without a deadline gets the default one, and its handler is told', async () => {
  let signal: AbortSignal | undefined;
  const { channel } = await start({
    deadlines: { deadlineMsDefault: 30 },
    handlers: {
      ask: (_request, call) => {
        signal = call.signal;
        return new Promise(() => undefined);
      },
    },
  });
  const call = channel.duplex(ask, probe.fullName);
  await call.send(hello);
  call.finish();
  const refusal = await refusalOf(allOf(call.responses));
  expect([refusal.status, refusal.reason, refusal.facts]).toEqual([
    'DEADLINE_EXCEEDED',
    'DEADLINE_EXCEEDED',
    { field: 'deadline', limit_ms: '30' },
  ]);
  expect(signal?.reason).toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
});

test('a deadline beyond the highest is cut to it', async () => {
  const { channel } = await start({
    deadlines: { deadlineMsDefault: 10, deadlineMsMax: 40 },
    handlers: { ask: () => new Promise(() => undefined) },
  });
  const refusal = await refusalOf(channel.unary(ask, probe.fullName, hello, { deadlineMs: 60_000 }));
  expect(refusal.facts).toEqual({ field: 'deadline', limit_ms: '40' });
});

test("a caller's deadline ends a stream on both sides, and the handler is told", async () => {
  let signal: AbortSignal | undefined;
  const { channel } = await start({
    handlers: {
      list: async function* (request, call) {
        signal = call.signal;
        yield request;
        await new Promise((resolve) => call.signal.addEventListener('abort', resolve));
      },
    },
  });
  const refusal = await refusalOf(allOf(channel.serverStream(list, probe.fullName, hello, { deadlineMs: 100 })));
  expect(refusal.status).toBe('DEADLINE_EXCEEDED');
  await eventually(() => signal?.aborted === true);
});

test('a stream without a deadline outlives the deadline of other calls', async () => {
  const { channel } = await start({
    deadlines: { deadlineMsDefault: 20, deadlineMsMax: 20 },
    handlers: {
      list: async function* (request) {
        await new Promise((resolve) => setTimeout(resolve, 80));
        yield request;
      },
    },
  });
  expect(await allOf(channel.serverStream(list, probe.fullName, hello))).toEqual([hello]);
});

test('a request that never gets whole ends at the deadline', async () => {
  const { channel } = await start({ deadlines: { deadlineMsDefault: 30 } });
  for (const method of [ask, list]) {
    const call = channel.duplex(method, probe.fullName);
    await call.send(hello);
    expect((await refusalOf(allOf(call.responses))).reason).toBe('DEADLINE_EXCEEDED');
  }
});

test('bytes that were encoded once are sent as they are', async () => {
  let times = 0;
  const counting = {
    encode: (note: Note) => {
      times += 1;
      return noteCodec.encode(note);
    },
  };
  const shared = new Encoded(counting, hello);
  const { channel } = await start({
    handlers: {
      list: async function* () {
        yield shared;
        yield shared;
      },
    },
  });
  expect(await allOf(channel.serverStream(list, probe.fullName, hello))).toEqual([hello, hello]);
  expect(times).toBe(1);
});

test('calls are counted by method and status, messages by direction', async () => {
  const { channel, metrics } = await start();
  await channel.unary(ask, probe.fullName, hello);
  await refusalOf(channel.unary(ask, probe.fullName, hello, { signal: AbortSignal.abort() }));
  await allOf(channel.serverStream(list, probe.fullName, hello));
  const text = await metrics.text();
  expect(text).toContain('tapeline_grpc_calls_total{method="Probe/Ask",status="OK"} 1');
  expect(text).toContain('tapeline_grpc_messages_total{method="Probe/List",direction="sent"} 1');
  expect(text).toContain('tapeline_grpc_messages_total{method="Probe/List",direction="received"} 1');
  expect(text).toContain('tapeline_grpc_calls_in_flight 0');
  expect(text).toContain('tapeline_grpc_connections 1');
});
