/**
 * The history that the simulator makes before its first start. In: settings and the start, or the text that was noted
 * then. Out: what has to be made, exactly, so that one that was interrupted is made again with the same ticks.
 */
import type { SimulatedMarket } from './simulated-exchange.ts';

/** A history: a market from its start up to, and without, an end. */
export type BackfillRecipe = Required<SimulatedMarket> & { readonly endUs: number };

/** Ticks that a history has at most, about; it is made while a person waits for the page. */
const ticksMax = 250_000;

const usPerSec = 1_000_000;

/** The history of `lengthMs` before `endUs`. Few ticks, each as large as many, so that its bars look like the live ones. */
export function recipeOf(
  market: { readonly seed: number; readonly rate: number; readonly symbols?: readonly string[] | undefined },
  lengthMs: number,
  endUs: number,
): BackfillRecipe {
  const { seed, symbols } = market;
  const rate = Math.min(market.rate, Math.max(1, ticksMax / (lengthMs / 1_000)));
  return { seed, rate, sizeFactor: market.rate / rate, symbols, startUs: endUs - lengthMs * 1_000, endUs };
}

/** The recipe as a text that a register keeps. */
export function recipeText({ seed, rate, sizeFactor, symbols, startUs, endUs }: BackfillRecipe): string {
  return JSON.stringify({ seed, rate, sizeFactor, symbols: symbols ?? null, startUs, endUs });
}

/** The recipe of a text; `undefined` if it is none, as one of another version might be. */
export function readRecipe(text: string): BackfillRecipe | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof json !== 'object' || json === null) return undefined;
  const facts = json as Readonly<Record<string, unknown>>;
  const numbers = ['seed', 'rate', 'sizeFactor', 'startUs', 'endUs'].map((name) => facts[name]);
  if (!numbers.every((value): value is number => typeof value === 'number' && value > -1)) return undefined;
  const [seed = 0, rate = 1, sizeFactor = 1, startUs = 0, endUs = 0] = numbers;
  const { symbols } = facts;
  const isList = Array.isArray(symbols) && symbols.every((each) => typeof each === 'string');
  if (!(endUs > startUs && endUs - startUs <= 86_400 * usPerSec && (isList || symbols === null))) return undefined;
  return { seed, rate, sizeFactor, startUs, endUs, symbols: isList ? symbols : undefined };
}
