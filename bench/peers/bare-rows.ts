/**
 * The bare driver: single rows, prepared and idempotent, so many under way at once. In: a keyspace with our table of bars, how
 * many rows. Out: CPU seconds of this process by round. The rows have every column of ours and values of the same kind; bars
 * are not turned into values, nothing is split, retried, counted or bounded by bytes.
 */
import { Client, types } from 'cassandra-driver';
import { measureAsyncRounds } from '../cluster/async-rounds.ts';
import type { StorePlace } from '../cluster/open-places.ts';

/** What to write. */
export type BareRowsTask = StorePlace & { readonly rows: number; readonly underWay: number; readonly rounds: number };

/** What it took. */
export type BareRowsMeasure = {
  readonly rows: number;
  readonly cpuSeconds: readonly number[];
  readonly seconds: readonly number[];
};

type Column = { readonly name: string; readonly type: string };

const instruments = 500;
const roundSec = 1_000_000;
const dayMs = 86_400_000;

/** Writes the rows once a round, each round its own. */
export async function measureBareRows(task: BareRowsTask): Promise<BareRowsMeasure> {
  const client = new Client({
    contactPoints: [...task.contactPoints],
    localDataCenter: task.dataCenter,
  });
  await client.connect();
  try {
    const columns = await columnsOf(client, task.keyspace);
    const names = columns.map(({ name }) => name);
    const marks = names.map(() => '?').join(', ');
    const insert = `INSERT INTO ${task.keyspace}.bars (${names.join(', ')}) VALUES (${marks}) USING TIMESTAMP ?`;
    const rounds = await measureAsyncRounds(task.rounds, (round) => writeAll(client, insert, columns, task, round));
    return {
      rows: task.rows,
      cpuSeconds: rounds.map(({ cpuSeconds }) => cpuSeconds),
      seconds: rounds.map(({ seconds }) => seconds),
    };
  } finally {
    await client.shutdown();
  }
}

async function columnsOf(client: Client, keyspace: string): Promise<Column[]> {
  const query = "SELECT column_name, type FROM system_schema.columns WHERE keyspace_name = ? AND table_name = 'bars'";
  const { rows } = await client.execute(query, [keyspace], { prepare: true });
  return rows.map((row) => ({ name: String(row['column_name']), type: String(row['type']) }));
}

async function writeAll(
  client: Client,
  insert: string,
  columns: readonly Column[],
  { rows, underWay }: BareRowsTask,
  round: number,
): Promise<void> {
  const options = { prepare: true, isIdempotent: true, consistency: types.consistencies.localQuorum };
  const beginMs = Date.UTC(2014, 0, 1) + round * roundSec * 1_000;
  let next = 0;
  const writeOn = async (): Promise<void> => {
    while (next < rows) {
      const row = next;
      next += 1;
      const startMs = beginMs + Math.floor(row / instruments) * 1_000;
      const values = columns.map((column) => valueOf(column, row, startMs));
      await client.execute(insert, [...values, types.Long.fromNumber(startMs * 1_000 + 1)], options);
    }
  };
  await Promise.all(Array.from({ length: underWay }, writeOn));
}

/** A value of the column's type, of a size like that of a real bar's. */
function valueOf({ name, type }: Column, row: number, startMs: number): unknown {
  const keys: Readonly<Record<string, unknown>> = {
    dataset: 'bare',
    symbol: `S${String(row % instruments).padStart(3, '0')}`,
    profile: 'all',
    interval: '1s',
    bucket: Math.floor(startMs / dayMs),
    start: new Date(startMs),
    ends: new Date(startMs + 1_000),
    state: 'closed',
    session: 'regular',
  };
  if (name in keys) return keys[name];
  if (type === 'varint') return types.Integer.fromNumber(1_677_770_000 + row);
  if (type === 'bigint') return types.Long.fromNumber(1_677_770 + row);
  if (type === 'timestamp') return new Date(startMs);
  if (type === 'date') return types.LocalDate.fromDate(new Date(startMs));
  if (type === 'boolean') return true;
  if (type === 'text') return 'text';
  if (type === 'int' || type === 'tinyint') return 4;
  if (type.includes('tuple')) return new types.Tuple(1, types.Long.fromNumber(1), types.Long.fromNumber(row));
  throw new TypeError(`the bare driver has no value for the column ${name} of the type ${type}`);
}
