/**
 * Bars as rows of batches. In: bars of one partition. Out: frames of at most so many bytes. Both statements of a bar, for
 * `bars` and for `bar_revisions`, stand in one batch: they have one key, so a node takes them as one mutation.
 */
import type { Bar } from '@tapeline/domain';
import { BatchFrame, frameHeadBytes } from './batch-frame.ts';
import { barColumns } from './bar-statements.ts';
import type { SeriesBucket } from './bar-series.ts';
import { textValue, ValueBytes } from './value-bytes.ts';
import { writeTimestamp } from './write-timestamp.ts';

/** Bounds of a batch; a bar alone may be larger. */
export const batchLimits = { rowsMax: 100, bytesMax: 4_096 } as const;

const sessions = {
  pre: textValue('pre'),
  regular: textValue('regular'),
  post: textValue('post'),
  closed: textValue('closed'),
};
const states = { forming: textValue('forming'), closed: textValue('closed'), revised: textValue('revised') };
/** Bytes of a row besides its key and its two sums, generously. */
const fixedBytesMax = 512;
const positionBytes = 32;
const dateZero = 2_147_483_648;

/** What rows are made with. */
export type BarRowsConfig = {
  /** Ids of the prepared `insertBar` and `insertRevision`. */
  readonly barId: Buffer;
  readonly revisionId: Buffer;
  /** s; 0 = no history. */
  readonly revisionTtlSec: number;
  /** Bytes of a batch; see `batchLimits`. */
  readonly bytesMax: number;
};

/** Encodes rows. */
export class BarRows {
  readonly #config: BarRowsConfig;
  readonly #barHead: Buffer;
  readonly #revisionHead: Buffer;
  #values = new ValueBytes(Buffer.allocUnsafeSlow(65_536));

  constructor(config: BarRowsConfig) {
    this.#config = config;
    this.#barHead = statementHead(config.barId, barColumns.length + 1);
    this.#revisionHead = statementHead(config.revisionId, barColumns.length + 2);
  }

  /** Batches of bars that all lie in `bucket`. Throws `RangeError` for a bar without a write timestamp. */
  frames(bucket: SeriesBucket, bars: readonly Bar[]): BatchFrame[] {
    const frames: BatchFrame[] = [];
    let rowEnds: number[] = [];
    this.#values.at = frameHeadBytes;
    for (const bar of bars) {
      const before = this.#values.at;
      this.#reserve(bucket, bar);
      this.#row(bucket, bar);
      if (rowEnds.length > 0 && (this.#values.at > this.#config.bytesMax || rowEnds.length >= batchLimits.rowsMax)) {
        frames.push(this.#frame(bucket, rowEnds));
        this.#values.bytes.copyWithin(frameHeadBytes, before, this.#values.at);
        this.#values.at = frameHeadBytes + this.#values.at - before;
        rowEnds = [];
      }
      rowEnds.push(this.#values.at);
    }
    if (rowEnds.length > 0) frames.push(this.#frame(bucket, rowEnds));
    return frames;
  }

  #frame({ routingKey }: SeriesBucket, rowEnds: readonly number[]): BatchFrame {
    const end = rowEnds.at(-1) ?? frameHeadBytes;
    const bytes = Buffer.allocUnsafe(end + 3);
    this.#values.bytes.copy(bytes, 0, 0, end);
    const statementsPerRow = this.#config.revisionTtlSec > 0 ? 2 : 1;
    return new BatchFrame({ bytes, rowEnds, statementsPerRow, routingKey });
  }

  #reserve({ key }: SeriesBucket, { volume, notional }: Bar): void {
    // Sums are of any size; most are small, and only the others are measured.
    const sums = isSmall(volume) && isSmall(notional) ? 16 : (volume.toString(16) + notional.toString(16)).length;
    const need = this.#values.at + 2 * (key.length + fixedBytesMax + sums);
    const { bytes, at } = this.#values;
    if (need <= bytes.length) return;
    this.#values = new ValueBytes(Buffer.allocUnsafeSlow(need * 2));
    this.#values.raw(bytes.subarray(0, at));
  }

  #row({ key }: SeriesBucket, bar: Bar): void {
    const values = this.#values;
    const timestamp = writeTimestamp(bar);
    values.raw(this.#barHead);
    const start = values.at;
    values.raw(key);
    putBar(values, bar);
    const end = values.at;
    values.bigint(timestamp);
    if (this.#config.revisionTtlSec === 0) return;
    values.raw(this.#revisionHead);
    values.again(start, end);
    values.int(this.#config.revisionTtlSec);
    values.bigint(timestamp);
  }
}

function putBar(values: ValueBytes, bar: Bar): void {
  values.bigint(bar.startSec * 1_000);
  values.bigint(bar.endSec * 1_000);
  values.int(bar.tradingDate + dateZero);
  values.raw(sessions[bar.session]);
  putPrice(values, bar.open);
  putPrice(values, bar.high);
  putPrice(values, bar.low);
  putPrice(values, bar.close);
  values.varint(bar.volume);
  values.varint(bar.notional);
  values.bigint(bar.trades);
  values.raw(states[bar.state]);
  values.tupleOf(positionBytes);
  values.int(bar.position.partition);
  values.bigint(bar.position.epoch);
  values.bigint(bar.position.offset);
  values.tinyint(bar.priceExponent);
  values.tinyint(bar.sizeExponent);
  values.int(bar.foldVersion);
  values.bigint(bar.revision);
}

function putPrice(values: ValueBytes, price: number | null): void {
  if (price === null) values.empty();
  else values.bigint(price);
}

function isSmall(sum: bigint): boolean {
  return BigInt.asIntN(64, sum) === sum;
}

/** A statement of a batch by its id, up to its values. */
function statementHead(id: Buffer, valueCount: number): Buffer {
  const head = Buffer.alloc(3 + id.length + 2);
  head[0] = 1;
  head.writeUInt16BE(id.length, 1);
  id.copy(head, 3);
  head.writeUInt16BE(valueCount, 3 + id.length);
  return head;
}
