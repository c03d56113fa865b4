/**
 * The market is scaled, its pods are killed and it is upgraded while it works: nothing that was acknowledged is lost, doubled or
 * out of order, and a subscriber sees no gap. Needs root, and what `npm run testbed -- build kubernetes` builds. Runs alone.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { valueAt } from '../charts/rendered-chart.ts';
import { until } from '../faults/rig/until.ts';
import { clean, damageOf } from '../faults/rig/verdict.ts';
import { installToFirstBar, judgedValues, LoadedMarket, quietValues } from './rig/loaded-market.ts';
import { Market, release, selectors } from './rig/market.ts';
import { killProcesses } from './rig/pod-processes.ts';
import { Steps } from './rig/steps.ts';

const nextImage = { repository: 'docker.io/library/tapeline', tag: 'next' } as const;
const quietNext = { ...quietValues, image: nextImage };
const ours = `app.kubernetes.io/instance=${release.name}`;
const steps = new Steps('scaled, killed and upgraded');
const started = await Market.start({ nodes: 2 });
const lack = 'unavailable' in started ? started.unavailable : undefined;
let market: Market;
let loaded: LoadedMarket | undefined;
let hasFailed = false;

beforeAll(async () => {
  if ('unavailable' in started) return;
  market = started;
  await steps.take('images', async () => market.prepare());
  await installToFirstBar(market, steps);
  loaded = await LoadedMarket.begin(market, steps);
}, 600_000);

afterEach(({ task }) => {
  hasFailed ||= task.result?.state === 'fail';
});

afterAll(async () => {
  if (lack !== undefined) return;
  await loaded?.close();
  steps.print();
  await market.close(hasFailed);
}, 120_000);

function underLoad(): LoadedMarket {
  if (loaded === undefined) throw new Error('nothing was started');
  return loaded;
}

async function scaleTo(workers: number): Promise<void> {
  await market.kubectl('scale', `tickstream/${release.full}`, `--replicas=${workers}`);
  await market.untilStream(workers);
  await underLoad().untilNewBars();
}

describe.skipIf(lack !== undefined)(
  'a market under load is scaled and loses pods (needs nodes of Kubernetes: run npm run testbed -- build kubernetes)',
  () => {
    test('workers come and go by kubectl scale', async () => {
      await underLoad().during('workers 1 → 3', async () => scaleTo(3));
      await underLoad().during('workers 3 → 2', async () => scaleTo(2));
    });

    test('ingests and queries are scaled', async () => {
      await underLoad().during('ingest and query 1 → 2', async () => {
        for (const component of ['ingest', 'query'] as const) {
          await market.kubectl('scale', `deployment/${release.full}-${component}`, '--replicas=2');
        }
        for (const component of ['ingest', 'query'] as const) await market.untilReady(selectors[component], 2);
      });
    });

    test('pods are deleted without grace, and processes killed', async () => {
      for (const component of ['worker', 'ingest', 'query'] as const) {
        await underLoad().during(`${component} deleted without grace`, async () => {
          const [pod] = await market.pods(selectors[component]);
          await market.kubectl('delete', 'pod', pod?.name ?? '', '--grace-period=0', '--force');
          await market.untilReady(selectors[component], 2);
          await underLoad().untilNewBars();
        });
        await underLoad().during(`${component} killed`, async () => {
          const [pod] = await market.pods(selectors[component]);
          expect(killProcesses(pod?.uid ?? '')).toBe(1);
          await until('its container is started again', async () => {
            const pods = await market.pods(selectors[component]);
            return pods.some(({ uid, restarts }) => uid === pod?.uid && restarts > pod.restarts);
          });
          await market.untilReady(selectors[component], 2);
          await underLoad().untilNewBars();
        });
      }
    });
  },
);

describe.skipIf(lack !== undefined)(
  'a market that is changed (needs nodes of Kubernetes: run npm run testbed -- build kubernetes)',
  () => {
    test('another image is rolled out, and the upgrade keeps what was scaled', async () => {
      const name = `${nextImage.repository}:${nextImage.tag}`;
      const archive = await steps.take('another image', async () => Market.build(name, nextImage.tag));
      await market.cluster.loadImage(archive);
      await underLoad().during('helm upgrade to another image', async () => {
        await market.helm('upgrade', { ...judgedValues, image: nextImage });
        await market.untilReady(selectors.operator, 1, name);
        for (const component of ['worker', 'ingest', 'query'] as const) {
          await market.untilReady(selectors[component], 2, name);
        }
        await underLoad().untilNewBars();
      });
      const stream = await market.read('tickstream', release.full);
      expect(valueAt(stream, 'spec', 'workers', 'replicas')).toBe(2);
    });

    test('nothing is lost, doubled or out of order', async () => {
      const verdict = await underLoad().verdict({ values: quietNext });
      expect(damageOf(verdict)).toEqual(clean);
      expect(verdict.ticks).toBeGreaterThan(10_000);
    });

    test('uninstalled and installed again, it goes on with what was there', async () => {
      const before = underLoad().load.acknowledged;
      await underLoad().close();
      await steps.take('helm uninstall', async () => {
        await market.cluster.helm(['uninstall', release.name, '--namespace', release.namespace]);
        for (const selector of [ours, selectors.worker]) await market.untilReady(selector, 0);
      });
      await steps.take('helm install again, to bars of new trades', async () => {
        await market.helm('install', { ...judgedValues, image: nextImage });
        await market.untilStream(1);
        loaded = await LoadedMarket.begin(market, steps, 2);
      });
      await underLoad().untilNewBars();
      const verdict = await underLoad().verdict({ values: quietNext, before });
      expect(damageOf(verdict)).toEqual(clean);
    });
  },
);
