/**
 * Writes of bars. In: bars of any series in any order. Out: one batch or more for each Cassandra partition, through the
 * bounded writer. A bucket that is new to this process is listed before its bars count as written.
 */
import { type Bar, StoreError } from '@tapeline/domain';
import type { BatchFrame } from './batch-frame.ts';
import { type BarRows } from './bar-rows.ts';
import { type Series, type SeriesBucket, SeriesTable } from './bar-series.ts';
import { insertBucket } from './bar-statements.ts';
import type { Session } from './session.ts';
import { StatementUnit } from './statement-unit.ts';
import type { Writer, WriteUnit } from './writer.ts';

type Group = { readonly series: Series; readonly bucket: SeriesBucket; readonly bars: Bar[] };

/** Writes bars through one session. */
export class BarWrites {
  readonly #session: Session;
  readonly #writer: Writer;
  readonly #rows: BarRows;
  readonly #series = new SeriesTable();

  constructor(session: Session, writer: Writer, rows: BarRows) {
    this.#session = session;
    this.#writer = writer;
    this.#rows = rows;
  }

  /** See `Store.writeBars`. Rejects with STORE_UNFIT for a bar that no row can hold. */
  async write(bars: readonly Bar[]): Promise<void> {
    const unlisted: Group[] = [];
    let units: WriteUnit[];
    try {
      units = this.#units(bars, unlisted);
    } catch (error) {
      throw unfit(error);
    }
    await this.#writer.write('writing bars', units);
    for (const { series, bucket } of unlisted) series.noteListed(bucket.bucket);
  }

  #units(bars: readonly Bar[], unlisted: Group[]): WriteUnit[] {
    const units: WriteUnit[] = [];
    for (const group of this.#grouped(bars)) {
      if (!group.series.isListed(group.bucket.bucket)) {
        unlisted.push(group);
        const values = [...group.series.names, group.bucket.bucket];
        units.push(new StatementUnit(this.#session, insertBucket, values, 64));
      }
      for (const frame of this.#rows.frames(group.bucket, group.bars)) units.push(new FrameUnit(this.#session, frame));
    }
    return units;
  }

  #grouped(bars: readonly Bar[]): Iterable<Group> {
    const groups = new Map<SeriesBucket, Group>();
    let last: Group | undefined;
    for (const bar of bars) {
      const series = this.#series.of(bar);
      const bucket = series.bucketAt(bar.startSec);
      if (last?.bucket !== bucket) {
        last = groups.get(bucket);
        if (last === undefined) groups.set(bucket, (last = { series, bucket, bars: [] }));
      }
      last.bars.push(bar);
    }
    return groups.values();
  }
}

class FrameUnit implements WriteUnit {
  readonly #session: Session;
  readonly #frame: BatchFrame;

  constructor(session: Session, frame: BatchFrame) {
    this.#session = session;
    this.#frame = frame;
  }

  get rows(): number {
    return this.#frame.rows;
  }

  get bytes(): number {
    return this.#frame.length;
  }

  send(): Promise<void> {
    return this.#session.send(this.#frame);
  }

  halves(): readonly WriteUnit[] | undefined {
    return this.#frame.halves()?.map((half) => new FrameUnit(this.#session, half));
  }
}

/** A bar that cannot be written is no matter of time. */
function unfit(error: unknown): unknown {
  return error instanceof RangeError ? new StoreError('STORE_UNFIT', error.message, { cause: error }) : error;
}
