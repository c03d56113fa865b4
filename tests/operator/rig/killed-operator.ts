/**
 * An operator that dies by SIGKILL at its first change outside itself. In: TEST_DIES, `after` the change, or so many ms after it was
 * sent, answered or not. Out: one line on standard error before it dies. Only what it reaches the world through is wrapped.
 */
import { type KubeApi, openKubeApi } from '@tapeline/kubernetes';
import { type KafkaPort, type KeyspacePort, openServers, type Servers } from '@tapeline/operator';
import { runProcess } from '@tapeline/runtime';
import { operatorOptions } from '../../../operator/src/operator-options.ts';
import { coordinatorOpener } from '../../../operator/src/placement/open-coordinator.ts';
import { operatorProblems, runOperator } from '../../../operator/src/run-operator.ts';

const when = process.env['TEST_DIES'] ?? 'after';
const amidMs = when === 'after' ? undefined : Number(when);

function die(what: string): never {
  process.stderr.write(`{"died":"${what}"}\n`);
  process.kill(process.pid, 'SIGKILL');
  throw new Error('SIGKILL did not end this process');
}

let isDying = false;

async function last<Value>(what: string, change: () => Promise<Value>): Promise<Value> {
  // One change a process, so that each has a death of its own: what comes next is never sent.
  if (isDying) return new Promise(() => undefined);
  isDying = true;
  if (amidMs !== undefined) setTimeout(() => die(what), amidMs);
  const value = await change();
  return amidMs === undefined ? die(what) : value;
}

function dyingApi(api: KubeApi): KubeApi {
  return {
    get: (type, key, options) => api.get(type, key, options),
    list: (type, options) => api.list(type, options),
    watch: (type, options) => api.watch(type, options),
    // Who dies amid goes past statuses, as they are the most of what is written.
    apply: (type, object, options) =>
      options.subresource === 'status' && amidMs !== undefined
        ? api.apply(type, object, options)
        : last(`apply ${[type.kind, options.subresource ?? []].flat().join(' ')}`, async () =>
            api.apply(type, object, options),
          ),
    // Leases and events are how it leads and what it tells, not what it makes.
    create: (type, object, options) => api.create(type, object, options),
    patch: (type, key, patch, options) =>
      type.kind === 'Lease' || type.kind === 'Event'
        ? api.patch(type, key, patch, options)
        : last(`patch ${type.kind}`, async () => api.patch(type, key, patch, options)),
    delete: (type, key, options) => last(`delete ${type.kind}`, async () => api.delete(type, key, options)),
  };
}

function dyingKafka(port: KafkaPort): KafkaPort {
  return {
    topics: (stream) => port.topics(stream),
    lag: (stream) => port.lag(stream),
    createTopics: (stream, wanted) => last('create-topics', async () => port.createTopics(stream, wanted)),
    createControl: (stream, wanted) => last('create-control', async () => port.createControl(stream, wanted)),
    setTopicConfig: (topic, config) => last('set-topic-config', async () => port.setTopicConfig(topic, config)),
    addPartitions: (topic, count) => last('add-partitions', async () => port.addPartitions(topic, count)),
    deleteTopics: (topics) => last('delete-topics', async () => port.deleteTopics(topics)),
  };
}

function dyingKeyspace(port: KeyspacePort): KeyspacePort {
  return {
    ...port,
    createKeyspace: (replication) => last('create-keyspace', async () => port.createKeyspace(replication)),
    setReplication: (replication) => last('set-replication', async () => port.setReplication(replication)),
    migrate: () => last('migrate', async () => port.migrate()),
    setTable: (name, change) => last('set-table', async () => port.setTable(name, change)),
    dropKeyspace: () => last('drop-keyspace', async () => port.dropKeyspace()),
    enterStream: (stream, row) => last('enter-stream', async () => port.enterStream(stream, row)),
    enterPins: (stream, pins) => last('enter-pins', async () => port.enterPins(stream, pins)),
  };
}

function dyingServers(servers: Servers): Servers {
  return {
    withKafka: async (spec, secrets, work) => servers.withKafka(spec, secrets, async (port) => work(dyingKafka(port))),
    withKeyspace: async (spec, keyspace, secrets, work) =>
      servers.withKeyspace(spec, keyspace, secrets, async (port) => work(dyingKeyspace(port))),
    close: () => servers.close(),
  };
}

await runProcess({
  name: 'operator',
  about: 'An operator that dies at its first change.',
  table: operatorOptions,
  problems: operatorProblems,
  run: (values, parts) =>
    runOperator(values, parts, {
      openKubeApi: (options) => dyingApi(openKubeApi(options)),
      openServers: (options) => dyingServers(openServers(options)),
      coordinatorOpener,
    }),
  isExpected: (error) => error instanceof Error,
});
