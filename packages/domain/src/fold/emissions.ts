/**
 * What a partition appends to others because of one of its records. In: entries to send on, in their order. Out: finished log
 * records for each target. Law 1: they follow from the record and what came before it, however records are cut into steps, and
 * whenever they are made, so a repeat has equal bytes. Of one instrument the order is kept; whoever appends them keeps the order by target.
 */
import type { InstrumentState } from '../bars/instrument-state.ts';
import type { ForwardedToWrite, ForwardEntry } from '../log/forward-entry.ts';
import { encodeLogRecord } from '../log/log-record.ts';
import type { EntryOfMovesToWrite } from '../log/move-entries.ts';
import type { SentOn } from '../placement/handover-rules.ts';
import { forwardedOf, type ParkedEntry } from './parked-entry.ts';

/** Records for another partition of `ticks`. */
export type Emission = {
  /** The record that brought it about. */
  readonly offset: number;
  /** The partition to append to. */
  readonly to: number;
  /** About how many bytes wait of it, for whoever bounds what waits. */
  readonly bytes: number;
  /** Whether its records are of use as soon as they come and order nothing: what follows need not wait for them. */
  readonly isAhead: boolean;
  /** Whether it must stand behind all that went ahead to the same partition because of this and earlier records. */
  readonly isBehindAhead: boolean;
  /** Log records in the order in which they must be appended; the same bytes at each call. Long work where trades go along. */
  readonly records: () => readonly Uint8Array[];
  /** The same a little at a time: `undefined` whenever some `work` bytes of blocks were looked through. */
  readonly pieces: (work: number) => Iterable<Uint8Array | undefined>;
};

/** A record is closed from so many bytes of entries on; an entry that is larger has one to itself. */
const recordBytes = 524_288;

/** An entry to send, and about how many bytes it takes. */
export type Sent<Entry = EntryOfMovesToWrite> = { readonly entry: Entry; bytes: number };

/** Entries that are made when they are appended, the same ones each time. */
export type SentLater = {
  /** About how many bytes wait of them at once. */
  readonly bytes: number;
  /** `undefined` whenever some `work` bytes of blocks were looked through. */
  readonly entries: (work: number) => Iterable<Sent | undefined>;
};

type OpenForward = Sent<ForwardEntry<ForwardedToWrite> & { readonly entries: ForwardedToWrite[] }>;

type Target = {
  readonly sent: (Sent | SentLater)[];
  isBehindAhead: boolean;
  /** The newest Forward of each instrument. */
  readonly newest: Map<InstrumentState, OpenForward>;
};

/** What one record sends on. */
export class Emissions {
  #targets = new Map<number, Target>();
  #ahead: { readonly to: number; readonly later: SentLater }[] = [];

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

  /** Sends trades ahead of a move, in no order with anything but the instrument's departure. */
  sendAhead(to: number, later: SentLater): void {
    this.#ahead.push({ to, later });
  }

  /**
   * Sends an instrument: the trades that did not go ahead and its state, behind everything that went to the same partition. What is
   * forwarded of the instrument afterwards bears the epoch of the state, so it never joins a Forward of before.
   */
  sendInstrument(to: number, later: SentLater): void {
    const target = this.#target(to);
    target.sent.push(later);
    target.isBehindAhead = true;
  }

  #target(to: number): Target {
    let target = this.#targets.get(to);
    if (target === undefined) this.#targets.set(to, (target = { sent: [], isBehindAhead: false, newest: new Map() }));
    return target;
  }

  /** Takes out what was sent on because of the record at `offset`: what goes ahead, then by target in the order in which they were met. */
  take(offset: number): Emission[] {
    if (this.#targets.size + this.#ahead.length === 0) return [];
    const [targets, ahead] = [this.#targets, this.#ahead];
    this.#targets = new Map();
    this.#ahead = [];
    return [
      ...ahead.map(({ to, later }) => emissionOf([later], { offset, to, isAhead: true, isBehindAhead: false })),
      ...[...targets].map(([to, { sent, isBehindAhead }]) => {
        return emissionOf(sent, { offset, to, isAhead: false, isBehindAhead });
      }),
    ];
  }
}

function emissionOf(
  sent: readonly (Sent | SentLater)[],
  about: Pick<Emission, 'offset' | 'to' | 'isAhead' | 'isBehindAhead'>,
): Emission {
  return {
    ...about,
    bytes: sent.reduce((sum, one) => sum + one.bytes, 0),
    records: () => [...piecesOf(sent, Infinity)].filter((piece) => piece !== undefined),
    pieces: (work) => piecesOf(sent, work),
  };
}

function* piecesOf(sent: readonly (Sent | SentLater)[], work: number): Generator<Uint8Array | undefined> {
  let [entries, bytes]: [EntryOfMovesToWrite[], number] = [[], 0];
  for (const one of sent) {
    for (const next of 'entries' in one ? one.entries(work) : [one]) {
      if (next === undefined) {
        yield undefined;
        continue;
      }
      if (entries.length > 0 && bytes + next.bytes > recordBytes) {
        yield encodeLogRecord(entries);
        [entries, bytes] = [[], 0];
      }
      entries.push(next.entry);
      bytes += next.bytes;
    }
  }
  if (entries.length > 0) yield encodeLogRecord(entries);
}
