/**
 * How a stream goes. In: the stream and what was seen. Out: effects, and why it does not go yet. Three ways out: all is deleted;
 * the policy is Retain; or a person says that it may go although Kafka does not answer.
 */
import type { TickStream } from '../crd/tick-stream.ts';
import { failedOf, type StreamObserved } from '../observe/stream-observed.ts';
import { annotations } from '../crd/group.ts';
import { blocked, type Deletion, letGo } from './letting-go.ts';
import type { StreamAction } from './stream-actions.ts';
import { removalActions } from './stream-pods.ts';
import { knownIds, ownerOfTopics, topicNameOf, topicsFailure } from './stream-topics.ts';

/** What was decided on a stream that is to go. */
export type DeletionDecision = Deletion<StreamAction>;

/** Decides on a stream whose deletion was asked for. */
export function decideStreamDeletion(stream: TickStream, observed: StreamObserved): DeletionDecision {
  if (!stream.object.hasFinalizer) return { actions: [], blockedBy: undefined };
  if (stream.deletionPolicy === 'Retain' || ownerOfTopics(stream, observed) !== undefined) return letGo();
  if (stream.object.isAbandoned) {
    return letGo(`the topics ${stream.topic.name}.* stay: ${annotations.abandon} says so`);
  }
  const stays = (why: string): DeletionDecision => blocked(stream.object, 'topics', why);
  if (stream.isPaused) return stays('it is paused: set spec.paused to false');
  // Whoever writes to the topics ends first.
  if (observed.workloads.length > 0) return { actions: removalActions(observed), blockedBy: undefined };
  if (observed.secrets.kind === 'failed') return stays(topicsFailure(observed.secrets.failure).message);
  if (observed.topics.kind === 'failed') return stays(topicsFailure(observed.topics.failure).message);
  const failed = failedOf(observed, 'topics');
  if (failed !== undefined) return stays(failed.message);
  if (observed.topics.kind === 'not-looked') return stays('Kafka was not looked at yet');
  const known = knownIds(stream, observed.row.kind === 'seen' ? observed.row.value : undefined);
  // One that somebody made anew under the old name is not ours.
  const ours = observed.topics.value.filter(({ topic, id }) => (known.get(topic) ?? id) === id);
  if (ours.length === 0) return letGo();
  const topics = ours.map(({ topic }) => topicNameOf(stream, topic));
  const note = `deleted topics ${topics.join(', ')}`;
  return {
    actions: [{ effect: { kind: 'delete-topics', topics }, of: 'topics', tells: { reason: 'TopicsDeleted', note } }],
    blockedBy: undefined,
  };
}
