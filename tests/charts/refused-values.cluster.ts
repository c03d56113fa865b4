/** Values that cannot be: each is refused before anything is installed, with what is wrong and the remedy. */
import { describe, expect, test } from 'vitest';
import { type GivenValues, helmUnavailable, refusal } from './rendered-chart.ts';

const dev = { dev: { enabled: true } };
const servers = { kafka: { bootstrap: ['kafka:9092'] }, cassandra: { contactPoints: ['cassandra:9042'] } };

type Case = readonly [what: string, values: GivenValues, said: string];

/** What each value may be. */
const bySchema: readonly Case[] = [
  ['a name that there is not', { ...dev, ingets: {} }, "additional properties 'ingets' not allowed"],
  ['a name inside that there is not', { ...dev, query: { replica: 2 } }, "additional properties 'replica' not allowed"],
  ['no partition', { ...dev, stream: { partitions: 0 } }, '/stream/partitions'],
  ['too many partitions', { ...dev, stream: { partitions: 257 } }, '/stream/partitions'],
  ['a number as text', { ...dev, ingest: { replicas: '2' } }, '/ingest/replicas'],
  ['an address without a port', { kafka: { bootstrap: ['kafka'] } }, '/kafka/bootstrap/0'],
  ['a keyspace that Cassandra does not take', { ...dev, store: { keyspace: 'Tape-1' } }, '/store/keyspace'],
  ['a policy that there is not', { ...dev, stream: { deletionPolicy: 'Keep' } }, '/stream/deletionPolicy'],
  ['an interval that is none', { ...dev, stream: { intervals: ['5x'] } }, '/stream/intervals/0'],
  ['a feed without a type', { ...dev, stream: { feeds: [{ name: 'a' }] } }, '/stream/feeds/0'],
  ['a variable in small letters', { ...dev, ingest: { env: { linger: '1ms' } } }, "'linger' not allowed"],
  ['a digest that is none', { ...dev, image: { digest: 'sha256:1' } }, '/image/digest'],
  ['a login without a way to log in', { ...dev, kafka: { sasl: { mechanism: 'gssapi' } } }, '/kafka/sasl/mechanism'],
];

/** Values that are right one by one. */
const together: readonly Case[] = [
  ['no servers', {}, 'kafka.bootstrap names no brokers'],
  ['no store', { kafka: servers.kafka }, 'cassandra.contactPoints names no nodes'],
  ['servers beside those of dev', { ...servers, ...dev }, 'names others; leave one of the two away'],
  ['TLS towards the servers of dev', { ...dev, kafka: { tls: { enabled: true } } }, 'without TLS and login'],
  [
    'another data centre than that of dev',
    { ...dev, cassandra: { datacenter: 'dc1' } },
    'has the data centre datacenter1',
  ],
  [
    'certificates without TLS',
    { ...servers, kafka: { ...servers.kafka, tls: { existingSecret: 'ca' } } },
    'kafka.tls names a Secret and TLS is off',
  ],
  [
    'a login without a Secret',
    { ...servers, kafka: { ...servers.kafka, sasl: { mechanism: 'plain', username: 'me' } } },
    'kafka.sasl.existingSecret',
  ],
  [
    'a name without a way to log in',
    { ...servers, kafka: { ...servers.kafka, sasl: { username: 'me' } } },
    'set kafka.sasl.mechanism',
  ],
  [
    'half a login',
    { ...servers, cassandra: { ...servers.cassandra, login: { username: 'me' } } },
    'give both or neither',
  ],
  [
    'a number beside an autoscaler',
    { ...dev, ingest: { replicas: 2, autoscaling: { enabled: true } } },
    'leave replicas null',
  ],
  [
    'workers beside an autoscaler',
    { ...dev, stream: { workers: { replicas: 0, autoscaling: { enabled: true } } } },
    'stream.workers.replicas and',
  ],
  [
    'fewest above most',
    { ...dev, query: { autoscaling: { enabled: true, minReplicas: 9 } } },
    'is more than its maxReplicas',
  ],
  [
    'an autoscaler of somebody else’s stream',
    { ...dev, stream: { create: false, workers: { autoscaling: { enabled: true } } } },
    'which stream.create=false leaves to you',
  ],
  [
    'copies in another data centre alone',
    { ...dev, store: { replication: { other: 3 } } },
    'has no entry for cassandra.datacenter',
  ],
  [
    'a setting that is also left alone',
    { ...dev, stream: { topic: { config: { a: 'b' }, handsOff: ['a'] } } },
    'stream.topic.handsOff leaves it alone',
  ],
  [
    'a variable that is the chart’s',
    { ...dev, ingest: { env: { TAPELINE_KAFKA_CA: 'x' } } },
    'ingest.env.TAPELINE_KAFKA_CA is set by the chart itself',
  ],
];

describe.skipIf(helmUnavailable !== undefined)(
  'asked of Helm (needs Helm: put helm into PATH, or run npm run testbed -- build kubernetes)',
  () => {
    test.each(bySchema)('the schema refuses %s', (_, values, place) => {
      expect(refusal(values)).toContain(place);
    });

    test.each(together)('%s: refused with what is wrong and the remedy', (_, values, sentence) => {
      expect(refusal(values)).toContain(sentence);
    });

    test('everything that is wrong is said at once', () => {
      const said = refusal({ query: { replicas: 1, autoscaling: { enabled: true } } });
      expect(said.match(/^ {2}- /gm)).toHaveLength(3);
    });
  },
);
