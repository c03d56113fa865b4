/**
 * Moves as a person follows them: published, moved, handed over, arrived. In: maps in force, Moves that are durable, reports of owners,
 * ms of an own clock. Out: the moves in flight with phase and age, and what happened, once each. Nothing is decided here.
 */
import { type PartitionReport, reportedStepsMax } from './control-reports.ts';
import { InstrumentMap } from './instrument-map.ts';
import type { ListedMove, Placement } from './placement.ts';

/** Phases in their order. `arrived` is the end: the move is in flight no more. */
export const movePhases = ['published', 'moved', 'handed-over', 'arrived'] as const;

/** One of them. */
export type MovePhase = (typeof movePhases)[number];

/** A move that is in flight. */
export type MoveInFlight = ListedMove & {
  readonly phase: MovePhase;
  /** When it was first known, and since when it is in its phase, ms of the own clock. */
  readonly knownMs: number;
  readonly sinceMs: number;
};

/** What is told of a move. */
export type MoveNews =
  | { readonly kind: 'phase'; readonly move: MoveInFlight }
  /** It is in its phase for `stuckMs`; told once a phase. */
  | { readonly kind: 'stuck'; readonly move: MoveInFlight }
  /** The two partitions report different forms, so the new one cannot use the Handover; told once a move. */
  | { readonly kind: 'other-form'; readonly move: MoveInFlight };

/** So long a move may be in one phase before a person is told, ms. */
export const stuckMs = 30_000;
/**
 * So long after its Move is durable nobody waits to hear more of it, ms: owners tell the newest steps alone, and one that takes over
 * the newest arrivals. The move itself ends in the logs.
 */
export const unheardMs = 600_000;
/** Most moves that are followed; beyond them the oldest is not followed any more. */
const followedMax = 4_096;

type Followed = MoveInFlight & { readonly isStuckTold: boolean; readonly isFormTold: boolean };

/** Follows moves. */
export class MovesInFlight {
  readonly #hear: (news: MoveNews) => void;
  readonly #moves: InstrumentMap<Followed> = new InstrumentMap();

  constructor(hear: (news: MoveNews) => void) {
    this.#hear = hear;
  }

  /** The moves in flight, in the order of names. */
  get moves(): readonly MoveInFlight[] {
    return this.#moves.sorted().map(({ value }) => value);
  }

  /** A map is in force. */
  follow(placement: Placement, nowMs: number): void {
    for (const move of placement.moves) {
      if (this.#moves.get(move.dataset, move.symbol)?.epoch !== move.epoch) this.#begin(move, nowMs);
    }
    for (const { value: move } of this.#moves.sorted()) {
      const isListed = placement.moveOf(move.dataset, move.symbol)?.epoch === move.epoch;
      if (!isListed) this.#reach(move, 'moved', nowMs);
    }
  }

  /** Moves are durable in their old partitions. */
  moved(moves: readonly ListedMove[], nowMs: number): void {
    for (const { dataset, symbol, epoch } of moves) {
      const move = this.#moves.get(dataset, symbol);
      if (move?.epoch === epoch) this.#reach(move, 'moved', nowMs);
    }
  }

  /** The owner of a partition reported. */
  report({ partition, steps }: Pick<PartitionReport, 'partition' | 'steps'>, nowMs: number): void {
    for (const { dataset, symbol, epoch, step } of steps.slice(-reportedStepsMax)) {
      const move = this.#moves.get(dataset, symbol);
      if (move?.epoch !== epoch) continue;
      if (step === 'left' && partition === move.from) this.#reach(move, 'handed-over', nowMs);
      if (step === 'arrived' && partition === move.to) this.#reach(move, 'arrived', nowMs);
    }
  }

  /** Tells what waits too long. `formOf`: the form that the owner of a partition reports, if any. */
  look(formOf: (partition: number) => string | undefined, nowMs: number): void {
    for (const { value: move } of this.#moves.sorted()) {
      if (move.phase !== 'published' && nowMs - move.sinceMs >= unheardMs) {
        this.#moves.delete(move.dataset, move.symbol);
        continue;
      }
      const [from, to] = [formOf(move.from), formOf(move.to)];
      const differs = from !== undefined && to !== undefined && from !== to;
      const tellsForm = differs && move.phase === 'handed-over' && !move.isFormTold;
      const tellsStuck = nowMs - move.sinceMs >= stuckMs && !move.isStuckTold;
      if (!tellsForm && !tellsStuck) continue;
      const isFormTold = move.isFormTold || tellsForm;
      this.#moves.set(move.dataset, move.symbol, { ...move, isFormTold, isStuckTold: move.isStuckTold || tellsStuck });
      if (tellsForm) this.#hear({ kind: 'other-form', move });
      if (tellsStuck) this.#hear({ kind: 'stuck', move });
    }
  }

  /** It takes the place of the instrument's last move, which ends in the logs with nobody looking. */
  #begin(listed: ListedMove, nowMs: number): void {
    if (this.#moves.size >= followedMax) {
      const oldest = this.moves.reduce((one, other) => (other.knownMs < one.knownMs ? other : one));
      this.#moves.delete(oldest.dataset, oldest.symbol);
    }
    const facts = { knownMs: nowMs, sinceMs: nowMs, isStuckTold: false, isFormTold: false };
    const move: Followed = { ...listed, phase: 'published', ...facts };
    this.#moves.set(listed.dataset, listed.symbol, move);
    this.#hear({ kind: 'phase', move });
  }

  /** Every phase on the way is told, also one that nobody reported. */
  #reach(move: Followed, phase: MovePhase, nowMs: number): void {
    const [before, after] = [movePhases.indexOf(move.phase), movePhases.indexOf(phase)];
    for (const passed of movePhases.slice(before + 1, after + 1)) {
      const now: Followed = { ...move, phase: passed, sinceMs: nowMs, isStuckTold: false };
      if (passed === 'arrived') this.#moves.delete(move.dataset, move.symbol);
      else this.#moves.set(move.dataset, move.symbol, now);
      this.#hear({ kind: 'phase', move: now });
    }
  }
}
