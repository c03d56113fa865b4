/**
 * What was seen of a stream and its surroundings, as decisions read it. In: nothing. Out: types. Everything is either seen or
 * says why not, so a decision never takes silence for absence.
 */
import { type TopicName, topicNames } from '@tapeline/domain';
import type { KubeObject } from '@tapeline/kubernetes';
import type { TickStore } from '../crd/tick-store.ts';
import type { Pin, TickStream } from '../crd/tick-stream.ts';
import type { Failure, Looked } from '../decide/failure.ts';
import type { SeenPlacement } from './seen-placement.ts';

/** A topic of a stream: one of the log's, or `control`, where its maps are. */
export type StreamTopic = TopicName | 'control';

/** All of them, in the order in which they are made. */
export const streamTopics: readonly StreamTopic[] = [...topicNames, 'control'];

/** A topic as Kafka has it. */
export type SeenTopic = {
  readonly topic: StreamTopic;
  /** Tells it from any other of its name. */
  readonly id: string;
  readonly partitions: number;
  /** Of the partition that has the fewest. */
  readonly replicas: number;
  readonly config: Readonly<Record<string, string>>;
};

/** What a stream was made with, as its store has it. */
export type SeenRow = { readonly basePartitions: number; readonly topicIds: ReadonlyMap<string, string> };

/** The store of a stream. */
export type SeenStore = { readonly store: TickStore; readonly isReady: boolean; readonly message: string };

/** Pins that hold, and wanted ones that came too late; others can still be entered. */
export type SeenPins = { readonly held: readonly Pin[]; readonly late: readonly Pin[] };

/** Why pods are not what they should be. */
export type PodProblem = { readonly kind: 'failing' | 'unschedulable'; readonly message: string };

/** An object that the operator made for a stream, as it is. */
export type SeenWorkload = {
  readonly object: KubeObject;
  /** The first problem of its pods. */
  readonly problem: PodProblem | undefined;
  /** How many templates its pods are of, those that are on their way out among them. */
  readonly templates: number;
};

/** What an effect was about. */
export type Concern = 'topics' | 'store' | 'pins' | 'workers' | 'feeds' | 'object';

/** An effect that failed in this round. */
export type FailedEffect = { readonly of: Concern; readonly failure: Failure };

/** Everything that a decision on a stream goes by. */
export type StreamObserved = {
  /** Every other stream that can be seen. */
  readonly others: readonly TickStream[];
  /** Absent = there is none of that name. */
  readonly store: SeenStore | undefined;
  /** A digest of what its pods read from Secrets. */
  readonly secrets: Looked<string>;
  readonly row: Looked<SeenRow | undefined>;
  readonly topics: Looked<readonly SeenTopic[]>;
  /** Records that wait, by partition. */
  readonly lag: Looked<ReadonlyMap<number, number>>;
  readonly pins: Looked<SeenPins>;
  /** By the coordinator of this process; not looked at while none runs. */
  readonly placement: Looked<SeenPlacement>;
  readonly workloads: readonly SeenWorkload[];
  /** Of this round, one of a concern at most. */
  readonly failed: readonly FailedEffect[];
};

/** What failed of a concern in this round, if anything did. */
export function failedOf({ failed }: StreamObserved, concern: Concern): Failure | undefined {
  return failed.find(({ of }) => of === concern)?.failure;
}
