/**
 * How many ticks of each instrument one partition counts, for whoever places instruments. In: counted runs with the clock of their
 * record. Out: decayed counts in log time, so that catching up does not look like load. The meter is fed once a second of that
 * time; before it a count is one look-up, for each instrument of a record at most and never for each tick.
 */
import { InstrumentMap, RateMeter, rateMeterDefaults, type RateReport } from '@tapeline/domain';

/** How often the meter is fed, ms of log time; far below its half-life, so that hardly anything is weighed as too new. */
const feedMs = 1_000;

/** The rates of one partition; what was counted before it began is not in them. */
export class InstrumentRates {
  readonly #partition: number;
  readonly #meter = new RateMeter();
  /** Counted since the meter was last fed. */
  #fresh: InstrumentMap<{ ticks: number }> = new InstrumentMap();
  #clockMs: number;
  #fedMs: number;

  /** `clockMs` is the partition's clock now; 0 before its first record. */
  constructor(partition: number, clockMs: number) {
    this.#partition = partition;
    this.#clockMs = clockMs;
    this.#fedMs = clockMs;
  }

  /** Whether what was counted before a record of this append time is weighed by its own clock, so that it must be told first. */
  feedsAt(appendTimeMs: number): boolean {
    return appendTimeMs - this.#fedMs >= feedMs;
  }

  /** A record follows whose append time is this one. */
  advance(appendTimeMs: number): void {
    if (appendTimeMs <= this.#clockMs) return;
    if (this.feedsAt(appendTimeMs)) this.#feed();
    this.#clockMs = appendTimeMs;
  }

  /** Ticks of that record were counted. */
  count(dataset: string, symbol: string, ticks: number): void {
    const known = this.#fresh.get(dataset, symbol);
    if (known === undefined) this.#fresh.set(dataset, symbol, { ticks });
    else known.ticks += ticks;
  }

  /** What was counted by now, weighed at the partition's clock; without instruments where nothing was. */
  report(): RateReport {
    this.#feed();
    if (this.#clockMs > 0) this.#meter.advance(this.#clockMs);
    return this.#meter.report(this.#partition) ?? nothingCounted(this.#partition);
  }

  #feed(): void {
    this.#fedMs = this.#clockMs;
    if (this.#fresh.size === 0) return;
    this.#fresh.forEach(({ ticks }, dataset, symbol) => this.#meter.count(dataset, symbol, ticks, this.#clockMs));
    this.#fresh = new InstrumentMap();
  }
}

function nothingCounted(partition: number): RateReport {
  const { halfLifeMs } = rateMeterDefaults;
  return { partition, logTimeMs: 0, sinceMs: 0, halfLifeMs, ticks: new InstrumentMap(), forgottenTicks: 0 };
}
