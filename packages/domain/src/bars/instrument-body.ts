/**
 * What of an instrument grows with its ticks. In: how many bar lengths there are. Out: a body to fill, or the one that serves every
 * instrument that is not here: it is frozen, and whoever puts something in gets a `TypeError`, for it would be in all of them.
 */
import type { Link } from '../tape/link.ts';
import { Amendments } from './amendments.ts';
import type { FirstOfDate } from './first-of-date.ts';
import { GoneRanges } from './gone-ranges.ts';
import { PendingAmendments } from './pending-amendments.ts';
import { RowList } from './row-list.ts';

/** See `InstrumentState`, which has these fields. */
export type InstrumentBody = {
  readonly links: Link[];
  readonly rows: readonly RowList[];
  readonly gone: readonly GoneRanges[];
  readonly open: number[];
  readonly firsts: FirstOfDate[];
  readonly blocks: number[];
  readonly early: number[];
  readonly amendments: Amendments;
  readonly pending: PendingAmendments;
};

/** A body with nothing in it. */
export function freshBody(levels: number): InstrumentBody {
  return {
    links: [],
    rows: Array.from({ length: levels }, () => new RowList()),
    gone: Array.from({ length: levels }, () => new GoneRanges()),
    open: [],
    firsts: [],
    blocks: [],
    early: [],
    amendments: new Amendments(),
    pending: new PendingAmendments(),
  };
}

const notHere = 'the instrument is not here, so nothing of it can be kept';

class NoAmendments extends Amendments {
  override set(): never {
    throw new TypeError(notHere);
  }
}

class NoPending extends PendingAmendments {
  override push(): never {
    throw new TypeError(notHere);
  }
}

const emptyBodies = new Map<number, InstrumentBody>();

/** The body of those that are not here, one for each number of levels. */
export function emptyBody(levels: number): InstrumentBody {
  const known = emptyBodies.get(levels);
  if (known !== undefined) return known;
  const rows = Array.from({ length: levels }, () => RowList.none);
  const gone = Array.from({ length: levels }, () => GoneRanges.none);
  const body = { ...freshBody(0), rows, gone, amendments: new NoAmendments(), pending: new NoPending() };
  for (const part of Object.values(body)) Object.freeze(part);
  emptyBodies.set(levels, body);
  return body;
}
