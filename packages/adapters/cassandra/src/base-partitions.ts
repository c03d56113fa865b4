/**
 * The number of partitions over which a stream spreads its instruments. In: what somebody wishes. Out: what the first one who
 * asked wished. Law 4: topics may be given more partitions, but an instrument stays where it is.
 */
import { StoreError } from '@tapeline/domain';
import type { PatientReads } from './patient-reads.ts';
import type { Session } from './session.ts';

const decide = 'INSERT INTO {keyspace}.streams (stream, base_partitions) VALUES (?, ?) IF NOT EXISTS';
const findAll = 'SELECT stream, base_partitions FROM {keyspace}.streams';

/**
 * Answers the number that holds from now on. Rejects with STORE_UNFIT where the keyspace holds another stream: bars have no
 * stream in their keys, so two would mix in one row.
 */
export async function decideBasePartitions(
  session: Session,
  reads: PatientReads,
  stream: string,
  wanted: number,
): Promise<number> {
  const rows = await reads.rows('reading the stream', findAll, []);
  const other = rows.find((row) => row['stream'] !== stream);
  if (other !== undefined) {
    throw new StoreError(
      'STORE_UNFIT',
      `keyspace ${session.keyspace} holds stream ${String(other['stream'])}; give stream ${stream} a keyspace of its own`,
    );
  }
  if (rows[0] !== undefined) return rows[0]['base_partitions'] as number;
  // A lost answer may have been a yes, which the next try is told.
  return reads.run('entering the stream', async () => {
    const [row] = await session.execute(decide, [stream, wanted], { kind: 'conditional' });
    return row?.['[applied]'] === true ? wanted : ((row?.['base_partitions'] as number | undefined) ?? wanted);
  });
}
