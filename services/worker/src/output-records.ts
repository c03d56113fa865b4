/**
 * Records of the topics `bars` and `tape`. In: what a stretch of the log put out, which instruments came and went in it, and the
 * clock and offset at its end. Out: records small enough for a log. Where one does not hold all, only the last has the new clock
 * and the comings and goings, because they say that everything before them has been put out.
 */
import {
  type Bar,
  encodeTapeRecord,
  type LogRecordInput,
  type TapeSegmentOut,
  type StepOfMove,
} from '@tapeline/domain';
import { barToWire, wireOutput } from '@tapeline/wire';

/** Where a stretch of the log ends. */
export type LogMark = {
  /** The partition's clock, ms since the Unix epoch; 0 before the first record. */
  readonly clockMs: number;
  /** The first record that is not in the stretch. */
  readonly nextOffset: number;
};

/** A coming or going as readers are told of it. */
export type ToldMove = Exclude<StepOfMove, { step: 'prepared' }> & {
  /** The partition's clock before the record of the step, ms since the Unix epoch; 0 = it had none. */
  readonly clockBeforeMs: number;
};

/** What a stretch of the log brought, besides bars and segments. */
export type Stretch = {
  /** Where the record before it ended. */
  readonly from: LogMark;
  readonly to: LogMark;
  /** In the order of the log. */
  readonly moved: readonly ToldMove[];
};

/** Bars of one record, some 200 bytes each, and bytes of its segments: little enough to be made in a few ms. */
export const barsPerRecordMax = 1_024;
export const segmentBytesPerRecordMax = 1_048_576;

const nsPerMs = 1_000_000n;

const nobody = { departures: [], arrivals: [] };

/** What came and went in these records, with the clocks before them; the clock was `clockMs` before the first record. */
export function toldMoves(
  moved: readonly StepOfMove[],
  records: readonly LogRecordInput[],
  clockMs: number,
): readonly ToldMove[] {
  let [at, nowMs] = [0, clockMs];
  return moved.flatMap((one) => {
    if (one.step === 'prepared') return [];
    for (let record = records[at]; record !== undefined && record.offset < one.offset; record = records[at]) {
      nowMs = Math.max(nowMs, record.appendTimeMs);
      at += 1;
    }
    return [{ ...one, clockBeforeMs: nowMs }];
  });
}

/** One or more records with these bars. */
export function* barRecords(
  bars: readonly Bar[],
  { from, to, moved }: Stretch,
  latenessMs: number,
): Generator<Uint8Array> {
  for (let at = 0; at === 0 || at < bars.length; at += barsPerRecordMax) {
    const end = at + barsPerRecordMax;
    const isLast = end >= bars.length;
    const { clockMs, nextOffset } = isLast ? to : from;
    yield wireOutput.BarRecord.encode({
      bars: bars.slice(at, end).map(barToWire),
      clockTimeNs: BigInt(clockMs) * nsPerMs,
      nextOffset: BigInt(nextOffset),
      latenessMs: BigInt(latenessMs),
      ...(isLast ? comingsAndGoings(moved) : nobody),
    }).finish();
  }
}

/** One or more records with these segments. */
export function* tapeRecords(segments: readonly TapeSegmentOut[], { from, to, moved }: Stretch): Generator<Uint8Array> {
  let at = 0;
  do {
    let end = at;
    for (let bytes = 0; end < segments.length; end += 1) {
      bytes += segments[end]?.bytes.length ?? 0;
      if (bytes > segmentBytesPerRecordMax && end > at) break;
    }
    const isLast = end >= segments.length;
    const { clockMs, nextOffset } = isLast ? to : from;
    const bytes = encodeTapeRecord(segments.slice(at, end), clockMs, nextOffset);
    yield isLast && moved.length > 0 ? joined(bytes, movesOfTape(moved)) : bytes;
    at = end;
  } while (at < segments.length);
}

function comingsAndGoings(moved: readonly ToldMove[]): Pick<wireOutput.BarRecord, 'departures' | 'arrivals'> {
  const departures: wireOutput.InstrumentDeparture[] = [];
  const arrivals: wireOutput.InstrumentArrival[] = [];
  for (const one of moved) {
    const { dataset, symbol, epoch, clockBeforeMs } = one;
    const instrument = { dataset, symbol };
    const clockTimeNs = BigInt(clockBeforeMs) * nsPerMs;
    if (one.step === 'left') departures.push({ instrument, epoch, toPartition: one.to, clockTimeNs });
    else arrivals.push({ instrument, epoch });
  }
  return { departures, arrivals };
}

/** Fields that follow on those of a record are fields of that record. */
function movesOfTape(moved: readonly ToldMove[]): Uint8Array {
  const fields = { segments: [], clockTimeNs: 0n, nextOffset: 0n, ...comingsAndGoings(moved) };
  return wireOutput.TapeRecord.encode(fields).finish();
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
