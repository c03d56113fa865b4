/**
 * A map of instruments that a test writes, with reports. In: parts of maps and reports. Out: what queries take for
 * `control`, by the reducer that every process follows it with.
 */
import type { KeptReport } from '@tapeline/control';
import {
  type ControlView,
  emptyControlView,
  type PartitionReport,
  Placement,
  type PlacementParts,
  type WriterReport,
} from '@tapeline/domain';
import type { PlacementSource } from '../src/placement/placement-source.ts';

/** The placement of a test. */
export class ScriptedPlacement implements PlacementSource {
  view: ControlView;
  readonly reports: {
    partitions: KeptReport<PartitionReport>[];
    writers: KeptReport<WriterReport>[];
  } = { partitions: [], writers: [] };
  readonly #listeners = new Set<(view: ControlView) => void>();

  constructor(basePartitions: number) {
    this.view = emptyControlView(basePartitions);
  }

  /** Puts a map in force that differs from the one before in these, with the next epoch if none is given. */
  put(parts: Partial<PlacementParts>): void {
    const before = this.view.placement.parts();
    const placement = Placement.of({ ...before, epoch: before.epoch + 1, ...parts });
    this.view = { token: 1, mapToken: 1, placement };
    for (const listener of this.#listeners) listener(this.view);
  }

  onChange(listener: (view: ControlView) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
