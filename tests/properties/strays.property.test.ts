/**
 * Laws 1, 3 and 4 with instruments that are elsewhere: restarts and cuts change nothing, every tick is applied, told or sent on
 * once, and what only waited gives what it gives where it did not wait.
 */
import {
  type Bar,
  type Emission,
  type FoldConfig,
  homePartition,
  type LogRecordInput,
  type Notice,
  PartitionFold,
} from '@tapeline/domain';
import {
  barText,
  deliver,
  drawWorld,
  firstDifference,
  foldSteps,
  outputTexts,
  type Random,
} from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { Census } from './census.ts';
import { drawStyle, everyFault, nothingGivenUp } from './fault-mixes.ts';
import { finalValues } from './final-bars.ts';
import { forEachSeed } from './seeds.ts';
import { countTicks, emissionTexts, instrumentsOf, strayedLog, type StrayStyle } from './strayed-log.ts';

const share = 0.03;

type Outcome = { readonly texts: string[]; readonly snapshot: Uint8Array };

type Trace = {
  readonly fold: PartitionFold;
  readonly bars: Bar[];
  readonly notices: Notice[];
  readonly emissions: Emission[];
};

function traceOf(config: FoldConfig, records: readonly LogRecordInput[]): Trace {
  const fold = PartitionFold.start(config);
  return { fold, ...fold.step(records) };
}

function textsOf(output: {
  bars: readonly Bar[];
  notices: readonly Notice[];
  emissions: readonly Emission[];
}): string[] {
  const { bars, notices } = outputTexts(output);
  return [...bars, ...notices, ...emissionTexts(output.emissions)];
}

/** A log with strays in it, and the homes by which they are strays. */
function drawStrays(random: Random): { config: FoldConfig; records: LogRecordInput[] } {
  const world = drawWorld(random, { smallRetention: random.chance(0.1) });
  const delivered = deliver(random, world, drawStyle(random, everyFault)).records;
  const instruments = instrumentsOf(delivered);
  const basePartitions = random.choice([2, 3, 8]);
  const { dataset = '', symbol: first = '' } = instruments[0] ?? {};
  const partition = random.chance(0.5) ? homePartition(dataset, first, basePartitions) : world.config.partition;
  const config = { ...world.config, partition, basePartitions };
  const datasets = [...new Set(instruments.map(({ dataset }) => dataset))];
  const symbols = [...new Set(instruments.map(({ symbol }) => symbol))];
  const origins = symbols.flatMap((symbol) =>
    Array.from({ length: random.choice([0, 1, 1, 2]) }, () => ({
      symbol,
      partition: random.chance(0.5) ? config.partition : random.int(0, 7),
      before: random.chance(0.5) ? 0 : random.int(0, delivered.length - 1),
    })),
  );
  const style: StrayStyle = {
    epochs: random.choice([[0], [3], [3, 4], [0, 3, 3, 3, 3, 3, 3]]),
    forwarded: random.choice([0, 0.1, 0.5]),
    origins,
  };
  return { config, records: strayedLog(random, delivered, datasets, style) };
}

test('restarted from any snapshot, and cut into any steps, outputs, emissions and snapshots are the same', () => {
  const census = new Census('strays');
  forEachSeed(share, (random) => {
    const { config, records } = drawStrays(random);
    const steady = PartitionFold.start(config);
    let [parked, early] = [0, 0];
    const outcomes = records.map((record): Outcome => {
      const texts = textsOf(steady.step([record]));
      parked = Math.max(parked, steady.parked.count);
      return { texts, snapshot: steady.snapshot() };
    });
    for (let restart = 0; restart < 3; restart += 1) {
      const from = random.int(0, records.length - 1);
      let fold = restored(config, outcomes[from]?.snapshot, records);
      early += fold.parked.count;
      for (const record of records.slice(from + 1)) {
        const { texts, snapshot } = outcomes[record.offset] as Outcome;
        expect(textsOf(fold.step([record]))).toEqual(texts);
        if (random.chance(0.6) && record.offset < records.length - 1) continue;
        const difference = firstDifference(snapshot, fold.snapshot());
        expect(difference, `snapshot after record ${record.offset}, restarted after ${from}`).toBeUndefined();
        if (random.chance(0.1)) fold = restored(config, snapshot, records);
      }
    }
    const whole = traceOf(config, records);
    const { handovers } = whole.fold;
    expect(emissionTexts(whole.emissions)).toEqual(
      outcomes.flatMap(({ texts }) => texts.filter((text) => /^[0-9]+ to /.test(text))),
    );
    expect(firstDifference(whole.fold.snapshot(), outcomes.at(-1)?.snapshot ?? new Uint8Array(0))).toBeUndefined();
    expectCounted(whole, records);
    const { begunByEntry, begunByOrigin, originElsewhere, contradicted, sentHomeForAge, strayForwarded } = handovers;
    const counts = { begunByEntry, begunByOrigin, originElsewhere, contradicted, sentHomeForAge, strayForwarded };
    census.count({ ...counts, sentOnForAge: handovers.sentOnForAge, parked, restoredParked: early });
  });
  const often = { parked: 0.3, restoredParked: 0.1, begunByEntry: 0.1, begunByOrigin: 0.1, sentHomeForAge: 0.2 };
  census.close(share, { ...often, originElsewhere: 0.02, strayForwarded: 0.02, contradicted: 0.02 });
});

