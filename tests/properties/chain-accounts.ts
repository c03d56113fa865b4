/**
 * The reference's account of every chain in a delivery. In: what each record of the log holds. Out: one account a
 * publisher and instrument, by the rules F and K3 alone.
 */
import { formatPublisherId } from '@tapeline/domain';
import {
  type ChainAccount,
  type ChainItem,
  type ChainRecord,
  type Delivery,
  referenceChain,
} from '@tapeline/simulation';

/** An account and whose it is, named as notices name chains. */
export type NamedAccount = ChainAccount & { readonly key: string; readonly held: number };

/** So much of a step of the clock counts as waiting (rule K3). */
const stepMsMax = 2_000;

/** Accounts of all chains of the delivery. */
export function chainAccounts(delivery: Delivery): NamedAccount[] {
  const chains = new Map<string, ChainRecord[]>();
  const keys = new Set(delivery.contents.flatMap(({ landings }) => landings.flatMap(itemsOf)).map(keyOf));
  for (const key of keys) chains.set(key, []);
  let [nowMs, waitedMs] = [0, 0];
  for (const { offset, appendTimeMs, landings } of delivery.contents) {
    if (nowMs > 0 && appendTimeMs > nowMs) waitedMs += Math.min(appendTimeMs - nowMs, stepMsMax);
    nowMs = Math.max(nowMs, appendTimeMs);
    const items = landings.flatMap(itemsOf);
    for (const [key, records] of chains) {
      records.push({ offset, waitedMs, items: items.filter((item) => keyOf(item) === key) });
    }
  }
  return [...chains].map(([key, records]) => ({ key, ...referenceChain(records) }));
}

function itemsOf(landing: Delivery['contents'][number]['landings'][number]): ChainItem[] {
  if (landing.kind === 'void') return [landing];
  return landing.ticks.map((tick) => ({ kind: 'tick', tick }));
}

function keyOf({ tick }: ChainItem): string {
  return `${tick.dataset} ${tick.row.symbol} ${formatPublisherId(tick.publisherId)}`;
}
