/**
 * The effects that a decision on a store may ask for. In: nothing. Out: types. Each may be done again; none takes a table, a column
 * or a row away but the last, which a person has asked for.
 */
import type { TableSpec } from '../crd/tick-store.ts';
import type { StoreConcern } from '../observe/store-observed.ts';
import type { EventReason } from './stream-actions.ts';

/** One effect. */
export type StoreEffect =
  | { readonly kind: 'set-finalizer'; readonly isWanted: boolean }
  | { readonly kind: 'create-keyspace'; readonly replication: Readonly<Record<string, number>> }
  | { readonly kind: 'set-replication'; readonly replication: Readonly<Record<string, number>> }
  | { readonly kind: 'migrate' }
  | { readonly kind: 'set-table'; readonly table: TableSpec }
  | { readonly kind: 'drop-keyspace' };

/** An effect, what it is about, and what to tell people once it was done. */
export type StoreAction = {
  readonly effect: StoreEffect;
  readonly of: StoreConcern;
  readonly tells?: { readonly reason: EventReason; readonly note: string };
};