/** Every tick is applied, refused or sent on, once; a held Void that a tick takes the place of is in no count. */
function expectCounted({ fold, emissions }: Trace, records: readonly LogRecordInput[]): void {
  const sent = countTicks(emissions.flatMap((emission) => [...emission.records()]));
  const all = countTicks(records.map(({ bytes }) => bytes));
  const { applied, repeats, voided, quarantined } = fold.counters;
  const left = all.ticks + all.voids - (applied + repeats + voided + quarantined + sent.ticks + sent.voids);
  expect(fold.parked.count).toBe(0);
  expect(left).toBeGreaterThanOrEqual(0);
  expect(left).toBeLessThanOrEqual(all.voids);
}

test('by writers without a map everything counts where it stands, as without homes', () => {
  forEachSeed(0.01, (random) => {
    const world = drawWorld(random, { smallRetention: random.chance(0.1) });
    const { records } = deliver(random, world, drawStyle(random, everyFault));
    const plain = foldSteps(world.config, [records]);
    // Of so many homes hardly any is here.
    const config = { ...world.config, basePartitions: 2 ** 20 };
    const { fold, bars, notices, emissions } = traceOf(config, records);
    // All groups of an instrument that begins go with its first, so others of the same record may come after them.
    expect(bars.map(barText).toSorted()).toEqual(plain.bars.map(barText).toSorted());
    expect(notices.map((notice) => JSON.stringify(notice)).toSorted()).toEqual(
      plain.notices.map((notice) => JSON.stringify(notice)).toSorted(),
    );
    expect(fold.counters).toEqual(plain.counters);
    expect([emissions, fold.parked.count]).toEqual([[], 0]);
    expect(fold.handovers.begunByEntry).toBeGreaterThan(0);
  });
});

test('an instrument that waited for its Origin has the bars of one whose Origin stood before everything', () => {
  const census = new Census('waiting for an Origin');
  forEachSeed(0.025, (random) => {
    const world = drawWorld(random, { horizon: 'wide' });
    const { records: delivered } = deliver(random, world, drawStyle(random, nothingGivenUp));
    const config = { ...world.config, basePartitions: 2 ** 20 };
    const instruments = instrumentsOf(delivered);
    expect(instruments.some((one) => homePartition(one.dataset, one.symbol, 2 ** 20) === config.partition)).toBe(false);
    const datasets = [...new Set(instruments.map(({ dataset }) => dataset))];
    const firstMs = delivered[0]?.appendTimeMs ?? 0;
    const soon = delivered.filter(({ appendTimeMs }) => appendTimeMs < firstMs + 9_000).length;
    const logOf = (before: number): LogRecordInput[] => {
      const origins = [...new Set(instruments.map(({ symbol }) => symbol))].map((symbol) => {
        return { symbol, partition: config.partition, before };
      });
      return strayedLog(random.fork(), delivered, datasets, { epochs: [3], forwarded: 0, origins });
    };
    const waited = traceOf(config, logOf(random.int(0, Math.max(0, soon - 1))));
    const straight = traceOf(config, logOf(0));
    expect(finalValues(waited.bars)).toEqual(finalValues(straight.bars));
    // Fewer revisions may be put out, as several records' worth of ticks is applied at one.
    const { barsEmitted } = waited.fold.counters;
    expect(waited.fold.counters).toEqual({ ...straight.fold.counters, barsEmitted });
    expect(waited.emissions).toEqual([]);
    census.count({ waited: waited.fold.handovers.parkedUnknown });
  });
  census.close(0.025, { waited: 0.5 });
});

function restored(
  config: FoldConfig,
  snapshot: Uint8Array | undefined,
  records: readonly LogRecordInput[],
): PartitionFold {
  const fold = PartitionFold.restore(config, snapshot ?? new Uint8Array(0));
  if ('code' in fold) throw new RangeError(fold.message);
  fold.step(records.slice(fold.retainFromOffset, fold.nextOffset));
  return fold;
}
