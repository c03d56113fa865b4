/**
 * Moves that are prepared together to share one map record. In: wanted moves, the map, what the others report, results of effects. Out: the
 * effects before the map is published, in their order: rows settled, Origins to homes, Prepares (ADR 21, "Pins" and
 * "Trades"). What does not hold any more is left out, and told.
 */
import type { EntryOfMovesToWrite } from '../log/move-entries.ts';
import type { InstrumentPin } from '../seams/store.ts';
import type {
  CoordinatorConfig,
  CoordinatorEffect,
  CoordinatorNews,
  CoordinatorSight,
  EffectResult,
  EntriesToAppend,
  MoveRefusal,
} from './coordinator-types.ts';
import { homePartition } from './home.ts';
import { InstrumentMap, type InstrumentName } from './instrument-map.ts';
import type { WantedMove } from './placement-change.ts';
import type { Placement } from './placement.ts';
import { givesNow, takesNow } from './unfit-reason.ts';

type Stage = 'settle' | 'origin' | 'prepare' | 'wait' | 'ready';

/** What a batch works with. */
export type BatchParts = {
  readonly config: CoordinatorConfig;
  readonly hear: (news: CoordinatorNews) => void;
};

/** A batch from the first effect until it is ready to be published. */
export class CoordinatorBatch {
  /** Moves that still hold, with the pins of their rows once those are settled. */
  moves: readonly WantedMove[];
  readonly #parts: BatchParts;
  #stage: Stage = 'settle';
  #preparedAtMs = 0;

  /** Takes the first ones that hold, at most `batchMovesMax`. */
  constructor(wanted: readonly WantedMove[], placement: Placement, sight: CoordinatorSight, parts: BatchParts) {
    this.#parts = parts;
    this.moves = this.#holding(wanted, placement, sight).slice(0, parts.config.batchMovesMax);
  }

