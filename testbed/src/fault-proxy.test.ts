/** The proxy carries bytes faithfully, each fault does what it says and nothing else, and what it holds is bounded. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { connectPeer, type Peer, PeerServer, until } from '../test-kit/tcp-peers.ts';
import { FaultProxy, type FaultProxyConfig } from './fault-proxy.ts';

const endings: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

type Rig = { readonly server: PeerServer; readonly proxy: FaultProxy; readonly client: Peer; readonly remote: Peer };

/** A client connected to a server through a proxy. */
async function connected(config: Partial<FaultProxyConfig> = {}, onPeer?: (peer: Peer) => void): Promise<Rig> {
  const server = await PeerServer.listen(onPeer);
  const proxy = await FaultProxy.listen({ target: server.target, ...config });
  const client = await connectPeer(proxy);
  endings.push(
    () => server.close(),
    () => proxy.close(),
    () => void client.socket.destroy(),
  );
  await until('the server is connected', () => server.peers.length === 1);
  const [remote] = server.peers;
  if (remote === undefined) throw new Error('no connection arrived');
  return { server, proxy, client, remote };
}

function echo({ socket }: Peer): void {
  socket.pipe(socket);
}

test('a megabyte passes unchanged in both directions and is counted', async () => {
  const { proxy, client } = await connected({}, echo);
  const sent = randomBytes(1_048_576);
  client.socket.end(sent);
  await until('all is back', () => client.bytes === sent.length);
  expect(client.received.equals(sent)).toBe(true);
  expect(proxy.counts).toMatchObject({ connections: 1, bytesToServer: sent.length, bytesToClient: sent.length });
  expect(proxy.counts).toMatchObject({ bytesSwallowed: 0, resets: 0, cuts: 0, flips: 0 });
});

test('the end of one direction is passed on while the other goes on', async () => {
  const { client, remote } = await connected();
  client.socket.end('question');
  await until('the server sees the end', () => remote.hasEnd);
  expect(remote.text).toBe('question');
  remote.socket.end('answer');
  await until('the client sees the end', () => client.hasEnd);
  expect(client.text).toBe('answer');
});

test('a connection that ended on both sides is forgotten, and was no reset', async () => {
  const { proxy, client, remote } = await connected();
  expect(proxy.connectionsOpen).toBe(1);
  client.socket.end();
  remote.socket.end();
  await until('it is forgotten', () => proxy.connectionsOpen === 0);
  expect(client.error).toBeUndefined();
  expect(proxy.counts.resets).toBe(0);
});

test('a reset of the server is a reset for the client, and the other way round', async () => {
  const first = await connected();
  first.remote.socket.resetAndDestroy();
  await until('the client is closed', () => first.client.isClosed);
  expect(first.client.error?.code).toBe('ECONNRESET');
  const second = await connected();
  second.client.socket.resetAndDestroy();
  await until('the server is closed', () => second.remote.isClosed);
  expect(second.remote.error?.code).toBe('ECONNRESET');
});

test('a target that is not there ends the connection and is counted', async () => {
  const server = await PeerServer.listen();
  const { target } = server;
  server.close();
  const proxy = await FaultProxy.listen({ target });
  endings.push(() => proxy.close());
  const client = await connectPeer(proxy);
  await until('the client is closed', () => client.isClosed);
  expect(proxy.counts.connectionsRefusedByServer).toBe(1);
  expect(proxy.connectionsOpen).toBe(0);
});

test('latency delays each direction', async () => {
  const { client } = await connected({ faults: { latencyMs: 40 } }, echo);
  const from = performance.now();
  client.socket.write('ping');
  await until('it is back', () => client.text === 'ping');
  expect(performance.now() - from).toBeGreaterThanOrEqual(79);
});

test('latency changes while the connection is open', async () => {
  const { proxy, client } = await connected({ faults: { latencyMs: 5_000 } }, echo);
  proxy.set({ latencyMs: 0 });
  const from = performance.now();
  client.socket.write('ping');
  await until('it is back', () => client.text === 'ping');
  expect(performance.now() - from).toBeLessThan(4_000);
});

test('jitter keeps the order of bytes', async () => {
  const { client, remote } = await connected({ faults: { jitterMs: 15 } });
  const words = Array.from({ length: 40 }, (_, index) => `${index};`);
  for (const word of words) {
    client.socket.write(word);
    await sleep(1);
  }
  const all = words.join('');
  await until('all arrived', () => remote.bytes === all.length);
  expect(remote.text).toBe(all);
});

