/**
 * Streams and their bounds. In: readers and writers that stop. Out: the other side stops too, and everything ends when
 * one of them goes (law 7).
 */
import { createConnection } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { ManualClock } from '@tapeline/runtime';
import {
  allOf,
  eventually,
  type Note,
  probe,
  type ProbeOptions,
  type ProbeWorld,
  probeWorld,
  refusalOf,
} from '../test-kit/probe-service.ts';
import { type GrpcCall, RpcError } from './index.ts';
import { statusMsMax } from './guarded-call.ts';
import { requestBytesHeldMax } from './read-requests.ts';

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
const kilobyte: Note = { text: 'x'.repeat(1_013) };

async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Waits until a number stands still. */
async function still(numberNow: () => number): Promise<number> {
  for (;;) {
    const before = numberNow();
    await settled();
    if (numberNow() === before) return before;
  }
}

test('a reader that stops stops the handler, and leaving the loop ends it', async () => {
  let made = 0;
  let isLeft = false;
  const { channel } = await start({
    handlers: {
      list: async function* () {
        try {
          for (;;) {
            made += 1;
            yield kilobyte;
          }
        } finally {
          isLeft = true;
        }
      },
    },
  });
  for await (const note of channel.serverStream(list, probe.fullName, kilobyte)) {
    expect(note).toEqual(kilobyte);
    await eventually(() => made > 1);
    // Windows of HTTP/2 on both sides, the library's 16 messages, one being written: nothing more.
    expect(await still(() => made)).toBeLessThan(2_500);
    break;
  }
  await eventually(() => isLeft);
});

test('a handler that reads no requests stops the sender, at a bounded number of bytes', async () => {
  let take = (): void => undefined;
  let taken = 0;
  const note = { text: 'x'.repeat(30_000) };
  const { channel } = await start({
    limits: { messageBytesMax: 65_536 },
    handlers: {
      talk: async function* (requests) {
        await new Promise<void>((resolve) => {
          take = resolve;
        });
        for await (const { text } of requests) taken += text === note.text ? 1 : 0;
        yield* [];
      },
    },
  });
  const call = channel.duplex(talk, probe.fullName);
  let sent = 0;
  const sending = (async () => {
    for (; sent < 200; sent += 1) await call.send(note);
    call.finish();
  })();
  const stopped = await still(() => sent);
  // What is held here, one message over it, the window of the stream, the library's 16 messages at the sender.
  expect(stopped).toBeLessThan((requestBytesHeldMax + 65_536 * 2) / 30_000 + 34);
  take();
  await sending;
  await allOf(call.responses);
  expect(taken).toBe(200);
});

test('a stream carries many messages in order in both directions at once', async () => {
  const { channel } = await start();
  const call = channel.duplex(talk, probe.fullName);
  const count = 5_000;
  const sending = (async () => {
    for (let index = 0; index < count; index += 1) await call.send({ text: String(index) });
    call.finish();
  })();
  let next = 0;
  for await (const { text } of call.responses) {
    if (text !== String(next)) throw new Error(`${text} came in place of ${next}`);
    next += 1;
  }
  await sending;
  expect(next).toBe(count);
});

test.each(['cancel', 'signal', 'close'] as const)('the handler hears that the caller went: %s', async (how) => {
  let call: GrpcCall | undefined;
  const { connect } = await start({
    handlers: {
      talk: async function* (_requests, under) {
        call = under;
        await new Promise((resolve) => under.signal.addEventListener('abort', resolve));
        yield* [];
      },
    },
  });
  const stop = new AbortController();
  const own = connect();
  const stream = own.duplex(talk, probe.fullName, { signal: stop.signal });
  await stream.send(kilobyte);
  await eventually(() => call !== undefined);
  if (how === 'cancel') stream.cancel();
  else if (how === 'signal') stop.abort();
  else own.close();
  if (how === 'close') stream.cancel();
  expect((await refusalOf(allOf(stream.responses))).status).toBe('CANCELLED');
  await expect(stream.send(kilobyte)).rejects.toBeInstanceOf(RpcError);
  await eventually(() => call?.signal.aborted === true);
  expect(call?.signal.reason).toMatchObject({ status: 'CANCELLED' });
});

test('whoever waits for requests hears that the caller went', async () => {
  let thrown: unknown;
  let isReached = false;
  const { server, channel } = await start({
    handlers: {
      talk: async function* (requests) {
        try {
          isReached = true;
          for await (const request of requests) yield request;
        } catch (error) {
          thrown = error;
          throw error;
        }
      },
    },
  });
  const responses = refusalOf(allOf(channel.duplex(talk, probe.fullName).responses));
  await eventually(() => isReached);
  await server.close(1_000);
  expect(thrown).toMatchObject({ reason: 'SHUTTING_DOWN' });
  expect((await responses).reason).toBe('SHUTTING_DOWN');
});

