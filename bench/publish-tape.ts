/**
 * The generated tape as a client publishes it. In: how many ticks, at which pace, from when. Out: messages of a Publish
 * stream, encoded, so that the process that sends them later does nothing but send. The stream's header is left to
 * ingest, and a replay ends with the last word on every instrument.
 */
import { TimeDomain } from '@tapeline/domain';
import { wireIngest, wireLog } from '@tapeline/wire';
import { generatedInstruments } from './generated-tape.ts';
import { TapeEvents } from './tape-events.ts';
import { generatedDataset, shareTerms, TapePublisher, type TapeTick } from './tape-publisher.ts';

/** What ingest takes in one batch. */
export const batchTicksMax = 2_000;

const seed = 20_131_008;

/** One message, encoded. */
export type PublishMessage = {
  readonly bytes: Uint8Array;
  /** Its ticks, in the order of their event times; none in a message that only ends instruments. */
  readonly ticks: readonly TapeTick[];
};

/** Ticks of all instruments in the order of event time, endlessly. */
export function generatedTicks(
  startMs: number,
  ticksPerSecond: number,
  instruments: number = generatedInstruments,
): () => TapeTick {
  const events = new TapeEvents({
    seed,
    instruments,
    ticksPerSecond,
    startMs,
    publishers: 1,
    amendedEvery: 0,
    lateEvery: 0,
    tradeIds: false,
  });
  return () => events.next().tick;
}

/** One publisher's messages; it numbers and links what it is given. */
export class TapeMessages {
  readonly #publisher: TapePublisher;

  constructor(domain: TimeDomain) {
    this.#publisher = new TapePublisher({ domain, issueDay: 0, dataset: generatedDataset, terms: shareTerms });
  }

  /** The message with these ticks, 1 to `batchTicksMax`. */
  batch(ticks: readonly TapeTick[]): PublishMessage {
    const block = wireLog.TickBlock.decode(this.#publisher.publish(ticks));
    const tickBatch = { form: { $case: 'block', value: block } } as const;
    const request = { request: { $case: 'tickBatch', value: tickBatch } } as const;
    return { bytes: wireIngest.PublishRequest.encode(request).finish(), ticks };
  }

  /** The last word on every instrument: its bars close. */
  end(): PublishMessage {
    const instruments = Array.from(this.#publisher.lastSequences, ([symbol, link]) => ({ symbol, link: BigInt(link) }));
    const request = { request: { $case: 'endOfReplay', value: { instruments } } } as const;
    return { bytes: wireIngest.PublishRequest.encode(request).finish(), ticks: [] };
  }
}

/** The messages of a replay of `ticks` ticks, full batches and the end. */
export function* replayMessages(ticks: number, startMs: number, ticksPerSecond: number): Generator<PublishMessage> {
  const next = generatedTicks(startMs, ticksPerSecond);
  const messages = new TapeMessages(TimeDomain.replay);
  for (let left = ticks; left > 0; left -= batchTicksMax) {
    yield messages.batch(Array.from({ length: Math.min(left, batchTicksMax) }, next));
  }
  yield messages.end();
}

/** Counts ticks by symbol, for checking what came out. */
export function countBySymbol(counts: Map<string, number>, ticks: readonly TapeTick[]): void {
  for (const { symbol } of ticks) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
}
