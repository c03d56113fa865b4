/**
 * The kind TickStream. In: nothing. Out: its definition: fields with their bounds, what is refused at admission, what
 * `kubectl get` shows. Admission refuses only what can be seen in the object itself; the rest is told by conditions.
 */
import { streamPartitionsMax } from '@tapeline/domain';
import type { KubeObject } from '@tapeline/kubernetes';
import { streamConditionTypes } from '../decide/stream-reasons.ts';
import { addressesOf, conditionsOf, countOf64, deletionPolicyOf, loginFields, tlsOf } from './connection-schema.ts';
import { definitionOf } from './definition.ts';
import { feedsSchema } from './feed-schema.ts';
import { tickStreamType } from './group.ts';
import { placementSchema } from './placement-schema.ts';
import { placementStatusFields } from './placement-status-schema.ts';
import { countOf, durationOf, keyedListOf, listOf, mapOf, objectOf, type Rule, type Schema, textOf } from './schema.ts';
import { podsSchema } from './pods-schema.ts';

const name = '(has(self.topic) && has(self.topic.name) ? self.topic.name : "")';

const specRules: readonly Rule[] = [
  {
    rule: 'self.partitions >= oldSelf.partitions',
    message:
      'partitions may grow and never shrink, as what they hold would be lost to readers; declare another stream for fewer',
    fieldPath: '.partitions',
  },
  {
    rule: `${name} == ${name.replaceAll('self', 'oldSelf')}`,
    message: 'topic.name is the identity of the stream and cannot change; declare another stream',
    fieldPath: '.topic',
  },
  {
    rule: 'self.storeRef.name == oldSelf.storeRef.name',
    message: 'storeRef cannot change, as bars and snapshots lie in that store; declare another stream',
    fieldPath: '.storeRef',
  },
  {
    rule: '!has(self.pins) || self.pins.all(pin, pin.partition < self.partitions)',
    message: 'a pin names a partition that is not there; partitions are numbered from 0',
    fieldPath: '.pins',
  },
];

const topicRules: readonly Rule[] = [
  {
    rule: '!has(self.replicas) || !has(self.minInsyncReplicas) || self.minInsyncReplicas <= self.replicas',
    message: 'minInsyncReplicas is more than replicas, so nothing would ever be acknowledged',
  },
];

const configRules: readonly Rule[] = [
  mustBe('cleanup.policy', 'delete', 'compaction takes records out of the middle of the log'),
  mustBe('message.timestamp.type', 'LogAppendTime', 'bars close by the time at which records arrive'),
  mustBe('unclean.leader.election.enable', 'false', 'a replica that lacks acknowledged records could lead'),
  {
    rule: "!('retention.ms' in self) && !('min.insync.replicas' in self)",
    message:
      'retention.ms and min.insync.replicas have fields of their own: topic.retention and topic.minInsyncReplicas',
  },
];

function mustBe(key: string, value: string, why: string): Rule {
  return {
    // The type checker does not know that a value may be null.
    rule: `!('${key}' in self) || dyn(self['${key}']) == null || self['${key}'] == '${value}'`,
    message: `${key} has to be ${value}, as otherwise ${why}; null keeps the operator's hands off it`,
  };
}

const kafka: Schema = objectOf(
  'The Kafka cluster that holds the log.',
  {
    bootstrap: addressesOf('Brokers, HOST:PORT, some of them.'),
    tls: tlsOf('brokers'),
    sasl: objectOf(
      'How to log in.',
      {
        mechanism: { type: 'string', description: 'How.', enum: ['plain', 'scram-sha-256', 'scram-sha-512'] },
        ...loginFields,
      },
      ['mechanism', 'username', 'passwordSecretRef'],
    ),
  },
  ['bootstrap'],
);

const topic: Schema = objectOf(
  'The topics of the stream: NAME.ticks, NAME.bars, NAME.tape, NAME.quarantine and NAME.control.',
  {
    name: textOf('Their NAME; that of this object if absent.', 64, { pattern: '^[A-Za-z0-9][A-Za-z0-9_-]*$' }),
    replicas: countOf(
      'Copies of each record in topics that are made: 3 if absent, for which brokers are waited for. Those of topics that are there are only compared.',
      1,
      32,
    ),
    minInsyncReplicas: countOf(
      'Copies that a record must have before it is acknowledged; one less than there are if absent.',
      1,
      32,
    ),
    retention: durationOf(
      'How long records stay, but those of control. Absent: 7d in topics that are made, and as it is in topics that are there; null: hands off.',
      { nullable: true },
    ),
    config: mapOf(
      'Further settings of every topic but control, kept so; null keeps the hands off a setting that the operator would set. One that is taken out stays as it is.',
      { type: 'string', nullable: true, maxLength: 1_024 },
      64,
      { 'x-kubernetes-map-type': 'granular', 'x-kubernetes-validations': configRules },
    ),
  },
  [],
  { 'x-kubernetes-validations': topicRules },
);

