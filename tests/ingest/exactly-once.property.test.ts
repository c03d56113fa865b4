/**
 * Law 3 through ingest: whatever the line and the log do, every acknowledged tick counts once and in order, a rejected
 * one never, and the bars are those of the reference.
 */
import {
  type Appended,
  type Bar,
  encodeLogRecord,
  type LogReader,
  type Notice,
  type OffsetRange,
  PartitionFold,
  type TickLog,
  type TopicName,
} from '@tapeline/domain';
import { createIngest, ingestConfigDefaults } from '@tapeline/ingest';
import { createMetrics, ManualClock, silentLogger } from '@tapeline/runtime';
import {
  drawWorld,
  FaultSource,
  type PublishedTick,
  Random,
  SimulatedLog,
  type SimulatedWorld,
  VirtualClock,
} from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { differences } from '../properties/final-bars.ts';
import { pumped, risingRandom } from './ingest-rig.ts';
import { ResendingCaller } from './resending-caller.ts';

const seeds = Number(process.env['TAPELINE_INGEST_SEEDS'] ?? 300);
const dayMs = 86_400_000;

/** What came of one world. */
type Run = {
  readonly world: SimulatedWorld;
  readonly bars: Bar[];
  readonly notices: Notice[];
  readonly counters: { applied: number; repeats: number; quarantined: number; voided: number; gapsDeclared: number };
  readonly accepted: readonly PublishedTick[];
  readonly rejected: number;
  readonly tries: number;
  readonly failures: number;
};

/** Says of every append that it is durable, also where it is not. */
class HastyLog implements TickLog {
  readonly basePartitions: number;
  readonly partitionCount: number;
  readonly #log: SimulatedLog;

  constructor(log: SimulatedLog) {
    this.#log = log;
    this.basePartitions = log.basePartitions;
    this.partitionCount = log.partitionCount;
  }

  async append(topic: TopicName, partition: number, bytes: Uint8Array): Promise<Appended> {
    try {
      return await this.#log.append(topic, partition, bytes);
    } catch {
      return { offset: 0, appendTimeMs: 0 };
    }
  }

  open(topic: TopicName, partition: number, offset: number): LogReader {
    return this.#log.open(topic, partition, offset);
  }

  range(topic: TopicName, partition: number): Promise<OffsetRange> {
    return this.#log.range(topic, partition);
  }

  refreshPartitions(): Promise<number> {
    return this.#log.refreshPartitions();
  }

  identity(topic: TopicName): Promise<string> {
    return this.#log.identity(topic);
  }

  async close(): Promise<void> {
    await this.#log.close();
  }
}

async function run(seed: number, guard: (log: SimulatedLog) => TickLog): Promise<Run> {
  const random = new Random(seed);
  const world = drawWorld(random, { horizon: 'wide', amendments: false });
  const partitions = random.int(1, 3);
  const logClock = new VirtualClock(world.lastMs + 1_000);
  const faults = new FaultSource(random.fork(), { full: 0.05, unavailable: 0.1, landedUnknown: 0.15 });
  const log = new SimulatedLog({ clock: logClock, partitions, faults });
  const clock = new ManualClock(world.lastMs + 1_000);
  const metrics = createMetrics({ ofProcess: false });
  const ingest = createIngest({
    log: guard(log),
    knownInstruments: { find: async () => undefined },
    clock,
    random: risingRandom(),
    logger: silentLogger,
    metrics,
    config: { ...ingestConfigDefaults, lingerMs: random.choice([0, 1, 5]), ackIntervalMs: random.choice([0, 3]) },
  });
  const chance = random.choice([0, 0.1]);
  const bad = new Set(world.published.filter((tick) => isPriced(tick) && random.chance(chance)));
  const callers = world.publishers.map(
    (publisher) => new ResendingCaller(ingest, publisher, (tick) => bad.has(tick), random.fork()),
  );
  await pumped(clock, Promise.all(callers.map((caller) => caller.publishAll())));
  await pumped(clock, Promise.all(callers.map((caller) => caller.endAll())));
  await pumped(clock, ingest.stop());
  const failures = Number(/append_failures_total\{[^}]*\} (\d+)/.exec(await metrics.text())?.[1] ?? 0);
  // Two days on, so that every live bar is past.
  logClock.advanceTo(world.lastMs + 2 * dayMs);
  log.faults.break(undefined);
  const folded = await foldAll(world, new SimulatedLog({ clock: logClock, partitions }, log));
  const rejected = callers.reduce((sum, caller) => sum + caller.rejected.size, 0);
  const tries = callers.reduce((sum, caller) => sum + caller.tries, 0);
  return { world, ...folded, accepted: world.published.filter((tick) => !bad.has(tick)), rejected, tries, failures };
}

