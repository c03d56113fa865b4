/**
 * The chart as a newcomer meets it: the lines of the README, as written, in a namespace that enforces `restricted`; then the page in
 * a browser, an autoscaler on the stream, and policies of the network, which nodes of the testbed do not enforce. Needs the cluster
 * that KUBECONFIG names, with the images, or root and what `npm run testbed -- build kubernetes` builds. Runs alone.
 */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type GivenValues, listAt, root, valueAt } from '../charts/rendered-chart.ts';
import { until } from '../faults/rig/until.ts';
import { closedBarsDiffer } from '../standalone/page-bars.ts';
import { isChromiumMissing, large, openPage, startChromium } from '../web/chromium.ts';
import { keepPicture, waitForText } from '../web/page-stage.ts';
import { firstBarStep, untilFirstBar } from './rig/loaded-market.ts';
import { MarketStage } from './rig/market-stage.ts';
import { ports, release, selectors } from './rig/release.ts';

// As docs/operator.md has it: kubectl finds its plugins on the PATH.
process.env['PATH'] = `${path.join(root, 'operator/bin')}${path.delimiter}${process.env['PATH'] ?? ''}`;
const stage = await MarketStage.open('installed by the README', { nodes: 2, metrics: true });
const { lack, steps } = stage;
const firstBarWithinMs = 300_000;
const imageBytesMax = 130_000_000;
let archive: string | undefined;

stage.before(async (image) => {
  archive = image;
});

/** The commands of the README's section, without what is said of them. */
function readmeLines(): readonly string[] {
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
  const block = /^```sh\n(helm install [\s\S]*?)```$/m.exec(readme)?.[1] ?? '';
  return block
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, ''))
    .filter((line) => line !== '');
}

/** Types a line of helm or kubectl. */
async function typed(line: string, withinMs?: number): Promise<string> {
  const [tool, ...args] = line.split(/\s+/);
  if (tool !== 'helm' && tool !== 'kubectl') throw new Error(`no line of helm or kubectl: ${line}`);
  return stage.market.cluster[tool](args, withinMs === undefined ? {} : { withinMs });
}

async function upgrade(values: GivenValues): Promise<void> {
  await stage.market.helm('upgrade', { dev: { enabled: true }, ...values });
}

/** An autoscaler that aims at so much CPU of what is requested, %, and takes workers away at once. */
function autoscaled(targetCPUUtilizationPercentage: number, minReplicas = 1): GivenValues {
  const policies = [{ type: 'Pods', value: 4, periodSeconds: 15 }];
  const behavior = { scaleDown: { stabilizationWindowSeconds: 0, policies } };
  const autoscaling = { enabled: true, minReplicas, maxReplicas: 4, targetCPUUtilizationPercentage, behavior };
  return { stream: { workers: { autoscaling } } };
}

