/**
 * A coordinator of moves, simple and repeatable (rules C0 to C7). In: `control`, and moves that somebody wants. Out: claims and maps
 * in `control`, `Origin` and `Move` records in partitions; one effect a deed, so that another one can depose it between any two.
 * A deposed one goes on until it reads the higher token.
 */
import {
  applyChange,
  encodeLogRecord,
  type InstrumentName,
  type ListedMove,
  type LogEntryToWrite,
  type Placement,
  type WantedMove,
} from '@tapeline/domain';
import { ControlFollower, type MovedControl } from './moved-control.ts';
import { type Beginnings, beginningOf, instrumentKey } from './moved-writer.ts';

/** What it is about. `publishing` waits for its own record to be read back. */
export type CoordinatorPhase = 'follower' | 'claiming' | 'idle' | 'preparing' | 'publishing' | 'moving';

/** What it appends to a partition, until that is durable. */
export type CoordinatorEffect = {
  readonly to: number;
  readonly bytes: Uint8Array;
  /** What tells it from every other effect of any coordinator. */
  readonly name: string;
  /** To be called once it is durable. */
  readonly done: () => void;
};

/** A move that somebody wants; a map record may have several. */
export type MoveWish = InstrumentName & { readonly to: number };

/** One coordinator. */
export class MovedCoordinator {
  readonly follower: ControlFollower;
  phase: CoordinatorPhase = 'follower';
  token = 0;
  readonly #control: MovedControl;
  readonly #beginnings: Beginnings;
  #ownRecord = -1;
  #wishes: readonly MoveWish[] = [];
  #partitions = 0;
  /** `Origin`s to append before the map; moves whose `Move` is durable. */
  #origins: MoveWish[] = [];
  #appended: ListedMove[] = [];

  constructor(control: MovedControl, beginnings: Beginnings) {
    this.#control = control;
    this.#beginnings = beginnings;
    this.follower = new ControlFollower(control);
  }

  /** The map that it knows. */
  get placement(): Placement {
    return this.follower.view.placement;
  }

  /** C1: gets a token higher than all before, under which it will claim to be the coordinator. */
  lead(token: number): void {
    this.token = token;
    this.#ownRecord = -1;
    this.phase = 'claiming';
    this.#appended = [];
  }

  /** Appends its claim; false if that is done, or it does not want to be the coordinator. */
  claim(): boolean {
    if (this.phase !== 'claiming' || this.#ownRecord >= 0) return false;
    this.#ownRecord = this.#control.append({ kind: 'claim', token: this.token });
    return true;
  }

  /** Reads the next record; false if there is none. */
  read(): boolean {
    if (!this.follower.isBehind) return false;
    const place = this.follower.position;
    const outcome = this.follower.read();
    if (this.phase === 'follower') return true;
    if (this.follower.view.token > this.token) this.phase = 'follower';
    else if (place === this.#ownRecord && this.phase === 'claiming') this.#begin();
    else if (place === this.#ownRecord && this.phase === 'publishing') {
      // C3: nobody deposed it before its record.
      this.phase = outcome?.kind === 'adopted' && this.placement.moves.length > 0 ? 'moving' : 'idle';
    }
    return true;
  }

  /** C6: listed moves first, whoever published them. */
  #begin(): void {
    this.phase = this.placement.moves.length > 0 ? 'moving' : 'idle';
  }

  /** Wants moves, and so many partitions; heard only by an idle one. False if none of it can be done. */
  want(wishes: readonly MoveWish[], partitions: number): boolean {
    if (this.phase !== 'idle') return false;
    const { placement } = this;
    const seen = new Set<string>();
    const possible = wishes.filter((wish) => {
      const { partition } = placement.lookUp(this.#placed(wish));
      const isFirst = !seen.has(instrumentKey(wish));
      seen.add(instrumentKey(wish));
      return isFirst && partition !== wish.to && placement.moveOf(wish.dataset, wish.symbol) === undefined;
    });
    if (possible.length === 0 && partitions <= placement.partitions) return false;
    this.#wishes = possible;
    this.#partitions = Math.max(partitions, placement.partitions);
    // B1: the home of a pinned instrument hears where it began before anything can be sent there.
    this.#origins = possible.filter((wish) => {
      const isPinned = this.#beginnings.pins.has(instrumentKey(wish));
      return isPinned && placement.overrideOf(wish.dataset, wish.symbol) === undefined;
    });
    this.phase = 'preparing';
    return true;
  }

  /** What it has to append to a partition now, if it has; the same until `done` is called. */
  effect(): CoordinatorEffect | undefined {
    const [origin] = this.#origins;
    if (this.phase === 'preparing' && origin !== undefined) {
      const { dataset, symbol } = origin;
      const partition = beginningOf(this.#beginnings, origin);
      const to = beginningOf({ ...this.#beginnings, pins: new Map() }, origin);
      const name = `origin ${instrumentKey(origin)}`;
      const bytes = encodeLogRecord([{ kind: 'origin', dataset, symbol, partition }]);
      return { to, bytes, name, done: () => void this.#origins.shift() };
    }
    const move = this.phase === 'moving' ? this.#unmoved()[0] : undefined;
    if (move === undefined) return undefined;
    const name = `move ${move.epoch} ${instrumentKey(move)}`;
    const bytes = encodeLogRecord([entryOfMove(move)]);
    return { to: move.from, bytes, name, done: () => void this.#appended.push(move) };
  }

  /** Publishes the map that is ready, if one is. */
  publish(logTimeMs: number): boolean {
    const isReady =
      (this.phase === 'preparing' && this.#origins.length === 0) ||
      (this.phase === 'moving' && this.#unmoved().length === 0);
    if (!isReady) return false;
    const moves = this.phase === 'preparing' ? this.#wishes.map((wish) => this.#wanted(wish)) : [];
    const appended = this.phase === 'moving' ? this.placement.moves : [];
    const partitions = Math.max(this.#partitions, this.placement.partitions);
    const change = applyChange(this.placement, { logTimeMs, partitions, moves, appended });
    if (change.kind === 'refused') throw new RangeError(`the map is refused: ${change.code}`);
    this.#ownRecord = this.#control.append({ kind: 'map', token: this.token, map: change.placement.parts() });
    this.phase = 'publishing';
    this.#wishes = [];
    this.#appended = [];
    return true;
  }

  /** Publishes the same map once more, under the next epoch; for the first map of a stream, which moves nothing. */
  publishSame(logTimeMs: number): void {
    const change = applyChange(this.placement, { logTimeMs, moves: [], appended: [] });
    if (change.kind === 'refused') throw new RangeError(`the map is refused: ${change.code}`);
    this.#ownRecord = this.#control.append({ kind: 'map', token: this.token, map: change.placement.parts() });
    this.phase = 'publishing';
  }

  #unmoved(): readonly ListedMove[] {
    const { moves } = this.placement;
    return moves.filter(
      (move) => !this.#appended.some((one) => one.epoch === move.epoch && instrumentKey(one) === instrumentKey(move)),
    );
  }

  #placed(name: InstrumentName): InstrumentName & { readonly pin?: number | undefined } {
    const { dataset, symbol } = name;
    return { dataset, symbol, pin: this.#beginnings.pins.get(instrumentKey(name)) };
  }

  #wanted(wish: MoveWish): WantedMove {
    return { ...this.#placed(wish), to: wish.to, standing: 'spread' };
  }
}

/** The record by which an instrument leaves. */
export function entryOfMove({ dataset, symbol, epoch, fromEpoch, to }: ListedMove): LogEntryToWrite {
  return { kind: 'move', dataset, symbol, epoch, fromEpoch, to };
}
