/**
 * A call of ticks by hand. In: the request, the identity that ingest gives it, and what is known of instruments. Out:
 * log entries by partition and the ticks that were refused, each by its place. A refused tick leaves no Void: nobody
 * will name it. A replay ends with the call, so its bars close.
 */
import { TimeDomain } from '../log/tick-columns.ts';
import type { InstrumentTerms } from '../market/tick.ts';
import { AttributeCache } from './attribute-cache.ts';
import type { DraftTick } from './draft-tick.ts';
import { givenInstrument } from './given-instrument.ts';
import { fillHandTick, type HandTick } from './hand-tick.ts';
import { instantOf } from './instant.ts';
import { checkName, nameProblem } from './names.ts';
import { batchTicksMax } from './publish-limits.ts';
import { gathered, PartBuilder, type PublishPart } from './publish-part.ts';
import { PublishRefusedError, quoted, type Rejection, rejection } from './refusal.ts';
import { newDraft, tooLarge } from './row-reader.ts';
import { judge, missingTerms, rememberGiven, settleTerms, takeAccepted, termsToClaim } from './rows-batch.ts';
import type { InstrumentOfStream } from './stream-instruments.ts';
import { emptyMessage } from './stream-refusals.ts';
import { type StreamIdentity, StreamState, type TakeContext } from './stream-state.ts';

/** The request; see `PublishOnceRequest` of the contract. */
export type OnceRequest = {
  readonly dataset: string;
  readonly ticks: readonly HandTick[];
  readonly instruments: readonly OnceInstrument[];
  /** A number of `TimeDomain`, or 0. */
  readonly timeDomain: number;
};

/** Terms that the request gives; see `Instrument` of the contract. */
export type OnceInstrument = {
  readonly dataset: string;
  readonly symbol: string;
  readonly priceExponent: number;
  readonly sizeExponent: number;
  readonly tickSize: bigint;
  readonly currency: string;
  readonly calendar: string;
};

/** What became of the call. */
export type TakenOnce =
  | { readonly missing: readonly string[] }
  | {
      readonly parts: readonly PublishPart[];
      readonly rejects: readonly { readonly index: number; readonly rejection: Rejection }[];
    };

/** The time domain of the call, once everything that is not of a single tick is in order. Throws `PublishRefusedError`. */
export function domainOfOnce(request: OnceRequest): TimeDomain {
  checkName('dataset', request.dataset);
  if (request.ticks.length === 0) throw emptyMessage('ticks');
  if (request.ticks.length > batchTicksMax) throw tooLarge('ticks');
  if (request.instruments.length > batchTicksMax) throw tooLarge('instruments');
  const { timeDomain } = request;
  if (timeDomain === 0 || timeDomain === TimeDomain.live) return TimeDomain.live;
  if (timeDomain === TimeDomain.replay) return TimeDomain.replay;
  if (timeDomain === TimeDomain.delayed) {
    const message = 'time_domain DELAYED is not for ticks by hand; give LIVE or REPLAY, or use Publish';
    throw new PublishRefusedError('TIME_DOMAIN_NOT_ALLOWED', message, { field: 'time_domain', value: 'DELAYED' });
  }
  const facts = { field: 'time_domain', value: String(timeDomain) };
  throw new PublishRefusedError('FIELD_INVALID', `time_domain ${timeDomain} is none of 0, 1 and 3`, facts);
}

/** Takes the call. Throws `PublishRefusedError`. */
export function takeOnce(request: OnceRequest, identity: StreamIdentity, context: TakeContext): TakenOnce {
  const state = new StreamState(identity);
  const given = request.instruments.map(({ dataset, symbol, tickSize, ...terms }) => {
    const isSafe = tickSize <= BigInt(Number.MAX_SAFE_INTEGER);
    return givenInstrument(dataset, symbol, { ...terms, tickSize: isSafe ? Number(tickSize) : tickSize });
  });
  rememberGiven(state, given);
  const named = request.ticks.filter(({ symbol }) => nameProblem(symbol) === undefined);
  const missing = missingTerms(state, named, context);
  if (missing.length > 0) return { missing };
  const call = new OnceCall(request, state, context);
  const claimed = termsToClaim(state, named, context, (hand) => call.termsOf(hand));
  return claimed.length > 0 ? { missing: claimed } : call.take();
}

class OnceCall {
  readonly #request: OnceRequest;
  readonly #state: StreamState;
  readonly #context: TakeContext;
  readonly #parts = new Map<number, PartBuilder>();
  readonly #attributes = new AttributeCache();

  constructor(request: OnceRequest, state: StreamState, context: TakeContext) {
    this.#request = request;
    this.#state = state;
    this.#context = context;
  }

  take(): TakenOnce {
    return gathered(this.#parts, () => this.#takeAll());
  }

  /** The terms under which this tick would be taken; nothing if it would be refused. */
  termsOf(hand: HandTick): InstrumentTerms | undefined {
    const { draft, refused } = this.#judged(hand, 1);
    return refused === undefined ? draft.terms : undefined;
  }

  #takeAll(): TakenOnce {
    const rejects: { index: number; rejection: Rejection }[] = [];
    for (const [index, hand] of this.#request.ticks.entries()) {
      const refused = this.#takeTick(hand, index + 1);
      if (refused !== undefined) rejects.push({ index, rejection: refused });
    }
    if (this.#state.identity.timeDomain === TimeDomain.replay) this.#endAll();
    return { parts: Array.from(this.#parts.values(), (part) => part.finish()), rejects };
  }

  #takeTick(hand: HandTick, sequence: number): Rejection | undefined {
    const { symbol } = hand;
    const problem = nameProblem(symbol);
    if (problem !== undefined) {
      return rejection('FIELD_INVALID', `symbol ${quoted(symbol)} ${problem}`, { field: 'symbol', value: symbol });
    }
    const { instrument, draft, refused } = this.#judged(hand, sequence);
    if (refused !== undefined) return refused;
    instrument.last = sequence;
    instrument.carried = true;
    const partition = this.#state.place(instrument, symbol, this.#context);
    let part = this.#parts.get(partition);
    if (part === undefined) {
      part = new PartBuilder(partition, this.#state.header(this.#context.nowNs, this.#context));
      this.#parts.set(partition, part);
    }
    part.introduce(instrument, symbol);
    const link = part.reached.find((reached) => reached.symbol === symbol);
    if (link === undefined) part.reached.push({ symbol, link: 0, sequence });
    else link.sequence = sequence;
    takeAccepted(instrument, draft, part, this.#context);
    return undefined;
  }

  #judged(
    hand: HandTick,
    sequence: number,
  ): { instrument: InstrumentOfStream; draft: DraftTick; refused: Rejection | undefined } {
    const state = this.#state;
    const instrument = state.instruments.at(hand.symbol);
    const draft = newDraft(hand.symbol, sequence, instrument.last, true);
    const refused =
      settleTerms(state, instrument, draft, this.#context) ??
      fillHandTick(draft, hand, instantOf(this.#context.nowNs), this.#attributes) ??
      judge(state, instrument, draft, this.#context);
    return { instrument, draft, refused };
  }

  #endAll(): void {
    const { publisherId, dataset } = this.#state.identity;
    const mapEpoch = this.#context.placement.epoch;
    for (const part of this.#parts.values()) {
      const instruments = part.reached.map(({ symbol, sequence }) => ({ symbol, link: sequence }));
      part.addReached({ kind: 'endOfReplay', publisherId, dataset, instruments, mapEpoch });
    }
  }
}
