/**
 * What a partition appends to others because of one of its records. In: entries to send on, in their order. Out: finished log
 * records for each target. Law 1: they follow from the record and what came before it, however records are cut into steps, so
 * a repeat has equal bytes. Of one instrument the order is kept; whoever appends them keeps the order by target.
 */
import type { InstrumentState } from '../bars/instrument-state.ts';
import type { ForwardedToWrite, ForwardEntry } from '../log/forward-entry.ts';
import { encodeLogRecord } from '../log/log-record.ts';
import type { EntryOfMovesToWrite, HandoverEntry } from '../log/move-entries.ts';
import type { BlockToShip, TradesEntry } from '../log/trades-entry.ts';
import type { SentOn } from '../placement/handover-rules.ts';
import { forwardedOf, type ParkedEntry } from './parked-entry.ts';

/** Records for another partition of `ticks`. */
export type Emission = {
  /** The record that brought it about. */
  readonly offset: number;
  /** The partition to append to. */
  readonly to: number;
  /** About how many bytes the records have, for whoever bounds what waits. */
  readonly bytes: number;
  /** Log records in the order in which they must be appended; the same bytes at each call. */
  readonly records: () => readonly Uint8Array[];
};

/** A record is closed from so many bytes of entries on; an entry that is larger has one to itself. */
const recordBytes = 524_288;

/** An entry to send, and about how many bytes it takes. */
type Sent<Entry = EntryOfMovesToWrite> = { readonly entry: Entry; bytes: number };

type OpenForward = Sent<ForwardEntry<ForwardedToWrite> & { readonly entries: ForwardedToWrite[] }>;

type Target = {
  readonly sent: Sent[];
  /** The newest Forward of each instrument. */
  readonly newest: Map<InstrumentState, OpenForward>;
};

/** What one record sends on. */
export class Emissions {
  #targets = new Map<number, Target>();

  /** Sends an entry on, behind everything of its instrument that went to the same partition. */
  forward(instrument: InstrumentState, { to, epoch }: SentOn, entry: ParkedEntry): void {
    const target = this.#target(to);
    const { firstAppendTimeMs, bytes } = entry;
    let open = target.newest.get(instrument);
    const fits =
      open !== undefined &&
      open.entry.epoch === epoch &&
      open.entry.firstAppendTimeMs === firstAppendTimeMs &&
      open.bytes + bytes.length <= recordBytes;
    if (open === undefined || !fits) {
      const { dataset, symbol } = instrument;
      open = { entry: { kind: 'forward', epoch, dataset, symbol, firstAppendTimeMs, entries: [] }, bytes: 0 };
      target.sent.push(open);
      target.newest.set(instrument, open);
    }
    open.entry.entries.push(forwardedOf(entry));
    open.bytes += bytes.length;
  }

  /**
   * Sends trades or a part of a state, behind everything that went to the same partition. What is forwarded of the instrument
   * afterwards bears the epoch of the state, so it never joins a Forward of before.
   */
  send(to: number, entry: TradesEntry<BlockToShip> | HandoverEntry, bytes: number): void {
    this.#target(to).sent.push({ entry, bytes });
  }

  #target(to: number): Target {
    let target = this.#targets.get(to);
    if (target === undefined) this.#targets.set(to, (target = { sent: [], newest: new Map() }));
    return target;
  }

  /** Takes out what was sent on because of the record at `offset`, in the order in which targets were met. */
  take(offset: number): Emission[] {
    if (this.#targets.size === 0) return [];
    const targets = this.#targets;
    this.#targets = new Map();
    return [...targets].map(([to, { sent }]) => {
      return { offset, to, bytes: sent.reduce((sum, one) => sum + one.bytes, 0), records: () => recordsOf(sent) };
    });
  }
}

function recordsOf(sent: readonly Sent[]): Uint8Array[] {
  const entries = sent.map(({ entry }) => entry);
  const records: Uint8Array[] = [];
  let [from, bytes] = [0, 0];
  for (const [index, next] of sent.entries()) {
    if (index > from && bytes + next.bytes > recordBytes) {
      records.push(encodeLogRecord(entries.slice(from, index)));
      [from, bytes] = [index, 0];
    }
    bytes += next.bytes;
  }
  records.push(encodeLogRecord(entries.slice(from)));
  return records;
}
