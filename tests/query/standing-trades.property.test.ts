/**
 * Reads of trades against the reference: over a tape that a worker made of a whole market, with cancels and corrections
 * in any order, a read shows the trades as they stand, and every tick as it was published.
 */
import { foldConfigDefaults } from '@tapeline/domain';
import type { GrpcCall } from '@tapeline/grpc';
import { queryConfigDefaults, startQuery } from '@tapeline/query';
import { createHealth, createMetrics, silentLogger, systemClock } from '@tapeline/runtime';
import {
  deliver,
  drawWorld,
  isAmendment,
  isTrade,
  type PublishedTick,
  SimulatedFormingBars,
  standingTrades,
} from '@tapeline/simulation';
import { wireQuery } from '@tapeline/wire';
import { workerConfigDefaults } from '@tapeline/worker';
import { expect, test } from 'vitest';
import { drawStyle, nothingGivenUp } from '../properties/fault-mixes.ts';
import { forEachSeedAsync } from '../worker/seeds-async.ts';
import { WorkerRun } from '../worker/worker-run.ts';
import { TestCall } from './query-rig.ts';

type Read = (request: Partial<wireQuery.GetTradesRequest>) => Promise<wireQuery.GetTradesResponse>;

/** Every page, joined. */
async function readAll(read: Read, request: Partial<wireQuery.GetTradesRequest>): Promise<wireQuery.TapeEntry[]> {
  const entries: wireQuery.TapeEntry[] = [];
  let pageToken = '';
  do {
    const page = await read({ ...request, pageToken });
    entries.push(...page.entries);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return entries;
}

/** What an amended entry says of the market. */
function shown({ tick }: wireQuery.TapeEntry): string {
  if (tick?.$case !== 'trade') return 'no trade';
  const { eventTimeNs, price, size, conditions } = tick.value;
  return `${eventTimeNs} ${price} ${size} ${conditions.join(',')}`;
}

function expected(ticks: readonly PublishedTick[]): string[] {
  return standingTrades(ticks).standing.map(
    ({ eventNs, price, size, conditions }) => `${eventNs} ${price} ${size} ${conditions.join(',')}`,
  );
}

test('trades of a whole market are shown as they stand, and all of them as they were published', async () => {
  await forEachSeedAsync(0.01, async (random) => {
    const world = drawWorld(random, { horizon: 'wide', amendments: true, trades: random.int(5, 60) });
    const delivery = deliver(random, world, drawStyle(random, nothingGivenUp));
    const fold = { ...foldConfigDefaults, ...world.config };
    const run = new WorkerRun(random.fork(), { ...workerConfigDefaults, fold }, world.firstMs);
    await run.append(delivery.records);
    await run.finish(run.start());
    const query = await startQuery({
      log: run.log,
      store: run.store,
      forming: new SimulatedFormingBars(),
      clock: systemClock,
      logger: silentLogger,
      metrics: createMetrics({ ofProcess: false }),
      health: createHealth(),
      config: { ...queryConfigDefaults, httpPort: 0 },
      status: () => {
        throw new Error('nobody asks');
      },
    });
    const pageSize = random.choice([3, 50, 1_000]);
    const names = new Map(
      world.published.map(({ dataset, row: { symbol } }) => [`${dataset} ${symbol}`, { dataset, symbol }]),
    );
    for (const instrument of names.values()) {
      const own = world.published.filter(
        ({ dataset, row }) => dataset === instrument.dataset && row.symbol === instrument.symbol,
      );
      const counted = own.filter((tick) => isTrade(tick) || isAmendment(tick));
      if (counted.length === 0) continue;
      const read: Read = async (request) =>
        query.service.getTrades(wireQuery.GetTradesRequest.fromPartial({ instrument, pageSize, ...request }), call());
      const { TRADE_VIEW_PUBLISHED: view } = wireQuery.TradeView;
      const published = await readAll(read, { view });
      expect(published).toHaveLength(counted.length);
      expect(published.map(({ number }) => Number(number)).toSorted((left, right) => left - right)).toEqual(
        counted.map((_tick, index) => index + 1),
      );
      const amended = await readAll(read, { newestFirst: random.chance(0.5) });
      expect(amended.map(shown).toSorted()).toEqual(expected(own).toSorted());
    }
    await query.stop(0);
  });
});

function call(): GrpcCall {
  return new TestCall();
}
