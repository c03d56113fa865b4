/**
 * The number of partitions over which a stream spreads its instruments. In: what somebody wishes. Out: what the first one who
 * asked wished. Law 4: topics may be given more partitions, but an instrument stays where it is.
 */
import type { PatientReads } from './patient-reads.ts';
import type { Session } from './session.ts';

const decide = 'INSERT INTO {keyspace}.streams (stream, base_partitions) VALUES (?, ?) IF NOT EXISTS';
const find = 'SELECT base_partitions FROM {keyspace}.streams WHERE stream = ?';

/** Answers the number that holds from now on. Rejects with `StoreError`. */
export async function decideBasePartitions(
  session: Session,
  reads: PatientReads,
  stream: string,
  wanted: number,
): Promise<number> {
  const known = await reads.rows('reading the stream', find, [stream]);
  if (known[0] !== undefined) return known[0]['base_partitions'] as number;
  const [row] = await session.execute(decide, [stream, wanted], { kind: 'conditional' });
  return row?.['[applied]'] === true ? wanted : ((row?.['base_partitions'] as number | undefined) ?? wanted);
}
