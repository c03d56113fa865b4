/**
 * A feed's way to ingest in another process: what the sink over gRPC gives is what the sink inside a process gives, and an
 * ingest that goes away or says nothing is left for the next.
 */
import { type FeedIdentity, FeedStreamError, TimeDomain, type TickRow } from '@tapeline/domain';
import { ingestSink } from '@tapeline/feed';
import { grpcService, startGrpcServer } from '@tapeline/grpc';
import { createIngest, type Ingest, ingestConfigDefaults } from '@tapeline/ingest';
import { type Clock, createHealth, createMetrics, silentLogger, systemClock, systemRandom } from '@tapeline/runtime';
import { descriptorSet, errorDetails } from '@tapeline/wire';
import { expect, test } from 'vitest';
import { ScriptedLog } from '../../services/ingest/test-kit/scripted-log.ts';
import { ticksOf } from '../ingest/ingest-rig.ts';
import { muteServer } from './mute-server.ts';
import { afterTest } from './rig.ts';

/** Waits of a minute and of ten seconds pass in a moment. */
const hastyClock: Clock = {
  ...systemClock,
  sleep: (ms, stop) => systemClock.sleep(ms >= 5_000 ? 300 : ms, stop),
};

type World = { readonly address: string; readonly ingest: Ingest; readonly log: ScriptedLog; stop(): Promise<void> };

async function startWorld(): Promise<World> {
  const log = new ScriptedLog(1, () => Date.now());
  const metrics = createMetrics({ ofProcess: false });
  const ingest = createIngest({
    log,
    knownInstruments: { find: async () => undefined },
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    metrics,
    config: ingestConfigDefaults,
  });
  const server = await startGrpcServer({
    host: '127.0.0.1',
    port: 0,
    services: [grpcService(ingest.definition, ingest.service)],
    descriptorSet,
    health: createHealth(),
    limits: { messageBytesMax: 4_194_304, streamsPerConnectionMax: 100, connectionsMax: 10 },
    errorCodec: errorDetails,
    log: silentLogger,
    metrics,
    clock: hastyClock,
  });
  const stop = async (): Promise<void> => {
    await ingest.stop();
    await server.close(100);
  };
  afterTest(stop);
  return { address: `127.0.0.1:${server.port}`, ingest, log, stop };
}

const live: FeedIdentity = { dataset: 'test', timeDomain: TimeDomain.live, clientName: 'test feed' };

function rowsFrom(first: number, count: number, changes: Partial<TickRow> = {}): TickRow[] {
  return Array.from({ length: count }, (_, index) => ({
    symbol: 'AAA',
    terms: { priceExponent: -4, sizeExponent: 0, calendar: '24/7', currency: 'USD', tickSize: 100 },
    sequence: first + index,
    link: first + index - 1,
    eventSec: Math.floor(Date.now() / 1_000),
    eventNano: index,
    attributes: { kind: 1, flags: 0, side: 0, tape: 0, venue: 'V', conditions: [] },
    price: 1_000,
    size: 1 + index,
    ...changes,
  })) as TickRow[];
}

test('ticks are durable with their identities once settled, and the id is the one that ingest issued', async () => {
  const { address, log } = await startWorld();
  const stream = await ingestSink({ addresses: [address], clock: systemClock }).open(live);
  await stream.send(rowsFrom(1, 1_500));
  await stream.send(rowsFrom(1_501, 500));
  await stream.settled();
  expect([stream.settledSequence, stream.rejected]).toEqual([2_000, { count: 0 }]);
  const logged = ticksOf(log);
  expect(logged.map(({ sequence, link }) => [sequence, link])).toEqual(
    Array.from({ length: 2_000 }, (_, index) => [index + 1, index]),
  );
  expect(new Set(logged.map(({ publisherId }) => publisherId))).toEqual(new Set([stream.publisherId]));
  await stream.close();
});

