/**
 * The order of a stream. In: an instrument of the stream and the identity of its next tick. Out: the link settled and
 * the tick remembered, or a refusal: sequences rise over batches and per instrument inside a batch, and a link is the
 * tick before.
 */
import type { DraftTick } from './draft-tick.ts';
import type { ReachedTick } from './publish-part.ts';
import { PublishRefusedError, quoted } from './refusal.ts';
import type { InstrumentOfStream } from './stream-instruments.ts';
import { brokenLink } from './stream-refusals.ts';

/** A run of ticks of one instrument in which each tick's link is the tick before; of rows, a run of one. */
export type TickRun = {
  readonly symbol: string;
  readonly first: number;
  readonly last: number;
  /** The link of the first one; `undefined` = it was not given. */
  readonly link: number | undefined;
};

/**
 * Remembers a run and returns the link of its first tick. `floor` is the highest sequence of the batches before;
 * `reached` gets an entry for the first run of an instrument in the batch. Throws `PublishRefusedError`.
 */
export function carryRun(
  instrument: InstrumentOfStream,
  run: TickRun,
  batch: number,
  floor: number,
  reached: ReachedTick[],
): number {
  const { symbol, first, last } = run;
  const isInBatch = instrument.batch === batch;
  const above = isInBatch ? instrument.last : floor;
  if (first <= above || first <= floor) throw notRising(symbol, first, Math.max(above, floor));
  const link = run.link ?? (isInBatch ? instrument.last : undefined);
  if (link === undefined) throw missingLink(symbol, first);
  if (instrument.carried && link !== instrument.last) throw brokenLink(`sequence ${first}`, symbol, link, instrument);
  instrument.carried = true;
  instrument.last = last;
  if (isInBatch && instrument.reached !== undefined) instrument.reached.sequence = last;
  else {
    instrument.batch = batch;
    instrument.gathering = undefined;
    instrument.reached = { symbol, link, sequence: last };
    reached.push(instrument.reached);
  }
  return link;
}

/**
 * As `carryRun` for a tick that is a batch of its own: checks it, and remembers it. What it reaches is for the part to
 * say that takes it. Throws `PublishRefusedError`.
 */
export function carrySingle(instrument: InstrumentOfStream, draft: DraftTick, floor: number): void {
  const { symbol, sequence, link, linkGiven } = draft;
  if (sequence <= floor) throw notRising(symbol, sequence, floor);
  if (!linkGiven) throw missingLink(symbol, sequence);
  if (instrument.carried && link !== instrument.last) {
    throw brokenLink(`sequence ${sequence}`, symbol, link, instrument);
  }
  instrument.carried = true;
  instrument.last = sequence;
}

function notRising(symbol: string, sequence: number, above: number): PublishRefusedError {
  const message =
    `sequence ${sequence} of ${quoted(symbol)} is not above ${above}, which was sent before it; sequences rise from batch ` +
    'to batch, and inside a batch per instrument';
  const facts = { field: 'sequence', value: String(sequence), min: String(above + 1), symbol };
  return new PublishRefusedError('SEQUENCE_NOT_RISING', message, facts);
}

function missingLink(symbol: string, sequence: number): PublishRefusedError {
  const message =
    `link of sequence ${sequence} is missing; the first tick of ${quoted(symbol)} in a batch names the one before it, 0 if ` +
    'there is none';
  return new PublishRefusedError('LINK_MISSING', message, { field: 'link', sequence: String(sequence), symbol });
}
