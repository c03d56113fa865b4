/**
 * The listed moves of a map, and how far each is by what a term knows. In: maps in force, reports of writers, what could be appended. Out:
 * moves whose Move is to be appended (C4), and those that may leave the list. A new term knows of no Move that it is
 * durable, so it appends each once more (C6).
 */
import type { WriterReport } from './control-reports.ts';
import type { CoordinatorConfig, CoordinatorNews } from './coordinator-types.ts';
import { InstrumentMap } from './instrument-map.ts';
import type { ListedMove } from './placement.ts';

/** `waits`: for writers; `failed`: its Move could not be appended, and is tried again; `moved`: it is durable. */
type Phase = 'waits' | 'due' | 'failed' | 'moved';

type Progress = { readonly move: ListedMove; readonly phase: Phase; readonly untilMs: number };

/** What a term knows of the listed moves. */
export class CoordinatorListed {
  readonly #config: CoordinatorConfig;
  readonly #hear: (news: CoordinatorNews) => void;
  #progress: InstrumentMap<Progress> = new InstrumentMap();

  constructor(config: CoordinatorConfig, hear: (news: CoordinatorNews) => void) {
    this.#config = config;
    this.#hear = hear;
  }

  /** The moves that a coordinator finds when it takes over: their writers had their time. */
  takeOver(moves: readonly ListedMove[]): void {
    this.#progress = new InstrumentMap();
    for (const move of moves) this.#set(move, 'due', 0);
    if (moves.length > 0) this.#hear({ event: 'tookOver', moves });
  }

  /** An own map is in force. */
  follow(moves: readonly ListedMove[], nowMs: number): void {
    const before = this.#progress;
    this.#progress = new InstrumentMap();
    const isKnown = (move: ListedMove): boolean => before.get(move.dataset, move.symbol)?.move.epoch === move.epoch;
    for (const move of moves) {
      const known = before.get(move.dataset, move.symbol);
      if (known !== undefined && isKnown(move)) this.#set(move, known.phase, known.untilMs);
      else this.#set(move, 'waits', nowMs + this.#config.writersMsMax);
    }
    const published = moves.filter((move) => !isKnown(move));
    const left = new InstrumentMap<number>();
    for (const { dataset, symbol, epoch } of moves) left.set(dataset, symbol, epoch);
    const unlisted = before.sorted().flatMap(({ value: { move } }) => {
      return left.get(move.dataset, move.symbol) === move.epoch ? [] : [move];
    });
    if (unlisted.length > 0) this.#hear({ event: 'unlisted', moves: unlisted });
    if (published.length > 0) this.#hear({ event: 'published', moves: published });
  }

  /** Time and reports went on. */
  advance(writers: readonly WriterReport[], nowMs: number): void {
    const isReported = ({ epoch }: ListedMove): boolean =>
      writers.length > 0 && writers.every(({ mapEpoch }) => mapEpoch >= epoch);
    const waiting = this.#in('waits');
    const reported = waiting.filter(({ move }) => isReported(move));
    const late = waiting.filter(({ move, untilMs }) => !isReported(move) && nowMs >= untilMs);
    const again = this.#in('failed').filter(({ untilMs }) => nowMs >= untilMs);
    for (const { move } of [...reported, ...late, ...again]) this.#set(move, 'due', 0);
    if (reported.length > 0) this.#hear({ event: 'writersReported', moves: reported.map(({ move }) => move) });
    if (late.length > 0) this.#hear({ event: 'writersLate', moves: late.map(({ move }) => move) });
  }

  /** Whether some still wait for writers, whom nobody knows to have read the map. */
  get isWaiting(): boolean {
    return this.#in('waits').length > 0;
  }

  /** Moves to be appended now. */
  get due(): readonly ListedMove[] {
    return this.#in('due').map(({ move }) => move);
  }

  /** Moves whose Move is durable, and which may leave the list. */
  get moved(): readonly ListedMove[] {
    return this.#in('moved').map(({ move }) => move);
  }

  /** The due ones were appended to the partitions `durable`; whether to others as well is not known. */
  appended(due: readonly ListedMove[], durable: ReadonlySet<number>, nowMs: number): void {
    const moved = due.filter(({ from }) => durable.has(from));
    const failed = due.filter(({ from }) => !durable.has(from));
    for (const move of moved) this.#set(move, 'moved', 0);
    for (const move of failed) this.#set(move, 'failed', nowMs + this.#config.retryMs);
    if (moved.length > 0) this.#hear({ event: 'moved', moves: moved });
    if (failed.length > 0) this.#hear({ event: 'moveFailed', moves: failed });
  }

  #set(move: ListedMove, phase: Phase, untilMs: number): void {
    this.#progress.set(move.dataset, move.symbol, { move, phase, untilMs });
  }

  #in(phase: Phase): Progress[] {
    return this.#progress.sorted().flatMap(({ value }) => (value.phase === phase ? [value] : []));
  }
}
