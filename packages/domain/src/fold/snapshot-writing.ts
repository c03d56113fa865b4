/**
 * Writes a snapshot a little at a time while the fold goes on. In: a state between two records, which it fixes. Out: the
 * envelope `Snapshot` of that state, byte for byte, in parts. Whoever changes an instrument or a row says so before, and
 * what is not written yet is put aside: of an instrument all but its rows, of a row its columns.
 */
import type { InstrumentState } from '../bars/instrument-state.ts';
import { RowFlag } from '../bars/bar-rows.ts';
import { GatheredRows, gatheredMax } from '../bars/gathered-rows.ts';
import { crc32c } from '../log/crc32c.ts';
import { ProtoWriter } from '../log/proto-writer.ts';
import type { ParkedAt } from '../placement/handover-parking.ts';
import type { RetainedBlock, RetainedView } from '../tape/retained-log.ts';
import { configChecksum } from './config-checksum.ts';
import type { FoldState } from './fold-state.ts';
import { foldVersion } from './fold-types.ts';
import type { ParkedEntry } from './parked-entry.ts';
import { firstShipped } from './retained-work.ts';
import {
  envelopeVersion,
  type RetainFrom,
  transferExceptions,
  transferFacts,
  transferPosition,
  transferRest,
  transferTape,
} from './snapshot.ts';
import { StateWriter } from './state-io.ts';
import { type RowBefore, transferLevel, writeRows } from './transfer-bars.ts';
import {
  type Ahead,
  aheadOf,
  type PartOfHandover,
  transferAhead,
  transferMoves,
  waitingPartsOf,
  writeKeptPart,
  writeParked,
  writeWaitingPart,
} from './transfer-places.ts';

/** Bytes from which on a part is closed. */
const partBytes = 262_144;
/** A byte is summed in so much less time than it is written in. */
const summedPerWritten = 16;

/** A snapshot that is written while the fold goes on. */
export type SnapshotInProgress = {
  /** The first record that is not in it. */
  readonly nextOffset: number;
  /** Writes some `bytes` more, an instrument at least; answers whether all is written. A day's bars of an instrument are 1 MB. */
  work(bytes: number): boolean;
  /** The bytes, one part after the other. Throws `RangeError` before all is written. */
  readonly parts: readonly Uint8Array[];
  /** The first record that a restart from it reads again. Throws `RangeError` before all is written. */
  readonly retainFromOffset: number;
  /** It is not wanted any more; another can begin. */
  abandon(): void;
};

/** An instrument as it was when the snapshot began; its rows are found by `ids`, level by level. */
type Kept = {
  readonly tape: Uint8Array;
  readonly levels: readonly { readonly head: Uint8Array; readonly ids: readonly number[] }[];
  readonly rest: Uint8Array;
  /** What of it went ahead may not be known yet. */
  readonly ahead: Ahead | undefined;
};

/** See `SnapshotInProgress`; the other methods are for the fold. */
export class SnapshotWriting implements SnapshotInProgress {
  readonly nextOffset: number;
  readonly #state: FoldState;
  readonly #serial: number;
  readonly #count: number;
  readonly #retained: RetainedView;
  readonly #from: RetainFrom;
  readonly #facts: Uint8Array;
  readonly #exceptions: Uint8Array;
  /** Instruments before it are written; of the others, those that changed meanwhile are in `#kept`. */
  #next = 0;
  readonly #kept: (Kept | undefined)[];
  /** What is parked, and how much of it is written. */
  readonly #parked: readonly ParkedAt<InstrumentState, ParkedEntry>[];
  #nextParked = 0;
  /** The same of parts of Handovers. */
  readonly #waiting: readonly PartOfHandover[];
  #nextWaiting = 0;
  /** Where `state.keptRows` has a row. */
  readonly #places = new Map<number, number>();
  readonly #gathered: GatheredRows;
  readonly #out = new ProtoWriter(partBytes * 2);
  readonly #io = new StateWriter(this.#out);
  readonly #small = new StateWriter(new ProtoWriter(4_096));
  #parts: Uint8Array[] = [];
  #needed: RetainedBlock | undefined;
  #summedParts = 0;
  #checksum = 0;
  #isDone = false;

