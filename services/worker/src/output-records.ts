/**
 * Records of the topics `bars` and `tape`. In: what a stretch of the log put out, and the clock and offset at its end.
 * Out: records small enough for a log. Where one does not hold all, only the last has the new clock, because a clock
 * says that everything before it has been put out.
 */
import { type Bar, encodeTapeRecord, type TapeSegmentOut } from '@tapeline/domain';
import { barToWire, wireOutput } from '@tapeline/wire';

/** Where a stretch of the log ends. */
export type LogMark = {
  /** The partition's clock, ms since the Unix epoch; 0 before the first record. */
  readonly clockMs: number;
  /** The first record that is not in the stretch. */
  readonly nextOffset: number;
};

/** Bars of one record, some 200 bytes each, and bytes of its segments: little enough to be made in a few ms. */
export const barsPerRecordMax = 1_024;
export const segmentBytesPerRecordMax = 1_048_576;

const nsPerMs = 1_000_000n;

/** One or more records with these bars; `from` is where the record before them ended. */
export function* barRecords(
  bars: readonly Bar[],
  from: LogMark,
  to: LogMark,
  latenessMs: number,
): Generator<Uint8Array> {
  for (let at = 0; at === 0 || at < bars.length; at += barsPerRecordMax) {
    const end = at + barsPerRecordMax;
    const { clockMs, nextOffset } = end < bars.length ? from : to;
    yield wireOutput.BarRecord.encode({
      bars: bars.slice(at, end).map(barToWire),
      clockTimeNs: BigInt(clockMs) * nsPerMs,
      nextOffset: BigInt(nextOffset),
      latenessMs: BigInt(latenessMs),
    }).finish();
  }
}

/** One or more records with these segments. */
export function* tapeRecords(segments: readonly TapeSegmentOut[], from: LogMark, to: LogMark): Generator<Uint8Array> {
  let at = 0;
  do {
    let end = at;
    for (let bytes = 0; end < segments.length; end += 1) {
      bytes += segments[end]?.bytes.length ?? 0;
      if (bytes > segmentBytesPerRecordMax && end > at) break;
    }
    const { clockMs, nextOffset } = end < segments.length ? from : to;
    yield encodeTapeRecord(segments.slice(at, end), clockMs, nextOffset);
    at = end;
  } while (at < segments.length);
}