  /** Whether it can be published, or has nothing left to publish. */
  isReady(placement: Placement, sight: CoordinatorSight, nowMs: number): boolean {
    if (this.moves.length === 0) return true;
    if (this.#stage === 'wait' && this.#isPrepared(placement, sight)) this.#toReady('prepared');
    if (this.#stage === 'wait' && nowMs >= this.#preparedAtMs + this.#parts.config.prepareMsMax) {
      this.#toReady('preparedLate');
    }
    if (this.#stage !== 'ready') return false;
    // It waited: partitions may have become unfit since. That the old one is behind may come of the Prepare itself, and is let pass:
    // it would come of the next one as well.
    this.moves = this.#holding(this.moves, placement, sight, true);
    return true;
  }

  /** The next thing to do before it is ready; `undefined` while it waits. */
  effect(placement: Placement): CoordinatorEffect | undefined {
    if (this.moves.length === 0) return undefined;
    if (this.#stage === 'settle') {
      const homes = this.#firstMoves(placement).map(atHome(placement));
      if (homes.length > 0) return { kind: 'settle', homes };
      this.#stage = 'origin';
    }
    if (this.#stage === 'origin') {
      const records = this.#origins(placement);
      if (records.length > 0) return { kind: 'append-entries', records };
      this.#stage = this.#parts.config.prepareMsMax > 0 ? 'prepare' : 'ready';
    }
    if (this.#stage === 'prepare') return { kind: 'append-entries', records: this.#prepares(placement) };
    return undefined;
  }

  /** What came of its effect. */
  done(result: EffectResult, placement: Placement, sight: CoordinatorSight, nowMs: number): void {
    if (this.#stage === 'settle') {
      if (result.kind !== 'settled') return this.#fail();
      this.#settle(result.held, placement, sight);
      this.#stage = 'origin';
    } else if (this.#stage === 'origin') {
      const durable = new Set(result.kind === 'entries' ? result.durable : []);
      if (this.#origins(placement).some(({ partition }) => !durable.has(partition))) return this.#fail();
      this.#parts.hear({ event: 'begunElsewhere', moves: this.#begunElsewhere(placement) });
      this.#stage = this.#parts.config.prepareMsMax > 0 ? 'prepare' : 'ready';
    } else if (this.#stage === 'prepare') {
      // Whether it landed or not: nothing depends on a Prepare.
      this.#stage = 'wait';
      this.#preparedAtMs = nowMs;
    }
  }

  /** Leaves an instrument out. */
  refuse(move: WantedMove, refusal: MoveRefusal): void {
    const { dataset, symbol } = move;
    this.moves = this.moves.filter((other) => other.dataset !== dataset || other.symbol !== symbol);
    this.#parts.hear({ event: 'refused', moves: [{ dataset, symbol }], refusal });
  }

  #holding(
    wanted: readonly WantedMove[],
    placement: Placement,
    sight: CoordinatorSight,
    isPrepared = false,
  ): readonly WantedMove[] {
    const seen = new InstrumentMap<true>();
    return wanted.filter((move) => {
      const isTwice = seen.get(move.dataset, move.symbol) === true;
      seen.set(move.dataset, move.symbol, true);
      const refusal = isTwice ? 'MOVED_TWICE' : refusalOf(move, placement, sight, isPrepared);
      if (refusal === undefined) return true;
      this.#parts.hear({ event: 'refused', moves: [{ dataset: move.dataset, symbol: move.symbol }], refusal });
      return false;
    });
  }

  #firstMoves(placement: Placement): WantedMove[] {
    return this.moves.filter(({ dataset, symbol }) => placement.overrideOf(dataset, symbol) === undefined);
  }

  /** The row says where the instrument began, whatever the plan believed. */
  #settle(held: readonly (number | undefined)[], placement: Placement, sight: CoordinatorSight): void {
    const first = this.#firstMoves(placement);
    const settled = this.moves.map((move) => {
      const index = first.indexOf(move);
      return index < 0 ? move : { ...move, pin: held[index] };
    });
    this.#parts.hear({ event: 'settled', moves: first });
    this.moves = this.#holding(settled, placement, sight);
  }

  #begunElsewhere(placement: Placement): WantedMove[] {
    return this.#firstMoves(placement).filter((move) => {
      return move.pin !== undefined && move.pin !== atHome(placement)(move).partition;
    });
  }

  /** The home has to know that an instrument began elsewhere before anything of it is sent there (B1). */
  #origins(placement: Placement): EntriesToAppend[] {
    return byPartition(
      this.#begunElsewhere(placement).map(({ dataset, symbol, pin = 0 }) => ({
        partition: atHome(placement)({ dataset, symbol }).partition,
        entry: { kind: 'origin', dataset, symbol, partition: pin },
      })),
    );
  }

  #prepares(placement: Placement): EntriesToAppend[] {
    return byPartition(
      this.moves.map((move) => ({
        partition: placement.lookUp(move).partition,
        entry: {
          kind: 'prepare',
          dataset: move.dataset,
          symbol: move.symbol,
          epoch: placement.epoch + 1,
          to: move.to,
        },
      })),
    );
  }

  #isPrepared(placement: Placement, { reports }: CoordinatorSight): boolean {
    return this.moves.every(({ dataset, symbol }) =>
      reports.some(({ steps }) =>
        steps.some(
          (step) =>
            step.step === 'prepared' &&
            step.dataset === dataset &&
            step.symbol === symbol &&
            step.epoch === placement.epoch + 1,
        ),
      ),
    );
  }

  #toReady(event: 'prepared' | 'preparedLate'): void {
    this.#stage = 'ready';
    this.#parts.hear({ event, moves: this.moves });
  }

  #fail(): void {
    this.#parts.hear({ event: 'preparingFailed', moves: this.moves });
    this.moves = [];
  }
}

/** Why a move is not to be made now (C2, C5); `undefined` if it may be. What is prepared goes as what is pinned does. */
function refusalOf(
  move: WantedMove,
  placement: Placement,
  { partitions, unfit }: CoordinatorSight,
  isPrepared: boolean,
): MoveRefusal | undefined {
  const { partition } = placement.lookUp(move);
  if (placement.moveOf(move.dataset, move.symbol) !== undefined) return 'MOVE_PENDING';
  if (move.to >= partitions) return 'PARTITION_UNKNOWN';
  if (partition === move.to) return 'ALREADY_THERE';
  const [source, target] = [unfit.get(partition), unfit.get(move.to)];
  if (!givesNow(source, isPrepared || move.standing === 'pinned')) return source;
  return takesNow(target) ? undefined : target;
}

function atHome({ basePartitions }: Placement): (name: InstrumentName) => InstrumentPin {
  return ({ dataset, symbol }) => ({ dataset, symbol, partition: homePartition(dataset, symbol, basePartitions) });
}

/** Entries of one partition share a record, so that the last of many moves waits no longer than the first. */
export function byPartition(
  entries: readonly { readonly partition: number; readonly entry: EntryOfMovesToWrite }[],
): EntriesToAppend[] {
  const records = new Map<number, EntryOfMovesToWrite[]>();
  for (const { partition, entry } of entries) {
    const others = records.get(partition);
    if (others === undefined) records.set(partition, [entry]);
    else others.push(entry);
  }
  return Array.from(records, ([partition, own]) => ({ partition, entries: own }));
}
