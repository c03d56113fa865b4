/**
 * Ticks that were held and are counted now, on their way into one segment. In: one tick after the other, by value, since
 * the block that it came in need not be kept any more. Out: a segment. Ticks share one while they are of one instrument
 * and publisher, were received with one block, and differ little enough for the columns of one block; a segment ends
 * with the record, and at most 4,096 ticks of a publisher and instrument are held.
 */
import type { InstrumentState } from '../bars/instrument-state.ts';
import type { TickSource } from '../fold/tick-source.ts';
import { ProtoWriter } from '../log/proto-writer.ts';
import { encodeTickBlock, type TickRow } from '../log/tick-block-encode.ts';
import { timeDomainOf } from '../market/publisher-id.ts';
import { epochOf } from '../placement/handover-rules.ts';
import { heldRow } from './held-row.ts';
import type { SegmentFrame, TapeSegmentOut } from './tape-segment.ts';

/** Half of the 104 days that event times of a block may be apart, s. */
const spanSecMax = 4_000_000;

type OpenRun = {
  readonly instrument: InstrumentState;
  readonly publisherId: bigint;
  readonly receiveTimeNs: bigint;
  readonly firstNumber: number;
  readonly late: boolean;
  readonly outOfOrder: boolean;
  readonly rows: TickRow[];
};

/** The held ticks of the segment that is being made. */
export class HeldRun {
  readonly #frame: SegmentFrame;
  readonly #block = new ProtoWriter(1_024);
  #open: OpenRun | undefined;

  constructor(frame: SegmentFrame) {
    this.#frame = frame;
  }

  /** Takes in the tick of a source that has one; false if the segment must be closed before. */
  add(instrument: InstrumentState, publisherId: bigint, source: TickSource, late: boolean): boolean {
    const tick = source.held!;
    const { outOfOrder, sequenceBase } = source;
    const { receiveTimeNs } = tick;
    this.#open ??= {
      instrument,
      publisherId,
      receiveTimeNs,
      firstNumber: instrument.lastNumber + 1,
      late,
      outOfOrder,
      rows: [],
    };
    const open = this.#open;
    const row = heldRow(instrument, tick, sequenceBase, open.rows.at(-1)?.sequence ?? 0);
    const fits =
      open.instrument === instrument &&
      open.publisherId === publisherId &&
      open.receiveTimeNs === receiveTimeNs &&
      open.late === late &&
      open.outOfOrder === outOfOrder &&
      (open.rows.length === 0 || isNear(open.rows, row));
    if (fits) open.rows.push(row);
    return fits;
  }

  /** Ends the segment, if there is one. */
  close(out: TapeSegmentOut[]): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    const { instrument, publisherId, receiveTimeNs, firstNumber, rows } = open;
    const { dataset, symbol } = instrument;
    const timeDomain = timeDomainOf(publisherId);
    const block = encodeTickBlock({ publisherId, timeDomain, mapEpoch: 0, dataset, receiveTimeNs }, rows);
    const times = rows.map(({ eventSec, eventNano }) => BigInt(eventSec) * 1_000_000_000n + BigInt(eventNano));
    out.push({
      dataset,
      symbol,
      offset: this.#frame.offset,
      firstNumber,
      count: rows.length,
      firstEventNs: times.reduce((least, ns) => (ns < least ? ns : least)),
      lastEventNs: times.reduce((most, ns) => (ns > most ? ns : most)),
      amends: rows.some((row) => row.original !== undefined),
      bytes: this.#frame.bytesOf(firstNumber, open, epochOf(instrument.place), this.#block.clear().raw(block)),
    });
  }
}

/** Whether the tick can stand in one block with those before it. */
function isNear(rows: readonly TickRow[], row: TickRow): boolean {
  const first = rows[0]!;
  const last = rows.at(-1)!;
  // A sequence through a hole may be below the one before.
  if (row.sequence <= last.sequence || Math.abs(row.eventSec - first.eventSec) > spanSecMax) return false;
  if ((row.receiveDelayNs === undefined) !== (last.receiveDelayNs === undefined)) return false;
  if ((row.venueSequence === undefined) !== (last.venueSequence === undefined)) return false;
  return Number.isSafeInteger((row.venueSequence ?? 0) - (last.venueSequence ?? 0));
}