test('a limit of rate lets through no more than it says', async () => {
  const { client, remote } = await connected({ faults: { bytesPerSecond: 100_000 } });
  const from = performance.now();
  client.socket.write(randomBytes(20_000));
  await until('half arrived', () => remote.bytes >= 10_000);
  expect(performance.now() - from).toBeGreaterThanOrEqual(90);
  await until('all arrived', () => remote.bytes === 20_000);
  expect(performance.now() - from).toBeGreaterThanOrEqual(190);
});

test('at its bound the proxy stops reading, and the sender feels it', async () => {
  const heldBytesMax = 65_536;
  const { proxy, client, remote } = await connected({ heldBytesMax, faults: { latencyMs: 60_000 } });
  const sent = randomBytes(33_554_432);
  client.socket.write(sent);
  await until('the bound is reached', () => proxy.heldBytes >= heldBytesMax);
  await sleep(50);
  // One piece of Node's sockets, 64 KiB, may come on top.
  expect(proxy.heldBytes).toBeLessThanOrEqual(heldBytesMax + 65_536);
  expect(client.socket.writableLength).toBe(sent.length);
  expect(remote.bytes).toBe(0);
});

test('a server that reads slowly holds the sender back, and nothing is lost', async () => {
  const heldBytesMax = 65_536;
  const { proxy, client, remote } = await connected({ heldBytesMax });
  remote.socket.pause();
  const sent = randomBytes(33_554_432);
  client.socket.write(sent);
  await until('the bound is reached', () => proxy.heldBytes >= heldBytesMax);
  expect(proxy.heldBytes).toBeLessThanOrEqual(heldBytesMax + 65_536);
  remote.socket.resume();
  await until('all arrived', () => remote.bytes === sent.length);
  expect(remote.received.equals(sent)).toBe(true);
});

test('a stalled direction delivers nothing, and all of it once it goes on', async () => {
  const { proxy, client, remote } = await connected();
  proxy.set({ stalled: 'toServer' });
  client.socket.write('held');
  remote.socket.write('passes');
  await until('the other direction passes', () => client.text === 'passes');
  await sleep(30);
  expect(remote.bytes).toBe(0);
  proxy.set({ stalled: 'none' });
  await until('it arrives', () => remote.text === 'held');
  expect(proxy.counts.bytesSwallowed).toBe(0);
});

test('what was under way when a direction stalls waits, too', async () => {
  const { proxy, client, remote } = await connected({ faults: { latencyMs: 30 } });
  client.socket.write('late');
  await until('it is under way', () => proxy.heldBytes === 4);
  proxy.set({ stalled: 'both' });
  await sleep(60);
  expect(remote.bytes).toBe(0);
  await proxy.heal();
  await until('it arrives', () => remote.text === 'late');
});

test('a black hole accepts connections and swallows what they send', async () => {
  const { proxy, remote } = await connected({ faults: { blackHole: 'both' } });
  const client = await connectPeer(proxy);
  client.socket.write('lost');
  await until('it is swallowed', () => proxy.counts.bytesSwallowed === 4);
  expect(remote.bytes).toBe(0);
  expect(client.isClosed).toBe(false);
  client.socket.destroy();
});

test('with replies swallowed the server hears and the client does not', async () => {
  const { proxy, client, remote } = await connected({}, echo);
  proxy.swallowReplies();
  client.socket.write('question');
  await until('the answer is swallowed', () => proxy.counts.bytesSwallowed === 8);
  expect(remote.text).toBe('question');
  expect(client.bytes).toBe(0);
});

test('a connection that lost bytes is reset when bytes pass again', async () => {
  const { proxy, client } = await connected({ faults: { blackHole: 'toServer' } });
  client.socket.write('lost');
  await until('it is swallowed', () => proxy.counts.bytesSwallowed === 4);
  await proxy.heal();
  await until('the client is reset', () => client.isClosed);
  expect(client.error?.code).toBe('ECONNRESET');
});

test('a connection that lost nothing goes on when a black hole ends', async () => {
  const { proxy, client } = await connected({}, echo);
  proxy.set({ blackHole: 'both' });
  await proxy.heal();
  client.socket.write('ping');
  await until('it is back', () => client.text === 'ping');
});

test('a half-open connection looks alive to the client, and the server is gone', async () => {
  const { proxy, client, remote } = await connected();
  expect(proxy.halfOpen()).toBe(1);
  await until('the server is reset', () => remote.isClosed);
  client.socket.write('into nowhere');
  await until('it is swallowed', () => proxy.counts.bytesSwallowed === 12);
  expect(client.isClosed).toBe(false);
  await proxy.heal();
  await until('the client is reset', () => client.isClosed);
  expect(proxy.connectionsOpen).toBe(0);
});