  /** Fixes the state as it is now, between two records. `isWhole`: it is written to the end before the next one. */
  constructor(state: FoldState, isWhole: boolean) {
    this.#state = state;
    this.nextOffset = state.nextOffset;
    // No row is marked with -1: nothing is put aside.
    this.#serial = isWhole ? -1 : (state.rows.snapshotSerial += 1);
    this.#count = state.instruments.length;
    this.#kept = Array.from({ length: isWhole ? 0 : this.#count });
    this.#retained = state.retained.view();
    const { nextNumber, position } = state.retained;
    this.#from = { offset: state.nextOffset, block: nextNumber, position };
    this.#facts = this.#bytesOf((io) => transferFacts(io, state));
    this.#exceptions = this.#bytesOf((io) => {
      transferExceptions(io, state, this.#from);
      transferMoves(io, state);
    });
    this.#parked = state.moves?.parking.all() ?? [];
    for (const { parked } of this.#parked) if (parked.kind === 'entry') this.#need(parked.entry.entry.block);
    for (const instrument of state.expected) for (const block of firstShipped(state, instrument)) this.#need(block);
    this.#waiting = waitingPartsOf(state);
    this.#gathered = state.gathered ??= new GatheredRows(state.rows.profileCount);
    if (!isWhole) state.writing = this;
  }

