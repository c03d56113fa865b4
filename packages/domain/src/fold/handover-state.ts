/**
 * The state of one instrument on its way to another partition. In: an instrument, or bytes. Out: the other, by the descriptions that
 * snapshots follow; but publishers are named by their ids, blocks by their places among the shipped ones, and waiting clocks, which
 * each partition has its own of, do not travel. Equal log prefixes give equal bytes, whichever owner writes them.
 */
import { RowFlag } from '../bars/bar-rows.ts';
import { GatheredRows, gatheredMax } from '../bars/gathered-rows.ts';
import type { InstrumentState } from '../bars/instrument-state.ts';
import type { FormUse } from '../placement/handover-parts.ts';
import { crc32c } from '../log/crc32c.ts';
import { MalformedError } from '../log/proto-reader.ts';
import { encodeText } from '../log/text.ts';
import { handoverStateBytesMax } from '../log/move-entries.ts';
import { builtInCalendars, calendarNamed } from '../sessions/calendar-loader.ts';
import { configChecksum } from './config-checksum.ts';
import type { FoldState } from './fold-state.ts';
import type { FoldConfig } from './fold-types.ts';
import { type BlockRange, StateReader, StateWriter, transferList } from './state-io.ts';
import { readBars, transferLevel, writeRows } from './transfer-bars.ts';
import { transferAmendments, transferFirsts, transferLinks, transferTerms } from './transfer-tape.ts';

/** Version of the bytes of such a state. */
export const handoverStateVersion = 1;

/** A state names something that this program does not know, and a newer one may. */
export class StateOfOtherFormError extends MalformedError {
  override name = 'StateOfOtherFormError';
}

/** One part of a state, and how many shipped blocks belong to the whole. */
export type HandoverContent = {
  readonly state: Uint8Array;
  readonly tradeBlocks: number;
  /** Append time of its Move, ms since the Unix epoch; a part that is not sent yet and one of an older snapshot have none. */
  readonly movedAtMs?: number;
};

/** What two states must have in common to be of one description and of one configuration. */
export type HandoverForm = { readonly stateVersion: number; readonly configChecksum: number };

/** The form that this configuration writes and reads. */
export function handoverForm(config: FoldConfig): HandoverForm {
  return { stateVersion: handoverStateVersion, configChecksum: configChecksum(config, config.basePartitions) };
}

/** The same as text, as `HandoverPart` has it. */
export function formText({ stateVersion, configChecksum: checksum }: HandoverForm): string {
  return `${stateVersion} ${checksum}`;
}

let calendarsChecksum: number | undefined;

/**
 * What workers tell of the form, so that no move begins between two that differ (C2): the form, and a checksum of the calendars that
 * this program has. These are not in the Handover itself: one that is on its way while workers are upgraded can be used by the newer.
 */
export function reportedForm(config: FoldConfig): string {
  calendarsChecksum ??= crc32c(encodeText(JSON.stringify(builtInCalendars)));
  return `${formText(handoverForm(config))} ${calendarsChecksum}`;
}

/** What parts of that form are good for here. Another state version of this configuration is for another program. */
export function useOfForm(form: string, config: FoldConfig): FormUse {
  const own = handoverForm(config);
  if (form === formText(own)) return 'now';
  return form.endsWith(` ${own.configChecksum}`) ? 'later' : 'elsewhere';
}

/** By row, the places of the first and last shipped block with trades of it; a row that is not in it is final. */
export type ShippedRanges = ReadonlyMap<number, Readonly<BlockRange>>;

/** Before every block: a row whose first block lies there can never be rebuilt. */
const finalRange: Readonly<BlockRange> = { first: -1, last: 0 };

class HandoverWriter extends StateWriter {
  readonly #indices: number[] = [];
  readonly #places = new Map<number, number>();

  /** The publishers that were named, in the order of their first naming. */
  get indices(): readonly number[] {
    return this.#indices;
  }

  override publisher(index: number): number {
    let place = this.#places.get(index);
    if (place === undefined) this.#places.set(index, (place = this.#indices.push(index) - 1));
    this.uint(place);
    return index;
  }

  override waited(ms: number): number {
    return ms;
  }

  override block(number: number): number {
    return number;
  }
}

class HandoverReader extends StateReader {
  /** Indices of the publishers in this partition, by their places in the table. */
  indices: readonly number[] = [];
  readonly #waitedMs: number;
  readonly #blocks: readonly (number | undefined)[];
  readonly #isInOrder: boolean;
  #before = 0;

  constructor(bytes: Uint8Array, waitedMs: number, blocks: readonly (number | undefined)[]) {
    super(bytes);
    this.#waitedMs = waitedMs;
    this.#blocks = blocks;
    this.#isInOrder = isInOrder(blocks);
  }

  override publisher(_index: number): number {
    const index = this.indices[this.uint(0)];
    if (index === undefined) throw new MalformedError('a state names a publisher that is not in its table');
    return index;
  }

  /** Coming here is a sign of life (rule T4). */
  override waited(_ms: number): number {
    return this.#waitedMs;
  }

  override block(_number: number): number {
    return 0;
  }

