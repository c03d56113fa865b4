/**
 * `kubectl tapeline status` by a real kubectl on a real API server: first without our definitions, then with objects of both kinds that
 * have the statuses an operator gives them.
 */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { definitionFiles } from '@tapeline/operator';
import { isUnavailable, type KubernetesCluster, startKubernetes } from '@tapeline/testbed';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { streamObject } from '../../operator/test-kit/stream-world.ts';

const bin = fileURLToPath(new URL('../../operator/bin', import.meta.url));
// As a person has it who put the plugin's folder on the PATH.
const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? ''}` };
const started = await startKubernetes({ apiOnly: true, env }).catch((error: unknown) => {
  if (isUnavailable(error)) return error.message;
  throw error;
});
const lack = typeof started === 'string' ? started : undefined;
const namespace = `plugin-${randomUUID().slice(0, 8)}`;

function cluster(): KubernetesCluster {
  if (typeof started === 'string') throw new Error(started);
  return started;
}

/** What `kubectl tapeline` says if it ends with 0. */
async function tapeline(...args: readonly string[]): Promise<string> {
  return cluster().kubectl(['tapeline', ...args]);
}

/** What it says if it does not, with its exit code. */
async function complaint(...args: readonly string[]): Promise<string> {
  return tapeline(...args).then(
    (out) => `it ended well: ${out}`,
    (error: unknown) => (error as Error).message,
  );
}

function condition(type: string, status: string, reason: string, message: string): object {
  return { type, status, reason, message, observedGeneration: 1, lastTransitionTime: '2026-01-01T00:00:00Z' };
}

async function make(object: object): Promise<void> {
  await cluster().kubectl(['apply', '--server-side', '-f', '-'], { input: JSON.stringify(object) });
}

async function tell(kind: string, name: string, status: object): Promise<void> {
  const patch = ['--subresource=status', '--type=merge', '-p', JSON.stringify({ status })];
  await cluster().kubectl(['patch', kind, name, '-n', namespace, ...patch]);
}

describe.skipIf(lack !== undefined)(`the kubectl plugin (needs an API server: ${lack ?? 'there is one'})`, () => {
  afterAll(async () => cluster().close());
  test('is known to kubectl', async () => {
    expect(await cluster().kubectl(['plugin', 'list'])).toContain(path.join(bin, 'kubectl-tapeline'));
    expect(await tapeline('--help')).toMatch(/^usage: kubectl tapeline status/);
  });
  test('tells how a cluster gets our kinds that does not know them', async () => {
    const said = await complaint('status');
    expect(said).toMatch(
      /ended with 2: kubectl tapeline: list tick\w+: the cluster does not know tick\w+\.tapeline\.dev/,
    );
    expect(said).toContain('install the chart');
  });
  describe('with both kinds', () => {
    beforeAll(prepare);
    theTrees();
    whereInstrumentsLive();
    thePins();
  });
});

async function prepare(): Promise<void> {
  for (const text of definitionFiles().values()) {
    await cluster().kubectl(['apply', '--server-side', '-f', '-'], { input: text });
  }
  const established = ['wait', '--for=condition=Established', '--timeout=60s'];
  await cluster().kubectl([...established, 'crd/tickstreams.tapeline.dev', 'crd/tickstores.tapeline.dev']);
  await cluster().kubectl(['create', 'namespace', namespace]);
  const spec = { cassandra: { contactPoints: ['c:9042'], datacenter: 'dc1' }, replication: { dc1: 1 } };
  for (const name of ['bars', 'spare']) {
    await make({
      apiVersion: 'tapeline.dev/v1alpha1',
      kind: 'TickStore',
      metadata: { name, namespace },
      spec: { ...spec, keyspace: name },
    });
  }
  for (const name of ['works', 'hangs']) await make({ ...streamObject(), metadata: { name, namespace } });
  const working = { conditions: [condition('Ready', 'True', 'Working', 'all is well')] };
  await tell('tst', 'bars', { ...working, nodes: 3, migrations: 2 });
  await tell('ts', 'works', { ...working, partitions: 4, basePartitions: 4, maxLag: 0, workers: { ready: 2 } });
  const why = 'no broker answers; or let it go: kubectl annotate tickstream/hangs tapeline.dev/abandon=1';
  await tell('ts', 'hangs', {
    conditions: [
      condition('Ready', 'False', 'Deleting', 'its deletion was asked for'),
      condition('Degraded', 'True', 'DeletionBlocked', why),
    ],
  });
}

function theTrees(): void {
  test('shows one that works, and ends with 0', async () => {
    expect(await tapeline('status', 'works', '-n', namespace)).toBe(
      [
        `TickStream ${namespace}/works  Working: all is well`,
        '├─ partitions: 4 of 4 declared',
        '├─ TickStore bars  Working: all is well',
        '│  └─ keyspace bars on 3 nodes, migration 2',
        '├─ workers: 2 of 2 ready',
        '└─ lag: none to speak of (below 100 records)',
        '',
      ].join('\n'),
    );
    expect(await tapeline('status', `ts/works`, `--namespace=${namespace}`, '--context', await context())).toContain(
      `TickStream ${namespace}/works`,
    );
    expect(await tapeline('status', 'works', '-A', '--kubeconfig', cluster().kubeconfig)).toContain(
      `${namespace}/works`,
    );
  });

  test('shows all of a namespace, why one hangs, and a store that no stream uses; and ends with 1', async () => {
    const said = await complaint('status', '-n', namespace);
    expect(said).toContain('ended with 1: ');
    expect(said).toContain(
      `TickStream ${namespace}/hangs  Deleting: its deletion was asked for\n├─ ! DeletionBlocked: `,
    );
    expect(said).toContain('kubectl annotate tickstream/hangs tapeline.dev/abandon=1');
    expect(said).toContain(`TickStore ${namespace}/spare  not looked at yet: is the operator running?`);
    expect(await complaint('status', '-A')).toContain(`TickStream ${namespace}/works`);
  });

  test('says what is not there', async () => {
    expect(await complaint('status', 'works', 'gone', '-n', namespace)).toContain(
      `kubectl tapeline: there is no TickStream gone in namespace ${namespace}; correct its name`,
    );
    expect(await complaint('status')).toContain('there is no TickStream in namespace default; make one');
    expect(await complaint('status', '--context', 'nowhere')).toMatch(
      /ended with 2: .* context 'nowhere'; choose one of/,
    );
  });

  test('tells whoever may not look what to do', async () => {
    await cluster().kubectl(['create', 'serviceaccount', 'nobody', '-n', namespace]);
    const token = (await cluster().kubectl(['create', 'token', 'nobody', '-n', namespace])).trim();
    const file = path.join(cluster().directory, 'nobody.kubeconfig');
    const config = JSON.parse(await cluster().kubectl(['config', 'view', '--raw', '--flatten', '-o', 'json'])) as {
      readonly users: readonly { readonly name: string }[];
    };
    writeFileSync(
      file,
      JSON.stringify({ ...config, users: config.users.map(({ name }) => ({ name, user: { token } })) }),
    );
    const said = await complaint('status', '-n', namespace, '--kubeconfig', file);
    expect(said).toMatch(/ended with 2: .*cannot list resource .*\(HTTP 403\); bind a role that allows it/);
  });
}

function whereInstrumentsLive(): void {
  test('shows moves, the busiest, and why nothing is planned', async () => {
    const move = { dataset: 'sim', symbol: 'AAPL', epoch: 7, from: 1, to: 3, phase: 'Moved' };
    const hot = { dataset: 'sim', symbol: 'AAPL', ticksPerSecond: 20_000, partition: 3, dedicated: true };
    await tell('ts', 'works', {
      epoch: 7,
      placedPartitions: 4,
      moves: 1,
      movesUnderWay: [{ ...move, since: '2026-01-01T00:00:00Z' }],
      hotSymbols: [hot],
      skewPercent: 120,
    });
    expect(await tapeline('moves', 'works', '-n', namespace)).toMatch(
      /works {2}epoch 7, instruments live in 4 partitions, 1 move under way\n {2}sim\/AAPL {2}1 to 3 {2}epoch 7 {2}Moved for \d+ min\n$/,
    );
    expect(await tapeline('top', 'ts/works', `-n${namespace}`)).toBe(
      `${namespace}/works  4 partitions; the busiest carries some 120 % of the mean\n  sim/AAPL  about 20000 ticks/s  partition 3, its own\n`,
    );
    expect(await tapeline('plan', 'works', '-n', namespace)).toContain('spec.placement.mode is Auto');
    expect(await complaint('moves', 'gone', '-n', namespace)).toContain('ended with 1: ');
    const columns = (await cluster().kubectl(['get', 'ts', 'works', '-n', namespace])).split(/\s+/);
    expect([columns.includes('EPOCH'), columns.includes('MOVES'), columns.includes('7')]).toEqual([true, true, true]);
  });
}

async function pinsOf(name: string): Promise<unknown> {
  const object = JSON.parse(await cluster().kubectl(['get', 'ts', name, '-n', namespace, '-o', 'json'])) as {
    readonly spec: { readonly pins?: unknown };
  };
  return object.spec.pins;
}

function thePins(): void {
  test('pin sets one and says what was there, unpin takes it out, and the rest stays', async () => {
    const pin = async (...args: readonly string[]): Promise<string> => tapeline(...args, '-n', namespace);
    expect(await pin('pin', 'works', 'sim/AAPL', '1')).toBe(`${namespace}/works: sim/AAPL is pinned to partition 1\n`);
    expect(await pin('pin', 'works', 'sim/BTC/USDT', '2')).toContain('sim/BTC/USDT is pinned to partition 2');
    expect(await pin('pin', 'works', 'sim/AAPL', '3')).toContain('partition 3, before to 1');
    expect(await pin('pin', 'works', 'sim/AAPL', '3')).toContain('is pinned to partition 3 already');
    expect(await pinsOf('works')).toEqual([
      { dataset: 'sim', symbol: 'AAPL', partition: 3 },
      { dataset: 'sim', symbol: 'BTC/USDT', partition: 2 },
    ]);
    expect(await pin('unpin', 'works', 'sim/AAPL')).toContain('is not pinned to partition 3 any more');
    expect(await complaint('unpin', 'works', 'sim/AAPL', '-n', namespace)).toContain(
      `ended with 1: kubectl tapeline: sim/AAPL has no pin in ${namespace}/works; its pins are in spec.pins`,
    );
    expect(await pinsOf('works')).toEqual([{ dataset: 'sim', symbol: 'BTC/USDT', partition: 2 }]);
  });

  test('a partition that is not declared is refused in the words of the definition, and no stream by its name', async () => {
    expect(await complaint('pin', 'works', 'sim/AAPL', '4', '-n', namespace)).toMatch(
      /ended with 2: kubectl tapeline: .*a pin names a partition that is not there; partitions are numbered from 0/,
    );
    expect(await complaint('pin', 'gone', 'sim/AAPL', '1', '-n', namespace)).toContain(
      `ended with 1: kubectl tapeline: there is no TickStream gone in namespace ${namespace}`,
    );
  });

  test('pins of several people at once are all kept', async () => {
    const symbols = ['P', 'Q', 'R'];
    await Promise.all(symbols.map(async (symbol) => tapeline('pin', 'works', `sim/${symbol}`, '0', '-n', namespace)));
    for (const symbol of symbols) expect(JSON.stringify(await pinsOf('works'))).toContain(`"symbol":"${symbol}"`);
  });
}

async function context(): Promise<string> {
  return (await cluster().kubectl(['config', 'current-context'])).trim();
}
