/**
 * Gives out forming bars at a pace. In: which instruments changed, and which left. Out: the bars of those that somebody wants, as they
 * stand now, the newest of each and not every one. Outside law 5: nothing here is stored or decides anything. Law 7: a
 * round takes 20 ms at most and at most a tenth of the time; the pause stretches to 250 ms.
 */
import type { FormingBars, PartitionFold } from '@tapeline/domain';
import type { Clock } from '@tapeline/runtime';
import { PacedTask } from './paced-task.ts';
import { pauseMsMax } from './worker-config.ts';

const roundMsMax = 20;
/** Pause for each ms of a round: making forming bars takes a tenth of the time at most. */
const pausePerMs = 9;
/** The share of the newest round in what a round is taken to cost: one in which others had the processor is spread over many pauses. */
const newestShare = 1 / 8;
/** How often it is looked whether somebody new wants an instrument that does not change. */
const wantedCheckMs = 250;

/** What the rounds need. */
export type FormingRoundsConfig = {
  readonly forming: FormingBars;
  readonly fold: Pick<PartitionFold, 'forming'>;
  readonly clock: Clock;
  readonly stop: AbortSignal;
  readonly intervalMs: number;
  readonly failed: (error: unknown) => void;
};

type Known = {
  readonly dataset: string;
  readonly symbol: string;
  isWanted: boolean;
  hasChanged: boolean;
  hasLeft: boolean;
};

/** The forming bars of one partition. */
export class FormingRounds {
  readonly #config: FormingRoundsConfig;
  /** Instruments that may have forming bars, by dataset and symbol. */
  readonly #known = new Map<string, Map<string, Known>>();
  #changed: Known[] = [];
  /** What a round takes, on average; `undefined` before the first. */
  #roundMs: number | undefined;
  #endedAtMs = -Infinity;
  readonly #rounds: PacedTask;
  readonly #checks: PacedTask;

  constructor(config: FormingRoundsConfig) {
    this.#config = config;
    const { clock, stop, failed } = config;
    this.#rounds = new PacedTask({ clock, stop, failed, pauseMs: () => this.#restMs(), run: () => this.#round() });
    this.#checks = new PacedTask({ clock, stop, failed, pauseMs: () => wantedCheckMs, run: () => this.#check() });
  }

  /** From one round to the next, ms; a change after a longer silence does not wait. */
  get pauseMs(): number {
    return Math.min(pauseMsMax, Math.max(this.#config.intervalMs, (this.#roundMs ?? 0) * pausePerMs));
  }

  /** A tick of the instrument was applied, or one of its bars closed. */
  changed(dataset: string, symbol: string): void {
    let bySymbol = this.#known.get(dataset);
    if (bySymbol === undefined) this.#known.set(dataset, (bySymbol = new Map()));
    let known = bySymbol.get(symbol);
    if (known === undefined) {
      bySymbol.set(symbol, (known = { dataset, symbol, isWanted: false, hasChanged: false, hasLeft: false }));
      this.#checks.arm();
    }
    this.#mark(known);
  }

  /** The instrument left: whoever has it now gives out its bars. */
  drop(dataset: string, symbol: string): void {
    const bySymbol = this.#known.get(dataset);
    const known = bySymbol?.get(symbol);
    if (known === undefined) return;
    bySymbol?.delete(symbol);
    known.hasLeft = true;
  }

  /** Resolves when nothing runs any more, after the stop. */
  async settled(): Promise<void> {
    await Promise.all([this.#rounds.settled(), this.#checks.settled()]);
  }

  #mark(known: Known): void {
    if (known.hasChanged) return;
    known.hasChanged = true;
    this.#changed.push(known);
    this.#rounds.arm();
  }

  #restMs(): number {
    return this.#endedAtMs + this.pauseMs - this.#config.clock.monotonicMs();
  }

  #round(): void {
    const { clock, forming, fold } = this.#config;
    const startedMs = clock.monotonicMs();
    const due = this.#changed;
    this.#changed = [];
    let index = 0;
    for (; index < due.length; index += 1) {
      if (clock.monotonicMs() - startedMs >= roundMsMax) break;
      const known = due[index] as Known;
      known.hasChanged = false;
      if (known.hasLeft) continue;
      known.isWanted = forming.isWanted(known.dataset, known.symbol);
      if (!known.isWanted) continue;
      const bars = fold.forming(known.dataset, known.symbol);
      if (bars.length > 0) forming.publish(bars);
    }
    // The rest goes first in the next round.
    this.#changed = [...due.slice(index), ...this.#changed];
    this.#endedAtMs = clock.monotonicMs();
    const tookMs = this.#endedAtMs - startedMs;
    this.#roundMs = this.#roundMs === undefined ? tookMs : this.#roundMs + (tookMs - this.#roundMs) * newestShare;
    if (this.#changed.length > 0) this.#rounds.arm();
  }

  /** Who begins to want an instrument between two of its ticks gets its bars now, not with the next tick. */
  #check(): void {
    const { forming } = this.#config;
    for (const bySymbol of this.#known.values()) {
      for (const known of bySymbol.values()) {
        const isWanted = forming.isWanted(known.dataset, known.symbol);
        if (isWanted && !known.isWanted) this.#mark(known);
        known.isWanted = isWanted;
      }
    }
    this.#checks.arm();
  }
}
