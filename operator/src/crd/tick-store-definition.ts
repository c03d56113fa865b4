/**
 * The kind TickStore. In: nothing. Out: its definition. A primary key is never altered and nothing is taken away: migrations
 * add, times to live and replication count for what is written from then on, and conditions say what is left to do.
 */
import type { KubeObject } from '@tapeline/kubernetes';
import { storeConditionTypes } from '../decide/store-reasons.ts';
import { addressesOf, conditionsOf, countOf64, deletionPolicyOf, loginFields, tlsOf } from './connection-schema.ts';
import { definitionOf } from './definition.ts';
import { tickStoreType } from './group.ts';
import { countOf, durationOf, keyedListOf, listOf, mapOf, objectOf, type Rule, type Schema, textOf } from './schema.ts';

/** The tables whose rows may end: what they hold is a function of the log. Snapshots, terms and streams are not among them. */
export const tablesWithTtl = ['bars', 'bar_revisions', 'tape_chunks', 'tape_index', 'signals'] as const;

const specRules: readonly Rule[] = [
  {
    rule: 'self.keyspace == oldSelf.keyspace',
    message: 'keyspace cannot change, as bars and snapshots lie in it; declare another store',
    fieldPath: '.keyspace',
  },
  {
    rule: 'self.cassandra.datacenter in self.replication',
    message: 'replication has no entry for cassandra.datacenter, in which everything is read and written; add one',
    fieldPath: '.replication',
  },
  {
    rule: "self.replication.all(name, name.matches('^[A-Za-z0-9_.-]{1,64}$'))",
    message: 'replication names a data centre with other characters than letters, digits, _, . and -',
    fieldPath: '.replication',
  },
];

const cassandra: Schema = objectOf(
  'The Cassandra cluster.',
  {
    contactPoints: addressesOf('Nodes, HOST:PORT, some of them.'),
    datacenter: textOf('Data centre in which we read and write.', 64, { minLength: 1, pattern: '^[A-Za-z0-9_.-]+$' }),
    tls: tlsOf('nodes'),
    login: objectOf('How to log in.', loginFields, ['username', 'passwordSecretRef']),
  },
  ['contactPoints', 'datacenter'],
);

const compaction: Schema = objectOf(
  'How its files are merged, kept so.',
  {
    class: {
      type: 'string',
      description: 'The strategy.',
      enum: [
        'UnifiedCompactionStrategy',
        'TimeWindowCompactionStrategy',
        'LeveledCompactionStrategy',
        'SizeTieredCompactionStrategy',
      ],
    },
    options: mapOf('Its options.', { type: 'string', maxLength: 128 }, 16),
  },
  ['class'],
);

const table: Schema = objectOf(
  'One of them.',
  {
    name: { type: 'string', description: 'Its name.', enum: tablesWithTtl },
    ttl: durationOf(
      'How long rows written from now on stay; 0s = for ever. Rows that are there keep theirs. Absent: hands off.',
    ),
    compaction,
  },
  ['name'],
);

const spec: Schema = objectOf(
  'What the store shall be.',
  {
    cassandra,
    keyspace: textOf('Keyspace of the tables.', 48, { pattern: '^[a-z][a-z0-9_]*$' }),
    replication: mapOf(
      'Copies by data centre, kept so. They come and go one at a time, and repairs between are waited for.',
      countOf('Copies.', 1, 32),
      16,
      { minProperties: 1 },
    ),
    tables: keyedListOf('Tables whose time to live or compaction is kept so.', table, ['name'], tablesWithTtl.length),
    paused: { type: 'boolean', description: 'Changes nothing while it is true.', default: false },
    deletionPolicy: deletionPolicyOf('the keyspace'),
  },
  ['cassandra', 'keyspace', 'replication'],
  { 'x-kubernetes-validations': specRules },
);

const status: Schema = objectOf('What the store is; only the operator writes it.', {
  observedGeneration: countOf64('The generation that it is about.'),
  conditions: conditionsOf(storeConditionTypes),
  schemaVersion: textOf('Version of the schema that all nodes agree on; absent while they do not.', 64),
  nodes: countOf64('Nodes that the cluster names.'),
  migrations: countOf64('The last migration that was applied.'),
  appliedHash: textOf('Of replication and tables as they were last seen to be as declared.', 64),
  drift: listOf('What is not as declared.', { type: 'string', maxLength: 512 }, 32),
  repair: objectOf(
    'The repair that a change of replication asks for; absent where none is due.',
    {
      token: textOf('What the annotation tapeline.dev/repaired has to hold once it is done.', 64),
      replication: textOf('The replication at which it has to run.', 512),
      before: textOf('The replication before; the same where the next change waits for the repair.', 512),
    },
    ['token', 'replication'],
  ),
});

/** The definition of TickStore. */
export const tickStoreDefinition: KubeObject = definitionOf({
  type: tickStoreType,
  shortName: 'tst',
  about: 'A keyspace on Cassandra: its replication, its tables and their migrations.',
  columns: [
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
    { name: 'Keyspace', type: 'string', jsonPath: '.spec.keyspace' },
    { name: 'Nodes', type: 'integer', jsonPath: '.status.nodes' },
    { name: 'Migration', type: 'integer', jsonPath: '.status.migrations' },
    { name: 'Consistent', type: 'string', jsonPath: '.status.conditions[?(@.type=="ReplicationConsistent")].status' },
    { name: 'Schema', type: 'string', jsonPath: '.status.schemaVersion', priority: 1 },
    { name: 'Message', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].message', priority: 1 },
  ],
  spec,
  status,
  rules: [
    {
      rule: "size(self.metadata.name) <= 63 && !self.metadata.name.contains('.')",
      message: 'metadata.name has 63 characters at most and no point',
    },
  ],
});
