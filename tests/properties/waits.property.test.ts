/**
 * Liveness: when no tick comes any more and only time goes on, nothing waits for ever. In: a log that breaks off anywhere.
 * Out: what is held is settled, and every bar closed, within the bounds of F6 and T4; and the fold says as long as
 * something waits, and no longer.
 */
import { encodeLogRecord, type FoldOutput, type LogRecordInput, PartitionFold } from '@tapeline/domain';
import { type Delivery, deliver, drawWorld, type Random, restoreFold, type SimulatedWorld } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { Census } from './census.ts';
import { chainAccounts } from './chain-accounts.ts';
import { drawStyle, everyFault } from './fault-mixes.ts';
import { forEachSeed } from './seeds.ts';

const share = 0.04;
const stepMs = 2_000;
const holdMs = 60_000;
const giveUpMs = 600_000;
const dayMs = 86_400_000;

/** A log that gets nothing but Time records any more. */
class QuietLog {
  fold: PartitionFold;
  readonly #offsets: number;
  #nowMs: number;
  #count = 0;

  constructor(world: SimulatedWorld, records: readonly LogRecordInput[]) {
    this.fold = PartitionFold.start(world.config);
    this.fold.step(records);
    this.#offsets = records.length;
    this.#nowMs = this.fold.clockMs;
  }

  /** One Time record, so much later. */
  time(ms: number): FoldOutput {
    this.#nowMs += ms;
    const offset = this.#offsets + this.#count;
    this.#count += 1;
    return this.fold.step([{ offset, appendTimeMs: this.#nowMs, bytes: encodeLogRecord([{ kind: 'time' }]) }]);
  }

  /** Time records as a quiet partition gets them, until the fold says that nothing waits so; answers how many. */
  waitFor(waitedMsMax: number): number {
    let count = 0;
    for (; (this.fold.waitLeftMs ?? Infinity) <= waitedMsMax; count += 1) this.time(stepMs);
    return count;
  }
}

test('when only Time records follow, what is held and every bar is settled within its bound, and then time does nothing', () => {
  const census = new Census('waits');
  forEachSeed(share, (random) => {
    const world = drawWorld(random, { horizon: random.choice(['wide', 'tight']) });
    const delivery = deliver(random, world, drawStyle(random, everyFault));
    const cut = random.int(1, delivery.records.length);
    const records = delivery.records.slice(0, cut);
    const log = new QuietLog(world, records);
    const before = log.fold.waitLeftMs;
    // A restart in the middle must know what waits as well.
    if (random.chance(0.3)) log.fold = restoreFold(world.config, log.fold.snapshot(), delivery.log);
    expect(log.fold.waitLeftMs).toBe(before);
    const held = heldIn(delivery, cut, log.fold);
    for (let waitedMs = 0; waitedMs < holdMs; waitedMs += stepMs) log.time(stepMs);
    expect(heldIn(delivery, cut, log.fold)).toBe(0);
    const rounds = log.waitFor(giveUpMs);
    expect(rounds * stepMs).toBeLessThanOrEqual(giveUpMs);
    expect(log.fold.waitLeftMs).toBeUndefined();
    let live = 0;
    for (let dueMs = log.fold.dueMs; dueMs !== undefined; dueMs = log.fold.dueMs, live += 1) {
      log.time(Math.max(1, dueMs - log.fold.clockMs));
    }
    expect(symbolsOf(world).flatMap((name) => log.fold.forming(...name))).toEqual([]);
    expect(furtherOutputs(random, log)).toEqual([]);
    census.count({ held, rounds, live, pending: log.fold.counters.amendmentsUnmatched });
  });
  census.close(share, { held: 0.15, rounds: 0.3, live: 0.3, pending: 0.1 });
});

/** How many entries of the first `cut` records the fold neither counted nor told: they are held. */
function heldIn(delivery: Delivery, cut: number, { counters }: PartitionFold): number {
  const contents = delivery.contents.slice(0, cut);
  const landings = contents.flatMap((record) => record.landings);
  const sent = landings.reduce((sum, landing) => sum + (landing.kind === 'ticks' ? landing.ticks.length : 1), 0);
  const replaced = chainAccounts({ ...delivery, contents }).reduce((sum, account) => sum + account.replaced, 0);
  return sent - counters.applied - counters.repeats - counters.voided - counters.quarantined - replaced;
}

function symbolsOf({ published }: SimulatedWorld): [string, string][] {
  const names = new Map(published.map(({ dataset, row }) => [`${dataset} ${row.symbol}`, { dataset, row }]));
  return [...names.values()].map(({ dataset, row }) => [dataset, row.symbol]);
}

/** What still comes out when time goes on, in small steps and by leaps of days. */
function furtherOutputs(random: Random, log: QuietLog): string[] {
  const steps = Array.from({ length: 40 }, () => random.choice([1, stepMs, 60_000, dayMs]));
  return [...steps, 40 * dayMs].flatMap((ms) => {
    const { bars, notices } = log.time(ms);
    return [...bars.map(({ symbol, interval }) => `${symbol} ${interval}`), ...notices.map(({ code }) => code)];
  });
}
