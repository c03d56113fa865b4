/**
 * The reference's account of every chain in a delivery. In: what each record of the log holds. Out: one account a
 * publisher and instrument, by the rules F and K3 alone.
 */
import { formatPublisherId } from '@tapeline/domain';
import {
  type ChainAccount,
  type ChainItem,
  type ChainRecord,
  type DeliveredRecord,
  type Delivery,
  type Landing,
  referenceChain,
} from '@tapeline/simulation';

/** An account and whose it is, named as notices name chains. */
export type NamedAccount = ChainAccount & { readonly key: string; readonly held: number };

/** So much of a step of the clock counts as waiting (rule K3). */
const stepMsMax = 2_000;

/** Accounts of all chains of the delivery. */
export function chainAccounts(delivery: Delivery): NamedAccount[] {
  const chains = chainsOf(delivery, ({ landings }) => [landings]);
  return [...chains].map(([key, records]) => ({ key, ...referenceChain(records) }));
}

/** One step of a chain; several may be of one record. */
export type ChainStep = ChainRecord;

/** The steps of all chains by key, for each record those that `cut` makes of it. */
export function chainsOf(
  delivery: Delivery,
  cut: (record: DeliveredRecord) => readonly (readonly Landing[])[],
): Map<string, ChainStep[]> {
  const chains = new Map<string, ChainStep[]>();
  const keys = new Set(delivery.contents.flatMap(({ landings }) => landings.flatMap(itemsOf)).map(keyOf));
  for (const key of keys) chains.set(key, []);
  let [nowMs, waitedMs] = [0, 0];
  for (const record of delivery.contents) {
    const { offset, appendTimeMs } = record;
    if (nowMs > 0 && appendTimeMs > nowMs) waitedMs += Math.min(appendTimeMs - nowMs, stepMsMax);
    nowMs = Math.max(nowMs, appendTimeMs);
    for (const landings of cut(record)) {
      const items = landings.flatMap(itemsOf);
      for (const [key, steps] of chains) {
        steps.push({ offset, waitedMs, items: items.filter((item) => keyOf(item) === key) });
      }
    }
  }
  return chains;
}

function itemsOf(landing: Landing): ChainItem[] {
  if (landing.kind === 'void') return [landing];
  return landing.ticks.map((tick) => ({ kind: 'tick', tick }));
}

function keyOf({ tick }: ChainItem): string {
  return `${tick.dataset} ${tick.row.symbol} ${formatPublisherId(tick.publisherId)}`;
}
