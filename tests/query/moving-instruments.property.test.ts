/**
 * Readers notice nothing of moves: instruments go there and back between partitions, partitions are added, workers tell things
 * twice, one partition is read later than another; a reader is cut anywhere and goes on at this process or another. It gets each
 * trade once and in order, the last revision of every bar, each rising, and is never told of a complete bucket that is not.
 */
import type { Random } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { ScriptedPlacement } from '../../services/query/test-kit/scripted-placement.ts';
import { forEachSeedAsync } from '../worker/seeds-async.ts';
import { barSec, firstSec, MovingMarket } from './moving-market.ts';
import { QueryRig } from './query-rig.ts';
import { slowLog, turns } from './slow-log.ts';
import { TradeReader } from './trade-reader.ts';

const symbols = ['SPY', 'QQQ', 'IWM'];
const instruments = symbols.map((symbol) => ({ dataset: 'd', symbol }));

type World = {
  readonly rig: QueryRig;
  readonly market: MovingMarket;
  /** Whether query processes are ended and started. */
  readonly hasRestarts: boolean;
  /** Lets the market go on by itself; resolves when it is at rest. */
  readonly begin: () => Promise<void>;
  readonly isOver: () => boolean;
};

/** A process that starts while an instrument is on its way takes it for arrived 30 s of log time later. */
const awaySecMax = 5;

/** A market that is at rest in the end. */
async function worldOf(random: Random): Promise<World> {
  const partitions = random.int(2, 3);
  const control = new ScriptedPlacement(partitions);
  const chance = random.fork();
  const rig = await QueryRig.start({
    partitions,
    control,
    config: { heartbeatMs: random.choice([0, 1, 5]) },
    logSeen: (log) => slowLog(log, chance),
  });
  await rig.addInstruments([{ symbol: 'IWM' }]);
  const hasRestarts = random.chance(0.3);
  const market = new MovingMarket(random.fork(), rig, control, symbols, hasRestarts ? awaySecMax : Infinity);
  const pace = random.fork();
  let isOver = false;
  await market.begin();
  const work = async (): Promise<void> => {
    for (let steps = pace.int(20, 120); steps > 0; steps -= 1) {
      await market.step();
      if (pace.chance(0.5)) await turns(pace.int(0, 6));
    }
    await market.settle();
  };
  const begin = async (): Promise<void> => {
    // A market that fails is at its end, too: the test then meets the error.
    const done = work().finally(() => (isOver = true));
    void Promise.allSettled([done]);
    await done;
  };
  return { rig, market, hasRestarts, begin, isOver: () => isOver };
}

/** Numbers by symbol, and every token with what had come before it. */
class Tape {
  readonly numbers = new Map<string, number[]>(symbols.map((symbol) => [symbol, []]));
  readonly tokens: { readonly token: string; readonly counts: readonly number[] }[] = [];

  /** Takes events until a cut; answers whether the missed ones are complete. */
  async read(random: Random, reader: TradeReader, eventsMax: number, isEnough: () => boolean): Promise<void> {
    for (let events = 0; events < eventsMax && !isEnough(); events += 1) {
      if (random.chance(0.3)) await turns(random.int(0, 8));
      const event = await reader.next();
      if (event.$case === 'entries') {
        for (const { instrument, number } of event.value.entries) {
          this.numbers.get(instrument?.symbol ?? '')?.push(Number(number));
        }
      } else this.tokens.push({ token: event.value.resumeToken, counts: this.counts() });
    }
  }

  /** Goes on from the last token: what came after it comes again. */
  goBack(): string {
    const { token, counts } = this.tokens.at(-1) as (typeof this.tokens)[number];
    for (const [index, symbol] of symbols.entries()) this.numbers.get(symbol)?.splice(counts[index] ?? 0);
    return token;
  }

  counts(): number[] {
    return symbols.map((symbol) => this.numbers.get(symbol)?.length ?? 0);
  }
}

function upTo(last: number, first: number = 1): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

