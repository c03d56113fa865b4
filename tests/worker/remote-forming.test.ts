/** Forming bars from workers to query processes over real gRPC: who hears what, and what happens when workers go. */
import type { Bar } from '@tapeline/domain';
import { wireWorker } from '@tapeline/wire';
import { expect, test } from 'vitest';
import { barOf, type FormingBarsUnderTest, formingBarsSuite } from '../conformance/forming-bars-suite.ts';
import { channelTo, listen, NamedWorkers, serveWorker, until } from './remote-rig.ts';

const { WorkerServiceDefinition } = wireWorker;
const { watchForming, getWorkerStatus } = WorkerServiceDefinition.methods;

formingBarsSuite('those of a worker elsewhere', async (): Promise<FormingBarsUnderTest> => {
  const worker = await serveWorker([0]);
  const workers = new NamedWorkers();
  workers.name([worker.address]);
  const { forming } = listen(workers);
  const publish = async (bars: readonly Bar[]): Promise<void> => {
    const { dataset = '', symbol = '' } = bars[0] ?? {};
    const release = forming.want(dataset, symbol);
    await until(() => worker.hub.isWanted(dataset, symbol), 'wanted');
    let hasCome = false;
    const stop = forming.subscribe(() => (hasCome = true));
    worker.hub.publish(bars);
    await until(() => hasCome, 'heard');
    stop();
    release();
    await until(() => !worker.hub.isWanted(dataset, symbol), 'not wanted any more');
  };
  return { forming, publish };
});

test('a query process publishes none of its own', () => {
  const { forming } = listen(new NamedWorkers());
  expect(() => forming.publish([])).toThrow('a query process has no forming bars of its own');
});

test('a want goes to every worker, and the one that owns the instrument answers', async () => {
  const [first, second] = [await serveWorker([0]), await serveWorker([1])];
  const workers = new NamedWorkers();
  workers.name([first.address, second.address]);
  const { forming, metrics } = listen(workers);
  const heard: string[] = [];
  forming.subscribe((bars) => heard.push(...bars.map(({ symbol }) => symbol)));
  const release = forming.want('d', 'A');
  await until(() => first.hub.isWanted('d', 'A') && second.hub.isWanted('d', 'A'), 'wanted at both');
  second.hub.publish([barOf('A')]);
  second.hub.publish([barOf('B')]);
  await until(() => heard.length > 0, 'heard');
  expect(heard).toEqual(['A']);
  expect(await metrics.text()).toContain('tapeline_query_worker_links 2\n');
  release();
  await until(() => !first.hub.isWanted('d', 'A') && !second.hub.isWanted('d', 'A'), 'not wanted any more');
});

test('thousands of wants come through, also those that were there before the worker', async () => {
  const workers = new NamedWorkers();
  const { forming } = listen(workers);
  for (let number = 0; number < 2_500; number += 1) forming.want('d', `S${number}`);
  const worker = await serveWorker([0]);
  workers.name([worker.address]);
  await until(() => worker.hub.isWanted('d', 'S2499') && worker.hub.isWanted('d', 'S0'), 'wanted');
  forming.want('d', 'late');
  await until(() => worker.hub.isWanted('d', 'late'), 'wanted too');
});

test('a worker that goes is replaced by the one that has its partitions then, with every want said anew', async () => {
  const first = await serveWorker([0]);
  const workers = new NamedWorkers();
  workers.name([first.address]);
  const { forming, metrics } = listen(workers);
  const closes: (number | null)[] = [];
  forming.subscribe((bars) => closes.push(...bars.map(({ close }) => close)));
  forming.want('d', 'A');
  await until(() => first.hub.isWanted('d', 'A'), 'wanted');
  first.hub.publish([{ ...barOf('A'), close: 1 }]);
  await until(() => closes.length === 1, 'heard');
  const second = await serveWorker([0]);
  workers.name([second.address]);
  await first.close();
  await until(() => second.hub.isWanted('d', 'A'), 'wanted at the other');
  second.hub.publish([{ ...barOf('A'), close: 2 }]);
  await until(() => closes.length === 2, 'heard from the other');
  expect(closes).toEqual([1, 2]);
  expect(await metrics.text()).toMatch(/tapeline_query_worker_streams_broken_total [1-9]/);
});

test('while nobody says where the workers are, those that are known are listened to', async () => {
  const worker = await serveWorker([0]);
  const workers = new NamedWorkers();
  workers.name([worker.address]);
  const { forming } = listen(workers);
  forming.want('d', 'A');
  await until(() => worker.hub.isWanted('d', 'A'), 'wanted');
  workers.name(new Error('no broker answers'));
  const { asked } = workers;
  await until(() => workers.asked > asked, 'asked again');
  let heard = 0;
  forming.subscribe(() => (heard += 1));
  worker.hub.publish([barOf('A')]);
  await until(() => heard === 1, 'heard');
});

