/**
 * Does what was decided on a stream, one effect after the other. In: actions. Out: which were done, and the failure that ended it if
 * one did. Each effect may be done again, so whoever is killed between two of them leaves nothing that the next round does not see.
 */
import type { KubeApi, KubeObject } from '@tapeline/kubernetes';
import { fieldManager, finalizer, tickStreamType } from '../crd/group.ts';
import type { TickStream } from '../crd/tick-stream.ts';
import type { StreamAction, StreamEffect } from '../decide/stream-actions.ts';
import type { SecretBook } from '../observe/read-secrets.ts';
import type { SeenStore } from '../observe/stream-observed.ts';
import { addFinalizer, removeFinalizer } from '../runtime/finalizer.ts';
import { type Applied, applyInOrder, type Round } from './apply-in-order.ts';
import type { KafkaPort, KeyspacePort, Servers } from './ports.ts';

/** What effects need, on a stream or a store. */
export type ApplyParts<Action> = Round<Action> & {
  /** Refuses writes once the process does not lead any more. */
  readonly api: KubeApi;
  readonly servers: Servers;
};

/** What effects on a stream need. */
export type ApplyStreamParts = ApplyParts<StreamAction>;

/** The stream as it was read, and what opens its servers. */
export type ApplyStreamInput = {
  readonly object: KubeObject;
  readonly stream: TickStream;
  readonly store: SeenStore | undefined;
  readonly secrets: SecretBook | undefined;
};

/** Does them in order, up to the first that fails. Rejects with what is no failure of the outside. */
export async function applyStream(
  parts: ApplyStreamParts,
  input: ApplyStreamInput,
  actions: readonly StreamAction[],
): Promise<Applied<StreamAction['of']>> {
  return applyInOrder(parts, actions, async ({ effect }) => perform(parts, input, effect));
}

async function perform(parts: ApplyStreamParts, input: ApplyStreamInput, effect: StreamEffect): Promise<void> {
  const { api, signal } = parts;
  const { object, stream } = input;
  const { name } = stream.topic;
  switch (effect.kind) {
    case 'set-finalizer':
      return effect.isWanted
        ? void (await addFinalizer(api, tickStreamType, object, finalizer))
        : removeFinalizer(api, tickStreamType, object, finalizer);
    case 'create-topics': {
      const { replicas, minInsyncReplicas, retentionMs, config } = stream.topic;
      const wanted = { partitions: stream.partitions, replicas, minInsyncReplicas, retentionMs, config };
      return onKafka(parts, input, (kafka) => kafka.createTopics(name, wanted));
    }
    case 'enter-stream':
      return onKeyspace(parts, input, (keyspace) => keyspace.enterStream(name, effect.row));
    case 'set-topic-config':
      return onKafka(parts, input, (kafka) => kafka.setTopicConfig(effect.topic, effect.config));
    case 'add-partitions':
      return onKafka(parts, input, (kafka) => kafka.addPartitions(effect.topic, effect.count));
    case 'enter-pins':
      return onKeyspace(parts, input, async ({ pins }) => pins?.enter(name, effect.pins));
    case 'delete-topics':
      return onKafka(parts, input, (kafka) => kafka.deleteTopics(effect.topics));
    case 'apply-object':
      await api.apply(effect.type, effect.object, { fieldManager, force: true, signal });
      return;
    case 'delete-object': {
      const key = { namespace: stream.object.namespace, name: effect.name };
      await api.delete(effect.type, key, { ...(effect.uid === '' ? {} : { uid: effect.uid }), signal });
    }
  }
}

async function onKafka(
  { servers }: ApplyStreamParts,
  { stream, secrets }: ApplyStreamInput,
  work: (kafka: KafkaPort) => Promise<void>,
): Promise<void> {
  if (secrets === undefined) throw new RangeError('an effect on Kafka was decided without its secrets');
  await servers.withKafka(stream.kafka, secrets, work);
}

async function onKeyspace(
  { servers }: ApplyStreamParts,
  { store, secrets }: ApplyStreamInput,
  work: (keyspace: KeyspacePort) => Promise<void>,
): Promise<void> {
  if (secrets === undefined || store === undefined) {
    throw new RangeError('an effect on the store was decided without it or its secrets');
  }
  await servers.withKeyspace(store.store.cassandra, store.store.keyspace, secrets, work);
}
