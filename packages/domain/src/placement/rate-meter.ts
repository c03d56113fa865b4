/**
 * Ticks a second of each instrument, newer ones counting more. In: counts at log times. Out: decayed counts, from which
 * `mergeRates` makes rates. A count weighs half after each half-life of log time; no clock is read (law 2). Kept as forward
 * decay (Cormode, Shkapenyuk, Srivastava, Xu, ICDE 2009): weights relative to a landmark, so that a count is one sum.
 */
import { InstrumentMap } from './instrument-map.ts';

/** How a meter counts. */
export type RateMeterConfig = {
  /** ms of log time, above 0, in which a count loses half its weight. */
  readonly halfLifeMs: number;
  /** Most instruments that it knows, 1 or more; beyond it the lightest are forgotten, and told as `forgottenTicks`. */
  readonly instrumentsMax: number;
};

/** Half a minute, and as many instruments as a partition may have in thousands of partitions or one. */
export const rateMeterDefaults: RateMeterConfig = { halfLifeMs: 30_000, instrumentsMax: 65_536 };

/** Decayed counts of the instruments of one partition. */
export type RateReport = {
  readonly partition: number;
  /** The partition's clock at the report, ms since the Unix epoch. */
  readonly logTimeMs: number;
  /** The clock at the first count: before it nothing was measured. */
  readonly sinceMs: number;
  readonly halfLifeMs: number;
  /** Decayed ticks of each instrument at `logTimeMs`; never more than were counted. */
  readonly ticks: InstrumentMap<number>;
  /** Decayed ticks of instruments that were forgotten; with the others the exact sum of all. */
  readonly forgottenTicks: number;
};

/** Half-lives after which the landmark is moved: weights stay far below what a number holds. */
const landmarkHalfLives = 64;
/** An instrument of fewer decayed ticks is forgotten when the landmark moves: a thousandth of one. */
const weightMin = 2 ** -10;
/** The part that is forgotten at once when the meter is full, so that it is not full again at the next instrument. */
const forgottenPart = 8;

/** Measures one partition. */
export class RateMeter {
  readonly #config: RateMeterConfig;
  #weights: InstrumentMap<number> = new InstrumentMap();
  #forgotten = 0;
  #landmarkMs: number | undefined;
  #sinceMs = 0;
  #clockMs = 0;
  /** What a tick of now weighs, one at the landmark weighing 1. */
  #scale = 1;

  /** Throws `RangeError` for a half-life or a bound out of range. */
  constructor(config: RateMeterConfig = rateMeterDefaults) {
    const { halfLifeMs, instrumentsMax } = config;
    if (!(halfLifeMs > 0 && halfLifeMs < Infinity)) throw new RangeError(`${halfLifeMs} ms is no half-life`);
    if (!(instrumentsMax >= 1)) throw new RangeError(`a meter of ${instrumentsMax} instruments measures nothing`);
    this.#config = config;
  }

  /** Counts ticks of an instrument at the partition's clock; a time before the highest so far counts as that one (K1). */
  count(dataset: string, symbol: string, ticks: number, logTimeMs: number): void {
    this.advance(logTimeMs);
    const before = this.#weights.get(dataset, symbol);
    if (before === undefined && this.#weights.size >= this.#config.instrumentsMax) this.#makeRoom();
    this.#weights.set(dataset, symbol, (before ?? 0) + ticks * this.#scale);
  }

  /** The partition's clock went on, with or without ticks. */
  advance(logTimeMs: number): void {
    if (this.#landmarkMs === undefined) {
      this.#landmarkMs = logTimeMs;
      this.#sinceMs = logTimeMs;
      this.#clockMs = logTimeMs;
    }
    if (logTimeMs <= this.#clockMs) return;
    this.#clockMs = logTimeMs;
    if (logTimeMs - this.#landmarkMs > landmarkHalfLives * this.#config.halfLifeMs) this.#moveLandmark();
    this.#scale = 2 ** ((logTimeMs - this.#landmarkMs) / this.#config.halfLifeMs);
  }

  /** What it measured by now; `undefined` before the first count. */
  report(partition: number): RateReport | undefined {
    if (this.#landmarkMs === undefined) return undefined;
    const ticks = new InstrumentMap<number>();
    this.#weights.forEach((weight, dataset, symbol) => ticks.set(dataset, symbol, weight / this.#scale));
    const { halfLifeMs } = this.#config;
    const forgottenTicks = this.#forgotten / this.#scale;
    return { partition, logTimeMs: this.#clockMs, sinceMs: this.#sinceMs, halfLifeMs, ticks, forgottenTicks };
  }

  /** By whole half-lives, so that weights are halved exactly and nothing is rounded but what vanishes. */
  #moveLandmark(): void {
    const { halfLifeMs } = this.#config;
    const halfLives = Math.floor((this.#clockMs - (this.#landmarkMs ?? 0)) / halfLifeMs);
    this.#landmarkMs = (this.#landmarkMs ?? 0) + halfLives * halfLifeMs;
    const factor = 2 ** -halfLives;
    const kept = new InstrumentMap<number>();
    this.#forgotten *= factor;
    this.#weights.forEach((weight, dataset, symbol) => {
      const left = weight * factor;
      if (left >= weightMin) kept.set(dataset, symbol, left);
      else this.#forgotten += left;
    });
    this.#weights = kept;
  }

  #makeRoom(): void {
    const lightestFirst = this.#weights.sorted().sort((one, other) => one.value - other.value);
    for (const { dataset, symbol, value } of lightestFirst.slice(0, Math.ceil(lightestFirst.length / forgottenPart))) {
      this.#weights.delete(dataset, symbol);
      this.#forgotten += value;
    }
  }
}
