/**
 * The snapshot of a stream of bars. In: a selection, the time from which on, and forming bars as they are known. Out:
 * bars per instrument, interval and profile by start. Reads of one instrument's series run at once, those of instruments
 * one after the other, so memory holds a page of each series at most.
 */
import type { Bar, Store } from '@tapeline/domain';
import { fromStore } from '../refusal.ts';
import { seriesKey } from '../requests/instrument-key.ts';
import type { InstrumentName } from '../requests/request-fields.ts';
import { type LiveBar, liveBar } from './live-bar.ts';

/** What the snapshot is of. */
export type BarSnapshotRequest = {
  readonly store: Store;
  /** In groups that are read at once. */
  readonly instruments: AsyncIterable<readonly InstrumentName[]>;
  readonly intervals: readonly string[];
  readonly profiles: readonly string[];
  /** Bars that start at this second or later; absent = the last one of each series. */
  readonly startSec: number | undefined;
  /** The forming bars of an instrument that are known; empty if they were not asked for. */
  forming(name: InstrumentName): readonly LiveBar[];
  /** Called for each group before it is read. */
  prepare(names: readonly InstrumentName[]): Promise<void>;
};

const pageBars = 1_000;
const instrumentsAtOnce = 8;

/** The bars of the snapshot. */
export async function* barSnapshot(request: BarSnapshotRequest): AsyncGenerator<readonly LiveBar[]> {
  for await (const names of request.instruments) {
    await request.prepare(names);
    if (request.startSec === undefined) {
      for (let from = 0; from < names.length; from += instrumentsAtOnce) {
        const group = names.slice(from, from + instrumentsAtOnce);
        yield (await Promise.all(group.map(async (name) => lastBars(request, name)))).flat();
      }
    } else for (const name of names) yield* barsSince(request, name, request.startSec);
  }
}

async function lastBars(request: BarSnapshotRequest, name: InstrumentName): Promise<LiveBar[]> {
  const forming = request.forming(name);
  const series = seriesOf(request, name).map(async (one) => {
    const bars = await fromStore(request.store.bars({ ...one, newestFirst: true, limit: 1 }));
    return withForming(bars.map(liveBar), one, forming);
  });
  return (await Promise.all(series)).flat();
}

async function* barsSince(
  request: BarSnapshotRequest,
  name: InstrumentName,
  startSec: number,
): AsyncGenerator<readonly LiveBar[]> {
  for (const one of seriesOf(request, name)) {
    let [from, page]: [number, readonly Bar[]] = [startSec, []];
    let lastSec = -Infinity;
    do {
      page = await fromStore(request.store.bars({ ...one, startSec: from, newestFirst: false, limit: pageBars }));
      lastSec = page.at(-1)?.startSec ?? lastSec;
      from = lastSec + 1;
      if (page.length === pageBars) yield page.map(liveBar);
    } while (page.length === pageBars);
    const forming = request.forming(name).filter((bar) => bar.startSec >= startSec && bar.startSec > lastSec);
    yield withForming(page.map(liveBar), one, forming);
  }
}

type Series = { dataset: string; symbol: string; interval: string; profile: string };

function seriesOf({ intervals, profiles }: BarSnapshotRequest, { dataset, symbol }: InstrumentName): Series[] {
  return intervals.flatMap((interval) => profiles.map((profile) => ({ dataset, symbol, interval, profile })));
}

/** Bars of one series with its forming ones after them; a forming bar that closed meanwhile is left out. */
function withForming(bars: readonly LiveBar[], { interval, profile }: Series, forming: readonly LiveBar[]): LiveBar[] {
  const key = seriesKey(interval, profile);
  const lastSec = bars.at(-1)?.startSec ?? -Infinity;
  const own = forming.filter((bar) => bar.series === key && bar.startSec > lastSec);
  return [...bars, ...own.toSorted((left, right) => left.startSec - right.startSec)];
}
