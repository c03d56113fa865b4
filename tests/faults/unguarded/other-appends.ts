/**
 * Appends of ingest without one of their guards, by name. In: the real log, where it is. Out: the same log whose appends are
 * made by the stock client.
 */
import type { TickLog } from '@tapeline/domain';
import { withCarelessAppends } from './careless-log.ts';
import { withStockAppends } from './stock-log.ts';

/** Where the log is. */
export type LogPlace = { readonly brokers: readonly string[]; readonly stream: string };

/** A log with appends of its own; `disconnect` ends them. */
export type OtherAppends = { readonly log: TickLog; disconnect(): Promise<void> };

type Variant = (log: TickLog, place: LogPlace) => Promise<OtherAppends>;

const variants: Readonly<Record<string, Variant>> = {
  /** The word of the leader alone is enough. */
  'acks-of-leader': (log, place) => withStockAppends(log, { ...place, acks: 1, isIdentityFresh: false }),
  /** What is sent again has a new publisher. */
  'fresh-identity': (log, place) => withStockAppends(log, { ...place, acks: -1, isIdentityFresh: true }),
  /** One send for several partitions is done when the send is. */
  'many-partitions': (log, place) => withCarelessAppends(log, { ...place, way: 'many-partitions' }),
  /** What fails is forgotten. */
  'one-try': (log, place) => withCarelessAppends(log, { ...place, way: 'one-try' }),
};

/** The log with the appends of this name; throws for a name that is none. */
export async function withOtherAppends(log: TickLog, place: LogPlace, name: string): Promise<OtherAppends> {
  const variant = variants[name];
  if (variant === undefined) {
    throw new RangeError(
      `the appends of ingest cannot be ${name}: they are one of ${Object.keys(variants).join(', ')}`,
    );
  }
  return variant(log, place);
}
