/**
 * The records of `control` in memory. In: keys and values. Out: offsets that only rise, what is kept from an offset on, and compaction
 * at the moment that a test chooses. Law: the last record of each key stays, and the newest of all; what leaves leaves a hole.
 */
import type { ControlLogRecord } from '@tapeline/domain';

/** What compaction takes. */
export type Compaction = {
  /** Records appended before this leave, ms since the Unix epoch; absent = all may. */
  readonly beforeMs?: number;
  /** Whether the last record of a key leaves too where it has no value; absent = true. */
  readonly tombstones?: boolean;
};

/** One partition of records by key. */
export class MemoryControlLog {
  #records: ControlLogRecord[] = [];
  #endOffset = 0;

  /** The offset of the next record. */
  get endOffset(): number {
    return this.#endOffset;
  }

  /** What is kept, in offset order. */
  get records(): readonly ControlLogRecord[] {
    return this.#records;
  }

  /** Appends a record with a copy of its bytes. */
  append(key: string, bytes: Uint8Array | undefined, appendTimeMs: number): ControlLogRecord {
    const offset = this.#endOffset;
    const record = { offset, appendTimeMs, key, bytes: bytes === undefined ? undefined : Uint8Array.from(bytes) };
    this.#records.push(record);
    this.#endOffset += 1;
    return record;
  }

  /** What is kept from `offset` on, at most `recordsMax`. */
  read(offset: number, recordsMax: number): readonly ControlLogRecord[] {
    let start = this.#records.length;
    while (start > 0 && (this.#records[start - 1] as ControlLogRecord).offset >= offset) start -= 1;
    return this.#records.slice(start, start + recordsMax);
  }

  /** Takes out what later records of the same key made superfluous; answers how many left. */
  compact({ beforeMs = Infinity, tombstones = true }: Compaction = {}): number {
    const before = this.#records.length;
    const last = new Map(this.#records.map(({ key, offset }) => [key, offset]));
    this.#records = this.#records.filter(({ key, offset, appendTimeMs, bytes }) => {
      if (offset === this.#endOffset - 1 || appendTimeMs >= beforeMs) return true;
      return last.get(key) === offset && (bytes !== undefined || !tombstones);
    });
    return before - this.#records.length;
  }
}
