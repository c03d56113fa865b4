/**
 * Partitions are added to a stream that works, and an instrument is pinned to one of them, goes home, and moves on while workers die:
 * kubectl shows each move, and bars and tape end as on one partition. Needs the cluster that KUBECONFIG names, with the images, or
 * root and what `npm run testbed -- build kubernetes` builds. Runs alone.
 */
import path from 'node:path';
import { homePartition } from '@tapeline/domain';
import { afterAll, describe, expect, test } from 'vitest';
import { listAt, root } from '../charts/rendered-chart.ts';
import { loadDataset, loadSymbols } from '../faults/rig/load.ts';
import { unharmed } from '../faults/rig/moved-verdict.ts';
import { until } from '../faults/rig/until.ts';
import { TradeReader } from '../faults/trade-reader.ts';
import { quietStream } from './rig/loaded-market.ts';
import type { Pod } from './rig/market.ts';
import { MarketStage } from './rig/market-stage.ts';
import { MovedStream, type ShownMove } from './rig/moved-stream.ts';
import { killProcesses } from './rig/pod-processes.ts';
import { release, selectors } from './rig/release.ts';

// As docs/operator.md has it: kubectl finds its plugins on the PATH.
process.env['PATH'] = `${path.join(root, 'operator/bin')}${path.delimiter}${process.env['PATH'] ?? ''}`;
const stage = await MarketStage.open('moved under load', { nodes: 2 });
const { lack, steps } = stage;
const [base, grown] = [2, 4];
const busy = 'AAA';
/** How old a phase can be at most when the status first tells it, ms: it is told once a second. */
const ageMsMax = 60_000;
/** Half of all trades are of the busy one. */
const symbols = [...loadSymbols, ...Array.from({ length: 6 }, () => busy)];
const home = homePartition(loadDataset, busy, base);
const own: { stream?: MovedStream; reader?: TradeReader; moves: number; shown: ShownMove[] } = { moves: 0, shown: [] };

stage.before(async () => {
  const { market } = stage;
  await steps.take('helm install, with two of each that ticks pass', async () => {
    // One whose pin was taken out stays where it is until the cooldown of its last move is over.
    const placement = { cooldown: '1s' };
    await market.helm('install', quietStream({ partitions: base, workers: { replicas: 2 }, placement }));
    await market.kubectl('scale', `deployment/${release.full}-ingest`, '--replicas=2');
    await market.untilStream(2);
    await market.untilReady(selectors.ingest, 2);
    await market.untilReady(selectors.query, 1);
  });
  await stage.beginLoad({ seed: 7, symbols });
  own.stream = new MovedStream(market);
  own.reader = new TradeReader(await market.address('query', 50_052), [...new Set(symbols)]);
});

afterAll(async () => own.reader?.close());

function stream(): MovedStream {
  if (own.stream === undefined) throw new Error('no stream was installed');
  return own.stream;
}

function reader(): TradeReader {
  if (own.reader === undefined) throw new Error('nobody reads trades');
  return own.reader;
}

/** Types `kubectl tapeline …`. */
async function plugin(command: string, ...operands: readonly string[]): Promise<string> {
  const { kubectl } = stage.market.cluster;
  return kubectl(['tapeline', command, release.full, ...operands, '--namespace', release.namespace]);
}

async function patchPin(partition: number): Promise<void> {
  await stream().patch({ pins: [{ dataset: loadDataset, symbol: busy, partition }] });
}

/** That it is over stands in the table; of one that took long enough for a look, the status told how far it was. */
function expectShown(move: ShownMove, [from, to]: readonly [number, number]): void {
  const {
    rows,
    phases,
    epochs: [before, after],
  } = move;
  own.shown.push(move);
  console.log([...rows, ...phases].map((line) => JSON.stringify(line)).join('\n'));
  expect(rows.at(-1)).toMatchObject({ PARTITIONS: `${grown}`, EPOCH: `${after}`, MOVES: '0' });
  expect(after).toBeGreaterThan(before);
  for (const phase of phases) {
    expect(phase).toMatchObject({ from, to });
    expect(phase.ageMs).toBeLessThan(ageMsMax);
  }
  own.moves += 1;
}

/** Tries to kill a worker once ingests send the instrument elsewhere. Where moves are always over by then, it dies earlier. */
const triesOncePublished = 3;

/** Kills the worker that has to hand the instrument over while it has not done so; a move that was over before does not count. */
async function killAmidMove(name: string, kill: (owner: Pod) => Promise<void>): Promise<void> {
  for (const [tried, to] of [2, 3, 2, 3, 2].entries()) {
    const { partition: from } = await stream().placeOf(busy);
    if (from === to) continue;
    const address = (await stream().owners())[from];
    const owner = (await stage.market.pods(selectors.worker)).find(({ ip }) => address?.startsWith(`${ip}:`));
    if (owner === undefined) throw new Error(`partition ${from} is of ${address}, and no pod is there`);
    let isAmid = false;
    await stage.underLoad.during(`${name} amid a move ${from} → ${to}`, async () => {
      const move = await stream().shown(
        [busy, to],
        async () => patchPin(to),
        async () => {
          if (tried < triesOncePublished) await stream().untilPublished(busy, to);
          await kill(owner);
          const { isUnderWay, partition } = await stream().placeOf(busy);
          isAmid = isUnderWay || partition === from;
        },
      );
      expectShown(move, [from, to]);
      await stage.market.untilReady(selectors.worker, 2);
      await stage.underLoad.untilNewBars();
      await stream().untilGrown(grown);
    });
    if (isAmid) return;
  }
  throw new Error('every move was over before its worker had died');
}

