/**
 * Generates a tape like that of the real days: trades of many instruments in the order of their event times. In: a seed
 * and a few sizes. Out: the same trades for the same arguments, endlessly. Rates follow Zipf's law with exponent 1: the
 * instrument of rank k trades 1/k as often as the first. Times are whole milliseconds, as on the real days; what is
 * not real is the pace, which is set so high that a second of one instrument holds a hundred trades on average.
 */
import { AggressorSide, Tape, type TickAttributes, TickFlag, TickKind } from '@tapeline/domain';
import { busyCharacter, quietCharacter, type TradingCharacter } from './fitted-days.ts';
import { SeededRandom } from './seeded-random.ts';
import { TimeHeap } from './time-heap.ts';
import { quantileDraw, weightedDraw } from './weighted-draw.ts';

/** What decides a tape. */
export type TapeSettings = {
  readonly seed: number;
  readonly instruments: number;
  /** Trades in a second of event time, over all instruments. */
  readonly ticksPerSecond: number;
  /** Event time of the beginning, ms since the Unix epoch. */
  readonly startMs: number;
};

/** One trade; the object is used again for the next one. Price in 0.0001 of the currency, size in shares. */
export type GeneratedTrade = {
  /** 0-based rank of the instrument by its rate. */
  instrument: number;
  /** ms since the Unix epoch. */
  eventMs: number;
  price: number;
  size: number;
  attributes: TickAttributes;
};

/** Instruments up to this rank trade as SPY, the others as IBM. */
const busyRanks = 10;
/** Real days carry hardly any trade that the vendor doubts; one in so many is marked, to have the field. */
const suspiciousEvery = 100_000;
const cent = 100;

/** Symbol of an instrument: `S` and its 0-based rank, such as `S007`. */
export function symbolOf(instrument: number): string {
  return `S${String(instrument).padStart(3, '0')}`;
}

/** Share of all trades that the instrument of 0-based rank `instrument` has. */
export function zipfShare(instrument: number, instruments: number): number {
  let sum = 0;
  for (let rank = 1; rank <= instruments; rank += 1) sum += 1 / rank;
  return 1 / (instrument + 1) / sum;
}

/** Trades in order of event time, endlessly. */
export class TapeGenerator {
  readonly #random: SeededRandom;
  readonly #tapes: readonly InstrumentTape[];
  readonly #heap: TimeHeap;
  readonly #trade: GeneratedTrade;
  /** Trades of the burst being given out that are still to come. */
  #burst = 0;

  constructor(settings: TapeSettings) {
    const { seed, instruments, ticksPerSecond, startMs } = settings;
    const random = new SeededRandom(seed);
    const characters = [busyCharacter, quietCharacter].map((character) => new Character(character));
    this.#random = random;
    this.#tapes = Array.from({ length: instruments }, (_, rank) => {
      const character = characters[rank < busyRanks ? 0 : 1] as Character;
      const ticksPerMs = (ticksPerSecond / 1000) * zipfShare(rank, instruments);
      return new InstrumentTape(character, ticksPerMs, random);
    });
    this.#heap = new TimeHeap(Float64Array.from(this.#tapes, (tape) => startMs + tape.meanGapMs * random.unit()));
    const attributes = (this.#tapes[0] as InstrumentTape).attributes;
    this.#trade = { instrument: 0, eventMs: startMs, price: 0, size: 0, attributes };
  }

  /** The next trade; valid until the next call. */
  next(): GeneratedTrade {
    const trade = this.#trade;
    const random = this.#random;
    if (this.#burst === 0) {
      trade.instrument = this.#heap.first();
      trade.eventMs = Math.floor(this.#heap.firstTime());
      const tape = this.#tapes[trade.instrument]!;
      this.#burst = tape.startBurst(random);
      this.#heap.moveFirst(this.#heap.firstTime() + tape.gapMs(random));
    }
    this.#burst -= 1;
    const tape = this.#tapes[trade.instrument]!;
    tape.next(random);
    trade.price = tape.price;
    trade.size = tape.size;
    trade.attributes = tape.attributes;
    return trade;
  }
}

/** The draws of one kind of instrument, made once for all of its kind. */
class Character {
  readonly burst: (random: SeededRandom) => number;
  readonly gap: (random: SeededRandom) => number;
  readonly stepBetween: (random: SeededRandom) => number;
  readonly stepInside: (random: SeededRandom) => number;
  readonly size: (random: SeededRandom) => number | 'mixed' | 'block';
  readonly attributes: (random: SeededRandom) => TickAttributes;
  readonly burstMean: number;
  readonly source: TradingCharacter;

  constructor(source: TradingCharacter) {
    this.source = source;
    this.burst = weightedDraw(source.burstSizes);
    this.gap = quantileDraw(source.gapQuantiles);
    this.stepBetween = weightedDraw(source.stepsBetweenBursts);
    this.stepInside = weightedDraw(source.stepsInBurst);
    this.size = weightedDraw(source.sizes);
    this.attributes = weightedDraw(
      source.combinations.map(([[venue, conditions], weight]) => [attributesOf(venue, conditions), weight] as const),
    );
    const weight = source.burstSizes.reduce((sum, [, each]) => sum + each, 0);
    this.burstMean = source.burstSizes.reduce((sum, [size, each]) => sum + size * each, 0) / weight;
  }
}

function attributesOf(venue: string, conditions: string): TickAttributes {
  return {
    kind: TickKind.trade,
    venue,
    tape: Tape.unknown,
    conditions: conditions.split(' '),
    side: AggressorSide.unknown,
    flags: 0,
  };
}

/** One instrument's walk. */
class InstrumentTape {
  readonly meanGapMs: number;
  readonly #character: Character;
  readonly #suspicious = new Map<TickAttributes, TickAttributes>();
  price: number;
  size = 100;
  attributes: TickAttributes;
  #isFirstOfBurst = true;

  constructor(character: Character, ticksPerMs: number, random: SeededRandom) {
    this.#character = character;
    this.meanGapMs = character.burstMean / ticksPerMs;
    // Between 5 and 500 of the currency, as most listed shares.
    this.price = Math.round(500 * 100 ** random.unit()) * cent;
    this.attributes = character.attributes(random);
  }

  startBurst(random: SeededRandom): number {
    this.#isFirstOfBurst = true;
    return this.#character.burst(random);
  }

  gapMs(random: SeededRandom): number {
    return this.#character.gap(random) * this.meanGapMs;
  }

  next(random: SeededRandom): void {
    const { source, stepBetween, stepInside, size, attributes } = this.#character;
    const cents = (this.#isFirstOfBurst ? stepBetween : stepInside)(random);
    this.#isFirstOfBurst = false;
    if (cents > 0) {
      const up = random.unit() < 0.5 || this.price <= (cents + 1) * cent;
      this.price += up ? cents * cent : -cents * cent;
    }
    if (random.unit() >= source.sizeRepeats) this.size = sharesOf(size(random), random);
    if (random.unit() >= source.combinationRepeats) this.attributes = attributes(random);
    if (random.below(suspiciousEvery) === 0) this.attributes = this.#doubted(this.attributes);
  }

  #doubted(attributes: TickAttributes): TickAttributes {
    const known = this.#suspicious.get(attributes);
    if (known !== undefined) return known;
    const doubted = { ...attributes, flags: TickFlag.suspicious };
    this.#suspicious.set(attributes, doubted);
    return doubted;
  }
}

function sharesOf(size: number | 'mixed' | 'block', random: SeededRandom): number {
  if (size === 'mixed') return 101 + random.below(899);
  return size === 'block' ? 2_100 + 100 * random.below(140) : size;
}
