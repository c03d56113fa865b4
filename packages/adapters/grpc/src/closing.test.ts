/**
 * How a server ends, and how it fails to begin. In: calls under way, and a grace. Out: those that can end well do; the
 * rest hears SHUTTING_DOWN; nothing is left open.
 */
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

let world: ProbeWorld | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

async function start(options: ProbeOptions = {}): Promise<ProbeWorld> {
  world = await probeWorld(options);
  return world;
}

const { ask, list } = probe.methods;
const hello: Note = { text: 'hello' };

/** A handler that waits until the test lets it go on. */
function gate(): { readonly open: () => void; readonly passed: Promise<void>; reached: boolean } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), passed, reached: false };
}

test('calls that are answered within the grace are answered, new ones are refused', async () => {
  const hold = gate();
  const { server, channel, connect } = await start({
    handlers: {
      ask: async (request) => {
        hold.reached = true;
        await hold.passed;
        return request;
      },
    },
  });
  const under = channel.unary(ask, probe.fullName, hello);
  await eventually(() => hold.reached);
  const closing = server.close(5_000);
  expect((await refusalOf(connect().unary(ask, probe.fullName, hello))).status).toBe('UNAVAILABLE');
  hold.open();
  expect(await under).toEqual(hello);
  await closing;
});

test('a call that comes on an open connection after the server stopped accepting is refused', async () => {
  const hold = gate();
  const { server, channel } = await start({
    handlers: {
      list: async function* (request) {
        yield request;
        await hold.passed;
        yield request;
      },
    },
  });
  const stream = channel.serverStream(list, probe.fullName, hello)[Symbol.asyncIterator]();
  await stream.next();
  server.stopAccepting();
  expect((await refusalOf(channel.unary(ask, probe.fullName, hello))).status).toBe('UNAVAILABLE');
  hold.open();
  expect(await stream.next()).toEqual({ done: false, value: hello });
  expect((await stream.next()).done).toBe(true);
});

test('a stream is told, may say a last word, and ends with SHUTTING_DOWN', async () => {
  const { server, channel } = await start({
    handlers: {
      list: async function* (_request, call) {
        yield { text: 'first' };
        await new Promise((resolve) => call.signal.addEventListener('abort', resolve));
        yield { text: 'last' };
      },
    },
  });
  const seen: string[] = [];
  const reading = (async () => {
    for await (const { text } of channel.serverStream(list, probe.fullName, hello)) seen.push(text);
  })();
  await eventually(() => seen.length === 1);
  const closing = server.close(5_000);
  const refusal = await refusalOf(reading);
  expect([refusal.status, refusal.reason]).toEqual(['UNAVAILABLE', 'SHUTTING_DOWN']);
  expect(seen).toEqual(['first', 'last']);
  await closing;
});

test('a handler that does not listen is cut when the grace is over', async () => {
  const clock = new ManualClock();
  const { server, channel } = await start({
    clock,
    handlers: {
      ask: () => new Promise(() => undefined),
      list: async function* (request) {
        yield request;
        await new Promise(() => undefined);
      },
    },
  });
  const stream = refusalOf(allOf(channel.serverStream(list, probe.fullName, hello)));
  const call = refusalOf(channel.unary(ask, probe.fullName, hello));
  await new Promise((resolve) => setTimeout(resolve, 50));
  const closing = server.close(3_000);
  await clock.advance(2_999);
  await clock.advance(1);
  for (const refusal of [await stream, await call]) {
    expect([refusal.status, refusal.reason]).toEqual(['UNAVAILABLE', 'SHUTTING_DOWN']);
  }
  await clock.advance(1_000);
  await closing;
});

test('closing twice waits for the first', async () => {
  const { server } = await start();
  await Promise.all([server.close(1_000), server.close(1_000)]);
});

test('a port in use is told with the address and the remedy', async () => {
  const { server } = await start();
  await expect(probeWorld({ port: server.port })).rejects.toMatchObject({
    name: 'ListenError',
    code: 'EADDRINUSE',
    message: `gRPC cannot listen on 127.0.0.1 port ${server.port}: the port is in use; choose another, or 0 for any free one`,
  });
});

test('an address of another machine is told as such', async () => {
  await expect(probeWorld({ host: '192.0.2.1' })).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
});
