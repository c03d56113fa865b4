/**
 * Takes a tick that is a message of its own, as `takeRows` takes a batch, but into a part that goes on: single ticks of
 * a stream make one block for as long as their record waits. In: a draft and the terms that came with it. Out: how the
 * stream goes on, or the symbol that must be asked for first, before which nothing is taken.
 */
import type { DraftTick } from './draft-tick.ts';
import type { GivenInstrument } from './given-instrument.ts';
import type { PartBuilder } from './publish-part.ts';
import { draftsToClaim, judge, knownTerms, rememberGiven, takeAccepted } from './rows-batch.ts';
import type { StreamState, TakeContext } from './stream-state.ts';
import { carrySingle } from './tick-order.ts';

/** The part of a partition that single ticks are gathered in; asked for once a tick is sure to go into it. */
export type OpenParts = (partition: number) => PartBuilder;

/** Takes the tick; what comes back is a symbol that must be asked for or claimed. Throws `PublishRefusedError`. */
export function takeSingle(
  stream: StreamState,
  draft: DraftTick,
  given: readonly GivenInstrument[],
  context: TakeContext,
  parts: OpenParts,
): string | undefined {
  const { symbol } = draft;
  const { instruments } = stream;
  const found = instruments.find(symbol);
  if (knownTerms(stream, found, symbol, context) === undefined && !context.unknown.has(symbol)) return symbol;
  if (given.length > 0) rememberGiven(stream, given);
  if (context.claims !== undefined && draftsToClaim(stream, [draft], context).length > 0) return symbol;
  const instrument = found ?? instruments.at(symbol);
  instruments.batch += 1;
  carrySingle(instrument, draft, stream.lastSequence);
  const verdict = judge(stream, instrument, draft, context);
  const part = parts(stream.place(instrument, symbol, context));
  stream.lastSequence = draft.sequence;
  part.introduce(instrument, symbol);
  part.reach(instrument, draft);
  part.receivedAt(context.nowNs);
  if (verdict === undefined) takeAccepted(instrument, draft, part, context);
  else part.reject(draft, verdict);
  return undefined;
}
