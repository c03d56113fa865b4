/**
 * What queries need of `control`, the topic of maps. In: nothing. Out: the type, which a `ControlFollower` fits; main.ts wires it.
 * Without it every instrument is where it was first, and no partition is ever added.
 */
import type { KeptReport } from '@tapeline/control';
import type { ControlView, PartitionReport, WriterReport } from '@tapeline/domain';

/** The map in force and the newest reports. */
export type PlacementSource = {
  readonly view: ControlView;
  readonly reports: {
    readonly partitions: Iterable<KeptReport<PartitionReport>>;
    readonly writers: Iterable<KeptReport<WriterReport>>;
  };
  /** Calls `listener` whenever the view changed; the answer ends that. */
  onChange(listener: (view: ControlView) => void): () => void;
};