test('who comes later hears at once what others have heard before, of partitions that are still owned', async () => {
  const owned = [0];
  const worker = await serveWorker(owned);
  const workers = new NamedWorkers();
  workers.name([worker.address]);
  const first = listen(workers);
  let heard = 0;
  first.forming.subscribe(() => (heard += 1));
  first.forming.want('d', 'A');
  await until(() => worker.hub.isWanted('d', 'A'), 'wanted');
  worker.hub.publish([barOf('A')]);
  await until(() => heard === 1, 'heard');
  const second = listen(workers);
  const later: Bar[] = [];
  second.forming.subscribe((bars) => later.push(...bars));
  second.forming.want('d', 'A');
  await until(() => later.length > 0, 'heard later');
  expect(later).toEqual([barOf('A')]);
  owned.pop();
  const third = listen(workers);
  third.forming.subscribe((bars) => later.push(...bars));
  third.forming.want('d', 'A');
  await until(() => third.forming.isWanted('d', 'A'), 'wanted');
  worker.hub.publish([{ ...barOf('A'), close: 5 }]);
  await until(() => later.length >= 2, 'heard what is new');
  expect(later.every((bar, index) => index === 0 || bar.close === 5)).toBe(true);
});

test('how the workers do: each partition by the word of its owner, and silent workers are left out', async () => {
  const [first, second, third] = [await serveWorker([0, 1]), await serveWorker([1, 2]), await serveWorker([3])];
  const workers = new NamedWorkers();
  workers.name([first.address, second.address, second.address, third.address]);
  const remote = listen(workers);
  await until(() => workers.asked > 0, 'asked');
  const partitions = (answers: Awaited<ReturnType<typeof remote.partitionStatuses>>): number[][] =>
    answers.map((answer) => answer.partitions.map(({ partition }) => partition));
  const answers = await remote.partitionStatuses();
  expect(partitions(answers)).toEqual([[0], [1, 2], [3]]);
  expect(answers[0]).toMatchObject({ ticksTotal: 7n, barsTotal: 3n, ticksPerSecond: 1.5 });
  expect(answers[0]?.partitions[0]).toEqual({
    partition: 0,
    clockTimeNs: 1_700_000_000_000_000_000n,
    nextOffset: 10n,
    endOffset: 12n,
    lagMs: 1.5,
    state: 'running',
    detail: 'counts what comes',
  });
  await third.close();
  let now = answers;
  for (let tries = 0; tries < 20 && now.length === 3; tries += 1) {
    now = await remote.partitionStatuses();
    await until(() => true, 'tried');
    if (now.length === 3) await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(partitions(now)).toEqual([[0], [1, 2]]);
});

test.each([
  [
    'too many instruments in one message',
    { want: Array.from({ length: 1_001 }, () => ({ dataset: 'd', symbol: 'S' })) },
  ],
  ['an instrument without a name', { want: [{ dataset: 'd', symbol: '' }] }],
  ['a name that is too long', { want: [{ dataset: 'd', symbol: 'S'.repeat(129) }] }],
])('%s ends the stream with INVALID_ARGUMENT', async (_what, request) => {
  const worker = await serveWorker([0]);
  const call = channelTo(worker.address).duplex(watchForming, WorkerServiceDefinition.fullName);
  await call.send({ ...request, unwant: [] });
  const read = async (): Promise<void> => {
    for await (const response of call.responses) expect(response).toBeUndefined();
  };
  await expect(read()).rejects.toMatchObject({ status: 'INVALID_ARGUMENT', reason: 'FIELD_INVALID' });
});

test('a worker that stops ends its streams with UNAVAILABLE', async () => {
  const worker = await serveWorker([0]);
  const channel = channelTo(worker.address);
  await channel.unary(getWorkerStatus, WorkerServiceDefinition.fullName, {});
  const call = channel.duplex(watchForming, WorkerServiceDefinition.fullName);
  await call.send({ want: [{ dataset: 'd', symbol: 'A' }], unwant: [] });
  await until(() => worker.hub.isWanted('d', 'A'), 'wanted');
  const read = async (): Promise<void> => {
    for await (const response of call.responses) expect(response).toBeUndefined();
  };
  const reading = read();
  await Promise.all([expect(reading).rejects.toMatchObject({ status: 'UNAVAILABLE' }), worker.close()]);
  expect(worker.hub.isWanted('d', 'A')).toBe(false);
});
