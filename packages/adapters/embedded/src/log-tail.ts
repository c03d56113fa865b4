/**
 * The newest records of every place in memory. In: records as they were committed. Out: runs of them from an offset on,
 * if they are still here. Bounded in bytes over all places: at the bound the place that holds most gives up its oldest.
 */
import type { LogRecordInput } from '@tapeline/domain';

/** What a record counts for besides its bytes. */
const recordOverheadBytes = 128;

type Tail = { records: LogRecordInput[]; head: number; bytes: number };

/** Recent records by place. */
export class LogTail {
  readonly #tails: Tail[];
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(places: number, bytesMax: number) {
    this.#tails = Array.from({ length: places }, emptyTail);
    this.#bytesMax = bytesMax;
  }

  /** Takes up places that were added. */
  growTo(places: number): void {
    while (this.#tails.length < places) this.#tails.push(emptyTail());
  }

  /** Bytes held now, with the overhead of each record. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes in the record that follows the last one of its place. */
  add(place: number, record: LogRecordInput): void {
    const tail = this.#tails[place] as Tail;
    tail.records.push(record);
    tail.bytes += sizeOf(record);
    this.#bytes += sizeOf(record);
    while (this.#bytes > this.#bytesMax) this.#giveUpOldest();
  }

  /** Records from `offset` on, at least one, within the limits; `undefined` if that offset is not here. */
  from(place: number, offset: number, recordsMax: number, bytesMax: number): readonly LogRecordInput[] | undefined {
    const { records, head } = this.#tails[place] as Tail;
    const oldest = records[head];
    if (oldest === undefined || offset < oldest.offset) return undefined;
    const start = head + offset - oldest.offset;
    let end = start;
    let bytes = 0;
    for (; end < records.length && end - start < recordsMax; end += 1) {
      bytes += (records[end] as LogRecordInput).bytes.length;
      if (end > start && bytes > bytesMax) break;
    }
    return end > start ? records.slice(start, end) : undefined;
  }

  #giveUpOldest(): void {
    let largest = this.#tails[0] as Tail;
    for (const tail of this.#tails) if (tail.bytes > largest.bytes) largest = tail;
    const size = sizeOf(largest.records[largest.head] as LogRecordInput);
    largest.head += 1;
    largest.bytes -= size;
    this.#bytes -= size;
    if (largest.head < 1_024 && largest.head < largest.records.length) return;
    largest.records = largest.records.slice(largest.head);
    largest.head = 0;
  }
}

function emptyTail(): Tail {
  return { records: [], head: 0, bytes: 0 };
}

function sizeOf(record: LogRecordInput): number {
  return record.bytes.length + recordOverheadBytes;
}
