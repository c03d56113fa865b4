/**
 * The board on which a plan is made. In: the input of a plan. Out: loads of partitions, what they are for, and the moves so
 * far. It keeps the bounds: as many moves and overrides as the policy allows, nothing that is pending moves, nothing goes to or
 * from an unfit partition (C2, C5), and from one that is behind pinned ones alone.
 */
import { compareNames } from './instrument-map.ts';
import type { Standing } from './override.ts';
import { milliPerTick, type PlanItem, planItems } from './plan-item.ts';
import type { MoveReason, PartitionRole, PlanInput, PlannedMove, Stay, StayReason } from './plan-types.ts';
import { givesNow, takesNow } from './unfit-reason.ts';

/** Loads and moves of a plan that is being made; all loads are thousandths of a tick a second. */
export class PlanBoard {
  readonly input: PlanInput;
  readonly partitions: number;
  readonly items: readonly PlanItem[];
  /** What each partition carries by the plan so far. */
  readonly loads: Float64Array;
  /** How many instruments were moved to each partition and are there by the plan so far, the quiet ones as well. */
  readonly arrivals: Uint32Array;
  /** Partitions of hot instruments that are alone there without the map saying so. */
  readonly alone: Set<number> = new Set();
  readonly moves: PlannedMove[] = [];
  readonly stays: Stay[] = [];
  #overridesLeft: number;

  constructor(input: PlanInput) {
    this.input = input;
    this.partitions = Math.max(input.partitions, input.placement.partitions);
    this.items = planItems(input);
    this.loads = new Float64Array(this.partitions);
    this.arrivals = new Uint32Array(this.partitions);
    this.#overridesLeft = input.policy.overridesMax - input.placement.overrideCount;
    for (const { partition, milli } of this.items) this.#load(partition, milli);
    input.placement.forEachOverride(({ partition }) => this.#arrive(partition, 1));
  }

  /** How many more moves may be planned. */
  get movesLeft(): number {
    const { policy, placement } = this.input;
    return policy.movesMax - placement.moves.length - this.moves.length;
  }

  /** What a partition is meant to carry. */
  get target(): number {
    return this.input.policy.targetTicksPerSec * milliPerTick;
  }

  /** Whether the partition takes. */
  isFit(partition: number): boolean {
    return takesNow(this.input.unfit?.get(partition));
  }

  /** What keeps the item where it is, whatever the place that it would go to; only a pin does not wait. */
  blockOf(item: PlanItem, reason: MoveReason): StayReason | undefined {
    if (item.isPending || item.isMoved) return 'pending';
    if (item.waitMs > 0 && reason !== 'pinned') return 'cooldown';
    const unfit = this.input.unfit?.get(item.partition);
    if (givesNow(unfit, reason === 'pinned')) return undefined;
    return unfit === 'behind' ? 'source-behind' : 'source-unfit';
  }

  /** Plans the move, or gives the reason why it is not to be. */
  move(item: PlanItem, to: number, reason: MoveReason, standing: Standing): StayReason | undefined {
    const block = this.blockOf(item, reason) ?? (this.isFit(to) ? undefined : 'target-unfit');
    if (block !== undefined) return block;
    if (item.standing === undefined && this.#overridesLeft <= 0) return 'overrides-at-most';
    if (this.movesLeft <= 0) return 'moves-at-most';
    const { dataset, symbol, from, milli } = item;
    const [fromBefore, toBefore] = [this.loads[item.partition] ?? 0, this.loads[to] ?? 0];
    if (item.standing === undefined) this.#overridesLeft -= 1;
    else this.#arrive(item.partition, -1);
    this.#arrive(to, 1);
    this.#load(item.partition, -milli);
    this.#load(to, milli);
    Object.assign(item, { partition: to, standing, isMoved: true });
    const fromLoad = { before: fromBefore / milliPerTick, after: (fromBefore - milli) / milliPerTick };
    const toLoad = { before: toBefore / milliPerTick, after: (toBefore + milli) / milliPerTick };
    this.moves.push({
      dataset,
      symbol,
      reason,
      from,
      to,
      standing,
      ticksPerSec: milli / milliPerTick,
      fromLoad,
      toLoad,
    });
    return undefined;
  }

  /** Says why the item is not moved. */
  stay(item: PlanItem, wanted: MoveReason, stays: StayReason, to?: number): void {
    const { dataset, symbol, partition, milli } = item;
    const waitMs = stays === 'cooldown' ? item.waitMs : 0;
    this.stays.push({ dataset, symbol, wanted, stays, partition, to, ticksPerSec: milli / milliPerTick, waitMs });
  }

  /** Items that a rule is about, the hottest first and among equals by name. */
  hottestFirst(isMeant: (item: PlanItem) => boolean): PlanItem[] {
    return this.items.filter(isMeant).sort((one, other) => other.milli - one.milli || compareNames(one, other));
  }

  /** What each partition is for by the plan so far. */
  roles(): PartitionRole[] {
    const roles = Array.from({ length: this.partitions }, (_, partition): PartitionRole =>
      this.isFit(partition) ? 'shared' : 'unfit',
    );
    let owned = this.alone.size;
    const own = (partition: number): void => {
      if (roles[partition] === 'shared') roles[partition] = 'dedicated';
    };
    for (const { standing, partition } of this.items) {
      if (standing !== 'dedicated') continue;
      own(partition);
      owned += 1;
    }
    for (const partition of this.alone) own(partition);
    for (const partition of this.#reserved(owned)) roles[partition] = 'reserved';
    return roles;
  }

  /** Added partitions that nothing lives in and nothing is pinned to, the highest number first. */
  emptyPartitions(): number[] {
    const pinned = new Set(this.input.policy.pins.map(({ partition }) => partition));
    const empty: number[] = [];
    for (let partition = this.partitions - 1; partition >= this.input.placement.basePartitions; partition -= 1) {
      if (this.arrivals[partition] === 0 && !pinned.has(partition) && this.isFit(partition)) empty.push(partition);
    }
    return empty;
  }

  /**
   * Empty partitions that the next hot instruments find empty: as many as the policy allows them, but at most half of those
   * that were added, since those who add partitions want them used. They cost nothing: what a worker carries is its load.
   */
  #reserved(owned: number): number[] {
    const added = this.partitions - this.input.placement.basePartitions;
    const kept = Math.min(this.input.policy.dedicatedMax, Math.floor(added / 2)) - owned;
    return kept > 0 ? this.emptyPartitions().slice(0, kept) : [];
  }

  #load(partition: number, milli: number): void {
    this.loads[partition] = (this.loads[partition] ?? 0) + milli;
  }

  #arrive(partition: number, count: number): void {
    this.arrivals[partition] = (this.arrivals[partition] ?? 0) + count;
  }
}
