/**
 * An instrument and its tape for tests that do not ask what is in them. In: numbers of ticks. Out: the row of the instrument of
 * `sampleBar`, a chunk of its tape as it is stored, a segment as it goes out.
 */
import type { InstrumentTerms, TapeChunk, TapeSegmentOut } from '@tapeline/domain';

const [dataset, symbol] = ['d', 'S'];
const terms: InstrumentTerms = { priceExponent: 0, sizeExponent: 0, calendar: '', currency: '', tickSize: 0 };

/** The instrument. */
export const sampleInstrument: { readonly dataset: string; readonly symbol: string; readonly terms: InstrumentTerms } =
  { dataset, symbol, terms };

/** Ten bytes of the ticks of these numbers. */
export function chunkOf(firstNumber: number, lastNumber: number): TapeChunk {
  const times = { firstEventNs: 0n, lastEventNs: 0n };
  return { dataset, symbol, firstNumber, lastNumber, ...times, amends: false, bytes: new Uint8Array(10) };
}

/** The first tick. */
export const sampleSegment: TapeSegmentOut = { ...chunkOf(1, 1), offset: 0, count: 1 };
