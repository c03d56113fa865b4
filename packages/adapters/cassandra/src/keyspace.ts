/**
 * The keyspace. In: its name and the copies wanted. Out: whether it is there; it is made only when asked, and never altered:
 * where its copies differ from those asked for, that is told.
 */
import { CassandraError } from './cassandra-error.ts';
import type { MigrateOptions } from './cassandra-options.ts';
import type { Session } from './session.ts';

const copiesDefault = 3;

/** Finds or makes the keyspace. Rejects with KEYSPACE_MISSING or BAD_OPTION. */
export async function ensureKeyspace(session: Session, options: MigrateOptions): Promise<void> {
  const { keyspace, createKeyspace = false, replication, logger } = options;
  const [found] = await session.execute('SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = ?', [
    keyspace,
  ]);
  if (found === undefined) {
    if (!createKeyspace) {
      throw new CassandraError(
        'KEYSPACE_MISSING',
        `keyspace ${keyspace} does not exist; create it, or let it be made by the option createKeyspace`,
      );
    }
    await makeKeyspace(session, options);
    return;
  }
  const copies = copiesOf(found['replication']);
  const wanted = Object.entries(replication ?? {}).filter(([name, count]) => copies[name] !== String(count));
  if (wanted.length === 0) return;
  logger.warn('the keyspace has other copies than asked for; it is not altered: use ALTER KEYSPACE and then repair', {
    keyspace,
    is: JSON.stringify(copies),
    wanted: JSON.stringify(replication),
  });
}

async function makeKeyspace(
  session: Session,
  { keyspace, replication, localDataCenter, logger }: MigrateOptions,
): Promise<void> {
  const copies = replication ?? { [localDataCenter]: Math.min(copiesDefault, await nodesIn(session, localDataCenter)) };
  for (const [name, count] of Object.entries(copies)) {
    if (/^[\w.-]+$/.test(name) && Number.isInteger(count) && count >= 1) continue;
    throw new CassandraError(
      'BAD_OPTION',
      `replication of data centre '${name}' is ${count}; give a whole number from 1`,
    );
  }
  const pairs = Object.entries(copies).map(([name, count]) => `'${name}': ${count}`);
  const made = `CREATE KEYSPACE IF NOT EXISTS {keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', ${pairs.join(', ')}}`;
  await session.execute(made, [], { kind: 'schema' });
  await session.agreed();
  logger.info('the keyspace was made', { keyspace, replication: JSON.stringify(copies) });
}

async function nodesIn(session: Session, dataCenter: string): Promise<number> {
  const local = await session.execute('SELECT data_center FROM system.local', []);
  const peers = await session.execute('SELECT data_center FROM system.peers', []);
  return Math.max(1, [...local, ...peers].filter((row) => row['data_center'] === dataCenter).length);
}

/** The driver gives maps as objects. */
function copiesOf(replication: unknown): Readonly<Record<string, string>> {
  return replication as Readonly<Record<string, string>>;
}
