/**
 * What queries need of `control`, the topic of maps. In: nothing. Out: the type, which a `ControlFollower` fits; main.ts wires it.
 * Without it every instrument is where it was first, and no partition is ever added.
 */
import type { ControlView, PartitionReport, WriterReport } from '@tapeline/domain';

/** A report and when it was appended to `control`, ms since the Unix epoch. */
export type ReceivedReport<Report> = { readonly report: Report; readonly appendTimeMs: number };

/** The map in force and the newest reports. */
export type PlacementSource = {
  readonly view: ControlView;
  readonly reports: {
    readonly partitions: Iterable<ReceivedReport<PartitionReport>>;
    readonly writers: Iterable<ReceivedReport<WriterReport>>;
  };
  /** Calls `listener` whenever the view changed; the answer ends that. */
  onChange(listener: (view: ControlView) => void): () => void;
};
