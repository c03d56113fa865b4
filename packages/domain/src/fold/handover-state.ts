/**
 * The state of one instrument as it came from another partition; `leaving-state.ts` has the other side. In: bytes. Out: an instrument,
 * by the descriptions that snapshots follow; but publishers are named by their ids, blocks by their places among the shipped ones, and
 * waiting clocks, which each partition has its own of, do not travel.
 */
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
import { type BlockRange, StateReader, transferList } from './state-io.ts';
import { readBars, transferLevel } from './transfer-bars.ts';
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

/** Before every block: a row whose first block lies there can never be rebuilt. */
export const finalRange: Readonly<BlockRange> = { first: -1, last: 0 };

class HandoverReader extends StateReader {
  /** Indices of the publishers in this partition, by their places in the table. */
  indices: readonly number[] = [];
  /** Lowest place of a shipped block with trades of a bar; Infinity = no bar has any. */
  lowest = Infinity;
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
    this.lowest = Math.min(this.lowest, range.first);
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

/**
 * Fills an instrument that is owned from now on and has nothing in it; `blocks` are the numbers of the shipped blocks in this log by
 * their places, where they came. Answers the lowest place that a bar has trades at, Infinity = none: what was sent before went for
 * nothing. Throws `MalformedError` for bytes that are no state; then a part of it is there.
 */
export function readHandoverState(
  state: FoldState,
  instrument: InstrumentState,
  bytes: Uint8Array,
  blocks: readonly (number | undefined)[],
): number {
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
  return io.lowest;
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
