/**
 * What several partitions and workers must leave of a market, whoever wrote where and whatever moved: what one partition gives. In: a
 * run, a market. Out: the differences; what the folds of its logs say; holes in the tape of the store, at any moment.
 */
import {
  CountedTape,
  decodeTapeRecord,
  encodeTapeRecord,
  type FoldConfig,
  type HandoverEvent,
  PartitionFold,
  type TapeSegment,
} from '@tapeline/domain';
import { finalValues } from '../properties/final-bars.ts';
import { recordsOf } from './outputs.ts';
import type { SpreadMarket } from './spread-market.ts';
import type { WorkerRun } from './worker-run.ts';

const everything = 1_000_000_000;

/** The folds of all partitions over the logs as they stand. */
export async function foldsOf(run: WorkerRun, fold: Omit<FoldConfig, 'partition'>): Promise<PartitionFold[]> {
  const { partitionCount, basePartitions } = run.log;
  return Promise.all(
    Array.from({ length: partitionCount }, async (_, partition) => {
      const own = PartitionFold.start({ ...fold, partition, basePartitions });
      own.step(await recordsOf(run.log, 'ticks', partition));
      return own;
    }),
  );
}

/** Asks whether nothing is under way: nothing waits, and since it was last asked nobody appended but the clock. */
export function restOf(run: WorkerRun, fold: Omit<FoldConfig, 'partition'>): () => Promise<boolean> {
  let before = -1;
  return async () => {
    const folds = await foldsOf(run, fold);
    const records = folds.reduce((sum, { nextOffset }) => sum + nextOffset, 0);
    const isQuiet = records === before + folds.length;
    before = records;
    return isQuiet && folds.every(({ parked, heldTicks }) => parked.count === 0 && heldTicks === 0);
  };
}

/** How often something happened, by the logs. */
export function eventOf(folds: readonly PartitionFold[], event: HandoverEvent): number {
  return folds.reduce((sum, { handovers }) => sum + handovers[event], 0);
}

/**
 * Where the tape of an instrument in the store has a hole: before the first number, between two chunks, or inside one. Nowhere, at
 * any moment, since all of an instrument is put out before it is elsewhere (O6).
 */
export async function holesInTape(
  run: WorkerRun,
  { instruments }: Pick<SpreadMarket, 'instruments'>,
): Promise<string[]> {
  const holes: string[] = [];
  for (const { dataset, symbol } of instruments) {
    let last = 0;
    for (const chunk of await run.store.tape({ dataset, symbol, order: 'number', limit: everything })) {
      if (chunk.firstNumber > last + 1) holes.push(`${symbol}: ${chunk.firstNumber} comes after ${last}`);
      last = Math.max(last, chunk.lastNumber);
      let inside = chunk.firstNumber - 1;
      for (const { firstNumber, ticks } of decodeTapeRecord(chunk.bytes).segments) {
        if (firstNumber !== inside + 1) holes.push(`${symbol}: in a chunk ${firstNumber} comes after ${inside}`);
        inside = firstNumber + ticks.length - 1;
      }
    }
  }
  return holes;
}

/** Whatever differs from one partition: values of bars, ticks of the tape, their order by publisher, the list of instruments. */
export async function differencesToOne(run: WorkerRun, market: SpreadMarket): Promise<string[]> {
  const one = PartitionFold.start(market.fold);
  const counted = new CountedTape();
  const { bars } = one.step(market.delivered, counted);
  const expected = decodeTapeRecord(encodeTapeRecord(counted.take(), 0, 0)).segments;
  const found = await segmentsOf(run, market);
  const folds = await foldsOf(run, market.fold);
  const total = (name: 'applied' | 'quarantined' | 'late' | 'gapsDeclared'): number =>
    folds.reduce((sum, { counters }) => sum + counters[name], 0);
  const gaps = total('gapsDeclared');
  // What waits again after a move may be given up, and then comes out of order.
  const order = gaps === 0 ? byPublisher : ticksOf;
  const listed = await run.store.instruments({ limit: everything });
  return [
    ...differ('values of bars', finalValues(run.store.judged.bars()), finalValues(bars)),
    ...differ('ticks', order(found), order(expected)),
    ...differ(
      'instruments',
      listed.map(({ symbol, pin }) => `${symbol} in ${pin}`),
      market.instruments
        .filter(({ dataset, symbol }) => one.owns(dataset, symbol))
        .map(({ symbol, partition }) => `${symbol} in ${partition}`),
    ),
    ...(['applied', 'quarantined', 'late'] as const).flatMap((name) =>
      differ(name, [`${total(name)}`], [`${one.counters[name]}`]),
    ),
    ...differ('contradictions', [`${eventOf(folds, 'contradicted')}`], ['0']),
  ];
}

async function segmentsOf(run: WorkerRun, { instruments }: SpreadMarket): Promise<TapeSegment[]> {
  const segments: TapeSegment[] = [];
  for (const { dataset, symbol } of instruments) {
    const known = new Set<number>();
    for (const chunk of await run.store.tape({ dataset, symbol, order: 'number', limit: everything })) {
      for (const segment of decodeTapeRecord(chunk.bytes).segments) {
        // A number that stands in two chunks is one tick.
        if (!known.has(segment.firstNumber)) segments.push(segment);
        for (const { number } of segment.ticks) known.add(number);
      }
    }
  }
  return segments;
}

function ticksOf(segments: readonly TapeSegment[]): string[] {
  return segments
    .flatMap(({ dataset, symbol, publisherId, ticks }) =>
      ticks.map(({ sequence }) => `${dataset} ${symbol} ${publisherId} ${sequence}`),
    )
    .toSorted();
}

/** Of each publisher and instrument the order of its ticks. */
function byPublisher(segments: readonly TapeSegment[]): string[] {
  const chains = new Map<string, number[]>();
  for (const { dataset, symbol, publisherId, ticks } of segments) {
    const name = `${dataset} ${symbol} ${publisherId}`;
    chains.set(name, [...(chains.get(name) ?? []), ...ticks.map(({ sequence }) => sequence)]);
  }
  return [...chains].map(([name, sequences]) => `${name}: ${sequences.join(' ')}`).toSorted();
}

function differ(what: string, found: readonly string[], expected: readonly string[]): string[] {
  const [left, right] = [found.toSorted(), expected.toSorted()];
  if (left.length === right.length && left.every((text, at) => text === right[at])) return [];
  const missing = right.find((text) => !left.includes(text));
  const extra = left.find((text) => !right.includes(text));
  return [`${what}: ${left.length} found, ${right.length} expected; missing ${missing}; too much ${extra}`];
}
