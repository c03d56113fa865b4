/**
 * One migration at a time. In: a session. Out: a lock held while work is done. A row by a conditional write with a time to
 * live: whoever dies with it loses it after a minute, whoever is told to stop frees it once the statement under way has
 * ended. An answer that was lost may have been a yes, so the same owner asks again, and the row's owner decides. Waiting
 * is bounded.
 */
import { randomUUID } from 'node:crypto';
import { type Clock, type Logger, StartStoppedError } from '@tapeline/runtime';
import { CassandraError } from './cassandra-error.ts';
import { waitLimitsMs } from './cassandra-options.ts';
import type { Row, Session, Value } from './session.ts';
import { failureOf, mayPass } from './write-failure.ts';

const ttlSec = 60;
const pollMs = 250;
/** How often a write of the holder is tried whose answers are lost. */
const triesMax = 8;

/** The statements of the lock. */
export const lockStatements: Readonly<Record<'take' | 'renew' | 'free', string>> = {
  take: `INSERT INTO {keyspace}.schema_lock (name, owner) VALUES ('migrations', ?) IF NOT EXISTS USING TTL ${ttlSec}`,
  renew: `UPDATE {keyspace}.schema_lock USING TTL ${ttlSec} SET owner = ? WHERE name = 'migrations' IF owner = ?`,
  free: "DELETE FROM {keyspace}.schema_lock WHERE name = 'migrations' IF owner = ?",
};

/** The lock as its holder has it. */
export type HeldLock = {
  /** Holds on for another minute. Rejects with STORE_UNFIT if somebody else has it by now, and with `StartStoppedError`. */
  renew(): Promise<void>;
};

/** What the lock is taken with. */
export type LockParts = {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Fires when the process shall end. */
  readonly stop?: AbortSignal | undefined;
  /** Gets the work under the lock, which ends soon after the stop: the process shall not end before it. */
  readonly beforeEnd?: ((work: Promise<unknown>) => void) | undefined;
};

/**
 * Runs `work` while nobody else does. Rejects with STORE_UNFIT if the lock is not free after two minutes, and with
 * `StartStoppedError` at a stop.
 */
export async function withMigrationLock<Result>(
  session: Session,
  parts: LockParts,
  work: (lock: HeldLock) => Promise<Result>,
): Promise<Result> {
  const working = underLock(new MigrationLock(session, parts), parts.logger, work);
  parts.beforeEnd?.(working);
  return working;
}

async function underLock<Result>(
  lock: MigrationLock,
  logger: Logger,
  work: (lock: HeldLock) => Promise<Result>,
): Promise<Result> {
  try {
    await lock.take();
    return await work(lock);
  } finally {
    // What was done under the lock is done, whether or not it can be given back.
    await lock.free().catch((error: unknown) => {
      logger.warn(`the lock on migrations was not given back; it ends by itself within ${ttlSec} s`, { error });
    });
  }
}

class MigrationLock implements HeldLock {
  readonly #session: Session;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #stop: AbortSignal | undefined;
  readonly #owner = randomUUID();
  /** Why the last question had no answer. */
  #lost: unknown;
  /** Whether the row may name us. */
  #mayHold = false;

  constructor(session: Session, { clock, logger, stop }: LockParts) {
    this.#session = session;
    this.#clock = clock;
    this.#logger = logger;
    this.#stop = stop;
  }

  async take(): Promise<void> {
    const endMs = this.#clock.monotonicMs() + waitLimitsMs.lock;
    for (let tries = 0; ; tries += 1) {
      this.#checkGoesOn();
      const row = await this.#unlessLost(async () => this.#conditional(lockStatements.take, [this.#owner]));
      // A condition reads what was decided before, so a lost yes comes back as our own name.
      this.#mayHold = row === undefined || row['[applied]'] === true || row['owner'] === this.#owner;
      if (row !== undefined && this.#mayHold) return this.#checkGoesOn();
      // Nobody need hold it where nodes do not answer.
      if (this.#clock.monotonicMs() >= endMs) throw row === undefined ? this.#lost : this.#unfit(heldText);
      if (tries === 0) {
        this.#logger.info('waits for the lock on migrations', {
          keyspace: this.#session.keyspace,
          withinMs: waitLimitsMs.lock,
        });
      }
      await this.#clock.sleep(pollMs, this.#stop);
    }
  }

  async renew(): Promise<void> {
    this.#checkGoesOn();
    const { renew } = lockStatements;
    if (!(await this.#sure(async () => this.#conditional(renew, [this.#owner, this.#owner])))) {
      throw this.#unfit('was lost to another process; start again');
    }
  }

  /** Whoever is not its holder any more has nothing to give back. */
  async free(): Promise<void> {
    if (this.#mayHold) await this.#sure(async () => this.#conditional(lockStatements.free, [this.#owner]));
  }

  /** Whether a write was applied that may be repeated: a lost answer is asked for again by the write itself. */
  async #sure(write: () => Promise<Row>): Promise<boolean> {
    for (let left = triesMax; ; left -= 1) {
      try {
        return (await write())['[applied]'] === true;
      } catch (error) {
        if (left <= 1 || !mayPass(failureOf(error))) throw error;
        await this.#clock.sleep(pollMs);
      }
    }
  }

  async #unlessLost<Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> {
    try {
      return await ask();
    } catch (error) {
      if (!mayPass(failureOf(error))) throw error;
      this.#lost = error;
      return undefined;
    }
  }

  async #conditional(statement: string, values: readonly Value[]): Promise<Row> {
    const [row = {}] = await this.#session.execute(statement, values, { kind: 'conditional' });
    return row;
  }

  #checkGoesOn(): void {
    if (this.#stop?.aborted === true) throw new StartStoppedError('stopped while it migrated');
  }

  #unfit(what: string): CassandraError {
    return new CassandraError('STORE_UNFIT', `the lock on migrations of keyspace ${this.#session.keyspace} ${what}`);
  }
}

const heldText = `has been held by another process for ${waitLimitsMs.lock / 1_000} s; look at it, it lets go ${ttlSec} s after it ends`;
