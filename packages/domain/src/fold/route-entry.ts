/**
 * The way of an entry whose instrument is not owned. In: the entry by value, and how it came. Out: the rules of moves take it
 * (moves-of-partition.ts): it is parked, sent on, or its instrument begins here with it.
 */
import type { InstrumentState } from '../bars/instrument-state.ts';
import type { PartitionTime } from '../placement/handover-parking.ts';
import type { EntryWay } from '../placement/handover-rules.ts';
import type { FoldState } from './fold-state.ts';
import { type ParkedEntry, parkedBytesOf } from './parked-entry.ts';

/** How an entry came: the map's epoch at its writer or its Forward's, and the append time of its first record, ms. */
export type Way = EntryWay & { readonly firstAppendTimeMs: number };

/** The clocks at the record being applied. */
export function timeOfRecord({ clock: { nowMs, waitedMs } }: FoldState): PartitionTime {
  return { nowMs, waitedMs };
}

/** Takes an entry of an instrument that is not owned. */
export function routeEntry(state: FoldState, instrument: InstrumentState, entry: ParkedEntry, way: EntryWay): void {
  const { epoch, isForwarded } = way;
  const bytes = parkedBytesOf(entry);
  state.moves!.entry(instrument, { entry, epoch, isForwarded, bytes, at: timeOfRecord(state) });
}
