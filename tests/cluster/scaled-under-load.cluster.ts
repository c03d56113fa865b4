/**
 * The market is scaled, its pods are killed and it is upgraded while it works: nothing that was acknowledged is lost, doubled or
 * out of order, and a subscriber sees no gap. Needs the cluster that KUBECONFIG names, with the images, or root and what
 * `npm run testbed -- build kubernetes` builds. Runs alone.
 */
import { describe, expect, test } from 'vitest';
import { valueAt } from '../charts/rendered-chart.ts';
import { until } from '../faults/rig/until.ts';
import { clean, damageOf } from '../faults/rig/verdict.ts';
import { installToFirstBar, judgedValues, quietValues } from './rig/loaded-market.ts';
import { MarketStage } from './rig/market-stage.ts';
import { killProcesses } from './rig/pod-processes.ts';
import { type Part, release, selectors } from './rig/release.ts';

const nextImage = { repository: 'docker.io/library/tapeline', tag: 'next' } as const;
const nextName = `${nextImage.repository}:${nextImage.tag}`;
const quietNext = { ...quietValues, image: nextImage };
const ours = `app.kubernetes.io/instance=${release.name}`;
const stage = await MarketStage.open('scaled, killed and upgraded', { nodes: 2, moreImages: [nextName] });
const { lack, steps } = stage;

stage.before(async () => {
  await installToFirstBar(stage.market, steps);
  await stage.beginLoad();
});

async function scaleTo(workers: number): Promise<void> {
  await stage.market.kubectl('scale', `tickstream/${release.full}`, `--replicas=${workers}`);
  await stage.market.untilStream(workers);
  await stage.underLoad.untilNewBars();
}

async function deleteOne(component: Part): Promise<void> {
  await stage.underLoad.during(`${component} deleted without grace`, async () => {
    const [pod] = await stage.market.pods(selectors[component]);
    await stage.market.kubectl('delete', 'pod', pod?.name ?? '', '--grace-period=0', '--force');
    await stage.market.untilReady(selectors[component], 2);
    await stage.underLoad.untilNewBars();
  });
}

async function killOne(component: Part): Promise<void> {
  await stage.underLoad.during(`${component} killed`, async () => {
    const [pod] = await stage.market.pods(selectors[component]);
    expect(killProcesses(pod?.uid ?? '')).toBe(1);
    await until('its container is started again', async () => {
      const pods = await stage.market.pods(selectors[component]);
      return pods.some(({ uid, restarts }) => uid === pod?.uid && restarts > pod.restarts);
    });
    await stage.market.untilReady(selectors[component], 2);
    await stage.underLoad.untilNewBars();
  });
}

describe.skipIf(lack !== undefined)(
  'a market under load is scaled and loses pods (needs nodes of Kubernetes: run npm run testbed -- build kubernetes, or set KUBECONFIG)',
  () => {
    test('workers come and go by kubectl scale', async () => {
      await stage.underLoad.during('workers 1 → 3', async () => scaleTo(3));
      await stage.underLoad.during('workers 3 → 2', async () => scaleTo(2));
    });

    test('ingests and queries are scaled', async () => {
      await stage.underLoad.during('ingest and query 1 → 2', async () => {
        for (const component of ['ingest', 'query'] as const) {
          await stage.market.kubectl('scale', `deployment/${release.full}-${component}`, '--replicas=2');
        }
        for (const component of ['ingest', 'query'] as const) await stage.market.untilReady(selectors[component], 2);
      });
    });

    for (const component of ['worker', 'ingest', 'query'] as const) {
      test(`a pod of ${component} is deleted without grace`, async () => deleteOne(component));
      test.skipIf(stage.isNamed)(
        `the process of a pod of ${component} is killed (needs nodes of the testbed: unset KUBECONFIG)`,
        async () => killOne(component),
      );
    }
  },
);

describe.skipIf(lack !== undefined)(
  'a market that is changed (needs nodes of Kubernetes: run npm run testbed -- build kubernetes, or set KUBECONFIG)',
  () => {
    test('another image is rolled out, and the upgrade keeps what was scaled', async () => {
      await steps.take('another image', async () => stage.market.cluster.giveImage(nextName, nextImage.tag));
      await stage.underLoad.during('helm upgrade to another image', async () => {
        await stage.market.helm('upgrade', { ...judgedValues, image: nextImage });
        await stage.market.untilReady(selectors.operator, 1, nextName);
        for (const component of ['worker', 'ingest', 'query'] as const) {
          await stage.market.untilReady(selectors[component], 2, nextName);
        }
        await stage.underLoad.untilNewBars();
      });
      const stream = await stage.market.read('tickstream', release.full);
      expect(valueAt(stream, 'spec', 'workers', 'replicas')).toBe(2);
    });

    test('nothing is lost, doubled or out of order', async () => {
      const verdict = await stage.underLoad.verdict({ values: quietNext });
      expect(damageOf(verdict)).toEqual(clean);
      expect(verdict.ticks).toBeGreaterThan(10_000);
    });

    test('uninstalled and installed again, it goes on with what was there', async () => {
      const before = stage.underLoad.load.acknowledged;
      await stage.underLoad.close();
      await steps.take('helm uninstall', async () => {
        await stage.market.cluster.helm(['uninstall', release.name, '--namespace', release.namespace]);
        for (const selector of [ours, selectors.worker]) await stage.market.untilReady(selector, 0);
      });
      await steps.take('helm install again, to bars of new trades', async () => {
        await stage.market.helm('install', { ...judgedValues, image: nextImage });
        await stage.market.untilStream(1);
        await stage.beginLoad({ seed: 2 });
      });
      await stage.underLoad.untilNewBars();
      const verdict = await stage.underLoad.verdict({ values: quietNext, before });
      expect(damageOf(verdict)).toEqual(clean);
    });
  },
);