test('half of a connection can be closed in order', async () => {
  const { proxy, client, remote } = await connected();
  proxy.closeHalf('toClient');
  await until('the client sees an end', () => client.hasEnd);
  client.socket.write('still heard');
  await until('the server hears', () => remote.text === 'still heard');
  expect(client.error).toBeUndefined();
});

test('a reset ends every connection on both sides', async () => {
  const { proxy, client, remote, server } = await connected();
  const second = await connectPeer(proxy);
  await until('both are connected', () => server.peers.length === 2);
  expect(proxy.reset()).toBe(2);
  await until('all are closed', () => client.isClosed && remote.isClosed && second.isClosed);
  expect([client.error?.code, remote.error?.code, second.error?.code]).toEqual(Array(3).fill('ECONNRESET'));
  expect(proxy.counts.resets).toBe(2);
});

test('a cut lets exactly so many bytes pass and then resets the connection, once', async () => {
  const { proxy, client } = await connected({}, ({ socket }) => socket.write('0123456789'));
  await until('the greeting is there', () => client.bytes === 10);
  const cut = proxy.cutAfterBytes(4, 'toClient');
  const second = await connectPeer(proxy);
  await cut;
  await until('it is closed', () => second.isClosed);
  expect(second.text).toBe('0123');
  expect(second.error?.code).toBe('ECONNRESET');
  expect(proxy.counts.cuts).toBe(1);
  const third = await connectPeer(proxy);
  await until('the next is whole', () => third.text === '0123456789');
  expect(client.isClosed).toBe(false);
  third.socket.destroy();
});

test('a cut counts over pieces and connections', async () => {
  const { proxy, client, remote, server } = await connected();
  const cut = proxy.cutAfterBytes(5, 'toServer');
  client.socket.write('abc');
  await until('three arrived', () => remote.text === 'abc');
  const second = await connectPeer(proxy);
  second.socket.write('defg');
  await cut;
  await until('the second is closed', () => second.isClosed);
  expect(server.peers[1]?.text).toBe('de');
  expect(client.isClosed).toBe(false);
});

test('one byte is inverted, at its place, once', async () => {
  const { proxy, client, remote } = await connected();
  const flip = proxy.flipByte(2, 'toServer');
  client.socket.write(Buffer.from([1, 2, 3, 4]));
  await flip;
  client.socket.write(Buffer.from([5, 6, 7, 8]));
  await until('all arrived', () => remote.bytes === 8);
  expect([...remote.received]).toEqual([1, 2, 252, 4, 5, 6, 7, 8]);
  expect(proxy.counts.flips).toBe(1);
});

test('what was set for a byte to come is gone after healing', async () => {
  const { proxy, client, remote } = await connected();
  void proxy.flipByte(0, 'toServer');
  void proxy.cutAfterBytes(1, 'toServer');
  await proxy.heal();
  client.socket.write('whole');
  await until('it arrived', () => remote.text === 'whole');
  expect(proxy.counts).toMatchObject({ flips: 0, cuts: 0 });
});

test('refusing ends no connection, and the same port accepts again', async () => {
  const { proxy, client } = await connected({}, echo);
  const { port } = proxy;
  await proxy.refuse();
  await expect(connectPeer(proxy)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  client.socket.write('ping');
  await until('the open connection works', () => client.text === 'ping');
  await proxy.accept();
  expect(proxy.port).toBe(port);
  const second = await connectPeer(proxy);
  second.socket.write('pong');
  await until('the new one works', () => second.text === 'pong');
  second.socket.destroy();
});

test('a fault out of bounds is refused and changes nothing', async () => {
  const { proxy } = await connected();
  expect(() => proxy.set({ latencyMs: -1 })).toThrow('latencyMs is -1; it must be from 0 to 60000');
  expect(() => proxy.set({ bytesPerSecond: Number.NaN })).toThrow('bytesPerSecond is NaN');
  expect(() => proxy.cutAfterBytes(1.5)).toThrow('bytes is 1.5');
  expect(() => proxy.set({ blackHole: 'sideways' as 'both' })).toThrow("blackHole is 'sideways'");
  expect(proxy.faults).toMatchObject({ latencyMs: 0, bytesPerSecond: 0, blackHole: 'none' });
});
