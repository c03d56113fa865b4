/**
 * Which trades stand after all cancels and corrections, by brute force. In: the set of ticks that count, in any order.
 * Out: each trade as it stands, or that it is gone. Written from the rules, not from the fold: an amendment names a
 * trade by its publisher's sequence or by an id, its own or those of its corrections; the last amendment by (event time, publisher, sequence) decides; a
 * corrected trade keeps its identity, and its published event time unless the correction names another.
 */
import { type Tape, TickKind } from '@tapeline/domain';
import { isAmendment, isTrade, type PublishedTick } from './simulated-publisher.ts';

/** A trade as it stands. Times are ns since the Unix epoch, prices and sizes integers in the instrument's units. */
export type StandingTrade = {
  readonly published: PublishedTick;
  readonly eventNs: bigint;
  readonly price: bigint;
  readonly size: bigint;
  readonly tape: Tape;
  readonly conditions: readonly string[];
};

type Names = {
  readonly trade: PublishedTick;
  readonly ids: Set<string>;
  /** The trade and its corrections. */
  readonly ticks: PublishedTick[];
  readonly amendments: PublishedTick[];
};

/** Event time as the source says it, ns since the Unix epoch. */
export function eventNsOf({ row }: PublishedTick): bigint {
  return BigInt(row.eventSec) * 1_000_000_000n + BigInt(row.eventNano);
}

/** Order by (event time, publisher, sequence): negative where `left` comes first. */
export function comparePublished(left: PublishedTick, right: PublishedTick): number {
  return compareOrder(
    [eventNsOf(left), left.publisherId, left.row.sequence],
    [eventNsOf(right), right.publisherId, right.row.sequence],
  );
}

/** The same for keys. */
export function compareOrder(
  left: readonly [bigint, bigint, number],
  right: readonly [bigint, bigint, number],
): number {
  for (const [place, value] of left.entries()) {
    const other = right[place] as bigint | number;
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}

/** The trades of one instrument that stand, and the amendments that name none of its trades. */
export function standingTrades(ticks: readonly PublishedTick[]): {
  standing: StandingTrade[];
  unmatched: PublishedTick[];
} {
  const trades: Names[] = ticks.filter(isTrade).map((trade) => ({
    trade,
    ids: new Set(trade.row.tradeId === undefined ? [] : [trade.row.tradeId]),
    ticks: [trade],
    amendments: [],
  }));
  let unmatched = ticks.filter(isAmendment);
  for (let before = Infinity; unmatched.length < before;) {
    before = unmatched.length;
    unmatched = unmatched.filter((amendment) => !give(amendment, trades));
  }
  return { standing: trades.flatMap(standingOf), unmatched };
}

/** Gives an amendment to the trade that it names; false if there is none (yet: names come with corrections). */
function give(amendment: PublishedTick, trades: readonly Names[]): boolean {
  const { row } = amendment;
  const { sequence, tradeId } = row.original as { sequence: number; tradeId: string };
  const named = trades.filter(({ trade, ids, ticks }) =>
    sequence > 0
      ? ticks.some((tick) => tick.publisherId === amendment.publisherId && tick.row.sequence === sequence)
      : ids.has(tradeId) && (row.attributes.venue === '' || row.attributes.venue === trade.row.attributes.venue),
  );
  const inOrder = named.toSorted((left, right) => comparePublished(left.trade, right.trade));
  const chosen = inOrder.findLast(({ trade }) => comparePublished(trade, amendment) < 0) ?? inOrder[0];
  if (chosen === undefined) return false;
  chosen.amendments.push(amendment);
  if (row.tradeId !== undefined) chosen.ids.add(row.tradeId);
  if (row.attributes.kind === TickKind.correction) chosen.ticks.push(amendment);
  return true;
}

function standingOf({ trade, amendments }: Names): StandingTrade[] {
  const last = amendments.toSorted(comparePublished).at(-1);
  if (last === undefined) return [asStanding(trade, trade, eventNsOf(trade))];
  if (last.row.attributes.kind === TickKind.cancel) return [];
  return [asStanding(trade, last, correctedNsOf(last) ?? eventNsOf(trade))];
}

/** The event time that a correction names, ns since the Unix epoch. */
export function correctedNsOf({ row }: PublishedTick): bigint | undefined {
  const { correctedSec, correctedNano } = row.original ?? {};
  return correctedSec === undefined ? undefined : BigInt(correctedSec) * 1_000_000_000n + BigInt(correctedNano ?? 0);
}

function asStanding(trade: PublishedTick, said: PublishedTick, eventNs: bigint): StandingTrade {
  const { price, size, attributes } = said.row;
  return {
    published: trade,
    eventNs,
    price: BigInt(price),
    size: BigInt(size),
    tape: attributes.tape,
    conditions: attributes.conditions,
  };
}
