/**
 * Applies a Void, a Progress or an EndOfReplay to an instrument that is owned. In: the entry, whose publisher and names were
 * found usable. Out: the chain and the publisher's time moved on, bars closed by them (rules F5, T2).
 */
import type { InstrumentState } from '../bars/instrument-state.ts';
import type { EndOfReplayEntry, InstrumentProgress, ProgressEntry, VoidEntry } from '../log/log-entries.ts';
import { drainHeld, holdItem, reachTime, refuseTick } from './apply-groups.ts';
import { endOfTimeMs, liveBit } from './bar-times.ts';
import type { FoldState } from './fold-state.ts';
import { linkOfPublisher } from './link-of-publisher.ts';

/** A Void, in its turn as a tick. */
export function applyVoid(state: FoldState, instrument: InstrumentState, entry: VoidEntry): void {
  const { sequence, link: before } = entry;
  const link = linkOfPublisher(state, instrument, entry.publisherId);
  const decision = link.decide(sequence, before);
  if (decision === 'hold') holdItem(state, instrument, link, sequence, before, undefined);
  else if (decision === 'forgotten') refuseTick(state, instrument, link, decision, sequence);
  else if (decision === 'apply' && link.acceptVoid(sequence)) state.counters.voided += 1;
  else state.counters.repeats += 1;
  drainHeld(state, instrument, link);
}

/** What a Progress or EndOfReplay says of this instrument. */
export function applyProgress(
  state: FoldState,
  instrument: InstrumentState,
  entry: ProgressEntry | EndOfReplayEntry,
  item: InstrumentProgress | EndOfReplayEntry['instruments'][number],
): void {
  const link = linkOfPublisher(state, instrument, entry.publisherId);
  if (link.bit === liveBit) return;
  const ms = entry.kind === 'progress' ? Number((item as InstrumentProgress).timeNs / 1_000_000n) : endOfTimeMs;
  // Of several that wait, the one with the highest link says the most.
  if (link.last >= item.link) reachTime(state, instrument, link, ms);
  else if (item.link > link.progressLink || (item.link === link.progressLink && ms > link.progressMs)) {
    link.progressLink = item.link;
    link.progressMs = ms;
  }
}
