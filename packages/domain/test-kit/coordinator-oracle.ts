/**
 * What holds of `control` and of `ticks` whatever coordinators do. In: records as they land, in the order of their landing. Out: nothing, or
 * `RangeError` at the first one that breaks a rule: C0 to C6, and what ADR 21 says of pins. It knows no coordinator, only logs.
 */
import type { EntryOfMovesToWrite } from '../src/log/move-entries.ts';
import {
  type ControlRecord,
  type ControlView,
  emptyControlView,
  followControl,
} from '../src/placement/control-view.ts';
import { diffPlacements } from '../src/placement/placement-diff.ts';
import type { ListedMove } from '../src/placement/placement.ts';
import type { InstrumentPin } from '../src/seams/store.ts';
import { homePartition } from '../src/placement/home.ts';

/** Judges the logs of one world. */
export class CoordinatorOracle {
  /** Prepares that landed. */
  readonly prepares: { readonly symbol: string; readonly epoch: number }[] = [];
  readonly #rows: Map<string, number | undefined>;
  readonly #basePartitions: number;
  /** Moves that a map in force ever listed, by symbol and epoch. */
  readonly #listed = new Map<string, ListedMove>();
  readonly #moved = new Set<string>();
  readonly #origins = new Set<string>();
  #view: ControlView;

  /** `rows`: the pin of each symbol that has a row; `undefined` = it lives at home. */
  constructor(basePartitions: number, rows: Map<string, number | undefined>) {
    this.#basePartitions = basePartitions;
    this.#rows = rows;
    this.#view = emptyControlView(basePartitions);
  }

  /** `Store.enterPins`. */
  settle(pins: readonly InstrumentPin[]): (number | undefined)[] {
    return pins.map(({ symbol, partition }) => {
      if (!this.#rows.has(symbol)) this.#rows.set(symbol, partition);
      return this.#rows.get(symbol);
    });
  }

  /** A record landed in `control`. */
  control(record: ControlRecord): void {
    const before = this.#view;
    const { view, outcome } = followControl(before, record);
    this.#view = view;
    if (outcome.kind === 'unusable') throw new RangeError(`a map is unusable: ${JSON.stringify(outcome.broken)}`);
    if (outcome.kind !== 'adopted') return;
    if (outcome.broken !== undefined) throw new RangeError(`a map breaks ${JSON.stringify(outcome.broken)}`);
    const { epoch } = view.placement;
    if (epoch !== before.placement.epoch + 1) throw new RangeError(`epoch ${epoch} follows ${before.placement.epoch}`);
    const { listed, appended } = diffPlacements(before.placement, view.placement);
    for (const move of listed) this.#list(move);
    // C4: nothing leaves the list before its Move is durable.
    const early = appended.find((move) => !this.#moved.has(moveKey(move)));
    if (early !== undefined) throw new RangeError(`${moveKey(early)} left the list without its Move`);
  }

  /** A record landed in a partition of `ticks`. */
  appended(partition: number, entries: readonly EntryOfMovesToWrite[]): void {
    for (const entry of entries) {
      if (entry.kind === 'move') this.#move(partition, entry);
      if (entry.kind === 'prepare') this.prepares.push(entry);
      if (entry.kind !== 'origin') continue;
      const isRight = partition === this.#home(entry.symbol) && this.#rows.get(entry.symbol) === entry.partition;
      if (!isRight) throw new RangeError(`an Origin of ${entry.symbol} in ${partition} that is not so`);
      this.#origins.add(entry.symbol);
    }
  }

  /** Nothing is listed any more, and the map knows all partitions. */
  checkAtRest(partitions: number): void {
    const { moves, partitions: known } = this.#view.placement;
    if (moves.length > 0) throw new RangeError(`${moves.length} moves are still listed`);
    if (known !== partitions) throw new RangeError(`the map knows ${known} of ${partitions} partitions`);
    const left = [...this.#listed.keys()].find((key) => !this.#moved.has(key));
    if (left !== undefined) throw new RangeError(`${left} was listed and its Move is nowhere`);
  }

  #list(move: ListedMove): void {
    const key = moveKey(move);
    const other = this.#listed.get(key);
    if (other !== undefined && other.to !== move.to) throw new RangeError(`${key} has two targets`);
    this.#listed.set(key, move);
    if (move.fromEpoch > 0) return;
    // A first move: the row is settled, and says where it begins.
    const { symbol, from } = move;
    if (!this.#rows.has(symbol)) throw new RangeError(`${symbol} moves and its row is not settled`);
    const first = this.#rows.get(symbol) ?? this.#home(symbol);
    if (first !== from) throw new RangeError(`${symbol} leaves ${from}, and began in ${first}`);
    if (first !== this.#home(symbol) && !this.#origins.has(symbol)) {
      throw new RangeError(`${symbol} leaves its pin, and its home does not know of it`);
    }
  }

  #move(partition: number, move: EntryOfMovesToWrite & { readonly kind: 'move' }): void {
    const key = moveKey(move);
    const listed = this.#listed.get(key);
    // C3: only what is in force is ever appended.
    if (listed === undefined) throw new RangeError(`${key} is appended and was never in force`);
    if (listed.from !== partition || listed.to !== move.to || listed.fromEpoch !== move.fromEpoch) {
      throw new RangeError(`${key} is appended otherwise than it is listed`);
    }
    // C5: the one before it came first.
    if (move.fromEpoch > 0 && !this.#moved.has(`${move.symbol} ${move.fromEpoch}`)) {
      throw new RangeError(`${key} is appended before the Move of epoch ${move.fromEpoch}`);
    }
    this.#moved.add(key);
  }

  #home(symbol: string): number {
    return homePartition('d', symbol, this.#basePartitions);
  }
}

function moveKey({ symbol, epoch }: { readonly symbol: string; readonly epoch: number }): string {
  return `${symbol} ${epoch}`;
}
