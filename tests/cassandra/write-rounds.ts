/**
 * Writes of many series, round by round, while a test does something to the node. In: a store. Out: which rounds were
 * acknowledged and when, and what the store holds of them afterwards.
 */
import type { Bar, Store } from '@tapeline/domain';
import { barAt, everything } from '../conformance/store-under-test.ts';

/** Series of a round. */
export const roundSymbols = 20;
const roundsMax = 20_000;
const roundsAtOnce = 4;

/** Bars of one round, one of each series. */
export function roundOf(round: number): readonly Bar[] {
  return Array.from({ length: roundSymbols }, (_, symbol) =>
    barAt(round * 60, { symbol: `S${symbol}`, trades: round + 1 }),
  );
}

/** What became of the rounds; times are `performance.now()`. */
export type WrittenRounds = {
  readonly acknowledged: readonly { readonly round: number; readonly atMs: number }[];
  readonly refused: readonly unknown[];
};

/** Writes rounds, four at once, until told to stop. */
export async function writeRounds(store: Pick<Store, 'writeBars'>, isOver: () => boolean): Promise<WrittenRounds> {
  const acknowledged: { round: number; atMs: number }[] = [];
  const refused: unknown[] = [];
  for (let first = 0; first < roundsMax && !isOver(); first += roundsAtOnce) {
    const calls = Array.from({ length: roundsAtOnce }, async (_, place) => {
      const round = first + place;
      await store.writeBars(roundOf(round)).then(
        () => void acknowledged.push({ round, atMs: performance.now() }),
        (error: unknown) => void refused.push(error),
      );
    });
    await Promise.all(calls);
  }
  return { acknowledged, refused };
}

/** Rounds of each series that the store holds, as `symbol round`, with the trades that stand there. */
export async function standingRounds(store: Pick<Store, 'bars'>): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (let symbol = 0; symbol < roundSymbols; symbol += 1) {
    for (const bar of await store.bars({ ...everything, symbol: `S${symbol}`, limit: 50_000 })) {
      found.set(`${bar.symbol} ${bar.startSec / 60}`, bar.trades);
    }
  }
  return found;
}

/** Acknowledged rounds of which any series is not there whole. */
export async function lostRounds(
  store: Pick<Store, 'bars'>,
  { acknowledged }: WrittenRounds,
): Promise<WrittenRounds['acknowledged']> {
  const found = await standingRounds(store);
  return acknowledged.filter(({ round }) =>
    roundOf(round).some(({ symbol }) => found.get(`${symbol} ${round}`) !== round + 1),
  );
}
