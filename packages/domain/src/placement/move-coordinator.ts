/**
 * The coordinator of moves (ADR 21; handover.md C0 to C7). In: `control` as it is read, what is wanted, what came of its effects, and a
 * clock of its own for comfort. Out: one effect at a time. Nothing it decides is anywhere but in `control`, so another one
 * goes on where it was ended, at any step; that its token is over it learns by reading, and until then it does no harm.
 */
import { type ControlKey, controlKeyText, staleControlKeys } from './control-keys.ts';
import { type ControlView, emptyControlView } from './control-view.ts';
import { byPartition, CoordinatorBatch } from './coordinator-batch.ts';
import { CoordinatorListed } from './coordinator-listed.ts';
import { CoordinatorTerm, type TermStep } from './coordinator-term.ts';
import type {
  ControlRead,
  CoordinatorConfig,
  CoordinatorEffect,
  CoordinatorNews,
  CoordinatorSight,
  CoordinatorState,
  EffectResult,
  TermEnd,
} from './coordinator-types.ts';
import { applyChange, type ChangeRefusal, type PlacementChange, type WantedMove } from './placement-change.ts';
import { brokenInvariant, brokenSuccession, type PlacementInvariant } from './placement-invariants.ts';
import type { ListedMove, Placement } from './placement.ts';

type Handed = { readonly effect: CoordinatorEffect; readonly done: (result: EffectResult, nowMs: number) => void };

/** Coordinates while it leads; reads always. */
export class MoveCoordinator {
  readonly #config: CoordinatorConfig;
  readonly #hear: (news: CoordinatorNews) => void;
  /** Keys that `control` has, by their text. */
  readonly #keys: Map<string, ControlKey> = new Map();
  #view: ControlView;
  #readTo = -1;
  #sight: CoordinatorSight;
  #wanted: readonly WantedMove[] = [];
  #wantedPartitions = 0;
  #term: CoordinatorTerm | undefined;
  #listed: CoordinatorListed;
  #batch: CoordinatorBatch | undefined;
  /** The effect that was handed out and is not done. */
  #handed: Handed | undefined;
  /** What the map under way changes, and how many partitions the one before has; until it was read back. */
  #publishing: (PlacementChange & { readonly partitionsBefore: number }) | undefined;

  constructor(basePartitions: number, config: CoordinatorConfig, hear: (news: CoordinatorNews) => void) {
    this.#config = config;
    this.#hear = hear;
    this.#listed = new CoordinatorListed(config, hear);
    this.#view = emptyControlView(basePartitions);
    this.#sight = { partitions: basePartitions, logTimeMs: 0, unfit: new Map(), writers: [], reports: [] };
  }

  /** What `control` says as far as it read. */
  get view(): ControlView {
    return this.#view;
  }

  /** Its token; `undefined` if that is over, or it never had one. */
  get token(): number | undefined {
    return this.#term?.end === undefined ? this.#term?.token : undefined;
  }

  /** Why its last token is over; `undefined` while it is not. */
  get end(): TermEnd | undefined {
    return this.#term?.end;
  }

