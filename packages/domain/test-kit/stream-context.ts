/**
 * What a stream of the publisher's ticks is taken in, for tests of where they go. In: a map, and what is known of the instrument A. Out: the
 * context and ticks of A in order; the parts of what was taken.
 */
import type { TickRow } from '../src/log/tick-block-encode.ts';
import type { InstrumentTerms } from '../src/market/tick.ts';
import { homePartition } from '../src/placement/home.ts';
import { Placement } from '../src/placement/placement.ts';
import type { HandTick } from '../src/publish/hand-tick.ts';
import type { PublishPart } from '../src/publish/publish-part.ts';
import type { TakeContext, Taken } from '../src/publish/stream-state.ts';
import { BoundedTermsMemory } from '../src/publish/terms-memory.ts';

/** Base partitions. */
export const partitions = 4;

/** The partition where A of dataset d begins. */
export const home: number = homePartition('d', 'A', partitions);

/** Terms of A. */
export const cents: InstrumentTerms = {
  priceExponent: -2,
  sizeExponent: 0,
  calendar: '24/7',
  currency: '',
  tickSize: 0,
};

/** A trade of A that follows the sequence before; one of size 0 is refused. */
export function rowOf(sequence: number, size: number = 1): TickRow {
  const attributes = { kind: 1, venue: '', tape: 0, conditions: [], side: 0, flags: 0 } as const;
  const at = { eventSec: 1_700_000_000, eventNano: 0 };
  return { symbol: 'A', terms: cents, ...at, attributes, price: 1, size, sequence, link: sequence - 1 };
}

/** A trade of A as a person writes it. */
export const tradeByHand: HandTick = {
  symbol: 'A',
  eventTime: '',
  venue: '',
  tape: 0,
  conditions: [],
  tick: { $case: 'trade', value: { price: '1', size: '1', tradeId: '', aggressorSide: 0 } },
};

/** A memory that knows the terms of A, and its pin. */
export function knowing(pin?: number): BoundedTermsMemory {
  const memory = new BoundedTermsMemory();
  memory.remember('d', 'A', cents, pin);
  return memory;
}

/** The context, at home where nothing else is said. */
export function contextOf(terms: BoundedTermsMemory, changes: Partial<TakeContext> = {}): TakeContext {
  return {
    nowNs: 1_700_000_000_000_000_000n,
    aheadMsMax: 60_000,
    placement: Placement.atHome(partitions),
    partitions,
    terms,
    calendar: '24/7',
    unknown: new Set(),
    ...changes,
  };
}

/** The parts of what was taken. Throws `RangeError` where something must be asked for first. */
export function partsOf(taken: Taken): readonly PublishPart[] {
  if ('missing' in taken) throw new RangeError(`${taken.missing.join()} must be asked for`);
  return taken.parts;
}
