/**
 * Whether a stream has a coordinator now. In: what is declared and was seen, the finding on topics and store. Out: what it shall go by,
 * that it ends, or that it goes on as it is. One that runs goes on while servers are away: it waits for them by itself. While workers
 * of an older template may be left it begins no move.
 */
import type { PlacementPolicy } from '@tapeline/domain';
import type { PlacementMode } from '../crd/placement-schema.ts';
import type { TickStream } from '../crd/tick-stream.ts';
import { type SeenTopic, type StreamObserved, streamTopics } from '../observe/stream-observed.ts';
import type { Finding } from './condition.ts';
import { logTopics } from './stream-topics.ts';

/** What a coordinator goes by. */
export type CoordinatorPlan = {
  /** The stream's name in Kafka and in its store. */
  readonly stream: string;
  readonly basePartitions: number;
  /** Partitions that every topic of the log has; the map may name so many. */
  readonly partitions: number;
  /** As declared, but Propose for Auto while no move may begin: what is listed is carried out, and plans go on. */
  readonly mode: PlacementMode;
  readonly policy: PlacementPolicy;
  /** How long ticks stay, ms; infinite where they stay for ever. */
  readonly retentionMs: number;
  /** What tells the stream's topics from others of their names. */
  readonly topicIds: Readonly<Record<string, string>>;
};

/** What becomes of the coordinator of a stream. */
export type CoordinatorWish =
  | { readonly kind: 'run'; readonly plan: CoordinatorPlan }
  | { readonly kind: 'keep' }
  | { readonly kind: 'stop' };

/** Reasons for which nothing may be written to the topics: they are not this stream's, or not what they were. */
const foreign: readonly string[] = ['TopicMissing', 'TopicReplaced', 'TopicInUse', 'StoreInUse', 'StoreMissing'];

/** Decides on the coordinator. */
export function decideCoordinator(
  stream: TickStream,
  { topics, row, store: seenStore }: StreamObserved,
  findings: {
    readonly topics: Finding;
    readonly store: Finding;
    readonly isWhole: boolean;
    /** Why no move may begin. */
    readonly heldBack: string | undefined;
  },
): CoordinatorWish {
  if (stream.isPaused || stream.object.isDeleting) return { kind: 'stop' };
  if ([findings.topics, findings.store].some(({ reason }) => foreign.includes(reason))) return { kind: 'stop' };
  const isSeen = findings.isWhole && topics.kind === 'seen' && topics.value.length === streamTopics.length;
  if (!isSeen || row.kind !== 'seen' || row.value === undefined || seenStore === undefined) return { kind: 'keep' };
  // A topic that the store does not name yet may turn out to be another stream's.
  const isEntered = streamTopics.every((topic) => row.value?.topicIds.has(topic) === true);
  if (!isEntered) return { kind: 'keep' };
  const { mode, policy } = stream.placement;
  return {
    kind: 'run',
    plan: {
      stream: stream.topic.name,
      basePartitions: row.value.basePartitions,
      partitions: Math.min(...logTopics(topics.value).map(({ partitions }) => partitions)),
      mode: findings.heldBack === undefined ? mode : 'Propose',
      policy: { ...policy, pins: stream.pins },
      retentionMs: retentionOf(topics.value),
      topicIds: Object.fromEntries(row.value.topicIds),
    },
  };
}

function retentionOf(topics: readonly SeenTopic[]): number {
  const text = topics.find(({ topic }) => topic === 'ticks')?.config['retention.ms'];
  const ms = Number(text);
  return text === undefined || !(ms >= 0) ? Infinity : ms;
}
