/**
 * The state of one instrument on its way to another partition. In: an instrument whose record is at its end. Out: bytes, by the
 * descriptions that snapshots follow; but publishers are named by their ids, and blocks by their places among the shipped ones, which
 * are put in once they are known. Equal log prefixes give equal bytes, whichever owner writes them.
 */
import { RowFlag } from '../bars/bar-rows.ts';
import { GatheredRows, gatheredMax } from '../bars/gathered-rows.ts';
import type { InstrumentState, ShippedTrades } from '../bars/instrument-state.ts';
import { ProtoWriter } from '../log/proto-writer.ts';
import type { FoldState } from './fold-state.ts';
import { finalRange } from './handover-state.ts';
import { type BlockRange, StateWriter, transferList } from './state-io.ts';
import { transferLevel, writeRows } from './transfer-bars.ts';
import { transferAmendments, transferFirsts, transferLinks, transferTerms } from './transfer-tape.ts';

/** A state that is fixed, but for where shipped blocks are. */
export type LeavingState = {
  /** About how many it has. */
  readonly bytes: number;
  /** Its bytes; a bar that has no range is final. */
  written(ranges: ShippedTrades['ranges']): Uint8Array;
};

/** Where a range is put in: behind so many bytes; of the bar with that start, or as it is. */
type Gap = { readonly at: number; readonly startSec: number | undefined; readonly range: Readonly<BlockRange> };

class LeavingWriter extends StateWriter {
  readonly gaps: Gap[] = [];
  /** Starts of the bars whose ranges are put in, by the place that stands as their first block, from `firstToCome` downwards. */
  readonly toCome: number[] = [];
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

  override blocks({ first, last }: BlockRange, _before: number): void {
    const startSec = first <= firstToCome ? this.toCome[firstToCome - first] : undefined;
    this.gaps.push({ at: this.out.lengthBytes, startSec, range: { first, last } });
  }
}

/** Below the number of every block. */
const firstToCome = -2;

/** Fixes it; nothing of the instrument is held, and none of its rows waits to be put out. */
export function stateThatLeaves(state: FoldState, instrument: InstrumentState): LeavingState {
  const body = new LeavingWriter();
  transferTerms(body, instrument.terms);
  body.uint(instrument.lastNumber);
  transferLinks(body, instrument);
  for (let level = 0; level < state.levels.length; level += 1) writeLevel(state, body, instrument, level);
  transferFirsts(body, instrument);
  transferAmendments(body, instrument);
  const head = new StateWriter();
  transferList(head, [...body.indices], (index) => {
    head.big(state.publishers.at(index!).id);
    return index!;
  });
  const [table, rest, { gaps }] = [head.out.finish(), body.out.finish(), body];
  return { bytes: table.length + rest.length, written: (ranges) => filled(table, rest, gaps, ranges) };
}

function writeLevel(state: FoldState, body: LeavingWriter, instrument: InstrumentState, level: number): void {
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
      rows.firstBlock[place] = firstToCome - body.toCome.length;
      body.toCome.push(rows.startSec[place]!);
    }
    writeRows(body, rows, count, before);
  }
}

function filled(
  table: Uint8Array,
  rest: Uint8Array,
  gaps: readonly Gap[],
  ranges: ShippedTrades['ranges'],
): Uint8Array {
  const out = new StateWriter(new ProtoWriter(table.length + rest.length + 8 * gaps.length));
  out.out.raw(table);
  let [at, before] = [0, 0];
  for (const gap of gaps) {
    out.out.raw(rest.subarray(at, gap.at));
    at = gap.at;
    const range = gap.startSec === undefined ? gap.range : (ranges.get(gap.startSec) ?? finalRange);
    out.blocks(range, before);
    before = range.last;
  }
  return out.out.raw(rest.subarray(at)).finish();
}
