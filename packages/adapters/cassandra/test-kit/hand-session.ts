/**
 * A session by hand that knows the statements of snapshots and nothing else. In: statements. Out: rows as a node answers
 * them. It refuses parts beyond a limit as a node does whose `max_mutation_size` is small.
 */
import type { Row, Session, Value } from '../src/session.ts';
import { headerStatements, partStatements } from '../src/snapshot-statements.ts';
import { nodeError } from './hand-units.ts';

/** Snapshots of one partition. */
export class HandSession implements Session {
  readonly keyspace: string = 'hand';
  /** Largest part that is taken, bytes. */
  partBytesMax: number = Infinity;
  /** Parts by epoch, generation and number. */
  readonly parts: Map<string, Row> = new Map();
  readonly #headers = new Map<string, Record<string, unknown>>();
  #claimed: bigint | null = null;

  async execute(statement: string, values: readonly Value[]): Promise<readonly Row[]> {
    switch (statement) {
      case headerStatements.claimed:
        return [{ claimed: this.#claimed }];
      case headerStatements.claim:
        this.#claimed = values[0] as bigint;
        return [{ '[applied]': true }];
      case headerStatements.list:
        return [...this.#headers.values()].reverse();
      case headerStatements.begin:
        return this.#enter(values.slice(2), { complete: false });
      case headerStatements.complete: {
        const [next_offset, byte_count, part_count, sha256] = values;
        return this.#enter(values.slice(6), { next_offset, byte_count, part_count, sha256, complete: true });
      }
      case headerStatements.remove:
        this.#headers.delete(values.slice(2, 4).join());
        return [{ '[applied]': true }];
      case partStatements.put:
        return this.#put(values.slice(2));
      case partStatements.remove: {
        const key = `${values.slice(2, 4).join()},`;
        for (const name of this.parts.keys()) if (name.startsWith(key)) this.parts.delete(name);
        return [];
      }
      default:
        throw new RangeError(`no statement of snapshots: ${statement}`);
    }
  }

  async *pages(_statement: string, values: readonly Value[]): AsyncGenerator<readonly Row[]> {
    const key = `${values.slice(2, 4).join()},`;
    for (const [name, row] of this.parts) if (name.startsWith(key)) yield [row];
  }

  async prepare(): Promise<Buffer> {
    throw new RangeError('nothing is sent in batches here');
  }

  async send(): Promise<void> {
    throw new RangeError('nothing is sent in batches here');
  }

  async agreed(): Promise<void> {}

  async close(): Promise<void> {}

  #enter([epoch, generation]: readonly Value[], fields: Record<string, unknown>): readonly Row[] {
    this.#headers.set(`${String(epoch)},${String(generation)}`, { epoch, generation, ...fields });
    return [{ '[applied]': true }];
  }

  #put([epoch, generation, part, bytes]: readonly Value[]): readonly Row[] {
    const { length } = bytes as Buffer;
    if (length > this.partBytesMax) {
      throw nodeError('invalid', `Rejected an oversized mutation (${length}/${this.partBytesMax}) for keyspace: hand`);
    }
    this.parts.set(`${String(epoch)},${String(generation)},${String(part)}`, { part, bytes });
    return [];
  }
}
