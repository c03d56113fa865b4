/**
 * What can be set of a store on Cassandra. In: flags and environment. Out: where it is, how one gets in, and how its
 * keyspace is made. A password comes by the environment or a file, never by a flag.
 */
import {
  integerOption,
  type Option,
  type OptionWithDefault,
  secretOption,
  switchOption,
  textOption,
} from '@tapeline/runtime';
import { pathCharsMax } from './embedded-options.ts';
import { hostPortsOption } from './host-port.ts';

/** Names and kinds of the options. */
export type CassandraOptions = {
  readonly cassandra: Option<readonly string[]>;
  readonly 'cassandra-dc': OptionWithDefault<string>;
  readonly keyspace: OptionWithDefault<string>;
  readonly 'cassandra-create-keyspace': OptionWithDefault<boolean>;
  readonly 'cassandra-replication': Option<number>;
  readonly 'cassandra-tls': OptionWithDefault<boolean>;
  readonly 'cassandra-ca': Option<string>;
  readonly 'cassandra-cert': Option<string>;
  readonly 'cassandra-key': Option<string>;
  readonly 'cassandra-username': Option<string>;
  readonly 'cassandra-password': Option<string>;
  readonly 'cassandra-password-file': Option<string>;
};

function fileOption(env: string, help: string): Option<string> {
  return textOption({ placeholder: 'FILE', env, charsMax: pathCharsMax, help });
}

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
  'cassandra-create-keyspace': {
    ...switchOption({
      env: 'TAPELINE_CASSANDRA_CREATE_KEYSPACE',
      help: 'Makes the keyspace if it is missing; with --cassandra-create-keyspace=false it has to be there.',
    }),
    default: 'true',
  },
  'cassandra-replication': integerOption({
    env: 'TAPELINE_CASSANDRA_REPLICATION',
    min: 1,
    max: 32,
    help: 'Replicas, in that data centre, of a keyspace that it makes. Default: 3, or as many as there are nodes.',
  }),
  'cassandra-tls': switchOption({ env: 'TAPELINE_CASSANDRA_TLS', help: 'Speaks TLS with the nodes.' }),
  'cassandra-ca': fileOption(
    'TAPELINE_CASSANDRA_CA',
    "PEM file with who may sign the nodes' certificates. Default: those of Node.",
  ),
  'cassandra-cert': fileOption(
    'TAPELINE_CASSANDRA_CERT',
    'PEM file with our own certificate; goes with --cassandra-key.',
  ),
  'cassandra-key': fileOption('TAPELINE_CASSANDRA_KEY', 'PEM file with the key of --cassandra-cert.'),
  'cassandra-username': textOption({
    env: 'TAPELINE_CASSANDRA_USERNAME',
    charsMax: 255,
    help: 'Name to log in with.',
  }),
  'cassandra-password': secretOption({
    env: 'TAPELINE_CASSANDRA_PASSWORD',
    charsMax: 4_096,
    help: 'Password to log in with; there is no flag for it.',
  }),
  'cassandra-password-file': fileOption('TAPELINE_CASSANDRA_PASSWORD_FILE', 'File that holds it.'),
};