test('each trade comes once and by number, through moves there and back, and from any token', async () => {
  await forEachSeedAsync(0.005, async (random) => {
    const { rig, market, hasRestarts, begin, isOver } = await worldOf(random);
    const tape = new Tape();
    const opening = new TradeReader(rig, { instruments });
    await opening.snapshot();
    await opening.leave();
    tape.tokens.push({ token: opening.token, counts: tape.counts() });
    const done = begin();
    const hasAll = (): boolean =>
      isOver() && market.instruments.every(({ number }, index) => tape.counts()[index] === number);
    for (let cuts = 0; !hasAll(); cuts += isOver() ? 1 : 0) {
      expect(cuts).toBeLessThan(100);
      const reader = new TradeReader(rig, { instruments, resumeToken: tape.goBack() });
      await tape.read(random.fork(), reader, random.int(1, 20 + cuts), hasAll);
      await reader.leave();
      if (hasRestarts && random.chance(0.1)) {
        await rig.stop();
        await rig.startQuery();
      }
    }
    await done;
    const last = market.instruments.map(({ number }) => number);
    expect([...tape.numbers.values()]).toEqual(last.map((number) => upTo(number)));
    for (let again = 0; again < 5 && tape.tokens.length > 0; again += 1) {
      const from = random.choice(tape.tokens);
      const rest = new Tape();
      const reader = new TradeReader(rig, { instruments, resumeToken: from.token });
      await rest.read(random.fork(), reader, 10_000, () =>
        rest.counts().every((count, index) => count >= (last[index] ?? 0) - (from.counts[index] ?? 0)),
      );
      await rest.read(random.fork(), reader, 2, () => false);
      await reader.leave();
      expect([...rest.numbers.values()]).toEqual(
        last.map((number, index) => upTo(number, 1 + (from.counts[index] ?? 0))),
      );
    }
    await rig.stop();
  });
});

type SeenBars = { readonly revisions: Map<string, number>; readonly wrong: string[] };

async function readBars(
  random: Random,
  { rig, market }: World,
  seen: SeenBars,
  { token, eventsMax, isEnough }: { token: string; eventsMax: number; isEnough: () => boolean },
): Promise<string> {
  const reader = rig.streamBars({ instruments, intervals: ['5s'], startTimeNs: 0n, resumeToken: token });
  const inThis = new Map<string, number>();
  for (let events = 0; events < eventsMax && !isEnough(); events += 1) {
    if (random.chance(0.3)) await turns(random.int(0, 8));
    const event = await reader.next();
    if (event.$case === 'bucketEnd') {
      const endSec = Number(event.value.endTimeNs / 1_000_000_000n);
      for (const { symbol } of market.instruments) {
        for (let startSec = firstSec; startSec + barSec <= endSec; startSec += barSec) {
          if (!seen.revisions.has(`${symbol} ${startSec}`)) seen.wrong.push(`${symbol} ${startSec} told at ${endSec}`);
        }
      }
    }
    if (event.$case !== 'bars') continue;
    for (const bar of event.value.bars) {
      const key = `${bar.instrument?.symbol} ${bar.startTimeNs / 1_000_000_000n}`;
      const revision = Number(bar.revision);
      if (revision <= (inThis.get(key) ?? 0)) seen.wrong.push(`${key} r${revision} falls`);
      inThis.set(key, revision);
      seen.revisions.set(key, Math.max(revision, seen.revisions.get(key) ?? 0));
    }
  }
  await reader.leave();
  return reader.token === '' ? token : reader.token;
}

test('the last revision of every bar comes, each rising, and no bucket is told as complete that is not', async () => {
  await forEachSeedAsync(0.005, async (random) => {
    const world = await worldOf(random);
    const { rig, market, hasRestarts, isOver } = world;
    const done = world.begin();
    const seen: SeenBars = { revisions: new Map(), wrong: [] };
    const hasAll = (): boolean =>
      isOver() && [...market.bars()].every(([key, revision]) => seen.revisions.get(key) === revision);
    let token = '';
    for (let cuts = 0; !hasAll(); cuts += isOver() ? 1 : 0) {
      expect(cuts).toBeLessThan(100);
      const eventsMax = random.int(1, 30 + cuts);
      token = await readBars(random.fork(), world, seen, { token, eventsMax, isEnough: hasAll });
      if (hasRestarts && random.chance(0.1)) {
        await rig.stop();
        await rig.startQuery();
      }
    }
    await done;
    await rig.stop();
    expect(seen.wrong).toEqual([]);
    expect(Object.fromEntries(seen.revisions)).toEqual(Object.fromEntries(market.bars()));
  });
});
