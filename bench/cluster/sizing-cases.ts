/**
 * The markets whose size is measured. In: a text such as `20000/500/2`, or nothing. Out: cases of ticks a second, instruments
 * and workers, or what is wrong with the text. The order is that of the load: what a case leaves for the node to flush
 * burdens the next one little.
 */

/** One market. */
export type SizingCase = {
  /** Offered in a second, over all instruments. */
  readonly ticksPerSecond: number;
  readonly instruments: number;
  readonly workers: number;
};

/** What is measured unless somebody says otherwise. */
export const sizingCases: readonly SizingCase[] = [
  { ticksPerSecond: 1_500, instruments: 16, workers: 1 },
  { ticksPerSecond: 5_000, instruments: 500, workers: 1 },
  { ticksPerSecond: 5_000, instruments: 5_000, workers: 1 },
  { ticksPerSecond: 20_000, instruments: 500, workers: 1 },
  { ticksPerSecond: 20_000, instruments: 500, workers: 2 },
  { ticksPerSecond: 50_000, instruments: 500, workers: 1 },
  { ticksPerSecond: 50_000, instruments: 500, workers: 4 },
];

/** Ends of what can be asked for; there is no more to share than the partitions of a stream of the bench. */
const bounds: Readonly<Record<keyof SizingCase, readonly [number, number]>> = {
  ticksPerSecond: [100, 200_000],
  instruments: [1, 20_000],
  workers: [1, 4],
};
const casesMax = 20;

/** Such as `20000/500/2`. */
export function caseText({ ticksPerSecond, instruments, workers }: SizingCase): string {
  return [ticksPerSecond, instruments, workers].join('/');
}

/** The cases of a text, with commas between them; a text that cannot be read gives a sentence that says why. */
export function readSizingCases(text: string): readonly SizingCase[] | string {
  const cases: SizingCase[] = [];
  for (const one of text.split(',')) {
    const parts = one.split('/').map((part) => (/^[\d_]+$/.test(part) ? Number(part.replaceAll('_', '')) : Number.NaN));
    const [ticksPerSecond = Number.NaN, instruments = Number.NaN, workers = Number.NaN] = parts;
    const read = { ticksPerSecond, instruments, workers };
    const isWithin = ([least, most]: readonly [number, number], value: number): boolean =>
      value >= least && value <= most;
    const wrong = parts.length !== 3 || !isWithin(bounds.ticksPerSecond, ticksPerSecond);
    if (wrong || !isWithin(bounds.instruments, instruments) || !isWithin(bounds.workers, workers)) {
      const [ticks, symbols, share] = Object.values(bounds).map((ends) => ends.join(' to '));
      return `has '${one}', which is not TICKS/SYMBOLS/WORKERS with ${ticks} ticks a second, ${symbols} symbols and ${share} workers`;
    }
    cases.push(read);
  }
  return cases.length <= casesMax ? cases : `has ${cases.length} cases, at most ${casesMax} are measured`;
}
