/**
 * Does what was decided on a stream, one effect after the other. In: actions. Out: which were done, and what failed. Each effect may
 * be done again, so whoever is killed between two of them leaves nothing that the next round does not see.
 */
import type { KubeApi, KubeObject } from '@tapeline/kubernetes';
import { fieldManager, finalizer, tickStreamType } from '../crd/group.ts';
import type { Pin, TickStream } from '../crd/tick-stream.ts';
import type { StreamAction, StreamEffect } from '../decide/stream-actions.ts';
import { pinsEntered } from '../decide/stream-pins.ts';
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

/** Does them in order; a failure ends its own concern and what waits for that. Rejects with what is no failure of the outside. */
export async function applyStream(
  parts: ApplyStreamParts,
  input: ApplyStreamInput,
  actions: readonly StreamAction[],
): Promise<Applied<StreamAction>> {
  return applyInOrder(parts, actions, {
    perform: async (action) => {
      if (action.effect.kind === 'enter-pins') return enterPins(parts, input, action.effect.pins);
      await perform(parts, input, action.effect);
      return action;
    },
    // Without its finalizer nothing outside is made, since nobody would take it away again.
    isBlocked: ({ of, after }, failed) => failed === of || failed === after || failed === 'object',
  });
}

/** Of pins that are entered at once some may come late, so only those that hold are told. */
async function enterPins(
  parts: ApplyStreamParts,
  input: ApplyStreamInput,
  pins: readonly Pin[],
): Promise<StreamAction> {
  const { held } = await onKeyspace(parts, input, (keyspace) => keyspace.enterPins(input.stream.topic.name, pins));
  return pinsEntered(pins, held);
}

async function perform(
  parts: ApplyStreamParts,
  input: ApplyStreamInput,
  effect: Exclude<StreamEffect, { kind: 'enter-pins' }>,
): Promise<void> {
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
    case 'create-control': {
      const { replicas, minInsyncReplicas } = stream.topic;
      return onKafka(parts, input, (kafka) => kafka.createControl(name, { replicas, minInsyncReplicas }));
    }
    case 'enter-stream':
      return onKeyspace(parts, input, (keyspace) => keyspace.enterStream(name, effect.row));
    case 'set-topic-config':
      return onKafka(parts, input, (kafka) => kafka.setTopicConfig(effect.topic, effect.config));
    case 'add-partitions':
      return onKafka(parts, input, (kafka) => kafka.addPartitions(effect.topic, effect.count));
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

async function onKeyspace<Result>(
  { servers }: ApplyStreamParts,
  { store, secrets }: ApplyStreamInput,
  work: (keyspace: KeyspacePort) => Promise<Result>,
): Promise<Result> {
  if (secrets === undefined || store === undefined) {
    throw new RangeError('an effect on the store was decided without it or its secrets');
  }
  return servers.withKeyspace(store.store.cassandra, store.store.keyspace, secrets, work);
}
