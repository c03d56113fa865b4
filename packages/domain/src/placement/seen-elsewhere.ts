/**
 * An instrument that its worker has and that was decided to live elsewhere. In: what a worker lists, what the store has decided. Out:
 * nothing, or an error for a person. Law 8: two partitions would write the same bars, so the one that comes second stops.
 */
import { type ListedInstrument, StoreError } from '../seams/store.ts';

/** Throws STORE_UNFIT if `seenIn` is not where it lives by `pin`, the pin that was decided; absent = it lives at home. */
export function checkSeenAtPlace({ dataset, symbol, seenIn, pin: wished }: ListedInstrument, pin?: number): void {
  // A worker lists without a pin what it has at home.
  if (seenIn === undefined || pin === seenIn || (pin === undefined && wished === undefined)) return;
  const lives = pin === undefined ? 'at home, which is another' : `in partition ${pin}`;
  const message =
    `the log has ticks of ${symbol} in ${dataset} in partition ${seenIn}, and by the store it lives ${lives}: two partitions would ` +
    'write its bars, so this one stops';
  const remedy =
    'take its pin out of the TickStream, end workers and ingests, and make the keyspace anew; the log brings it back';
  throw new StoreError('STORE_UNFIT', `${message}; ${remedy}`);
}
