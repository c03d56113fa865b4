/**
 * What a partition appends to others because of one of its records. In: entries to send on, in their order. Out: finished log
 * records for each target. Law 1: they follow from the record and what came before it, however records are cut into steps, so
 * a repeat has equal bytes. Of one instrument the order is kept; whoever appends them keeps the order by target.
 */
import type { InstrumentState } from '../bars/instrument-state.ts';
import type { ForwardedToWrite, ForwardEntry } from '../log/forward-entry.ts';
import { encodeLogRecord } from '../log/log-record.ts';
import type { SentOn } from '../placement/handover-rules.ts';
import { forwardedOf, type ParkedEntry } from './parked-entry.ts';

/** Records for another partition of `ticks`. */
export type Emission = {
  /** The record that brought it about. */
  readonly offset: number;
  /** The partition to append to. */
  readonly to: number;
  /** Log records in the order in which they must be appended; the same bytes at each call. */
  readonly records: () => readonly Uint8Array[];
};

/** A record is closed from so many bytes of entries on; a block that is larger has one to itself. */
const recordBytes = 524_288;

type OpenForward = ForwardEntry<ForwardedToWrite> & { readonly entries: ForwardedToWrite[]; bytes: number };

type Target = {
  readonly forwards: OpenForward[];
  /** The newest one of each instrument. */
  readonly newest: Map<InstrumentState, OpenForward>;
};

/** What one record sends on. */
export class Emissions {
  #targets = new Map<number, Target>();

  /** Sends an entry on, behind everything of its instrument that went to the same partition. */
  forward(instrument: InstrumentState, { to, epoch }: SentOn, entry: ParkedEntry): void {
    let target = this.#targets.get(to);
    if (target === undefined) this.#targets.set(to, (target = { forwards: [], newest: new Map() }));
    const { firstAppendTimeMs, bytes } = entry;
    let open = target.newest.get(instrument);
    const fits =
      open !== undefined &&
      open.epoch === epoch &&
      open.firstAppendTimeMs === firstAppendTimeMs &&
      open.bytes + bytes.length <= recordBytes;
    if (open === undefined || !fits) {
      const { dataset, symbol } = instrument;
      open = { kind: 'forward', epoch, dataset, symbol, firstAppendTimeMs, entries: [], bytes: 0 };
      target.forwards.push(open);
      target.newest.set(instrument, open);
    }
    open.entries.push(forwardedOf(entry));
    open.bytes += bytes.length;
  }

  /** Takes out what was sent on because of the record at `offset`, in the order in which targets were met. */
  take(offset: number): Emission[] {
    if (this.#targets.size === 0) return [];
    const targets = this.#targets;
    this.#targets = new Map();
    return [...targets].map(([to, { forwards }]) => ({ offset, to, records: () => recordsOf(forwards) }));
  }
}

function recordsOf(forwards: readonly OpenForward[]): Uint8Array[] {
  const records: Uint8Array[] = [];
  let [from, bytes] = [0, 0];
  for (const [index, forward] of forwards.entries()) {
    if (index > from && bytes + forward.bytes > recordBytes) {
      records.push(encodeLogRecord(forwards.slice(from, index)));
      [from, bytes] = [index, 0];
    }
    bytes += forward.bytes;
  }
  records.push(encodeLogRecord(forwards.slice(from)));
  return records;
}