  /** Where it stands. */
  get state(): CoordinatorState {
    if (this.#term === undefined || this.#term.end !== undefined) return 'follower';
    if (!this.#term.isLeading) return 'claiming';
    if (this.#publishing !== undefined) return isUnlisting(this.#publishing) ? 'moving' : 'publishing';
    if (this.#batch !== undefined) return 'preparing';
    const { isWaiting, due, moved } = this.#listed;
    return isWaiting || due.length + moved.length > 0 ? 'moving' : 'idle';
  }

  /** Moves that are prepared, and in no map yet. */
  get preparing(): readonly WantedMove[] {
    return this.#batch?.moves ?? [];
  }

  /** Takes a token, 1 or more, once `control` was read to its end; an earlier one of its own is over. */
  lead(token: number): void {
    this.resign();
    this.#term = new CoordinatorTerm(token, this.#readTo);
    if (token < this.#view.token) this.#over('deposed');
  }

  /** Gives the token up; what is under way may land all the same. */
  resign(): void {
    if (this.token !== undefined) this.#over('resigned');
  }

  /** Reads on: every record once, in the order of the log. */
  read(read: ControlRead, nowMs: number): void {
    this.#readTo = Math.max(this.#readTo, read.offset);
    this.#view = read.view;
    if (read.isTakenOut) this.#keys.delete(controlKeyText(read.key));
    else this.#keys.set(controlKeyText(read.key), read.key);
    const before = this.#term?.end;
    const step = this.#term?.read(read);
    if (before === undefined && this.#term?.end !== undefined) this.#ended(this.#term.end);
    else this.#step(step, nowMs);
  }

  /** What it knows of the others from now on. */
  see(sight: CoordinatorSight): void {
    this.#sight = sight;
  }

  /** The moves that are wanted now, in their order; as many as may share a map are taken, the others have to be wanted again. */
  want(moves: readonly WantedMove[]): void {
    this.#wanted = moves;
  }

  /**
   * Nothing is to begin any more: what is wanted or prepared is dropped, and told. What is in a map, or on its way into one, is brought
   * to its end: of that nobody knows any more who acts by it.
   */
  dropPrepared(): void {
    const moves = this.#batch?.moves ?? [];
    this.#wanted = [];
    this.#batch = undefined;
    if (moves.length > 0) this.#hear({ event: 'dropped', moves });
  }

  /** Wants so many partitions, while its token lasts; there are never fewer than before. */
  grow(count: number): void {
    this.#wantedPartitions = Math.max(this.#wantedPartitions, count);
  }

  /** The next thing to do; `undefined` while one is under way, or if there is nothing to do now. */
  next(nowMs: number): CoordinatorEffect | undefined {
    const term = this.#term;
    if (term === undefined || term.end !== undefined || this.#handed !== undefined || term.isBusy) return undefined;
    this.#handed = term.isLeading
      ? this.#nextOfLeader(nowMs)
      : this.#toControl({ kind: 'append-control', record: { kind: 'claim', token: term.token } });
    const effect = this.#handed?.effect;
    if (effect?.kind === 'append-control') term.append(effect.record);
    return effect;
  }

  /** What came of an effect; of one that an earlier token asked for nothing follows. */
  done(effect: CoordinatorEffect, result: EffectResult, nowMs: number): void {
    const handed = this.#handed;
    if (handed?.effect !== effect) return;
    this.#handed = undefined;
    handed.done(result, nowMs);
  }

  #nextOfLeader(nowMs: number): Handed | undefined {
    const { placement } = this.#view;
    this.#listed.advance(this.#sight.writers, nowMs);
    const { due, moved, isWaiting } = this.#listed;
    if (due.length > 0) return this.#appendMoves(due);
    if (this.#batch !== undefined) return this.#prepare(this.#batch, nowMs);
    if (isWaiting) return undefined;
    // Nothing moves by the first map. Whoever writes by it stamps an epoch, and no tick of its begins an instrument where it does not live (B1).
    if (this.#view.mapToken === 0) return this.#publish();
    if (moved.length > 0 || this.#sight.partitions > placement.partitions) return this.#publish();
    if (this.#wantedPartitions > this.#sight.partitions) return this.#addPartitions(this.#wantedPartitions);
    if (this.#begin()) return this.#nextOfLeader(nowMs);
    return this.#tidy();
  }

  #appendMoves(due: readonly ListedMove[]): Handed {
    const entries = due.map((move) => ({ partition: move.from, entry: moveEntry(move) }));
    return {
      effect: { kind: 'append-entries', records: byPartition(entries) },
      done: (result, nowMs) => {
        this.#listed.appended(due, new Set(result.kind === 'entries' ? result.durable : []), nowMs);
      },
    };
  }

  #prepare(batch: CoordinatorBatch, nowMs: number): Handed | undefined {
    const { placement } = this.#view;
    const effect = batch.effect(placement);
    if (effect === undefined) {
      return batch.isReady(placement, this.#sight, nowMs) ? this.#publish(batch) : undefined;
    }
    const done: Handed['done'] = (result, doneMs) => {
      // One that was dropped meanwhile goes no further.
      if (this.#batch === batch) batch.done(result, placement, this.#sight, doneMs);
    };
    return { effect, done };
  }

  /** Begins a batch of what is wanted; `false` if nothing of it holds. */
  #begin(): boolean {
    if (this.#wanted.length === 0) return false;
    const parts = { config: this.#config, hear: this.#hear };
    const batch = new CoordinatorBatch(this.#wanted, this.#view.placement, this.#sight, parts);
    this.#wanted = [];
    if (batch.moves.length > 0) this.#batch = batch;
    return batch.moves.length > 0;
  }

  /** The next map: the batch, without the moves that are done, with partitions that came. */
  #publish(batch?: CoordinatorBatch): Handed | undefined {
    const { placement } = this.#view;
    this.#batch = undefined;
    for (;;) {
      const change: PlacementChange = {
        logTimeMs: this.#sight.logTimeMs,
        partitions: Math.max(placement.partitions, this.#sight.partitions),
        moves: batch?.moves ?? [],
        appended: this.#listed.moved,
      };
      if (batch?.moves.length === 0 && isUnchanged(change, placement)) return undefined;
      const problem = this.#record(change, placement);
      if (!('code' in problem)) return problem;
      const { code, instrument } = problem;
      if (batch === undefined || batch.moves.length === 0) {
        throw new RangeError(`the map after epoch ${placement.epoch} is refused: ${code}`);
      }
      const refused = batch.moves.filter(
        ({ dataset, symbol }) => dataset === instrument?.dataset && symbol === instrument.symbol,
      );
      for (const move of refused.length > 0 ? refused : batch.moves) batch.refuse(move, code);
    }
  }

  /** The record of a change, or why there is none. */
  #record(
    change: PlacementChange,
    placement: Placement,
  ):
    | Handed
    | { readonly code: ChangeRefusal['code'] | PlacementInvariant; readonly instrument?: ChangeRefusal['instrument'] } {
    const applied = applyChange(placement, change);
    if (applied.kind === 'refused') return applied;
    const map = applied.placement.parts();
    const broken = brokenInvariant(map) ?? brokenSuccession(applied.placement, placement);
    if (broken !== undefined) return { code: broken.invariant, instrument: broken.instrument };
    this.#publishing = { ...change, partitionsBefore: placement.partitions };
    return this.#toControl({ kind: 'append-control', record: { kind: 'map', token: this.token ?? 0, map } });
  }

  #addPartitions(count: number): Handed {
    return {
      effect: { kind: 'add-partitions', count },
      done: (result) => {
        // Asked once: who wants them asks again. That they are there shows in what is seen.
        this.#wantedPartitions = 0;
        this.#hear({ event: result.kind === 'grown' ? 'grown' : 'growthFailed', moves: [] });
        if (result.kind === 'grown') {
          const partitions = Math.max(this.#sight.partitions, result.partitions);
          this.#sight = { ...this.#sight, partitions };
        }
      },
    };
  }

  /** Takes out what earlier coordinators left, one key at a time; for that the map in force has to be its own. */
  #tidy(): Handed | undefined {
    const token = this.token ?? 0;
    const [key] = staleControlKeys([...this.#keys.values()], this.#view, token);
    if (key !== undefined) return this.#toControl({ kind: 'take-out', key });
    if (this.#view.mapToken === token) return undefined;
    const stale = [...this.#keys.values()].filter((other) => other.token < token);
    return stale.length > this.#config.staleKeysMax ? this.#publish() : undefined;
  }

  #toControl(effect: CoordinatorEffect & { readonly kind: 'append-control' | 'take-out' }): Handed {
    const done = (result: EffectResult, nowMs: number): void => {
      const term = this.#term;
      if (result.kind !== 'appended') return this.#over(result.kind === 'unknown' ? 'unknown' : 'refused');
      if (effect.kind === 'append-control') {
        const step = term?.landed(result.offset);
        if (term?.end !== undefined) this.#ended(term.end);
        return this.#step(step, nowMs);
      }
      this.#keys.delete(controlKeyText(effect.key));
      this.#hear({ event: 'takenOut', moves: [] });
    };
    return { effect, done };
  }

  /** Something of its own was read back. */
  #step(step: TermStep, nowMs: number): void {
    const { placement } = this.#view;
    if (step === 'claimed') {
      this.#hear({ event: 'claimed', moves: [] });
      this.#listed.takeOver(placement.moves);
    }
    if (step === 'in-force') {
      const isMore = placement.partitions > (this.#publishing?.partitionsBefore ?? placement.partitions);
      this.#publishing = undefined;
      this.#listed.follow(placement.moves, nowMs);
      if (isMore) this.#hear({ event: 'partitionsPublished', moves: [] });
    }
  }

  #over(end: TermEnd): void {
    this.#term?.over(end);
    this.#ended(end);
  }

  #ended(end: TermEnd): void {
    this.#batch = undefined;
    this.#handed = undefined;
    this.#publishing = undefined;
    this.#listed = new CoordinatorListed(this.#config, this.#hear);
    this.#wanted = [];
    // Who wants partitions has asked this token; what comes of it is told at its end.
    this.#wantedPartitions = 0;
    this.#hear({ event: 'ended', moves: [], end });
  }
}

function moveEntry({ dataset, symbol, epoch, fromEpoch, to }: ListedMove) {
  return { kind: 'move', dataset, symbol, epoch, fromEpoch, to } as const;
}

function isUnlisting({ moves, appended }: PlacementChange): boolean {
  return moves.length === 0 && appended.length > 0;
}

function isUnchanged({ appended, partitions }: PlacementChange, placement: Placement): boolean {
  return appended.length === 0 && partitions === placement.partitions;
}
