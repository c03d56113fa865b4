/**
 * The chain of a publisher in an instrument, made at its first entry, and its place in the publisher sets of bars. In:
 * a publisher. Out: its link. Bit 0 of a set stands for all live publishers, whose time is the partition's clock; bits
 * 1 to 29 for one delayed or replay publisher each, one that has ended giving its bit to the next; bit 30 for all
 * beyond, and a bar with that bit waits for every one of them.
 */
import { RowFlag } from '../bars/bar-rows.ts';
import type { InstrumentState } from '../bars/instrument-state.ts';
import { Link } from '../tape/link.ts';
import { endOfTimeMs, liveBit } from './bar-times.ts';
import type { FoldState } from './fold-state.ts';

const lastPlace = 30;

/** The bit of all publishers that have none of their own. */
export const sharedBit: number = 1 << lastPlace;

/** The link of the publisher with that id, which has just given a sign of life. */
export function linkOfPublisher(state: FoldState, instrument: InstrumentState, publisherId: bigint): Link {
  const { waitedMs } = state.clock;
  const publisher = state.publishers.indexOf(publisherId, waitedMs);
  const link = instrument.linkOf(publisher) ?? addLink(state, instrument, publisher);
  link.aliveMs = waitedMs;
  return link;
}

function addLink(state: FoldState, instrument: InstrumentState, publisher: number): Link {
  const link = new Link(publisher, state.publishers.at(publisher).live ? liveBit : freeBit(state, instrument));
  instrument.links.push(link);
  return link;
}

function freeBit(state: FoldState, instrument: InstrumentState): number {
  const taken = new Set(instrument.links.map((link) => link.bit));
  for (let place = 1; place < lastPlace; place += 1) if (!taken.has(1 << place)) return 1 << place;
  const ended = instrument.links.find(
    ({ bit, timeMs, held }) => bit > liveBit && bit < sharedBit && timeMs === endOfTimeMs && held.length === 0,
  );
  if (ended === undefined) return sharedBit;
  const { bit } = ended;
  // It has passed every bar, so no bar need know of it.
  ended.bit = 0;
  clearBit(state, instrument, bit);
  return bit;
}

/** Takes a publisher that has passed every bar, or sends nothing any more, out of the publisher sets. */
export function clearBit(state: FoldState, instrument: InstrumentState, bit: number): void {
  const { rows } = state;
  for (const list of instrument.rows) {
    for (let index = 0; index < list.length; index += 1) {
      const row = list.at(index);
      if (rows.has(row, RowFlag.left) || (rows.publishers[row]! & bit) === 0) continue;
      state.writing?.keepRow(row);
      rows.publishers[row]! &= ~bit;
    }
  }
}
