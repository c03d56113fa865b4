/**
 * One migration at a time. In: a session. Out: a lock held while work is done. A row by a conditional write with a time to
 * live: whoever dies with it loses it after a minute. Waiting is bounded.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '@tapeline/runtime';
import { CassandraError } from './cassandra-error.ts';
import { waitLimitsMs } from './cassandra-options.ts';
import type { Session } from './session.ts';

const ttlSec = 60;
const pollMs = 250;
const conditional = { kind: 'conditional' } as const;

/** The lock as its holder has it. */
export type HeldLock = {
  /** Holds on for another minute. Rejects with STORE_UNFIT if somebody else has it by now. */
  renew(): Promise<void>;
};

/** Runs `work` while nobody else does. Rejects with STORE_UNFIT if the lock is not free after two minutes. */
export async function withMigrationLock<Result>(
  session: Session,
  clock: Clock,
  work: (lock: HeldLock) => Promise<Result>,
): Promise<Result> {
  const owner = randomUUID();
  const endMs = clock.monotonicMs() + waitLimitsMs.lock;
  while (!(await take(session, owner))) {
    if (clock.monotonicMs() >= endMs) {
      throw new CassandraError(
        'STORE_UNFIT',
        `another process has held the lock on migrations of keyspace ${session.keyspace} for ${waitLimitsMs.lock / 1_000} s; look at it, it lets go ${ttlSec} s after it ends`,
      );
    }
    await clock.sleep(pollMs);
  }
  try {
    return await work({ renew: async () => renew(session, owner) });
  } finally {
    await session.execute(
      "DELETE FROM {keyspace}.schema_lock WHERE name = 'migrations' IF owner = ?",
      [owner],
      conditional,
    );
  }
}

async function take(session: Session, owner: string): Promise<boolean> {
  const [row] = await session.execute(
    `INSERT INTO {keyspace}.schema_lock (name, owner) VALUES ('migrations', ?) IF NOT EXISTS USING TTL ${ttlSec}`,
    [owner],
    conditional,
  );
  // A lost answer may have been a yes.
  return row?.['[applied]'] === true || row?.['owner'] === owner;
}

async function renew(session: Session, owner: string): Promise<void> {
  const [row] = await session.execute(
    `UPDATE {keyspace}.schema_lock USING TTL ${ttlSec} SET owner = ? WHERE name = 'migrations' IF owner = ?`,
    [owner, owner],
    conditional,
  );
  if (row?.['[applied]'] === true) return;
  throw new CassandraError(
    'STORE_UNFIT',
    `the lock on migrations of keyspace ${session.keyspace} was lost to another process; start again`,
  );
}
