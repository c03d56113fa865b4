/** From a tick in the log to a forming bar in a query process: a whole worker on one side, the seam on the other. */
import type { Bar } from '@tapeline/domain';
import { systemClock } from '@tapeline/runtime';
import { SimulatedOwnership } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { LiveRun } from './live-run.ts';
import { listen, NamedWorkers, serveWorker } from './remote-rig.ts';

/** Lets the workers' time go by together with that of the network. Rejects after some seconds. */
async function live(run: LiveRun, isSo: () => boolean, what: string): Promise<void> {
  for (let waits = 0; !isSo(); waits += 1) {
    if (waits > 3_000) throw new RangeError(`after many waits still not: ${what}`);
    await run.turn();
    await systemClock.sleep(2);
  }
}

test('a query process sees the bars of what it wants form, also of a partition that moved, and how the workers do', async () => {
  const run = new LiveRun({}, 2);
  const [first, second] = [run.start(), run.start({ ownership: new SimulatedOwnership() })];
  const [one, other] = [
    await serveWorker(first.worker, first.forming),
    await serveWorker(second.worker, second.forming),
  ];
  const workers = new NamedWorkers();
  workers.name([one.address, one.address]);
  const remote = listen(workers);
  const heard: Bar[] = [];
  remote.forming.subscribe((bars) => heard.push(...bars));
  remote.forming.want('test', 'A');
  await live(run, () => first.forming.isWanted('test', 'A'), 'wanted');
  await run.trade('A', 10, 0);
  await run.trade('B', 11, 0);
  await live(run, () => heard.length > 0, 'heard');
  expect(new Set(heard.map(({ symbol, state, close }) => `${symbol} ${state} ${close}`))).toEqual(
    new Set(['A forming 10']),
  );
  await run.settle(first.worker.caughtUp(), 'caught up');
  first.ownership.lose(0);
  await run.pass(200);
  second.ownership.gain(0);
  workers.name([other.address, one.address]);
  await run.settle(second.worker.caughtUp(), 'caught up');
  await live(run, () => second.forming.isWanted('test', 'A'), 'wanted at the other');
  await run.trade('A', 12, 0);
  await live(run, () => heard.some(({ close }) => close === 12), 'heard from the other');
  const told = (await remote.partitionStatuses()).map(({ partitions, ticksTotal }) => [
    partitions.map(({ partition }) => partition),
    ticksTotal,
  ]);
  expect(told).toEqual([
    [[1], 2n],
    [[0], 1n],
  ]);
  await run.settle(Promise.all([first.worker.stop(), second.worker.stop()]), 'stopped');
});
