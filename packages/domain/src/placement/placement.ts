/**
 * Which partition each instrument lives in. In: what a map record of `control` says. Out: the place of any instrument.
 * C0 of the protocol: without an override it lives where it was first, at epoch 0: at home by the frozen hash, or at the
 * pin of its row (ADR 20). A placement never changes; `applyChange` makes the next one.
 */
import { homePartition } from './home.ts';
import { compareNames, type InstrumentEntry, InstrumentMap, type InstrumentName } from './instrument-map.ts';
import { type Override, packOverride, type Place, unpackOverride } from './override.ts';

/** A move that was published, and whose `Move` may not be in the log of its old partition yet (C4, C6). */
export type ListedMove = InstrumentName & {
  /** The epoch that the instrument gets, which is that of the map that published the move. */
  readonly epoch: number;
  /** The epoch that it has before; 0 if it was never moved. */
  readonly fromEpoch: number;
  /** The partition that it leaves, to which the `Move` is appended. */
  readonly from: number;
  readonly to: number;
};

/** When the moves of an epoch were published. */
export type EpochTime = {
  readonly epoch: number;
  /** Log time, ms since the Unix epoch. */
  readonly logTimeMs: number;
};

/** Most epochs whose times a map keeps; the oldest go, and an instrument moved in one of those has no cooldown left. */
export const epochTimesMax = 1_024;

/** What a map record holds. `brokenInvariant` judges it; nothing else may be made into a placement. */
export type PlacementParts = {
  /** The partitions that the stream began with; never another number. */
  readonly basePartitions: number;
  /** The partitions that there are now; never fewer than before. */
  readonly partitions: number;
  /** Rises by one with each map record; 0 before the first. */
  readonly epoch: number;
  readonly overrides: readonly (InstrumentName & Override)[];
  readonly moves: readonly ListedMove[];
  /** Of epochs that moved something, ascending; at most `epochTimesMax`. */
  readonly epochTimes: readonly EpochTime[];
};

/** An instrument, and the pin of its row if it has one (ADR 20). */
export type PlacedInstrument = InstrumentName & { readonly pin?: number | undefined };

/** A map of instruments to partitions, at one epoch. */
export class Placement {
  readonly basePartitions: number;
  readonly partitions: number;
  readonly epoch: number;
  /** Moves not yet appended, in the order of names. */
  readonly moves: readonly ListedMove[];
  readonly epochTimes: readonly EpochTime[];
  readonly #packed: InstrumentMap<number>;
  readonly #listed: InstrumentMap<ListedMove> = new InstrumentMap();

  private constructor(parts: Omit<PlacementParts, 'overrides'>, packed: InstrumentMap<number>) {
    this.basePartitions = parts.basePartitions;
    this.partitions = parts.partitions;
    this.epoch = parts.epoch;
    this.moves = parts.moves.toSorted(compareNames);
    this.epochTimes = parts.epochTimes;
    this.#packed = packed;
    for (const move of this.moves) this.#listed.set(move.dataset, move.symbol, move);
  }

  /** Everything where it was first, at epoch 0: the placement before any map record. */
  static atHome(basePartitions: number): Placement {
    const parts = { basePartitions, partitions: basePartitions, epoch: 0, moves: [], epochTimes: [] };
    return new Placement(parts, new InstrumentMap());
  }

  /** A placement of these parts. Throws `RangeError` as `packOverride` does; otherwise judges nothing. */
  static of(parts: PlacementParts): Placement {
    const packed = new InstrumentMap<number>();
    for (const override of parts.overrides) packed.set(override.dataset, override.symbol, packOverride(override));
    return new Placement(parts, packed);
  }

  /** This placement with other overrides of some instruments, and everything but the overrides as `parts` says. */
  with(parts: Omit<PlacementParts, 'overrides'>, overrides: readonly (InstrumentName & Override)[]): Placement {
    const packed = new InstrumentMap(this.#packed);
    for (const override of overrides) packed.set(override.dataset, override.symbol, packOverride(override));
    return new Placement(parts, packed);
  }

  /** How many instruments were ever moved. */
  get overrideCount(): number {
    return this.#packed.size;
  }

  /** The overrides in the order of names. */
  get overrides(): readonly (InstrumentName & Override)[] {
    return this.#packed.sorted().map(named);
  }

  /** What a map record of this placement holds. */
  parts(): PlacementParts {
    const { basePartitions, partitions, epoch, overrides, moves, epochTimes } = this;
    return { basePartitions, partitions, epoch, overrides, moves, epochTimes };
  }

  /** Calls `visit` with every override, in any order. */
  forEachOverride(visit: (override: Override, dataset: string, symbol: string) => void): void {
    this.#packed.forEach((packed, dataset, symbol) => visit(unpackOverride(packed), dataset, symbol));
  }

  /** The override of an instrument; `undefined` if it was never moved. */
  overrideOf(dataset: string, symbol: string): Override | undefined {
    const packed = this.#packed.get(dataset, symbol);
    return packed === undefined ? undefined : unpackOverride(packed);
  }

  /** Where the instrument lives by this map. Throws `RangeError` as `homePartition` does. */
  lookUp({ dataset, symbol, pin }: PlacedInstrument): Place {
    const override = this.overrideOf(dataset, symbol);
    if (override !== undefined) return { partition: override.partition, epoch: override.epoch };
    return { partition: pin ?? homePartition(dataset, symbol, this.basePartitions), epoch: 0 };
  }

  /** The move of the instrument that is not marked done yet. */
  moveOf(dataset: string, symbol: string): ListedMove | undefined {
    return this.#listed.get(dataset, symbol);
  }

  /** When the moves of this epoch were published, log time in ms; `undefined` if that was long ago, or it moved nothing. */
  movedAtMs(epoch: number): number | undefined {
    let low = 0;
    let high = this.epochTimes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.epochTimes[middle]?.epoch ?? Infinity) < epoch) low = middle + 1;
      else high = middle;
    }
    const found = this.epochTimes[low];
    return found?.epoch === epoch ? found.logTimeMs : undefined;
  }
}

function named({ dataset, symbol, value }: InstrumentEntry<number>): InstrumentName & Override {
  return { dataset, symbol, ...unpackOverride(value) };
}