const pins: Schema = keyedListOf(
  'Partitions that instruments shall live in. One that has no tick yet begins there; one that has is moved there in mode Auto. One that is taken out lets the instrument go back to where it was first.',
  objectOf(
    'One of them.',
    {
      dataset: textOf('Where its ticks come from.', 64, { minLength: 1 }),
      symbol: textOf('Its symbol there.', 64, { minLength: 1 }),
      partition: countOf('Its partition, from 0.', 0, streamPartitionsMax - 1),
    },
    ['dataset', 'symbol', 'partition'],
  ),
  ['dataset', 'symbol'],
  1_000,
);

const spec: Schema = objectOf(
  'What the stream shall be.',
  {
    kafka,
    topic,
    partitions: countOf(
      'Partitions of each topic but control. The first number decides for ever where instruments begin; instruments move to those that are added later.',
      1,
      streamPartitionsMax,
    ),
    pins,
    placement: placementSchema,
    storeRef: objectOf(
      'The TickStore with its bars, in the same namespace; one store serves one stream.',
      { name: textOf('Its name.', 253, { minLength: 1 }) },
      ['name'],
    ),
    intervals: listOf(
      'Intervals of bars, such as 1s or 5m. A changed list makes workers replay the log.',
      { type: 'string', maxLength: 8, pattern: '^[1-9][0-9]{0,4}[smhd]$' },
      16,
      { minItems: 1 },
    ),
    profiles: listOf('Profiles of sale conditions.', { type: 'string', maxLength: 8, enum: ['all', 'sip'] }, 2, {
      minItems: 1,
    }),
    lateness: durationOf('How long after its end a bar of live ticks stays open.'),
    ingest: addressesOf("Ingests that feeds publish to; those of the operator's --ingest if absent."),
    workers: podsSchema('The workers, which make the bars.', { replicas: true }),
    feeds: feedsSchema,
    paused: {
      type: 'boolean',
      description: 'Changes nothing while it is true, inside the cluster and outside.',
      default: false,
    },
    deletionPolicy: deletionPolicyOf('the topics'),
  },
  ['kafka', 'partitions', 'storeRef'],
  { 'x-kubernetes-validations': specRules },
);

const standing = {
  name: textOf('Its name.', 64),
  replicas: countOf64('Pods that there are.'),
  ready: countOf64('Pods that are ready.'),
};

const status: Schema = objectOf('What the stream is; only the operator writes it.', {
  observedGeneration: countOf64('The generation that it is about.'),
  conditions: conditionsOf(streamConditionTypes),
  partitions: countOf64('Partitions of the topic that has the fewest, control left out.'),
  basePartitions: countOf64(
    'With how many the stream began: where an instrument begins follows from it, so it never changes.',
  ),
  topicId: textOf("What tells the stream's ticks from another topic of the same name.", 64),
  topics: keyedListOf(
    'The topics.',
    objectOf(
      'One of them.',
      {
        name: textOf('Its name.', 249),
        id: textOf('Its id.', 64),
        partitions: countOf64('Its partitions.'),
        replicas: countOf64('Copies of each record, of the partition that has the fewest.'),
      },
      ['name'],
    ),
    ['name'],
    16,
  ),
  ...placementStatusFields,
  maxLag: countOf64('Records that the partition furthest behind has in front of it, one significant digit.'),
  laggingPartition: countOf64('Which one that is; absent where none is behind.'),
  workers: objectOf('The workers.', {
    ...standing,
    selector: textOf('Their labels, for autoscalers.', 512),
  }),
  feeds: keyedListOf('The feeds.', objectOf('One of them.', standing, ['name']), ['name'], 16),
  pins: countOf64('Declared pins that hold.'),
});

/** The definition of TickStream. */
export const tickStreamDefinition: KubeObject = definitionOf({
  type: tickStreamType,
  shortName: 'ts',
  about: 'A tape: its topics on Kafka, the workers that make bars of it, and the feeds that fill it.',
  columns: [
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
    { name: 'Partitions', type: 'integer', jsonPath: '.status.partitions', description: 'as Kafka has them' },
    { name: 'Epoch', type: 'integer', jsonPath: '.status.epoch', description: 'of the map of instruments' },
    { name: 'Moves', type: 'integer', jsonPath: '.status.moves', description: 'of instruments, under way' },
    { name: 'Workers', type: 'integer', jsonPath: '.status.workers.ready', description: 'ready' },
    { name: 'Wanted', type: 'integer', jsonPath: '.spec.workers.replicas' },
    {
      name: 'Lag',
      type: 'integer',
      jsonPath: '.status.maxLag',
      description: 'records, of the partition furthest behind',
    },
    { name: 'Store', type: 'string', jsonPath: '.spec.storeRef.name', priority: 1 },
    { name: 'Message', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].message', priority: 1 },
  ],
  spec,
  status,
  rules: [
    {
      rule: "size(self.metadata.name) <= 40 && !self.metadata.name.contains('.')",
      message: 'metadata.name has 40 characters at most and no point, as names of pods are made of it',
    },
  ],
  scale: {
    specReplicasPath: '.spec.workers.replicas',
    statusReplicasPath: '.status.workers.replicas',
    labelSelectorPath: '.status.workers.selector',
  },
});