  override blocks(range: BlockRange, _before: number): void {
    super.blocks(range, this.#before);
    this.#before = range.last;
    if (range.first > range.last || range.first < 0) return;
    const { first, last } = (this.#isInOrder ? endsOf : numbersOf)(this.#blocks, range);
    range.first = first;
    range.last = last;
  }
}

/** Whether every block came, each after the one before: what is between two blocks of the set stands between them in the log. */
function isInOrder(blocks: readonly (number | undefined)[]): boolean {
  let before = -1;
  for (const block of blocks) {
    if (block === undefined || block < before) return false;
    before = block;
  }
  return true;
}

/** The numbers of the first and last block of the range, in a set that is in order. */
function endsOf(blocks: readonly (number | undefined)[], range: BlockRange): Readonly<BlockRange> {
  const [first, last] = [blocks[range.first], blocks[range.last]];
  return first === undefined || last === undefined ? finalRange : { first, last };
}

/**
 * The lowest and highest number of all blocks of the range: one that could not be read is missing, or comes again behind the others.
 * A bar without one of its blocks is final, or it would be rebuilt without some of its trades.
 */
function numbersOf(blocks: readonly (number | undefined)[], range: BlockRange): Readonly<BlockRange> {
  let [first, last] = [Infinity, -1];
  for (let ordinal = range.first; ordinal <= range.last; ordinal += 1) {
    const block = blocks[ordinal];
    if (block === undefined) return finalRange;
    first = Math.min(first, block);
    last = Math.max(last, block);
  }
  return { first, last };
}

/** The state of the instrument, whose record is at its end; nothing of it is held, and none of its rows waits to be put out. */
export function writeHandoverState(state: FoldState, instrument: InstrumentState, ranges: ShippedRanges): Uint8Array {
  const body = new HandoverWriter();
  transferTerms(body, instrument.terms);
  body.uint(instrument.lastNumber);
  transferLinks(body, instrument);
  for (let level = 0; level < state.levels.length; level += 1) writeLevel(state, body, instrument, level, ranges);
  transferFirsts(body, instrument);
  transferAmendments(body, instrument);
  const head = new StateWriter();
  transferList(head, [...body.indices], (index) => {
    head.big(state.publishers.at(index!).id);
    return index!;
  });
  return head.out.raw(body.out.end()).finish();
}

function writeLevel(
  state: FoldState,
  body: HandoverWriter,
  instrument: InstrumentState,
  level: number,
  ranges: ShippedRanges,
): void {
  transferLevel(body, instrument, level);
  const gathered = (state.gathered ??= new GatheredRows(state.rows.profileCount));
  const { rows } = gathered;
  const ids = instrument.rows[level]!.all();
  const before = { startSec: 0, block: 0 };
  for (let first = 0; first < ids.length; first += gatheredMax) {
    const count = Math.min(gatheredMax, ids.length - first);
    gathered.take(state.rows, level, ids, first, count, 0);
    for (let place = 0; level === 0 && place < count; place += 1) {
      // A bar of moved trades alone has no blocks.
      if (rows.lastBlock[place]! < 0 || rows.has(place, RowFlag.left)) continue;
      const range = ranges.get(ids[first + place]!) ?? finalRange;
      rows.firstBlock[place] = range.first;
      rows.lastBlock[place] = range.last;
    }
    writeRows(body, rows, count, before);
  }
}

/**
 * Fills an instrument that is owned from now on and has nothing in it; `blocks` are the numbers of the shipped blocks in this log by their places, where
 * they came. Throws `MalformedError` for bytes that are no state; then a part of it is there.
 */
export function readHandoverState(
  state: FoldState,
  instrument: InstrumentState,
  bytes: Uint8Array,
  blocks: readonly (number | undefined)[],
): void {
  const { waitedMs } = state.clock;
  const io = new HandoverReader(bytes, waitedMs, blocks);
  io.indices = transferList<number>(io, [], () => state.publishers.indexOf(io.big(0n), waitedMs));
  instrument.terms = transferTerms(io, instrument.terms);
  const { terms } = instrument;
  instrument.calendar = terms === undefined ? undefined : calendarNamed(terms.calendar);
  if (terms !== undefined && instrument.calendar === undefined)
    throw new StateOfOtherFormError(`its state is by calendar '${terms.calendar}', which this program does not know`);
  instrument.lastNumber = io.uint(0);
  transferLinks(io, instrument);
  if (instrument.calendar !== undefined) readBars(io, state, instrument);
  else for (let level = 0; level < state.levels.length; level += 1) transferLevel(io, instrument, level);
  transferFirsts(io, instrument);
  transferAmendments(io, instrument);
  if (!io.done()) throw new MalformedError('bytes are left over in a state');
}

/** The state in parts of the size that one entry holds. */
export function partsOfState(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += handoverStateBytesMax) {
    parts.push(bytes.subarray(at, at + handoverStateBytesMax));
  }
  return parts;
}

/** Parts put together again. */
export function joinedState(contents: readonly HandoverContent[]): Uint8Array {
  const bytes = new Uint8Array(contents.reduce((sum, { state }) => sum + state.length, 0));
  let at = 0;
  for (const { state } of contents) {
    bytes.set(state, at);
    at += state.length;
  }
  return bytes;
}
