/**
 * Asks for the placement every second while somebody looks. In: the symbol that is searched for. Out: the placement as it is now,
 * or why it cannot be had. Law 7: one question at a time, each with an end.
 */
import { type PlacementFacts, readPlacement } from './data/placement.ts';

/** Who hears of it. */
export type PlacementListener = {
  readonly onFacts: (facts: PlacementFacts) => void;
  /** A sentence; `isAboutSymbol`: only the search found nothing. */
  readonly onProblem: (text: string, isAboutSymbol: boolean) => void;
};

const everyMs = 1_000;
const answerMsMax = 4_000;

/** Polls while it runs. */
export class PlacementFeed {
  readonly #listener: PlacementListener;
  #wanted = '';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turn = 0;

  constructor(listener: PlacementListener) {
    this.#listener = listener;
  }

  /** Begins, or asks at once if it has begun. */
  start(): void {
    this.stop();
    void this.#ask(this.#turn);
  }

  stop(): void {
    // Whatever is still on its way is of a turn that is over.
    this.#turn += 1;
    clearTimeout(this.#timer);
  }

  /** Searches for a symbol, or `dataset/symbol`; empty = for none. */
  search(text: string): void {
    this.#wanted = text.trim();
    this.start();
  }

  async #ask(turn: number): Promise<void> {
    try {
      await this.#read(turn);
    } catch (error) {
      if (turn === this.#turn) this.#listener.onProblem(`The server does not answer: ${String(error)}`, false);
    }
    if (turn === this.#turn) this.#timer = setTimeout(() => void this.#ask(turn), everyMs);
  }

  async #read(turn: number): Promise<void> {
    const response = await fetch(`/v1/placement${queryOf(this.#wanted)}`, { signal: AbortSignal.timeout(answerMsMax) });
    const value: unknown = await response.json();
    if (turn !== this.#turn) return;
    const facts = response.ok ? readPlacement(value) : undefined;
    if (facts !== undefined) this.#listener.onFacts(facts);
    else this.#listener.onProblem(messageIn(value) ?? `the server answered ${response.status}`, this.#wanted !== '');
    // What is searched for is not there, and all else is to be shown all the same.
    if (facts !== undefined || this.#wanted === '') return;
    const rest = await fetch('/v1/placement', { signal: AbortSignal.timeout(answerMsMax) });
    const without = readPlacement(await rest.json());
    if (turn === this.#turn && rest.ok && without !== undefined) this.#listener.onFacts(without);
  }
}

function queryOf(wanted: string): string {
  if (wanted === '') return '';
  const slash = wanted.indexOf('/');
  const query = new URLSearchParams({ symbol: wanted.slice(slash + 1) });
  if (slash > 0) query.set('dataset', wanted.slice(0, slash));
  return `?${query}`;
}

function messageIn(value: unknown): string | undefined {
  const { error } = (value ?? {}) as { readonly error?: { readonly message?: unknown } };
  return typeof error?.message === 'string' ? error.message : undefined;
}
