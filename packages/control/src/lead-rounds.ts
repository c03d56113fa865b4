/**
 * When a leader plans, and by which rows. In: time, what is to be planned. Out: the last round, and what it wants. Rows are learned beside
 * the leader's loop, which waits for no store; a round that fails is told once and planned anew at its next time, since one bad
 * fact must not end the moves that are under way. Law 7: a round waits so long for rows, and then goes by those that are known.
 */
import type { InstrumentMap, PlacementPolicy, PlannedRound } from '@tapeline/domain';
import type { Logger } from '@tapeline/runtime';
import type { KnownRows } from './lead-rows.ts';

/** A round is planned so often, ms, and at once when what is wanted changed. */
const planEveryMs = 5_000;
/** How long a round waits for rows, ms. */
const rowsMsMax = 2_000;

/** A failure that may come again at each try: told as an error once, until a try went well. */
export class ToldOnce {
  readonly #logger: Logger;
  readonly #message: string;
  #isTold = false;

  constructor(logger: Logger, message: string) {
    this.#logger = logger;
    this.#message = message;
  }

  /** What `run` gives; `undefined` where it throws, and `failed` hears why, each time. */
  try<Value>(run: () => Value, failed: (why: string) => void = () => undefined): Value | undefined {
    try {
      const value = run();
      this.#isTold = false;
      return value;
    } catch (error) {
      this.tell(error);
      failed(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  /** It failed. */
  tell(error: unknown): void {
    if (!this.#isTold) this.#logger.error(this.#message, { error });
    this.#isTold = true;
  }
}

/** Rounds of planning. */
export class LeadRounds {
  readonly #rows: KnownRows;
  readonly #wake: () => void;
  readonly #failure: ToldOnce;
  readonly #rowsFailure: ToldOnce;
  #planned: PlannedRound | undefined;
  #planAtMs = 0;
  /** Until when the round that is due waits for rows; `undefined` before it is due. */
  #rowsUntilMs: number | undefined;
  /** For whose pins rows were asked for since the last round. */
  #askedFor: PlacementPolicy | undefined;
  #isAsking = false;

  /** `wake`: rows came, so that a round may be due. */
  constructor(rows: KnownRows, logger: Logger, wake: () => void) {
    this.#rows = rows;
    this.#wake = wake;
    this.#failure = new ToldOnce(logger, 'a round of planning failed; nothing new moves, and it is planned anew');
    this.#rowsFailure = new ToldOnce(logger, 'rows could not be learned; the plan goes by those that are known');
  }

  /** The last round that did not fail; `undefined` before the first. */
  get planned(): PlannedRound | undefined {
    return this.#planned;
  }

  /** What is wanted changed: the next round is due now. */
  soon(): void {
    this.#planAtMs = 0;
  }

  /** Whether a round is to be planned now. Once it is time it asks for rows, those of `measured` among them, and gives them time. */
  isDue(policy: PlacementPolicy, measured: () => InstrumentMap<unknown>, nowMs: number): boolean {
    if (nowMs < this.#planAtMs) return false;
    this.#rowsUntilMs ??= nowMs + rowsMsMax;
    if (nowMs >= this.#rowsUntilMs) return true;
    if (!this.#isAsking && this.#askedFor !== policy) void this.#ask(policy, measured());
    return !this.#isAsking;
  }

  /** How long none will be due unless rows come, ms; 1 or more. */
  restMs(nowMs: number): number {
    return Math.max(1, Math.max(this.#planAtMs, this.#rowsUntilMs ?? 0) - nowMs);
  }

  /** Plans; `undefined` if that failed. */
  plan(run: () => PlannedRound, nowMs: number): PlannedRound | undefined {
    this.#planAtMs = nowMs + planEveryMs;
    this.#rowsUntilMs = undefined;
    this.#askedFor = undefined;
    const planned = this.#failure.try(run);
    if (planned !== undefined) this.#planned = planned;
    return planned;
  }

  async #ask(policy: PlacementPolicy, measured: InstrumentMap<unknown>): Promise<void> {
    this.#isAsking = true;
    this.#askedFor = policy;
    try {
      await this.#rows.learn(policy.pins, measured);
    } catch (error) {
      this.#rowsFailure.tell(error);
    }
    this.#isAsking = false;
    this.#wake();
  }
}
