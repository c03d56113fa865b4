/** Real Cassandra nodes come up with and without TLS, are killed, come back, and are cut off by their proxies. */
import { existsSync } from 'node:fs';
import { type CassandraCluster, startCassandra, supportedOptions } from '@tapeline/testbed';
import { afterEach, expect, test } from 'vitest';
import { lackOfServers } from './real-servers.ts';

const lack = await lackOfServers();
let cluster: CassandraCluster | undefined;

afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
});

test.skipIf(lack !== undefined)(
  'a node behind a proxy serves through it, is killed, comes back and leaves nothing (needs Java 17 and Maven: install them)',
  async () => {
    cluster = await startCassandra({ quickStart: true, proxied: true });
    const [node] = cluster.nodes;
    const proxy = node?.proxy;
    if (node === undefined || proxy === undefined) throw new Error('there is no proxy');
    expect(cluster.contactPoints).toEqual([`127.0.1.1:${node.port}`]);
    const at = { host: proxy.host, port: proxy.port };
    expect((await supportedOptions(at)).get('CQL_VERSION')?.[0]).toMatch(/^3\.4/);
    await node.kill('SIGKILL');
    await expect(supportedOptions(at)).rejects.toThrow(/closed the connection|cannot be asked|gave no answer/);
    await node.start();
    expect((await supportedOptions(at)).has('COMPRESSION')).toBe(true);
    await cluster.close();
    expect(node.isRunning).toBe(false);
    expect(existsSync(cluster.directory)).toBe(false);
  },
);

test.skipIf(lack !== undefined)(
  'a node that demands TLS and login shows its certificate and refuses plain text (needs Java 17 and Maven: install them)',
  async () => {
    const security = { tls: true, login: true, clientCertificateRequired: true };
    cluster = await startCassandra({ quickStart: true, security });
    const { certificates, login, nodes } = cluster;
    const at = { host: '127.0.0.1', port: nodes[0]?.port ?? 0 };
    expect(login).toEqual({ name: 'cassandra', password: 'cassandra' });
    const ca = certificates?.ca ?? '';
    expect((await supportedOptions({ ...at, ca, ...certificates?.client })).has('CQL_VERSION')).toBe(true);
    await expect(supportedOptions({ ...at, ca })).rejects.toThrow(
      /closed the connection|cannot be asked|gave no answer/,
    );
    await expect(supportedOptions(at)).rejects.toThrow(/closed the connection|cannot be asked|gave no answer/);
  },
);

test('a number of nodes out of bounds is refused', async () => {
  await expect(startCassandra({ nodes: 4 })).rejects.toThrow('nodes is 4; it must be an integer from 1 to 3');
});

test('without Java it says what to install', async () => {
  await expect(startCassandra({ env: { PATH: '' } })).rejects.toThrow(/needs Java 17.*install Java 17/);
});
