/**
 * What an instrument is worth at a moment. In: seed, instrument, time. Out: a price, the same whenever it is asked for,
 * so that a market that is started again goes on where the clock is. A sum of noises whose swing grows with the root of
 * their period, as that of a random walk does, up to 12 days, beyond which it comes back to its level; a slow noise
 * scales the fast ones, so that volatile minutes come in clusters.
 */
import { hash } from './seeded-draw.ts';

const two32 = 4_294_967_296;
const secPerDay = 86_400;
/** Periods are 2^1 to 2^20 seconds. */
const shortestPower = 1;
const longestPower = 20;
/** Noises of at most this period, 17 minutes, are scaled by the clusters. */
const clusteredPower = 10;
/** Brings the standard deviation of a day's return to the volatility; a noise of [-1, 1] has a third of it squared. */
const swing = 0.72;

/** One instrument's level and how it moves. */
export type Valuation = {
  readonly seed: number;
  /** Place of the instrument among the listings. */
  readonly place: number;
  /** Level, in any unit. */
  readonly level: number;
  /** Standard deviation of a day's return. */
  readonly volatility: number;
};

/** The value of one instrument over time. It keeps the knots of its noises, which changes nothing but the speed. */
export class FairValue {
  readonly #level: number;
  readonly #scale: number;
  readonly #noises: readonly Noise[];
  readonly #slowCluster: Noise;
  readonly #fastCluster: Noise;

  constructor({ seed, place, level, volatility }: Valuation) {
    const stream = place * 64;
    this.#level = level;
    this.#scale = swing * volatility;
    this.#noises = Array.from(
      { length: longestPower - shortestPower + 1 },
      (_, index) => new Noise(seed, stream + shortestPower + index, 2 ** (shortestPower + index)),
    );
    this.#slowCluster = new Noise(seed, stream + 40, 1_500);
    this.#fastCluster = new Noise(seed, stream + 41, 240);
  }

  /** The value at a time in seconds since the Unix epoch, in the unit of the level; always above 0. */
  at(sec: number): number {
    let [slow, fast] = [0, 0];
    for (const [index, noise] of this.#noises.entries()) {
      const part = Math.sqrt(noise.period / secPerDay) * noise.at(sec);
      if (index + shortestPower <= clusteredPower) fast += part;
      else slow += part;
    }
    return this.#level * Math.exp(this.#scale * (slow + this.liveliness(sec) * fast));
  }

  /** How lively the instrument is, around 1: what scales its moves and its activity. */
  liveliness(sec: number): number {
    return Math.exp(0.7 * this.#slowCluster.at(sec) + 0.5 * this.#fastCluster.at(sec));
  }
}

/** Uniform in [-1, 1] at multiples of its period, straight lines between. */
class Noise {
  readonly period: number;
  readonly #seed: number;
  readonly #stream: number;
  #knot = Number.NaN;
  #left = 0;
  #right = 0;

  constructor(seed: number, stream: number, period: number) {
    this.#seed = seed;
    this.#stream = stream;
    this.period = period;
  }

  at(sec: number): number {
    const place = sec / this.period;
    const knot = Math.floor(place);
    if (knot !== this.#knot) {
      this.#left = knot === this.#knot + 1 ? this.#right : this.#value(knot);
      this.#right = this.#value(knot + 1);
      this.#knot = knot;
    }
    return this.#left + (this.#right - this.#left) * (place - knot);
  }

  #value(knot: number): number {
    return (hash(this.#seed, this.#stream, knot) / two32) * 2 - 1;
  }
}
