/**
 * The canonical tape by the reference chains. In: what each record of the log holds. Out: for each instrument the trades,
 * cancels and corrections in the order in which they must be counted, in groups: inside a group ticks of different
 * publishers may stand either way round, because gaps of several publishers are declared at one moment.
 */
import { formatPublisherId } from '@tapeline/domain';
import { type Delivery, type PublishedTick, referenceChain, isAmendment, isTrade } from '@tapeline/simulation';
import { type ChainStep, chainsOf } from './chain-accounts.ts';

/** A tick as the tape must have it. */
export type ReferenceEntry = {
  readonly tick: PublishedTick;
  /** The record that decides it. */
  readonly offset: number;
  /** A later tick of its publisher stands before it. */
  readonly outOfOrder: boolean;
};

/** Groups of entries by `dataset symbol`. */
export function countedReference(delivery: Delivery): Map<string, ReferenceEntry[][]> {
  const byInstrument = new Map<string, Map<number, ReferenceEntry[]>>();
  for (const steps of chainsOf(delivery, (record) => [[], ...record.landings.map((landing) => [landing])]).values()) {
    for (const { entry, place, instrument } of entriesOf(steps)) {
      const groups = byInstrument.get(instrument) ?? new Map<number, ReferenceEntry[]>();
      byInstrument.set(instrument, groups);
      groups.set(place, [...(groups.get(place) ?? []), entry]);
    }
  }
  return new Map(
    [...byInstrument].map(([instrument, groups]) => [
      instrument,
      [...groups].toSorted(([left], [right]) => left - right).map(([, group]) => group),
    ]),
  );
}

type PlacedEntry = { readonly entry: ReferenceEntry; readonly place: number; readonly instrument: string };

/** The account of one chain; a step stands for its record, so that its place among the others is known. */
function entriesOf(steps: readonly ChainStep[]): PlacedEntry[] {
  const records = steps.map(({ waitedMs, items }, place) => ({ offset: place, waitedMs, items }));
  let highest = 0;
  return referenceChain(records).applied.flatMap(({ tick, offset: place }) => {
    const outOfOrder = tick.row.sequence < highest;
    highest = Math.max(highest, tick.row.sequence);
    if (!isTrade(tick) && !isAmendment(tick)) return [];
    const entry = { tick, offset: (steps[place] as ChainStep).offset, outOfOrder };
    return [{ entry, place, instrument: `${tick.dataset} ${tick.row.symbol}` }];
  });
}

/** A tick by publisher and sequence, as both tapes name it. */
export function identityOf(publisherId: bigint, sequence: number): string {
  return `${formatPublisherId(publisherId)} ${sequence}`;
}
