/**
 * What a run with --once did. In: the market when its feeds have ended and everything is counted. Out: one object of
 * counts, and which of the symbols that were asked for nobody has.
 */
import type { Store } from '@tapeline/domain';
import type { PartitionStatus } from '@tapeline/worker';
import type { Market } from './market.ts';

/** The counts of one run. `ticks` and `bars` are what this run added to the data directory. */
export type OnceCounts = {
  /** Ticks that the feeds handed to ingest. */
  readonly sent: number;
  /** Ticks that were counted for the first time. */
  readonly ticks: number;
  /** Revisions of bars put out, all intervals and profiles. */
  readonly bars: number;
  readonly instruments: number;
  /** Ticks that ingest rejected, and lines or messages that a feed could not use. */
  readonly rejected: number;
  readonly refused: number;
  readonly gaps: number;
  readonly seconds: number;
  readonly ticksPerSecond: number;
};

const instrumentsAtOnce = 1_000;

/** What counts are made from. */
export type CountedMarket = {
  readonly worker: Pick<Market['worker'], 'status'>;
  readonly feeds: Pick<Market['feeds'], 'standings'>;
  readonly store: Pick<Store, 'instruments'>;
};

/** Counts the run; `before` is the worker's status when it began. */
export async function onceCounts(
  market: CountedMarket,
  before: readonly PartitionStatus[],
  elapsedMs: number,
): Promise<OnceCounts> {
  const after = market.worker.status();
  const sum = (all: readonly PartitionStatus[], of: 'ticks' | 'bars'): number =>
    all.reduce((total, partition) => total + partition[of], 0);
  const feeds = market.feeds.standings();
  const total = (of: 'ticks' | 'rejected' | 'refused' | 'gaps'): number =>
    feeds.reduce((all, feed) => all + feed[of], 0);
  const ticks = sum(after, 'ticks') - sum(before, 'ticks');
  const seconds = Math.round(elapsedMs) / 1_000;
  return {
    sent: total('ticks'),
    ticks,
    bars: sum(after, 'bars') - sum(before, 'bars'),
    instruments: await instrumentCount(market),
    rejected: total('rejected'),
    refused: total('refused'),
    gaps: total('gaps'),
    seconds,
    ticksPerSecond: seconds === 0 ? 0 : Math.round(ticks / seconds),
  };
}

/** Those of `symbols` that no dataset of the store has. */
export async function missingSymbols(
  store: Pick<Store, 'instrumentsNamed'>,
  symbols: readonly string[],
): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const symbol of symbols) if ((await store.instrumentsNamed(symbol)).length === 0) missing.push(symbol);
  return missing;
}

async function instrumentCount({ store }: CountedMarket): Promise<number> {
  let count = 0;
  let after: { dataset: string; symbol: string } | undefined;
  for (;;) {
    const page = await store.instruments({ limit: instrumentsAtOnce, ...(after === undefined ? {} : { after }) });
    count += page.length;
    after = page.at(-1);
    if (page.length < instrumentsAtOnce) return count;
  }
}