test('a source that is read again has the publisher that the sink of the process would give it', async () => {
  const { address, ingest } = await startWorld();
  const sink = ingestSink({ addresses: [address], clock: systemClock });
  const identity = { ...live, timeDomain: TimeDomain.replay, sourceDigest: 0x1234n };
  const streams = [await sink.open(identity), await sink.open(identity), await ingest.sink.open(identity)];
  const [first = 0n, ...others] = streams.map(({ publisherId }) => publisherId);
  expect(first).not.toBe(0n);
  expect(others).toEqual([first, first]);
  for (const stream of streams) await stream.close();
});

test('progress and ends of a replay are settled as ticks are, also years apart', async () => {
  const { address, log } = await startWorld();
  const replay = { ...live, timeDomain: TimeDomain.replay };
  const stream = await ingestSink({ addresses: [address], clock: systemClock }).open(replay);
  const [old] = rowsFrom(1, 1, { eventSec: 1_000_000_000 });
  await stream.send([old as TickRow, ...rowsFrom(2, 1)]);
  await stream.progress([{ symbol: 'AAA', link: 2, timeNs: BigInt(Date.now()) * 1_000_000n }]);
  await stream.end([{ symbol: 'AAA', link: 2 }]);
  await stream.close();
  expect(stream.settledSequence).toBe(2);
  expect(ticksOf(log).map(({ sequence }) => sequence)).toEqual([1, 2]);
});

test('a tick that ingest refuses is counted and told, and those beside it go through', async () => {
  const { address, log } = await startWorld();
  const stream = await ingestSink({ addresses: [address], clock: systemClock }).open(live);
  const ahead = rowsFrom(2, 1, { eventSec: Math.floor(Date.now() / 1_000) + 7_200 });
  await stream.send([...rowsFrom(1, 1), ...ahead, ...rowsFrom(3, 1)]);
  await stream.settled();
  expect(stream.rejected).toMatchObject({ count: 1, first: { sequence: 2 } });
  expect(ticksOf(log).map(({ sequence }) => sequence)).toEqual([1, 3]);
  await stream.close();
});

test('an ingest that shuts down ends the stream with its reason, and the next open goes to another', async () => {
  const [one, two] = [await startWorld(), await startWorld()];
  const sink = ingestSink({ addresses: [one.address, two.address], clock: hastyClock });
  const stream = await sink.open(live);
  await stream.send(rowsFrom(1, 10));
  await stream.settled();
  await one.stop();
  await expect(async () => {
    for (let first = 11; first < 1_000; first += 10) {
      await stream.send(rowsFrom(first, 10));
      await stream.settled();
    }
  }).rejects.toThrow(FeedStreamError);
  await stream.close();
  const again = await sink.open({ ...live, publisherId: stream.publisherId });
  await again.send(rowsFrom(1, 20));
  await again.close();
  expect([again.publisherId, ticksOf(two.log).length]).toEqual([stream.publisherId, 20]);
});

test('an ingest that is not there, or takes connections and says nothing, is a reason to try again', async () => {
  const mute = await muteServer();
  for (const target of ['127.0.0.1:1', mute.address]) {
    const opening = ingestSink({ addresses: [target], clock: hastyClock }).open(live);
    await expect(opening).rejects.toThrow(FeedStreamError);
    await expect(opening).rejects.toThrow(`ingest at ${target}`);
  }
});

test('an ingest whose log takes nothing is given up after a minute without news', async () => {
  const { address, log } = await startWorld();
  log.fate = () => 'wait';
  const stream = await ingestSink({ addresses: [address], clock: hastyClock }).open(live);
  await stream.send(rowsFrom(1, 10));
  await expect(stream.settled()).rejects.toMatchObject({ reason: 'NO_ANSWER' });
  await stream.close();
  log.letGo();
});

test('a dataset that cannot be is a fault of the feed, with the reason of the contract', async () => {
  const { address } = await startWorld();
  const opening = ingestSink({ addresses: [address], clock: systemClock }).open({ ...live, dataset: '' });
  await expect(opening).rejects.toMatchObject({ reason: 'FIELD_INVALID' });
});