test('a handler can end its call while requests still come', async () => {
  const { channel } = await start({
    handlers: {
      talk: async function* (requests) {
        for await (const request of requests) {
          yield request;
          throw new RpcError('ABORTED', 'ENOUGH', 'one is enough');
        }
      },
    },
  });
  const call = channel.duplex(talk, probe.fullName);
  await call.send(kilobyte);
  expect((await refusalOf(allOf(call.responses))).reason).toBe('ENOUGH');
});

test('abort ends a call whose reader reads: with status and reason', async () => {
  const { channel } = await start({
    handlers: {
      list: async function* (request, call) {
        yield request;
        call.abort(new RpcError('RESOURCE_EXHAUSTED', 'READER_TOO_SLOW', 'too slow'));
        await new Promise(() => undefined);
      },
    },
  });
  const refusal = await refusalOf(allOf(channel.serverStream(list, probe.fullName, kilobyte)));
  expect([refusal.status, refusal.reason]).toEqual(['RESOURCE_EXHAUSTED', 'READER_TOO_SLOW']);
});

test('abort ends a call whose reader reads nothing: its stream is reset with the nearest status', async () => {
  const clock = new ManualClock();
  let call: GrpcCall | undefined;
  let made = 0;
  const { channel, metrics } = await start({
    clock,
    handlers: {
      list: async function* (_request, under) {
        call = under;
        for (;;) {
          made += 1;
          yield kilobyte;
        }
      },
    },
  });
  const responses = channel.serverStream(list, probe.fullName, kilobyte)[Symbol.asyncIterator]();
  await responses.next();
  await still(() => made);
  call?.abort(new RpcError('UNAVAILABLE', 'RESPONSES_NOT_READ', 'nothing was read for 60 s'));
  expect(call?.signal.aborted).toBe(true);
  await settled();
  expect(await metrics.text()).toContain('tapeline_grpc_calls_in_flight 1');
  await clock.advance(statusMsMax);
  await eventually(async () => (await metrics.text()).includes('tapeline_grpc_calls_in_flight 0'));
  const rest = (async () => {
    while ((await responses.next()).done !== true);
  })();
  expect((await refusalOf(rest)).status).toBe('UNAVAILABLE');
});

test('calls over the limit of a connection wait, and other connections do not', async () => {
  const free: (() => void)[] = [];
  const { channel, connect } = await start({
    limits: { streamsPerConnectionMax: 2 },
    handlers: {
      ask: async (request) => {
        await new Promise<void>((resolve) => free.push(resolve));
        return request;
      },
    },
  });
  const first = [1, 2, 3].map(() => channel.unary(ask, probe.fullName, kilobyte));
  await eventually(() => free.length === 2);
  await settled();
  expect(free).toHaveLength(2);
  const other = connect().unary(ask, probe.fullName, kilobyte);
  await eventually(() => free.length === 3);
  free[0]?.();
  await eventually(() => free.length === 4);
  for (const let_ of free) let_();
  expect(await Promise.all([...first, other])).toHaveLength(4);
});

test('a connection too many is closed at once, counted, and let in when another has gone', async () => {
  const { server, channel, connect, metrics } = await start({ limits: { connectionsMax: 2 } });
  await channel.unary(ask, probe.fullName, kilobyte);
  const second = createConnection(server.port, '127.0.0.1');
  await eventually(async () => (await metrics.text()).includes('tapeline_grpc_connections 2'));
  const refusal = await refusalOf(connect().unary(ask, probe.fullName, kilobyte));
  expect(refusal.status).toBe('UNAVAILABLE');
  expect(await metrics.text()).toMatch(/tapeline_grpc_connections_refused_total [1-9]/);
  second.destroy();
  await eventually(async () => (await metrics.text()).includes('tapeline_grpc_connections 1'));
  expect(await connect().unary(ask, probe.fullName, kilobyte)).toEqual(kilobyte);
});

test('a connection that gives no sign of life is closed', async () => {
  const { server, metrics } = await start({ keepalive: { everyMs: 30, timeoutMs: 30 } });
  const silent = createConnection(server.port, '127.0.0.1');
  await eventually(async () => (await metrics.text()).includes('tapeline_grpc_connections 1'));
  await eventually(async () => (await metrics.text()).includes('tapeline_grpc_connections 0'));
  silent.destroy();
});

test('bytes that are no HTTP/2 end their connection and nothing else', async () => {
  const { server, channel } = await start();
  const garbled = createConnection(server.port, '127.0.0.1');
  garbled.on('error', () => undefined);
  garbled.resume();
  garbled.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await new Promise((resolve) => garbled.on('close', resolve));
  expect(await channel.unary(ask, probe.fullName, kilobyte)).toEqual(kilobyte);
});
