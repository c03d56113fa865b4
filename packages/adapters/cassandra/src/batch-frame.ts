/**
 * A batch of rows of one Cassandra partition as it goes over the wire. In: statements that were encoded already. Out: a
 * frame of the native protocol, version 4. The driver would keep each value apart and join them for every send; at some
 * twenty columns that costs more than all else, so rows are encoded once, straight into the frame.
 */

/** Bytes before the statements: the frame's header, the kind of batch and the number of statements. */
export const frameHeadBytes = 12;
/** Bytes after the statements: consistency and flags. */
const tailBytes = 3;
const protocolVersion = 4;
const opcodeBatch = 13;
const unlogged = 1;
const localQuorum = 6;

/** The statements of a batch with what tells where it goes. */
export type BatchParts = {
  /** Statements from `frameHeadBytes` on, with room for 3 more bytes behind them. It is written into and kept. */
  readonly bytes: Buffer;
  /** Where each row's statements end, rising; the last one ends them all. */
  readonly rowEnds: readonly number[];
  readonly statementsPerRow: number;
  readonly routingKey: Buffer;
};

/** One batch, to be sent any number of times. */
export class BatchFrame {
  readonly #parts: BatchParts;
  readonly #frame: Buffer;
  /** Set for the driver's own figures. */
  readonly length: number;

  constructor(parts: BatchParts) {
    const { bytes, rowEnds, statementsPerRow } = parts;
    const end = rowEnds.at(-1) ?? frameHeadBytes;
    this.#parts = parts;
    this.#frame = bytes.subarray(0, end + tailBytes);
    this.length = this.#frame.length - 9;
    this.#frame[0] = protocolVersion;
    this.#frame[1] = 0;
    this.#frame[4] = opcodeBatch;
    this.#frame.writeInt32BE(this.length, 5);
    this.#frame[9] = unlogged;
    this.#frame.writeUInt16BE(rowEnds.length * statementsPerRow, 10);
    this.#frame.writeUInt16BE(localQuorum, end);
    this.#frame[end + 2] = 0;
  }

  get rows(): number {
    return this.#parts.rowEnds.length;
  }

  get routingKey(): Buffer {
    return this.#parts.routingKey;
  }

  /** What the driver calls when a stream of a connection is free; it copies the bytes before anybody else calls. */
  write(encoder: { readonly protocolVersion: number }, streamId: number): Buffer {
    if (encoder.protocolVersion !== protocolVersion) {
      throw new RangeError(`the node speaks version ${encoder.protocolVersion} of the native protocol; 4 is needed`);
    }
    this.#frame.writeInt16BE(streamId, 2);
    return this.#frame;
  }

  /** What the driver calls before it sends a batch again; its bytes are the same whenever they are sent. */
  clone(): this {
    return this;
  }

  /** Two batches of about half the rows each; nothing where there is one row. */
  halves(): readonly [BatchFrame, BatchFrame] | undefined {
    if (this.rows < 2) return undefined;
    const middle = this.rows >> 1;
    return [this.#cut(0, middle), this.#cut(middle, this.rows)];
  }

  #cut(from: number, to: number): BatchFrame {
    const { bytes, rowEnds, statementsPerRow, routingKey } = this.#parts;
    const start = from === 0 ? frameHeadBytes : (rowEnds[from - 1] ?? frameHeadBytes);
    const end = rowEnds[to - 1] ?? start;
    const copy = Buffer.allocUnsafe(frameHeadBytes + end - start + tailBytes);
    bytes.copy(copy, frameHeadBytes, start, end);
    const ends = rowEnds.slice(from, to).map((rowEnd) => rowEnd - start + frameHeadBytes);
    return new BatchFrame({ bytes: copy, rowEnds: ends, statementsPerRow, routingKey });
  }
}