describe.skipIf(lack !== undefined)(
  'a newcomer (needs nodes of Kubernetes: run npm run testbed -- build kubernetes, or set KUBECONFIG)',
  () => {
    test.skipIf(stage.isNamed)(
      'pulls one image of at most 130 MB, as it is compressed (needs the archive of an image made here: unset KUBECONFIG)',
      () => {
        const { size } = statSync(archive ?? '');
        console.log(`the image is ${size} bytes`);
        expect(size).toBeLessThan(imageBytesMax);
      },
    );

    test('types five lines, and has bars', async () => {
      const [install = '', look = '', check = '', scale = '', forward = '', ...more] = readmeLines();
      expect(more).toEqual([]);
      const bars = steps.take(firstBarStep, async () => untilFirstBar(stage.market, firstBarWithinMs));
      // If the install fails, that is what is told.
      void Promise.allSettled([bars]);
      const notes = await steps.take('helm install --wait', async () => typed(install));
      expect(notes).toContain(`kubectl -n ${release.namespace} get tickstreams --watch`);
      await bars;
      await stage.market.untilStream(1);
      const table = await typed(look);
      console.log(table);
      expect(table).toMatch(/^NAME +READY +REASON +PARTITIONS +EPOCH +MOVES +WORKERS +WANTED +LAG +AGE$/m);
      // Nothing is told of moves before a coordinator has read its topic.
      expect(table).toMatch(/^tickstream\S+\/market-tapeline +True +Working +4 +\d+ +(0 +)?1 +1 +\d+ +\S+$/m);
      expect(table).toMatch(/^tickstore\S+\/market-tapeline +True +Working /m);
      const tree = await typed(`kubectl tapeline status -n ${release.namespace}`);
      console.log(tree);
      expect(tree).toMatch(/^TickStream market\/market-tapeline {2}Working: /);
      expect(tree).toContain('├─ workers: 1 of 1 ready');
      const checked = await steps.take('helm test', async () => typed(check));
      expect(checked).toContain('the bar that was published was read back');
      await steps.take('workers 1 → 3', async () => {
        await typed(scale);
        await stage.market.untilStream(3);
      });
      const forwarding = Promise.allSettled([typed(forward, 15_000)]);
      await until('the page is there', async () => isServed('http://localhost:18080/'), { withinMs: 12_000 });
      await forwarding;
    });

    test.skipIf(isChromiumMissing)(
      'sees the page live, with the bars that HTTP has (needs Chromium: apt-get install chromium)',
      async () => {
        const http = `http://${await stage.market.address('query', ports.http)}`;
        const browser = await startChromium();
        try {
          const { page, ...watched } = await openPage(browser, `${http}/`, large);
          await waitForText(page, '#connection-text', 'Live', 30_000);
          await expect.poll(async () => closedBarsDiffer(http, page), { timeout: 90_000 }).toEqual([]);
          await keepPicture(page, 'market-in-pods');
          expect(watched).toMatchObject({ faults: [], foreign: [] });
        } finally {
          await browser.close();
        }
      },
    );
  },
);

describe.skipIf(lack !== undefined)(
  'whoever runs it (needs nodes of Kubernetes: run npm run testbed -- build kubernetes, or set KUBECONFIG)',
  () => {
    test.skipIf(!stage.hasMetrics)(
      'an autoscaler works on the stream, up and down, and upgrades leave the number to it (needs figures of CPU: install metrics-server in the cluster)',
      async () => {
        await steps.take('an autoscaler adds workers', async () => {
          await upgrade(autoscaled(1));
          await stage.market.untilStream(4);
        });
        const [metric] = listAt(await stage.market.read('hpa', `${release.full}-workers`), 'status', 'currentMetrics');
        expect(valueAt(metric, 'resource', 'current', 'averageUtilization')).toBeGreaterThan(1);
        await steps.take('an autoscaler takes workers away', async () => {
          await upgrade(autoscaled(1_000, 2));
          await stage.market.untilStream(2);
        });
        await upgrade(autoscaled(1_000, 2));
        const stream = await stage.market.read('tickstream', release.full);
        expect(valueAt(stream, 'spec', 'workers', 'replicas')).toBe(2);
      },
    );

    test('policies of the network are taken, and name what the pods are', async () => {
      await upgrade({ networkPolicy: { enabled: true } });
      const policies = listAt(await stage.market.read('networkpolicies'), 'items');
      const idle: string[] = [];
      for (const policy of policies) {
        const labels = Object.entries(valueAt(policy, 'spec', 'podSelector', 'matchLabels') as Record<string, string>);
        const selector = labels.map(([name, value]) => `${name}=${value}`).join(',');
        if ((await stage.market.pods(selector)).length === 0) idle.push(selector);
      }
      expect(idle).toEqual([]);
      expect(policies).toHaveLength(7);
      await steps.take('helm test again', async () =>
        stage.market.cluster.helm(['test', release.name, '-n', release.namespace]),
      );
      await stage.market.untilReady(selectors.operator, 1);
    });
  },
);

async function isServed(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}