function isPriced({ row }: PublishedTick): boolean {
  return row.attributes.kind === 1;
}

async function foldAll(world: SimulatedWorld, log: SimulatedLog): Promise<Pick<Run, 'bars' | 'notices' | 'counters'>> {
  const bars: Bar[] = [];
  const notices: Notice[] = [];
  const counters = { applied: 0, repeats: 0, quarantined: 0, voided: 0, gapsDeclared: 0 };
  for (let partition = 0; partition < log.partitionCount; partition += 1) {
    await log.append('ticks', partition, encodeLogRecord([{ kind: 'time' }]));
    const fold = PartitionFold.start({ ...world.config, partition });
    const reader = log.open('ticks', partition, 0);
    const { endOffset } = await log.range('ticks', partition);
    for (let next = 0; next < endOffset;) {
      const records = (await reader.next()) ?? [];
      const output = fold.step(records);
      bars.push(...output.bars);
      notices.push(...output.notices);
      next = (records.at(-1)?.offset ?? endOffset) + 1;
    }
    await reader.close();
    for (const name of Object.keys(counters) as (keyof typeof counters)[]) counters[name] += fold.counters[name];
  }
  return { bars, notices, counters };
}

/** What is wrong with a run, in words. */
function faultsOf({ world, bars, notices, counters, accepted }: Run): string[] {
  const found: string[] = [];
  if (counters.applied !== accepted.length) found.push(`${counters.applied} ticks counted of ${accepted.length}`);
  if (counters.quarantined > 0) found.push(`${counters.quarantined} in quarantine: ${notices[0]?.detail}`);
  if (counters.gapsDeclared > 0) found.push(`${counters.gapsDeclared} gaps`);
  const trace = { bars, notices, counters: {}, snapshot: new Uint8Array(0) } as unknown as Parameters<
    typeof differences
  >[1];
  return [...found, ...differences(world, trace, accepted)];
}

test('a log that says durable before it is shows as lost ticks or other bars', async () => {
  let damaged = 0;
  for (let seed = 1; seed <= 20; seed += 1) {
    const result = await run(seed, (log) => new HastyLog(log));
    if (faultsOf(result).length > 0) damaged += 1;
  }
  expect(damaged).toBeGreaterThan(5);
});

test('every acknowledged tick counts once and in order, through cuts, resends, rejects and logs that fail', async () => {
  const seen = { repeats: 0, rejected: 0, tries: 0, failures: 0, voided: 0 };
  for (let seed = 1; seed <= seeds; seed += 1) {
    const result = await run(seed, (log) => log);
    expect({ seed, faults: faultsOf(result) }).toEqual({ seed, faults: [] });
    seen.repeats += result.counters.repeats;
    seen.voided += result.counters.voided;
    seen.rejected += result.rejected;
    seen.tries += result.tries - result.world.publishers.length;
    seen.failures += result.failures;
  }
  // Every kind of trouble happened.
  expect(Object.entries(seen).filter(([, count]) => count <= seeds / 10)).toEqual([]);
});
