/**
 * Trades that go ahead of instruments, on their way. In: emissions, once all other outputs of their steps are durable. Out: the same,
 * durable, a target after the other's own and beside whatever else the partition puts out: gathering a busy instrument's takes seconds,
 * which bars of others do not wait for. What comes of later steps to the same target says itself whether it must come behind them.
 */
import type { Emission } from '@tapeline/domain';
import { appendEmission, type EmissionAppendsConfig } from './emission-appends.ts';
import { PartitionEndedError } from './partition-ended-error.ts';

/** What lanes need. */
export type AheadLanesConfig = {
  readonly appends: EmissionAppendsConfig;
  /** Whether what is not there yet need not come any more. */
  readonly isOver: () => boolean;
  /** Something is there. */
  readonly there: () => void;
  /** Hears of a record that cannot become durable. */
  readonly failed: (error: unknown) => void;
};

/** One lane a target. */
export class AheadLanes {
  readonly #config: AheadLanesConfig;
  /** In the order in which they came. */
  readonly #underWay = new Set<Emission>();
  readonly #lanes = new Map<number, Promise<void>>();

  constructor(config: AheadLanesConfig) {
    this.#config = config;
  }

  /** The first record of which something is not there; Infinity if all is. */
  get firstOffset(): number {
    const [first] = this.#underWay;
    return first?.offset ?? Infinity;
  }

  /** Bytes that wait or are under way. */
  get bytes(): number {
    let bytes = 0;
    for (const emission of this.#underWay) bytes += emission.bytes;
    return bytes;
  }

  /** Takes emissions of later records than those before. */
  add(emissions: readonly Emission[]): void {
    for (const emission of emissions) {
      this.#underWay.add(emission);
      const before = this.#lanes.get(emission.to) ?? Promise.resolve();
      const lane = before.then(() => this.#append(emission));
      this.#lanes.set(emission.to, lane);
    }
  }

  /** Resolves once all that was added for that partition is there; rejects where it need not come any more. */
  async thereIn(to: number): Promise<void> {
    await this.#lanes.get(to);
    if (this.#config.isOver()) throw new PartitionEndedError(`trades for partition ${to} did not all go ahead`);
  }

  /** Resolves when nothing is under way any more. */
  async idle(): Promise<void> {
    await Promise.all(this.#lanes.values());
  }

  async #append(emission: Emission): Promise<void> {
    const { appends, isOver, there, failed } = this.#config;
    if (isOver()) return;
    try {
      await appendEmission(appends, emission, isOver);
    } catch (error) {
      failed(error);
      return;
    }
    if (isOver()) return;
    this.#underWay.delete(emission);
    there();
  }
}