describe.skipIf(lack !== undefined)(
  'instruments move under load (needs nodes of Kubernetes: run npm run testbed -- build kubernetes, or set KUBECONFIG)',
  () => {
    test('partitions are added by kubectl patch, and workers have them', async () => {
      const before = await stream().row();
      expect(before).toMatchObject({ READY: 'True', PARTITIONS: `${base}` });
      await stage.underLoad.during(`partitions ${base} → ${grown}`, async () => {
        await stream().patch({ partitions: grown });
        await stream().untilGrown(grown);
        await stage.underLoad.untilNewBars();
      });
      const addresses = (await stage.market.pods(selectors.worker)).map(({ ip }) => ip);
      const owners = (await stream().owners()).map((address) => address?.replace(/:\d+$/, ''));
      expect(addresses).toEqual(expect.arrayContaining([...new Set(owners)]));
      expect(await stream().status()).toMatchObject({ basePartitions: base, partitions: grown, moves: 0 });
      expect(await stream().row()).toMatchObject({ READY: 'True', PARTITIONS: `${grown}`, MOVES: '0' });
      // Partitions that are added move nothing by themselves, as long as those of before are no burden.
      expect(await stream().placeOf(busy)).toMatchObject({ partition: home, isUnderWay: false });
    });

    test('a busy instrument is pinned to one of them by kubectl patch, and kubectl get ts shows the move', async () => {
      await stage.underLoad.during(`${busy} pinned, ${home} → 3`, async () => {
        const look = async (): Promise<void> => console.log(await plugin('moves'));
        expectShown(await stream().shown([busy, 3], async () => patchPin(3), look), [home, 3]);
        await stage.underLoad.untilNewBars();
      });
      expect(await plugin('moves')).toContain('nothing is under way');
      await stage.market.kubectl('wait', `tickstream/${release.full}`, '--for=condition=PinsHeld', '--timeout=60s');
    });

    test('it goes home when the pin is taken out', async () => {
      await stage.underLoad.during(`${busy} unpinned, 3 → ${home}`, async () => {
        const declare = async (): Promise<string> => plugin('unpin', `${loadDataset}/${busy}`);
        expectShown(await stream().shown([busy, home], declare), [3, home]);
        await stage.underLoad.untilNewBars();
      });
    });

    test('its worker is deleted without grace amid a move', async () => {
      await killAmidMove('worker deleted', async ({ name }) => {
        await stage.market.kubectl('delete', 'pod', name, '--grace-period=0', '--force');
      });
    });

    test.skipIf(stage.isNamed)(
      'the process of its worker is killed amid a move (needs nodes of the testbed: unset KUBECONFIG)',
      async () => {
        await killAmidMove('worker killed', async ({ uid }) => {
          expect(killProcesses(uid)).toBe(1);
        });
      },
    );
  },
);

describe.skipIf(lack !== undefined)(
  'what is left of the moves (needs nodes of Kubernetes: run npm run testbed -- build kubernetes, or set KUBECONFIG)',
  () => {
    test('conditions tell that order was kept, events both ends of moves, and nothing but killed workers was started again', async () => {
      const { market } = stage;
      for (const type of ['Ready', 'OrderProtected', 'PinsHeld']) {
        await market.kubectl('wait', `tickstream/${release.full}`, `--for=condition=${type}`, '--timeout=120s');
      }
      const status = await stream().status();
      const reasons = Object.fromEntries(listAt(status, 'conditions').map(({ type, reason }) => [type, reason]));
      expect(reasons).toMatchObject({ Ready: 'Working', OrderProtected: 'OrderKept', Degraded: 'AsExpected' });
      expect(status['order']).toEqual({ declaredGaps: 0, violations: 0 });
      const events = await market.kubectl('get', 'events', '--field-selector', `involvedObject.name=${release.full}`);
      console.log(events);
      for (const reason of ['MovePublished', 'MoveDone']) expect(events).toContain(reason);
      expect(events).not.toMatch(/OrderViolated|HandoverOfOtherForm/);
      for (const part of ['operator', 'ingest', 'query'] as const) {
        expect((await market.pods(selectors[part])).filter(({ restarts }) => restarts > 0)).toEqual([]);
      }
    });

    test('moves under way stood in the table and in the status', () => {
      // One that nothing disturbs may be over between two looks; one whose worker died is not.
      expect(own.shown.flatMap(({ rows }) => rows.map(({ MOVES }) => MOVES))).toContain('1');
      expect(own.shown.flatMap(({ phases }) => phases).length).toBeGreaterThan(0);
    });

    test('every tick is once in bars and tape, in order, as on one partition', async () => {
      const { damage, account } = await stage.underLoad.movedVerdict(base);
      expect(damage).toEqual(unharmed);
      expect(account.left).toBeGreaterThanOrEqual(own.moves);
      expect(account.ticks).toBeGreaterThan(10_000);
    });

    test('a reader of trades got each once, in the order of its numbers', async () => {
      const { acknowledged } = stage.underLoad.load;
      await until('the reader has every trade', () => reader().missing(acknowledged) === 0);
      await reader().close();
      expect(reader().disorder).toEqual([]);
      expect(reader().count).toBe(acknowledged.length);
      console.log(`${reader().count} trades read, ${reader().ends.length} streams ended: ${reader().ends.join('; ')}`);
    });
  },
);
