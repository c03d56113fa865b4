/**
 * Keys of sources that can be made again. In: the facts that name a source. Out: 64 bits by which a register knows it
 * and from which ingest draws its publisher id. Equal facts, equal key, on every machine.
 */
import { createHash } from 'node:crypto';

/** The key of a source: the first 64 bits of the SHA-256 of its facts, each on a line. */
export function sourceKey(facts: readonly (string | number | bigint)[]): bigint {
  return createHash('sha256').update(facts.join('\n')).digest().readBigUInt64BE(0);
}
