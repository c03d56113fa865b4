/**
 * No gap and every highest revision, whatever the order in which a worker's writes and a reader's cuts fall. A worker
 * writes the store and then the topic, is killed between the two and writes again; the reader is cut anywhere, in the
 * snapshot too, and goes on with the last token that it was given, at this process or another.
 */
import type { Bar, Store } from '@tapeline/domain';
import { barKey, type Random, type SimulatedStore } from '@tapeline/simulation';
import { wireMarket } from '@tapeline/wire';
import { expect, test } from 'vitest';
import { forEachSeedAsync } from '../worker/seeds-async.ts';
import { type BarReader, barOf, QueryRig } from './query-rig.ts';

const minute = 1_381_239_000;
const symbols = ['SPY', 'QQQ', 'IWM'];
const closed = wireMarket.BarState.BAR_STATE_CLOSED;

/** Revisions in the order in which a worker puts them out, by partition. */
function drawRevisions(random: Random): Bar[] {
  const last = new Map<string, number>();
  return Array.from({ length: random.int(5, 40) }, () => {
    const symbol = random.choice(symbols);
    const startSec = minute + 60 * random.int(0, 5);
    const interval = random.choice(['1m', '5m']);
    const key = `${symbol} ${interval} ${startSec}`;
    const revision = (last.get(key) ?? 0) + random.int(1, 3);
    last.set(key, revision);
    return barOf(startSec, { symbol, interval, revision, state: revision === 1 ? 'closed' : 'revised' });
  });
}

/** Puts bars out one by one, now and then those before once more, as after a crash between store and topic. */
async function work(random: Random, rig: QueryRig, bars: readonly Bar[]): Promise<void> {
  for (const [index, bar] of bars.entries()) {
    await rig.store.writeBars([bar]);
    await pause(random);
    const again = random.chance(0.2)
      ? bars.slice(Math.max(0, index - 3), index).filter((one) => one.symbol === bar.symbol)
      : [];
    await rig.tellBars([...again, bar], minute + index);
    await pause(random);
  }
}

async function pause(random: Random): Promise<void> {
  for (let turns = random.int(0, random.chance(0.1) ? 30 : 3); turns > 0; turns -= 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** The same store, whose answers about bars take their time on the way. */
function slowed(store: SimulatedStore, random: Random): Store {
  const bars: Store['bars'] = async (query) => {
    await pause(random);
    const found = await store.bars(query);
    await pause(random);
    return found;
  };
  return new Proxy<Store>(store, {
    get: (target, name: keyof Store) => (name === 'bars' ? bars : target[name]?.bind(target)),
  });
}

type Seen = { readonly revisions: Map<string, number>; falling: string[] };

/** Reads until a cut or until `isEnough`; notes what came, and revisions of one stream that fell. */
async function read(
  random: Random,
  reader: BarReader,
  seen: Seen,
  eventsMax: number,
  isEnough: () => boolean,
): Promise<void> {
  const inThis = new Map<string, number>();
  for (let events = 0; events < eventsMax && !isEnough(); events += 1) {
    // A reader that takes its time: what comes meanwhile waits for it.
    if (random.chance(0.5)) await pause(random);
    const event = await reader.next();
    if (event.$case !== 'bars') continue;
    for (const bar of event.value.bars) {
      const key = `${bar.instrument?.symbol} ${bar.interval} ${bar.startTimeNs / 1_000_000_000n}`;
      const revision = Number(bar.revision);
      if (revision <= (inThis.get(key) ?? 0)) seen.falling.push(`${key} r${revision}`);
      if (revision === 1 && bar.state !== closed) seen.falling.push(`${key} state ${bar.state}`);
      inThis.set(key, revision);
      seen.revisions.set(key, Math.max(revision, seen.revisions.get(key) ?? 0));
    }
  }
}

test('a reader that is cut at random and resumes has the highest revision of every bar, each rising in a stream', async () => {
  await forEachSeedAsync(0.01, async (random) => {
    const chance = random.fork();
    const rig = await QueryRig.start({
      partitions: random.int(1, 3),
      config: { heartbeatMs: random.choice([0, 1, 5]) },
      storeSeen: (store) => slowed(store, chance),
    });
    await rig.addInstruments([{ symbol: 'IWM' }]);
    const bars = drawRevisions(random);
    const expected = new Map(bars.map((bar) => [barKey(bar).replace('d ', '').replace(' all', ''), bar.revision]));
    const seen: Seen = { revisions: new Map(), falling: [] };
    const hasAll = (): boolean => [...expected].every(([key, revision]) => seen.revisions.get(key) === revision);
    const [before, after] = [bars.slice(0, random.int(0, 5)), bars];
    await work(random.fork(), rig, before);
    let isWorking = true;
    const working = work(random.fork(), rig, after.slice(before.length)).then(() => (isWorking = false));
    let token = '';
    for (let cuts = 0; !hasAll(); cuts += isWorking ? 0 : 1) {
      expect(cuts).toBeLessThan(100);
      const reader = rig.streamBars({
        instruments: symbols.map((symbol) => ({ dataset: 'd', symbol })),
        intervals: ['1m', '5m'],
        startTimeNs: 0n,
        resumeToken: token,
      });
      await read(random.fork(), reader, seen, random.int(1, 12 + cuts), hasAll);
      await reader.leave();
      token = reader.token === '' ? token : reader.token;
      if (random.chance(0.1)) {
        await rig.stop();
        await rig.startQuery();
      }
    }
    await working;
    await rig.stop();
    expect(seen.falling).toEqual([]);
    expect(Object.fromEntries(seen.revisions)).toEqual(Object.fromEntries(expected));
  });
});
