/**
 * The tapes that the bench runs on, by name. In: a name and a number of ticks. Out: log records. The pace is set so
 * that the condition of docs/benchmarks.md holds, at least 100 ticks a bar: 60,000 ticks a second over 500 instruments with
 * Zipf's rates give 120 in a bar of a second, for most instruments trade in most seconds (500 bars a second), and the
 * least active ones, 18 ticks a second, trade in bursts with gaps. The bench prints what a run really had.
 */
import { TimeDomain } from '@tapeline/domain';
import { type BenchRecord, cutRecords } from './record-cutter.ts';
import { TapeEvents } from './tape-events.ts';
import { generatedDataset, shareTerms, TapePublisher } from './tape-publisher.ts';

/** Instruments of every generated tape. */
export const generatedInstruments = 500;

/** A tape's name: what it is made for. */
export type TapeName = 'plain' | 'everything' | 'midday' | 'batches';

type TapePlan = {
  readonly publishers: number;
  /** One trade in so many is cancelled or corrected, comes late, is in a block that is sent twice; 0 = none. */
  readonly amendedEvery: number;
  readonly lateEvery: number;
  readonly resentEvery: number;
  readonly cut: number | 'fill';
};

const everything: TapePlan = {
  publishers: 4,
  amendedEvery: 10_000,
  lateEvery: 10_000,
  resentEvery: 500,
  cut: 'fill',
};

const plans: Readonly<Record<TapeName, TapePlan>> = {
  plain: { publishers: 1, amendedEvery: 0, lateEvery: 0, resentEvery: 0, cut: 'fill' },
  everything,
  midday: everything,
  // The limit of one gRPC batch.
  batches: { publishers: 1, amendedEvery: 0, lateEvery: 0, resentEvery: 0, cut: 2_000 },
};

/** Ticks in a second of event time. */
const ticksPerSecond = 60_000;
/** Event time that the `midday` tape lasts: more than the horizon of 900 s, so that the state is as large as it gets. */
const middaySeconds = 1_000;
const seed = 20_131_008;
const dayMs = 86_400_000;
/** 10:00 in New York on Tuesday, 2013-10-08. */
const startMs = Date.UTC(2013, 9, 8, 14);

/** The records of a tape with `ticks` ticks, or a few more to make the last record whole. */
export function generatedTape(name: TapeName, ticks: number): Generator<BenchRecord> {
  const plan = plans[name];
  const pace = name === 'midday' ? ticks / middaySeconds : ticksPerSecond;
  const events = new TapeEvents({
    seed,
    instruments: generatedInstruments,
    ticksPerSecond: pace,
    startMs,
    publishers: plan.publishers,
    amendedEvery: plan.amendedEvery,
    lateEvery: plan.lateEvery,
    tradeIds: false,
  });
  let left = ticks;
  return cutRecords(() => (left-- > 0 ? events.next() : undefined), publishersOf(plan.publishers), { ...plan, seed });
}

function publishersOf(count: number): TapePublisher[] {
  const issueDay = Math.floor(startMs / dayMs);
  return Array.from({ length: count }, (_, index) => {
    const draw = index + 1;
    return new TapePublisher({ draw, domain: TimeDomain.live, issueDay, dataset: generatedDataset, terms: shareTerms });
  });
}
