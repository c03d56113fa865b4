/**
 * Writes of the tape. In: chunks. Out: their bytes first, then their entries in the index, so that whoever finds an entry
 * finds the chunk. The last number is the write timestamp: a longer chunk replaces a shorter one, never the other way.
 */
import type { TapeChunk } from '@tapeline/domain';
import type { Session, Value } from './session.ts';
import { StatementUnit } from './statement-unit.ts';
import { kindsOf, monthsOf, numberBucket } from './tape-layout.ts';
import type { Writer } from './writer.ts';

const putChunk =
  'INSERT INTO {keyspace}.tape_chunks (dataset, symbol, number_bucket, first_number, last_number, first_event_ns, last_event_ns, amends, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?';
const putEntry =
  'INSERT INTO {keyspace}.tape_index (dataset, symbol, kind, month, number_bucket, first_number, last_number, first_event_ns, last_event_ns, amends) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?';
const putBucket =
  'INSERT INTO {keyspace}.tape_buckets (dataset, symbol, kind, month, number_bucket) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP 1';

/** Buckets that are remembered as listed; past this they are listed again. */
const listedMax = 100_000;
const entryBytes = 200;

/** Writes chunks through one session. */
export class TapeWrites {
  readonly #session: Session;
  readonly #writer: Writer;
  readonly #listed = new Set<string>();

  constructor(session: Session, writer: Writer) {
    this.#session = session;
    this.#writer = writer;
  }

  /** See `Store.writeTape`. */
  async write(chunks: readonly TapeChunk[]): Promise<void> {
    const copies = chunks.map((chunk) => ({ ...chunk, bytes: Buffer.from(chunk.bytes) }));
    await this.#writer.write(
      'writing ticks',
      copies.map((chunk) => this.#chunkUnit(chunk)),
    );
    const fresh = new Map<string, Value[]>();
    const units = copies.flatMap((chunk) => this.#entryUnits(chunk, fresh));
    for (const values of fresh.values()) units.push(new StatementUnit(this.#session, putBucket, values, entryBytes));
    await this.#writer.write('writing ticks', units);
    if (this.#listed.size > listedMax) this.#listed.clear();
    for (const key of fresh.keys()) this.#listed.add(key);
  }

  #chunkUnit(chunk: TapeChunk): StatementUnit {
    const { dataset, symbol, firstNumber, lastNumber, firstEventNs, lastEventNs, amends, bytes } = chunk;
    const key = [dataset, symbol, BigInt(numberBucket(firstNumber)), BigInt(firstNumber)];
    const values = [...key, BigInt(lastNumber), firstEventNs, lastEventNs, amends, bytes, timestampOf(chunk)];
    return new StatementUnit(this.#session, putChunk, values, bytes.length + entryBytes);
  }

  #entryUnits(chunk: TapeChunk, fresh: Map<string, Value[]>): StatementUnit[] {
    const { dataset, symbol, firstNumber, lastNumber, firstEventNs, lastEventNs, amends } = chunk;
    const bucket = BigInt(numberBucket(firstNumber));
    const units: StatementUnit[] = [];
    this.#list([dataset, symbol, 'number', 0, bucket], fresh);
    for (const kind of kindsOf(chunk)) {
      for (const month of monthsOf(chunk)) {
        const key = [dataset, symbol, kind, month, bucket];
        this.#list(key, fresh);
        const numbers = [BigInt(firstNumber), BigInt(lastNumber)];
        const values = [...key, ...numbers, firstEventNs, lastEventNs, amends, timestampOf(chunk)];
        units.push(new StatementUnit(this.#session, putEntry, values, entryBytes));
      }
    }
    return units;
  }

  #list(key: Value[], fresh: Map<string, Value[]>): void {
    const name = key.join('\u0000');
    if (!this.#listed.has(name)) fresh.set(name, key);
  }
}

function timestampOf({ lastNumber }: TapeChunk): bigint {
  return BigInt(lastNumber) + 1n;
}
