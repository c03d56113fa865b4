/**
 * How a store is opened. In: options. Out: a store whose tables fit, or an error for a person within a bounded time. One
 * session serves all of the store; closing the store ends it.
 */
import { StoreError } from '@tapeline/domain';
import type { Logger } from '@tapeline/runtime';
import { BarRows, batchLimits } from './bar-rows.ts';
import { insertBar, insertRevision } from './bar-statements.ts';
import { BarWrites } from './bar-writes.ts';
import { CassandraError } from './cassandra-error.ts';
import { type CassandraOptions, checkOptions, revisionTtlSecDefault } from './cassandra-options.ts';
import { CassandraStore } from './cassandra-store.ts';
import { tablesFault } from './check-tables.ts';
import { connectSession } from './connect-session.ts';
import { Instruments } from './instruments.ts';
import { ensureKeyspace } from './keyspace.ts';
import { checkTables, migrateTables } from './migrate.ts';
import { PatientReads } from './patient-reads.ts';
import type { Session } from './session.ts';
import { SnapshotHeaders } from './snapshot-headers.ts';
import { Snapshots } from './snapshots.ts';
import { storeMetrics } from './store-metrics.ts';
import { TapeWrites } from './tape-writes.ts';
import { failureOf, storeErrorOf } from './write-failure.ts';
import { writeLimits, Writer } from './writer.ts';

/** Opens a store. Rejects with `CassandraError`; nothing stays open then. */
export async function openCassandraStore(options: CassandraOptions): Promise<CassandraStore> {
  checkOptions(options);
  const session = await connectSession(options);
  try {
    await ensureKeyspace(session, options);
    if (options.migrate !== false) await migrateTables(session, options);
    await checkTables(session);
    return await storeOf(session, options);
  } catch (error) {
    await session.close();
    throw startErrorOf(error, options);
  }
}

/** The store of a session whose tables fit. */
async function storeOf(session: Session, options: CassandraOptions): Promise<CassandraStore> {
  const { clock, random, logger, stream, revisionTtlSec = revisionTtlSecDefault } = options;
  const metrics = storeMetrics(options.metrics);
  const diagnose = async (error: unknown): Promise<StoreError | undefined> => diagnosis(session, logger, error);
  const { retryForMs = writeLimits.retryForMs, batchBytesMax: bytesMax = batchLimits.bytesMax } = options;
  const writer = new Writer({ clock, random, metrics, retryForMs, diagnose });
  const reads = new PatientReads({ session, clock, random, metrics, diagnose });
  const headers = new SnapshotHeaders(session, reads, stream);
  const barId = await session.prepare(insertBar);
  const revisionId = await session.prepare(insertRevision);
  return new CassandraStore({
    session,
    reads,
    bars: new BarWrites(session, writer, new BarRows({ barId, revisionId, revisionTtlSec, bytesMax })),
    tape: new TapeWrites(session, writer),
    instruments: new Instruments(session, writer, reads),
    snapshots: new Snapshots({ session, writer, reads, headers, stream, logger, metrics }),
    stream,
    clock,
    metrics,
  });
}

/** Whether the tables are why a call failed. A node that is away says nothing of its tables, and is asked for nothing. */
async function diagnosis(session: Session, logger: Logger, error: unknown): Promise<StoreError | undefined> {
  if (error instanceof StoreError || failureOf(error).kind === 'defect') return undefined;
  try {
    const fault = await tablesFault(session);
    return fault === undefined ? undefined : new StoreError('STORE_UNFIT', fault, { cause: error });
  } catch (reason) {
    logger.debug('the tables could not be looked at after a failure', { reason: String(reason) });
    return undefined;
  }
}

function startErrorOf(error: unknown, { keyspace }: CassandraOptions): unknown {
  if (error instanceof CassandraError) return error;
  const told = storeErrorOf(error, `opening keyspace ${keyspace}`);
  if (!(told instanceof StoreError)) return error;
  // A login that works and may not use the keyspace never could, as far as we know, so nobody waits for it.
  const isUnfit = told.code === 'STORE_UNFIT' || failureOf(told.cause).kind === 'login';
  const code = isUnfit ? 'STORE_UNFIT' : 'NOT_REACHABLE';
  return new CassandraError(code, told.message, { cause: error });
}