  work(bytes: number): boolean {
    if (this.#isDone) return true;
    let left = bytes;
    for (; this.#next < this.#count; this.#next += 1) {
      const instrument = this.#state.instruments[this.#next]!;
      if (left <= 0 || !this.#isAheadKnown(instrument, left)) return false;
      left -= this.#write(instrument);
    }
    for (; this.#nextParked < this.#parked.length; this.#nextParked += 1) {
      if (left <= 0) return false;
      left -= this.#writeItem(writeParked, this.#parked[this.#nextParked]!);
    }
    for (; this.#nextWaiting < this.#waiting.length; this.#nextWaiting += 1) {
      if (left <= 0) return false;
      const waiting = this.#waiting[this.#nextWaiting]!;
      left -= this.#writeItem(waiting.isKept ? writeKeptPart : writeWaitingPart, waiting);
    }
    if (this.#summedParts === 0) this.#close();
    for (left *= summedPerWritten; this.#summedParts < this.#parts.length; this.#summedParts += 1) {
      const part = this.#parts[this.#summedParts]!;
      if (this.#summedParts > 0 && left <= 0) return false;
      this.#checksum = crc32c(part, this.#checksum);
      left -= part.length;
    }
    this.#parts.unshift(this.#envelope());
    this.#isDone = true;
    return true;
  }

  get parts(): readonly Uint8Array[] {
    this.#needDone();
    return this.#parts;
  }

  get retainFromOffset(): number {
    this.#needDone();
    return this.#from.offset;
  }

  abandon(): void {
    if (this.#state.writing === this) this.#state.writing = undefined;
    for (const place of this.#places.values()) this.#state.keptRows.release(place);
    this.#places.clear();
  }

  /** The instrument is about to change. */
  keep(instrument: InstrumentState): void {
    const { index } = instrument;
    if (index >= this.#next && index < this.#count) this.#kept[index] ??= this.#asItIs(instrument);
  }

  /** The row is about to change, but for what can be merged again. */
  keepRow(row: number): void {
    const { rows, keptRows, instruments } = this.#state;
    if (rows.kept[row] === this.#serial) return;
    rows.kept[row] = this.#serial;
    const index = rows.instrument[row]!;
    if (index < this.#next || index >= this.#count) return;
    this.keep(instruments[index]!);
    // The cells of a coarse row that can still change are not stored.
    const withCells = rows.level[row] === 0 || rows.has(row, RowFlag.left);
    this.#places.set(row, keptRows.copy(rows, row, withCells));
  }

  #asItIs(instrument: InstrumentState): Kept {
    for (const link of instrument.links)
      for (const { tick } of link.held.all()) if (tick !== undefined) this.#need(tick.block);
    return {
      tape: this.#bytesOf((io) => transferTape(io, this.#state, instrument)),
      levels: instrument.rows.map((list, level) => ({
        head: this.#bytesOf((io) => transferLevel(io, instrument, level)),
        ids: list.all(),
      })),
      rest: this.#bytesOf((io) => transferRest(io, instrument)),
      ahead: aheadOf(instrument),
    };
  }

  /** What was sent ahead of it is not in bytes before somebody gathers it; where nobody has, that takes as many calls as it takes. */
  #isAheadKnown(instrument: InstrumentState, bytes: number): boolean {
    const kept = this.#kept[instrument.index];
    const prepared = kept === undefined ? instrument.prepared : kept.ahead?.prepared;
    return prepared?.shipped.work(bytes) !== false;
  }

  /** Writes the next instrument; answers its bytes. */
  #write(instrument: InstrumentState): number {
    const { tape, levels, rest, ahead } = this.#kept[instrument.index] ?? this.#asItIs(instrument);
    const out = this.#out;
    const before = out.lengthBytes;
    out.raw(tape);
    for (const [level, { head, ids }] of levels.entries()) {
      out.raw(head);
      const rowBefore = { startSec: 0, block: 0 };
      for (let first = 0; first < ids.length; first += gatheredMax) this.#writeRows(level, ids, first, rowBefore);
    }
    out.raw(rest);
    if (ahead !== undefined) transferAhead(this.#io, instrument, ahead);
    const bytes = out.lengthBytes - before;
    this.#kept[instrument.index] = undefined;
    if (out.lengthBytes >= partBytes) this.#endPart();
    return bytes;
  }

  #writeItem<Item>(write: (io: StateWriter, item: Item) => void, item: Item): number {
    const before = this.#out.lengthBytes;
    write(this.#io, item);
    const bytes = this.#out.lengthBytes - before;
    if (this.#out.lengthBytes >= partBytes) this.#endPart();
    return bytes;
  }

  /** Writes the rows of a level from `first` on, as many as are gathered at once. */
  #writeRows(level: number, ids: readonly number[], first: number, before: RowBefore): void {
    const count = Math.min(gatheredMax, ids.length - first);
    const { rows } = this.#gathered;
    this.#gathered.take(this.#state.rows, level, ids, first, count, 0);
    for (let row = 0; row < count; row += 1) {
      if (rows.kept[row] === this.#serial) this.#putBack(level, ids[first + row]!, row);
      if (level === 0 && !rows.has(row, RowFlag.left)) this.#need(rows.firstBlock[row]!);
    }
    writeRows(this.#io, rows, count, before);
  }

  /** Has the row as it was when the snapshot began, if it was put aside since. */
  #putBack(level: number, id: number, row: number): void {
    const place = this.#places.get(id);
    if (place === undefined) return;
    this.#gathered.take(this.#state.keptRows, level, [place], 0, 1, row);
    this.#places.delete(id);
    this.#state.keptRows.release(place);
  }

  /** Recovery reads again from the first block that a bar or a held or parked tick needs; see `firstNeededBlock`. */
  #need(number: number): void {
    if (number >= this.#from.block) return;
    const block = this.#retained.block(number);
    if (block === undefined) return;
    this.#needed = block;
    this.#from.block = number;
  }

  /** The last item is written. */
  #close(): void {
    this.#endPart();
    if (this.#state.writing === this) this.#state.writing = undefined;
    const block = this.#needed;
    if (block !== undefined) {
      this.#from.offset = block.offset;
      this.#from.block = block.recordNumber;
      this.#from.position = block.recordPosition;
    }
    const position = this.#bytesOf((io) => transferPosition(io, this.#from));
    this.#parts.unshift(this.#facts, position, this.#exceptions);
  }

  #endPart(): void {
    if (this.#out.lengthBytes === 0) return;
    this.#parts.push(this.#out.finish());
    this.#out.clear();
  }

  /** What stands before the parts. */
  #envelope(): Uint8Array {
    const { config } = this.#state;
    const bodyBytes = this.#parts.reduce((sum, part) => sum + part.length, 0);
    return new ProtoWriter(64)
      .uint(1, envelopeVersion)
      .uint(2, foldVersion)
      .fixed32(3, configChecksum(config, config.basePartitions))
      .uint(4, config.partition)
      .int(5, this.nextOffset)
      .int(6, this.#from.offset)
      .fixed32(7, this.#checksum)
      .varint(66)
      .varint(bodyBytes)
      .finish();
  }

  #bytesOf(write: (io: StateWriter) => void): Uint8Array {
    this.#small.out.clear();
    write(this.#small);
    return this.#small.out.finish();
  }

  #needDone(): void {
    if (!this.#isDone) throw new RangeError('the snapshot is not written to its end: call work until it answers true');
  }
}

/** The whole snapshot of a state, in one go. */
export function writeSnapshot(state: FoldState): Uint8Array {
  const writing = new SnapshotWriting(state, true);
  writing.work(Infinity);
  return joined(writing.parts);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
