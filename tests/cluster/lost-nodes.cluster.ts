/**
 * Nodes go while the market works: one is drained, one loses its power and comes back. Nothing that was acknowledged is lost,
 * doubled or out of order, and a subscriber sees no gap. Kafka and Cassandra, which are one pod each here, are on other nodes. Needs
 * root, and what `npm run testbed -- build kubernetes` builds: nodes whose power is cut are the testbed's, whatever KUBECONFIG says.
 */
import type { KubernetesNode } from '@tapeline/testbed';
import { describe, expect, test } from 'vitest';
import { until } from '../faults/rig/until.ts';
import { clean, damageOf } from '../faults/rig/verdict.ts';
import { installToFirstBar } from './rig/loaded-market.ts';
import { MarketStage } from './rig/market-stage.ts';
import { release, selectors } from './rig/release.ts';

const stage = await MarketStage.open('nodes lost', { nodes: 3, breaksNodes: true });
const { lack, steps } = stage;
const scaled = ['worker', 'ingest', 'query'] as const;
let victim: KubernetesNode;

stage.before(async () => {
  const { market } = stage;
  await installToFirstBar(market, steps);
  await steps.take('three of each', async () => {
    await market.kubectl('scale', `tickstream/${release.full}`, '--replicas=3');
    for (const component of ['ingest', 'query'] as const) {
      await market.kubectl('scale', `deployment/${release.full}-${component}`, '--replicas=3');
    }
    await market.untilStream(3);
    for (const component of scaled) await market.untilReady(selectors[component], 3);
  });
  victim = await withoutServers();
  await stage.beginLoad({ seed: 2 });
});

/** A node that has neither Kafka nor Cassandra: three nodes have one. */
async function withoutServers(): Promise<KubernetesNode> {
  const pods = [...(await stage.market.pods(selectors.kafka)), ...(await stage.market.pods(selectors.cassandra))];
  const taken = new Set(pods.map(({ node }) => node));
  const free = stage.market.cluster.nodes.findLast(({ name }) => !taken.has(name));
  if (free === undefined) throw new Error(`no node is free of servers: ${[...taken].join(', ')}`);
  return free;
}

async function podsOfVictim(): Promise<number> {
  const pods = await Promise.all(scaled.map(async (component) => stage.market.pods(selectors[component])));
  return pods.flat().filter(({ node }) => node === victim.name).length;
}

describe.skipIf(lack !== undefined)(
  'nodes go under load (needs nodes of Kubernetes: run npm run testbed -- build kubernetes)',
  () => {
    test('a node is drained, and its pods start elsewhere', async () => {
      expect(await podsOfVictim()).toBeGreaterThan(0);
      await stage.underLoad.during(`${victim.name} drained`, async () => {
        await stage.market.kubectl(
          'drain',
          victim.name,
          '--ignore-daemonsets',
          '--delete-emptydir-data',
          '--timeout=240s',
        );
        await stage.market.untilStream(3);
        for (const component of scaled) await stage.market.untilReady(selectors[component], 3);
        await stage.underLoad.untilNewBars();
      });
      expect(await podsOfVictim()).toBe(0);
      await stage.market.kubectl('uncordon', victim.name);
    });

    test('a node loses its power: others go on, and the cluster notices', async () => {
      // Pods go back to it only when they are made anew.
      for (const component of scaled) {
        const [first] = await stage.market.pods(selectors[component]);
        await stage.market.kubectl('delete', 'pod', first?.name ?? '');
        await stage.market.untilReady(selectors[component], 3);
      }
      expect(await podsOfVictim()).toBeGreaterThan(0);
      await stage.underLoad.during(`${victim.name} without power until bars come`, async () => {
        await victim.stop();
        await stage.underLoad.untilNewBars();
      });
      await stage.underLoad.during('until the cluster notices', async () => {
        const ready = '-o=jsonpath={.status.conditions[?(@.type=="Ready")].status}';
        await until(
          'the node is not ready',
          async () => (await stage.market.kubectl('get', 'node', victim.name, ready)) !== 'True',
          {
            withinMs: 120_000,
            everyMs: 1_000,
          },
        );
      });
      await stage.underLoad.untilNewBars();
    });

    test('it comes back, and all are ready again', async () => {
      await stage.underLoad.during(`${victim.name} back`, async () => {
        await victim.start();
        await stage.market.cluster.kubectl(['wait', '--for=condition=Ready', 'node', victim.name, '--timeout=120s']);
        await stage.market.untilStream(3);
        for (const component of scaled) await stage.market.untilReady(selectors[component], 3);
        await stage.underLoad.untilNewBars();
      });
    });

    test('nothing is lost, doubled or out of order', async () => {
      const verdict = await stage.underLoad.verdict();
      expect(damageOf(verdict)).toEqual(clean);
      expect(verdict.ticks).toBeGreaterThan(10_000);
    });
  },
);
