/**
 * A TickStore as the operator works with it. In: the object. Out: what it declares, what its status remembers, or a
 * `SpecError`.
 */
import type { KubeObject } from '@tapeline/kubernetes';
import { Fields } from './fields.ts';
import { type ObjectFacts, objectFactsOf } from './object-facts.ts';
import { type LoginSpec, readLogin, readTls, type TlsSpec } from './server-spec.ts';
import { type DeletionPolicy, readDeletionPolicy } from './tick-stream.ts';

/** The Cassandra cluster. */
export type CassandraSpec = {
  readonly contactPoints: readonly string[];
  readonly datacenter: string;
  readonly tls?: TlsSpec;
  readonly login?: LoginSpec;
};

/** How the files of a table are merged. */
export type Compaction = { readonly class: string; readonly options: Readonly<Record<string, string>> };

/** What is kept so of a table. */
export type TableSpec = {
  readonly name: string;
  /** s; 0 = for ever. */
  readonly ttlSec?: number;
  readonly compaction?: Compaction;
};

/** A repair that is due: at `replication`, since it was `before`; the same of both where a change waits for it. */
export type RepairDue = { readonly token: string; readonly replication: string; readonly before: string };

/** A store. */
export type TickStore = {
  readonly object: ObjectFacts;
  readonly cassandra: CassandraSpec;
  readonly keyspace: string;
  /** Copies by data centre. */
  readonly replication: Readonly<Record<string, number>>;
  readonly tables: readonly TableSpec[];
  readonly isPaused: boolean;
  readonly deletionPolicy: DeletionPolicy;
  readonly repair: RepairDue | undefined;
  /** The condition Ready as it was last written; absent before the first look. */
  readonly readiness: { readonly isReady: boolean; readonly message: string } | undefined;
};

/** Reads a store. Throws `SpecError`. */
export function readTickStore(object: KubeObject): TickStore {
  const spec = new Fields(object['spec'], 'spec');
  const status = new Fields(object['status'] ?? {}, 'status');
  const repair = status.maybeObject('repair');
  const ready = status.objects('conditions').find((condition) => condition.maybeText('type') === 'Ready');
  return {
    object: objectFactsOf(object),
    cassandra: readCassandra(spec.object('cassandra')),
    keyspace: spec.text('keyspace'),
    replication: spec.map('replication', (copies, dataCenter) => copies.integer(dataCenter)),
    tables: spec.objects('tables').map(readTable),
    isPaused: spec.flag('paused'),
    deletionPolicy: readDeletionPolicy(spec),
    repair: repair && {
      token: repair.text('token'),
      replication: repair.text('replication'),
      before: repair.maybeText('before') ?? 'another',
    },
    readiness: ready && { isReady: ready.text('status') === 'True', message: ready.maybeText('message') ?? '' },
  };
}

function readCassandra(fields: Fields): CassandraSpec {
  const [tls, login] = [fields.maybeObject('tls'), fields.maybeObject('login')];
  return {
    contactPoints: fields.texts('contactPoints'),
    datacenter: fields.text('datacenter'),
    ...(tls === undefined ? {} : { tls: readTls(tls) }),
    ...(login === undefined ? {} : { login: readLogin(login) }),
  };
}

function readTable(fields: Fields): TableSpec {
  const ttlMs = fields.maybeDurationMs('ttl');
  const compaction = fields.maybeObject('compaction');
  return {
    name: fields.text('name'),
    ...(ttlMs === undefined ? {} : { ttlSec: Math.ceil(ttlMs / 1_000) }),
    ...(compaction === undefined
      ? {}
      : {
          compaction: {
            class: compaction.text('class'),
            options: compaction.map('options', (options, key) => options.text(key)),
          },
        }),
  };
}
