/**
 * What was seen of a store and its surroundings, as decisions read it. In: nothing. Out: types. Everything is either seen or says
 * why not.
 */
import type { Compaction, TickStore } from '../crd/tick-store.ts';
import type { Failure, Looked } from '../decide/failure.ts';

/** A node as the cluster names it; one that is down is named, too. */
export type SeenNode = { readonly address: string; readonly dataCenter: string; readonly schemaVersion: string };

/** A table as it is. */
export type SeenTable = {
  readonly name: string;
  /** s; 0 = for ever. */
  readonly ttlSec: number;
  readonly compaction: Compaction;
};

/** The keyspace as it is. */
export type SeenKeyspace = {
  /** Copies by data centre; none where it is replicated in another way than by data centre. */
  readonly replication: Readonly<Record<string, number>>;
  readonly tables: readonly SeenTable[];
  /** The last migration that was applied; 0 = none. */
  readonly migration: number;
  readonly missingMigrations: readonly number[];
  /** A migration that was applied with another text. */
  readonly migrationFault: string | undefined;
  /** A table or column that is not as it has to be although every migration was applied. */
  readonly tablesFault: string | undefined;
};

/** The cluster, and the keyspace if it is there. */
export type SeenCluster = { readonly nodes: readonly SeenNode[]; readonly keyspace: SeenKeyspace | undefined };

/** What an effect was about. */
export type StoreConcern = 'keyspace' | 'migration' | 'tables' | 'object';

/** Everything that a decision on a store goes by. */
export type StoreObserved = {
  /** Every other store that can be seen. */
  readonly others: readonly TickStore[];
  /** Names of the streams that have it, in its namespace. */
  readonly streams: readonly string[];
  readonly cluster: Looked<SeenCluster>;
  /** The effect of this round that failed, if one did. */
  readonly failed: { readonly of: StoreConcern; readonly failure: Failure } | undefined;
};
