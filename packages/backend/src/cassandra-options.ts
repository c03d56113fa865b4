/**
 * What can be set of a store on Cassandra. In: flags and environment. Out: where it is, how one gets in, and how its
 * keyspace is made.
 */
import { integerOption, type Option, type OptionWithDefault, textOption } from '@tapeline/runtime';
import { hostPortsOption } from './host-port.ts';
import { type LoginOptions, loginOptions } from './login-options.ts';
import { onByDefault } from './on-by-default.ts';

/** Names and kinds of the options. */
export type CassandraOptions = LoginOptions<'cassandra'> & {
  readonly cassandra: Option<readonly string[]>;
  readonly 'cassandra-dc': OptionWithDefault<string>;
  readonly keyspace: OptionWithDefault<string>;
  readonly 'cassandra-create-keyspace': OptionWithDefault<boolean>;
  readonly 'cassandra-replication': Option<number>;
};

/** The options. */
export const cassandraOptions: CassandraOptions = {
  cassandra: hostPortsOption({
    env: 'TAPELINE_CASSANDRA',
    help: 'Nodes of Cassandra 5 that hold bars, trades and snapshots, some of them; goes with --kafka.',
  }),
  'cassandra-dc': textOption({
    placeholder: 'NAME',
    env: 'TAPELINE_CASSANDRA_DC',
    charsMax: 64,
    default: 'datacenter1',
    help: 'Data centre that reads and writes go to.',
  }),
  keyspace: textOption({
    placeholder: 'NAME',
    env: 'TAPELINE_KEYSPACE',
    charsMax: 48,
    pattern: { fits: /^[a-z][a-z\d_]*$/, form: 'small letters, digits and _, a letter first' },
    default: 'tapeline',
    help: 'Keyspace of the tables.',
  }),
  'cassandra-create-keyspace': onByDefault({
    env: 'TAPELINE_CASSANDRA_CREATE_KEYSPACE',
    help: 'Makes the keyspace if it is missing; with --cassandra-create-keyspace=false it has to be there.',
  }),
  'cassandra-replication': integerOption({
    env: 'TAPELINE_CASSANDRA_REPLICATION',
    min: 1,
    max: 32,
    help: 'Replicas, in that data centre, of a keyspace that it makes. Default: 3, or as many as there are nodes.',
  }),
  ...loginOptions('cassandra', 'nodes'),
};
