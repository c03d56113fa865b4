/**
 * What of a source is still to be sent, and under which publisher. In: the register's parts of the source, the symbols
 * that are wanted. Out: a plan. Law 3: a tick is only ever sent under the publisher that sent it before; where that one
 * died with an unknown part of its ticks durable, nothing can be sent that would not risk counting it twice.
 */
import type { ReplayPart } from '../replay-register.ts';

/** Symbols of a source: some, or whatever it holds. */
export type ReplaySymbols = readonly string[] | 'all';

/** What to do with a source. */
export type ReplayPlan =
  /** Everything that is wanted is durable. */
  | { readonly kind: 'done' }
  /** A publisher began with some of it and its id has expired. */
  | { readonly kind: 'expired'; readonly publisherId: bigint }
  | {
      readonly kind: 'send';
      /** The publisher to go on with; absent = a new one. */
      readonly publisherId?: bigint;
      /** Place of the part among the source's, from 0. */
      readonly part: number;
      readonly symbols: ReplaySymbols;
      /** Symbols that other parts have sent. */
      readonly without: ReadonlySet<string>;
      /** What the register notes as the part's symbols. */
      readonly noted: ReplaySymbols;
      /** Whether the part is complete once `symbols` are sent. */
      readonly completes: boolean;
    };

/** The plan; `isAlive` = ingest still takes ticks under the id. */
export function planReplay(
  parts: readonly ReplayPart[],
  wanted: ReplaySymbols,
  isAlive: (publisherId: bigint) => boolean,
): ReplayPlan {
  const finished = parts.filter(({ isFinished }) => isFinished);
  if (finished.some(({ symbols }) => symbols === 'all')) return { kind: 'done' };
  const without = new Set(finished.flatMap(({ symbols }) => symbols));
  const symbols = wanted === 'all' ? wanted : wanted.filter((symbol) => !without.has(symbol));
  if (symbols.length === 0) return { kind: 'done' };
  const open = parts.filter(({ isFinished }) => !isFinished);
  const dead = open.find((part) => !isAlive(part.publisherId) && overlap(part.symbols, symbols));
  if (dead !== undefined) return { kind: 'expired', publisherId: dead.publisherId };
  const alive = open.find(({ publisherId }) => isAlive(publisherId));
  if (alive === undefined) {
    return { kind: 'send', part: parts.length, symbols, without, noted: symbols, completes: true };
  }
  const noted = union(alive.symbols, symbols);
  const part = parts.indexOf(alive);
  return {
    kind: 'send',
    publisherId: alive.publisherId,
    part,
    symbols,
    without,
    noted,
    completes: covers(symbols, noted),
  };
}

function overlap(left: ReplaySymbols, right: ReplaySymbols): boolean {
  return left === 'all' || right === 'all' || left.some((symbol) => right.includes(symbol));
}

function union(left: ReplaySymbols, right: ReplaySymbols): ReplaySymbols {
  return left === 'all' || right === 'all' ? 'all' : [...new Set([...left, ...right])];
}

function covers(left: ReplaySymbols, right: ReplaySymbols): boolean {
  if (left === 'all') return true;
  return right !== 'all' && right.every((symbol) => left.includes(symbol));
}
