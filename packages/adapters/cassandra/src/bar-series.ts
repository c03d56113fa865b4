/**
 * The series of bars that are being written. In: names of bars. Out: for each series what all of its rows share, encoded
 * once, and which of its buckets are known to be listed. Law 7: series are bounded; past the bound all are forgotten and
 * found again.
 */
import { type Bar, parseInterval } from '@tapeline/domain';
import { type Bucket, bucketAt, bucketSpan, type BucketSpan } from './bar-bucket.ts';
import { textValue } from './value-bytes.ts';

/** Series that are remembered. */
export const seriesMax = 200_000;
const listedBucketsMax = 64;

/** One partition of a series. */
export type SeriesBucket = Bucket & {
  /** The five values of the key, encoded. */
  readonly key: Buffer;
  readonly routingKey: Buffer;
};

/** One series. */
export class Series {
  readonly names: readonly [dataset: string, symbol: string, profile: string, interval: string];
  readonly #span: BucketSpan;
  readonly #values: readonly Buffer[];
  #last: SeriesBucket | undefined;
  readonly #listed = new Set<number>();

  constructor(names: Series['names'], span: BucketSpan) {
    this.names = names;
    this.#span = span;
    this.#values = names.map(textValue);
  }

  /** The bucket of a start, s. */
  bucketAt(startSec: number): SeriesBucket {
    const last = this.#last;
    if (last !== undefined && startSec >= last.startSec && startSec < last.endSec) return last;
    const bucket = bucketAt(this.#span, startSec);
    const value = Buffer.alloc(8);
    value.writeInt32BE(4, 0);
    value.writeInt32BE(bucket.bucket, 4);
    const values = [...this.#values, value];
    this.#last = { ...bucket, key: Buffer.concat(values), routingKey: routingKeyOf(values) };
    return this.#last;
  }

  isListed(bucket: number): boolean {
    return this.#listed.has(bucket);
  }

  noteListed(bucket: number): void {
    if (this.#listed.size >= listedBucketsMax) this.#listed.clear();
    this.#listed.add(bucket);
  }
}

/** How a key of several values is hashed: each with its length in two bytes before it and a zero behind. */
function routingKeyOf(values: readonly Buffer[]): Buffer {
  return Buffer.concat(values.flatMap((value) => [value.subarray(2), Buffer.alloc(1)]));
}

type ByName<Value> = Map<string, Value>;

/** Series by their names. */
export class SeriesTable {
  #datasets: ByName<ByName<ByName<ByName<Series>>>> = new Map();
  #count = 0;

  /** The series of a bar. Throws `RangeError` for an interval that is none. */
  of({ dataset, symbol, interval, profile }: Bar): Series {
    const profiles = below(below(this.#datasets, dataset), symbol);
    const intervals = below(profiles, profile);
    const known = intervals.get(interval);
    if (known !== undefined) return known;
    const parsed = parseInterval(interval);
    if ('code' in parsed) throw new RangeError(parsed.message);
    if (this.#count >= seriesMax) {
      this.#datasets = new Map();
      this.#count = 0;
    }
    this.#count += 1;
    const made = new Series([dataset, symbol, profile, interval], bucketSpan(parsed.seconds));
    intervals.set(interval, made);
    return made;
  }
}

function below<Value>(names: ByName<ByName<Value>>, name: string): ByName<Value> {
  let found = names.get(name);
  if (found === undefined) names.set(name, (found = new Map()));
  return found;
}
