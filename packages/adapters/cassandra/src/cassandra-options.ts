/**
 * What a store is opened with. In: nothing. Out: types, defaults, and a check that names the option that is wrong. Law 7:
 * every wait of the adapter has its bound here.
 */
import type { Clock, Logger, Metrics, RandomSource } from '@tapeline/runtime';
import { CassandraError } from './cassandra-error.ts';

/** TLS towards the nodes. Certificates are verified unless told otherwise. */
export type CassandraTls = {
  /** PEM of the authorities that sign the nodes' certificates; the system's if absent. */
  readonly ca?: string | Buffer;
  /** PEM of our own certificate and key, where nodes ask for one. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** The name that the certificates carry, where it is not the address. */
  readonly servername?: string;
  /** False takes any certificate: for tests. */
  readonly rejectUnauthorized?: boolean;
};

/** Where the cluster is and as whom to speak to it. */
export type CassandraConnection = {
  /** `host:port` of one node or more, of the same port; `host` alone means port 9042. */
  readonly contactPoints: readonly string[];
  /** The data centre in which we read and write. */
  readonly localDataCenter: string;
  /** a-z, 0-9 and _, from a letter on, 48 characters at most. */
  readonly keyspace: string;
  readonly credentials?: { readonly username: string; readonly password: string };
  readonly tls?: CassandraTls;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** How migrations run. */
export type MigrateOptions = CassandraConnection & {
  /** Whether a keyspace that is missing is made; no if absent. */
  readonly createKeyspace?: boolean;
  /** Copies by data centre for a keyspace that is made; up to 3 in the local one if absent. Never altered afterwards. */
  readonly replication?: Readonly<Record<string, number>>;
  /** Fires when the process shall end: migrations go no further then, and their lock is freed. */
  readonly stop?: AbortSignal;
  /** Gets work under the lock on migrations, which ends soon after the stop: the process shall not end before it. */
  readonly beforeEnd?: (work: Promise<unknown>) => void;
};

/** How a store is opened. */
export type CassandraOptions = MigrateOptions & {
  /** The stream whose snapshots these are. */
  readonly stream: string;
  readonly metrics: Metrics;
  readonly random: RandomSource;
  /** Whether missing tables are made; yes if absent. */
  readonly migrate?: boolean;
  /** How long a revision is kept in `bar_revisions`, s; 30 days if absent, 0 = not written at all. */
  readonly revisionTtlSec?: number;
  /** Bytes of rows in one batch at most; see `writeLimits`. */
  readonly batchBytesMax?: number;
  /** How long a failed write is tried again inside before it rejects, ms; 5,000 if absent. */
  readonly retryForMs?: number;
};

/** Times that bound every wait of the adapter, ms. */
export const waitLimitsMs = { connect: 10_000, request: 5_000, lock: 120_000, agreement: 30_000 } as const;

/** Days in s; revisions are kept so long unless told otherwise. */
export const revisionTtlSecDefault: number = 30 * 86_400;

/** The most that Cassandra takes as a time to live, s: 20 years. */
const ttlSecMax = 630_720_000;

/** Throws BAD_OPTION for what cannot be. */
export function checkConnection({ contactPoints, localDataCenter, keyspace, tls }: CassandraConnection): void {
  if (contactPoints.length === 0) throw bad('contactPoints is empty; name one node or more as host:port');
  const ports = new Set(contactPoints.map(portOf));
  if (ports.size > 1) {
    throw bad(`contactPoints name ports ${[...ports].join(' and ')}; all nodes of a cluster listen on one port`);
  }
  if (localDataCenter === '') throw bad('localDataCenter is empty; name the data centre in which to read and write');
  if (!/^[a-z][a-z0-9_]{0,47}$/.test(keyspace)) {
    throw bad(`keyspace '${keyspace}' is no name of a-z, 0-9 and _ from a letter on, 48 characters at most`);
  }
  if ((tls?.cert === undefined) !== (tls?.key === undefined)) {
    throw bad('tls has only one of cert and key; give both, or none');
  }
}

/** Throws BAD_OPTION for what cannot be. */
export function checkOptions(options: CassandraOptions): void {
  checkConnection(options);
  const { stream, revisionTtlSec = 0 } = options;
  if (stream === '') throw bad('stream is empty; name the stream whose snapshots are kept');
  if (!Number.isInteger(revisionTtlSec) || revisionTtlSec < 0 || revisionTtlSec > ttlSecMax) {
    throw bad(`revisionTtlSec ${revisionTtlSec} is no whole number of seconds from 0 to ${ttlSecMax}`);
  }
}

/** The port of a contact point. Throws BAD_OPTION. */
export function portOf(contactPoint: string): number {
  const [, digits = '9042'] = /^[^:]+(?::(\d{1,5}))?$/.exec(contactPoint) ??
    /^\[[^\]]+\](?::(\d{1,5}))?$/.exec(contactPoint) ?? ['', '0'];
  const port = Number(digits);
  if (port < 1 || port > 65_535)
    throw bad(`contact point '${contactPoint}' is not host:port; write it as 10.0.0.1:9042`);
  return port;
}

function bad(message: string): CassandraError {
  return new CassandraError('BAD_OPTION', message);
}
