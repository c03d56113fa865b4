/** Real brokers come up, lose a leader, come back, and are cut off by their proxies. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { brokerIds, type KafkaCluster, startKafka, topicPartitions } from '@tapeline/testbed';
import { afterEach, expect, test } from 'vitest';
import { lackOfServers } from './real-servers.ts';

const lack = await lackOfServers();
let cluster: KafkaCluster | undefined;

afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
});

/** Waits until it is so, at most half a minute. */
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 30_000;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`not within 30 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test.skipIf(lack !== undefined)(
  'one broker comes up, serves and leaves nothing behind (needs Java 17 and Maven: install them)',
  async () => {
    cluster = await startKafka({ quickStart: true });
    const [node] = cluster.nodes;
    expect(cluster.brokers).toEqual([`127.0.0.1:${node?.port}`]);
    expect(await cluster.controller()).toBe(1);
    await cluster.createTopic('once', { partitions: 2, replicas: 1, settings: { 'retention.ms': '1000' } });
    expect(await cluster.leaderOf('once', 1)).toBe(1);
    expect(await cluster.leaderOf('once', 2)).toBe(-1);
    await expect(cluster.createTopic('once', { partitions: 2, replicas: 1 })).rejects.toThrow('error 36');
    await cluster.close();
    expect(node?.isRunning).toBe(false);
    expect(existsSync(cluster.directory)).toBe(false);
  },
);

test.skipIf(lack !== undefined)(
  'of three brokers the leader may be killed and come back (needs Java 17 and Maven: install them)',
  async () => {
    const three = await startKafka({ brokers: 3, quickStart: true });
    cluster = three;
    await three.createTopic('kept', { partitions: 1, replicas: 3 });
    const leader = await three.leaderOf('kept', 0);
    const node = three.nodes.find(({ id }) => id === leader);
    await node?.kill('SIGKILL');
    await until('another leads', async () => ![leader, -1].includes(await three.leaderOf('kept', 0)));
    await node?.start();
    await three.ready(3);
    await until('it is in sync again', async () => (await three.partitions('kept'))[0]?.inSync.length === 3);
  },
);

test.skipIf(lack !== undefined)(
  'a broker behind a proxy is reached through it, and only as well as it lets (needs Java 17 and Maven: install them)',
  async () => {
    cluster = await startKafka({ quickStart: true, proxied: true });
    const proxy = cluster.nodes[0]?.proxy;
    if (proxy === undefined) throw new Error('there is no proxy');
    const at = { host: proxy.host, port: proxy.port };
    expect(cluster.brokers).toEqual([proxy.address]);
    expect(await brokerIds(at)).toEqual([1]);
    expect(proxy.counts.bytesToClient).toBeGreaterThan(0);
    proxy.swallowReplies();
    await expect(brokerIds(at)).rejects.toThrow('gave no answer within');
    await proxy.heal();
    await proxy.refuse();
    await expect(brokerIds(at)).rejects.toThrow('ECONNREFUSED');
    await proxy.heal();
    expect(await topicPartitions(at, 'none')).toEqual([]);
  },
);

test.skipIf(lack !== undefined)(
  'a broker that demands TLS and login comes up and shows its certificate (needs Java 17 and Maven: install them)',
  async () => {
    cluster = await startKafka({
      quickStart: true,
      security: 'SASL_SSL',
      clientCertificateRequired: true,
    });
    const { certificates, nodes } = cluster;
    const [node] = nodes;
    const socket = connect({
      host: '127.0.0.1',
      port: node?.port ?? 0,
      ca: certificates?.ca ?? '',
      cert: certificates?.client.certificate ?? '',
      key: certificates?.client.key ?? '',
    });
    await once(socket, 'secureConnect');
    expect(socket.authorized).toBe(true);
    socket.destroy();
    const properties = readFileSync(`${node?.directory}/server.properties`, 'utf8');
    expect(properties).toContain('sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512');
    await expect(brokerIds({ host: '127.0.0.1', port: node?.port ?? 0 })).rejects.toThrow(
      /answers with \d+ bytes|closed the connection|cannot be asked/,
    );
  },
);

test.skipIf(lack !== undefined)(
  'a setting that Kafka refuses is told with its own words (needs Java 17 and Maven: install them)',
  async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'refused-'));
    const refused = startKafka({ quickStart: true, directory, config: { 'log.retention.ms': 'for ever' } });
    await expect(refused).rejects.toMatchObject({
      code: 'SERVER_ENDED',
      message: expect.stringContaining('log.retention.ms') as string,
    });
    // What failed is kept, for its logs.
    expect(readdirSync(directory)).toHaveLength(1);
    rmSync(directory, { recursive: true });
  },
);

test('a number of brokers out of bounds and a user that cannot be quoted are refused', async () => {
  await expect(startKafka({ brokers: 6 })).rejects.toThrow('brokers is 6; it must be an integer from 1 to 5');
  const users = [{ name: 'eve', password: '"; x' }];
  await expect(startKafka({ security: 'SASL_SSL', users })).rejects.toThrow("user 'eve' has a password other than");
});

test('without Java it says what to install', async () => {
  await expect(startKafka({ env: { PATH: '' } })).rejects.toMatchObject({
    code: 'JAVA_MISSING',
    message: expect.stringMatching(/needs Java 17.*install Java 17/) as string,
  });
});
