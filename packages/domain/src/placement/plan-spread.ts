/**
 * Evens out the shared partitions. In: the board, what partitions are for, the level. Out: moves from those that carry too much,
 * and to those that carry too little, such as new ones. Within the bounds of the level nothing moves (hysteresis); every move
 * lowers the higher load of two partitions, so with constant rates there is a last one.
 */
import type { PlanBoard } from './plan-board.ts';
import type { PlanItem } from './plan-item.ts';
import type { PartitionRole } from './plan-types.ts';
import { SpreadDonor } from './spread-donor.ts';
import type { SpreadLevel } from './spread-level.ts';

/** Plans moves until everything is within its bounds, nothing helps, or no more moves are allowed. */
export function planSpread(board: PlanBoard, roles: readonly PartitionRole[], level: SpreadLevel): void {
  const shared = roles.flatMap((role, partition) => (role === 'shared' ? [partition] : []));
  new Spreading(board, shared, level).run();
}

class Spreading {
  readonly #board: PlanBoard;
  readonly #shared: readonly number[];
  readonly #level: SpreadLevel;
  readonly #donors: ReadonlyMap<number, SpreadDonor>;
  /** Partitions that are being relieved or filled: they go on to the inner bound. */
  readonly #begun: Set<number> = new Set();
  /** By partition: how far above what it is relieved to; 0 if it carries not too much, or has nothing to give that helps. */
  readonly #above: Float64Array;

  constructor(board: PlanBoard, shared: readonly number[], level: SpreadLevel) {
    this.#board = board;
    this.#shared = shared;
    this.#level = level;
    this.#donors = donorsOf(board, shared);
    this.#above = new Float64Array(board.partitions);
    for (const partition of shared) this.#measure(partition);
  }

  run(): void {
    while (this.#board.movesLeft > 0) {
      const to = this.#lightest();
      const move = this.#relief(to) ?? this.#filling(to);
      if (move === undefined) return;
      const from = move.item.partition;
      this.#donors.get(from)?.remove(move.item);
      // Where it may not move it counts no more, and another one is found.
      if (this.#board.move(move.item, to, 'spread', 'spread') === undefined) this.#begun.add(move.begun);
      this.#measure(from);
      this.#measure(to);
    }
  }

  /** The next item of the partition that is furthest above what it is relieved to. */
  #relief(to: number): { readonly item: PlanItem; readonly begun: number } | undefined {
    for (;;) {
      const from = this.#furthestAbove();
      if (from === undefined) return undefined;
      const item = this.#best(from, to);
      if (item !== undefined) return { item, begun: from };
      // What takes only becomes heavier, so what does not help now never will.
      this.#above[from] = 0;
    }
  }

  /** An item for the lightest partition, if that carries too little, from the busiest that carries more than the level. */
  #filling(to: number): { readonly item: PlanItem; readonly begun: number } | undefined {
    if (this.#load(to) >= (this.#begun.has(to) ? this.#level.fillTo : this.#level.fillBelow)) return undefined;
    const givers = this.#shared.filter((partition) => this.#load(partition) > this.#level.level);
    givers.sort((one, other) => this.#load(other) - this.#load(one) || one - other);
    for (const from of givers) {
      const item = this.#best(from, to);
      if (item !== undefined) return { item, begun: to };
    }
    return undefined;
  }

  #measure(partition: number): void {
    const heaviest = this.#donors.get(partition)?.heaviest ?? 0;
    const load = this.#load(partition);
    const isTooMuch = this.#begun.has(partition) || load > this.#level.relieveAbove(heaviest);
    this.#above[partition] = isTooMuch ? Math.max(0, load - this.#level.relieveTo(heaviest)) : 0;
  }

  #furthestAbove(): number | undefined {
    let furthest: number | undefined;
    let most = 0;
    for (const partition of this.#shared) {
      const above = this.#above[partition] ?? 0;
      if (above <= most) continue;
      most = above;
      furthest = partition;
    }
    return furthest;
  }

  #best(from: number, to: number): PlanItem | undefined {
    if (from === to) return undefined;
    return this.#donors.get(from)?.best(this.#load(from), this.#load(to), this.#level.level);
  }

  #lightest(): number {
    let lightest = this.#shared[0] ?? 0;
    let least = this.#load(lightest);
    for (const partition of this.#shared) {
      const load = this.#load(partition);
      if (load >= least) continue;
      least = load;
      lightest = partition;
    }
    return lightest;
  }

  #load(partition: number): number {
    return this.#board.loads[partition] ?? 0;
  }
}

/** What each partition may give: nothing that is pending, cooling down or moved by this very plan. */
function donorsOf(board: PlanBoard, shared: readonly number[]): Map<number, SpreadDonor> {
  const items = new Map<number, PlanItem[]>(shared.map((partition) => [partition, []]));
  for (const item of board.items) items.get(item.partition)?.push(item);
  const mayMove = (item: PlanItem): boolean => board.blockOf(item, 'spread') === undefined;
  return new Map([...items].map(([partition, found]) => [partition, new SpreadDonor(found, mayMove)]));
}
