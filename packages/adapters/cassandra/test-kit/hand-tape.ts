/**
 * A session by hand that knows the tape's tables and nothing else. In: chunks, put in at any time. Out: rows as a node
 * answers them; a test does something just before a month of the index is read.
 */
import type { TapeChunk } from '@tapeline/domain';
import type { Row, Session, Value } from '../src/session.ts';
import { kindsOf, monthsOf, numberBucket } from '../src/tape-layout.ts';

/** Tables of the tape. */
export class HandTape implements Session {
  readonly keyspace: string = 'hand';
  /** Called before each read of a month of the index. */
  beforeMonth: (month: number) => void = () => undefined;
  /** Rows by table, and in it by key. */
  readonly #tables = { buckets: new Map<string, Row>(), index: new Map<string, Row>(), chunks: new Map<string, Row>() };

  /** Writes a chunk as `TapeWrites` does, in every month or in some of them only, as when it is under way. */
  put(chunk: TapeChunk, months: readonly number[] = monthsOf(chunk)): void {
    const { firstNumber, lastNumber, firstEventNs, lastEventNs, amends, bytes } = chunk;
    const number_bucket = BigInt(numberBucket(firstNumber));
    const entry = {
      number_bucket,
      first_number: BigInt(firstNumber),
      last_number: BigInt(lastNumber),
      first_event_ns: firstEventNs,
      last_event_ns: lastEventNs,
      amends,
    };
    this.#tables.chunks.set(`${firstNumber}`, { ...entry, bytes: Buffer.from(bytes) });
    this.#tables.buckets.set(`number 0 ${number_bucket}`, { kind: 'number', month: 0, number_bucket });
    for (const kind of kindsOf(chunk)) {
      for (const month of months) {
        this.#tables.buckets.set(`${kind} ${month} ${number_bucket}`, { kind, month, number_bucket });
        this.#tables.index.set(`${kind} ${month} ${firstNumber}`, { kind, month, ...entry });
      }
    }
  }

  async execute(statement: string, values: readonly Value[]): Promise<readonly Row[]> {
    const [, , third, fourth, fifth] = values;
    const { buckets, index, chunks } = this.#tables;
    if (statement.includes('.tape_buckets ')) return [...buckets.values()].filter(({ kind }) => kind === third);
    if (statement.includes('.tape_index ')) {
      this.beforeMonth(fourth as number);
      const wanted = (row: Row): boolean =>
        row['kind'] === third && row['month'] === fourth && row['number_bucket'] === fifth;
      return [...index.values()].filter(wanted);
    }
    if (!statement.includes('.tape_chunks ')) throw new RangeError(`no statement of the tape: ${statement}`);
    const inBucket = [...chunks.values()].filter((row) => row['number_bucket'] === third);
    return inBucket.filter((row) => fourth === undefined || row['first_number'] === fourth);
  }

  pages(): never {
    throw new RangeError('the tape is not read in pages');
  }

  async prepare(): Promise<never> {
    throw new RangeError('nothing is sent in batches here');
  }

  async send(): Promise<never> {
    throw new RangeError('nothing is sent in batches here');
  }

  async agreed(): Promise<void> {}

  async close(): Promise<void> {}
}
