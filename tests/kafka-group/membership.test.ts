/**
 * Membership in one process on a real broker: heartbeats of a busy process, nothing fetched, positions for lag, where
 * workers answer, and what a person reads when it cannot start.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ownership } from '@tapeline/domain';
import { findWorkers, joinWorkers, type JoinOptions } from '@tapeline/kafka';
import { createMetrics, type Metrics, silentLogger, systemClock } from '@tapeline/runtime';
import { freePorts, kafkaForTests } from '@tapeline/testbed';
import { afterEach, expect, test } from 'vitest';
import { committed, fillTicks, makeTicks, newStream } from './group-topic.ts';

const kafka = await kafkaForTests();
const brokers = kafka.unavailable === undefined ? kafka.brokers : [];
const isAway = kafka.unavailable !== undefined;

const joined: Ownership[] = [];
afterEach(async () => {
  await Promise.all(joined.splice(0).map((ownership) => ownership.leave()));
});

type Joined = { readonly ownership: Ownership; readonly heard: (readonly number[])[]; readonly metrics: Metrics };

async function join(stream: string, options: Partial<JoinOptions> = {}): Promise<Joined> {
  const metrics = createMetrics({ ofProcess: false });
  const ownership = await joinWorkers({
    connection: { brokers, clientId: 'membership' },
    stream,
    address: '127.0.0.1:7001',
    clock: systemClock,
    logger: silentLogger,
    metrics,
    ...options,
  });
  joined.push(ownership);
  const heard: (readonly number[])[] = [];
  ownership.follow((partitions) => heard.push(partitions));
  return { ownership, heard, metrics };
}

async function countOf(metrics: Metrics, name: string): Promise<number> {
  const text = await metrics.text();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = Date.now() + 10_000;
  while (!(await isSo())) {
    if (Date.now() > endMs) throw new Error(`not within 10 s: ${what}`);
    await sleep(20);
  }
}

test.skipIf(isAway)(
  'a process that is busy in slices of 500 ms for 15 s stays a member (needs Kafka: install Java 17 and Maven, or set KAFKA_BROKERS)',
  async () => {
    const stream = newStream();
    await makeTicks(brokers, stream, 4);
    const { heard, metrics } = await join(stream);
    const endMs = performance.now() + 15_000;
    while (performance.now() < endMs) {
      const sliceEndMs = performance.now() + 500;
      while (performance.now() < sliceEndMs);
      await sleep(1);
    }
    await sleep(1_000);
    expect(heard).toEqual([[0, 1, 2, 3]]);
    expect(await countOf(metrics, 'tapeline_group_joins_total')).toBe(1);
    expect(await countOf(metrics, 'tapeline_group_silences_total')).toBe(0);
  },
);

test.skipIf(isAway)(
  'membership fetches nothing, although there are records from the beginning on (needs Kafka: install Java 17 and Maven, or set KAFKA_BROKERS)',
  async () => {
    const stream = newStream();
    await makeTicks(brokers, stream, 4);
    await fillTicks(brokers, stream, 4);
    // A fetched record ends membership with a crash.
    const { ownership, metrics } = await join(stream);
    const ended = ownership.failed.catch((error: unknown) => error);
    expect(await Promise.race([ended, sleep(2_000, 'still a member')])).toBe('still a member');
    const other = await join(stream, { address: '127.0.0.1:7002' });
    await fillTicks(brokers, stream, 4);
    expect(await Promise.race([ended, sleep(2_000, 'still a member')])).toBe('still a member');
    expect(await countOf(metrics, 'tapeline_group_crashes_total')).toBe(0);
    expect(await countOf(other.metrics, 'tapeline_group_crashes_total')).toBe(0);
  },
);

const windowsMax = 5;
const turnsMax = 100;

/** Turns of the event loop in a second, over four of them. */
async function turnsPerSecond(): Promise<number> {
  const begin = performance.nodeTiming.uvMetricsInfo;
  await sleep(4_000);
  const { loopCount, events } = performance.nodeTiming.uvMetricsInfo;
  const [turns, happened] = [(loopCount - begin.loopCount) / 4, (events - begin.events) / 4];
  process.stdout.write(
    `a member at rest: ${turns.toFixed(1)} turns of the event loop a second, ${happened.toFixed(1)} events\n`,
  );
  return turns;
}

test.skipIf(isAway)(
  'a member at rest wakes its process rarely (needs Kafka: install Java 17 and Maven, or set KAFKA_BROKERS)',
  async () => {
    const stream = newStream();
    await makeTicks(brokers, stream, 12);
    await join(stream);
    // Where the machine is busy, joining goes on for a while; the timer would never rest.
    let turns = Infinity;
    for (let window = 0; window < windowsMax && turns >= turnsMax; window += 1) turns = await turnsPerSecond();
    // The client's own timer of 1 ms makes about nine hundred; unlike CPU time, turns do not grow with other load.
    expect(turns).toBeLessThan(turnsMax);
  },
);

test.skipIf(isAway)(
  'positions are committed for those who watch lag (needs Kafka: install Java 17 and Maven, or set KAFKA_BROKERS)',
  async () => {
    const stream = newStream();
    await makeTicks(brokers, stream, 2);
    await fillTicks(brokers, stream, 2);
    const { ownership } = await join(stream, { commitEveryMs: 100 });
    ownership.notePosition(0, 1);
    await until('the position of partition 0', async () => (await committed(brokers, stream)).get(0) === 1);
    // What was noted last is committed when leaving.
    ownership.notePosition(1, 1);
    await ownership.leave();
    expect((await committed(brokers, stream)).get(1)).toBe(1);
  },
);

test.skipIf(isAway)(
  'each partition has the address of its owner, and none once nobody is there (needs Kafka: install Java 17 and Maven, or set KAFKA_BROKERS)',
  async () => {
    const stream = newStream();
    await makeTicks(brokers, stream, 4);
    const connection = { brokers, clientId: 'membership' };
    const workers = findWorkers({ connection, stream, clock: systemClock, logger: silentLogger });
    expect(await workers.addresses()).toEqual(new Map());
    const one = await join(stream, { address: '127.0.0.1:7001' });
    const other = await join(stream, { address: 'worker-1.workers:7002' });
    await until('an even spread', () => one.heard.at(-1)?.length === 2 && other.heard.at(-1)?.length === 2);
    const expected = new Map<number, string>();
    for (const partition of one.heard.at(-1) ?? []) expected.set(partition, '127.0.0.1:7001');
    for (const partition of other.heard.at(-1) ?? []) expected.set(partition, 'worker-1.workers:7002');
    await until('the addresses', async () => (await workers.addresses()).size === 4);
    expect(await workers.addresses()).toEqual(expected);
    await one.ownership.leave();
    await other.ownership.leave();
    await until('that nobody is left', async () => (await workers.addresses()).size === 0);
    await workers.close();
    await expect(workers.addresses()).rejects.toThrow('closed');
  },
);

test.skipIf(isAway)(
  'a heavy partition is kept apart from the others by its rate (needs Kafka: install Java 17 and Maven, or set KAFKA_BROKERS)',
  async () => {
    const stream = newStream();
    await makeTicks(brokers, stream, 4);
    const one = await join(stream);
    for (const partition of [0, 1, 2, 3]) one.ownership.noteRate(partition, partition === 2 ? 3_000 : 1_000);
    const other = await join(stream, { address: '127.0.0.1:7002' });
    await until('a spread by weight', () => one.heard.at(-1)?.length !== 4 && other.heard.at(-1)?.length !== 0);
    const shares = [one.heard.at(-1)?.join(), other.heard.at(-1)?.join()];
    expect(shares).toContain('2');
    expect(shares).toContain('0,1,3');
  },
);

test.skipIf(isAway)(
  'who leaves hears that nothing is its own, and is told nothing after (needs Kafka: install Java 17 and Maven, or set KAFKA_BROKERS)',
  async () => {
    const stream = newStream();
    await makeTicks(brokers, stream, 2);
    const { ownership, heard } = await join(stream);
    await Promise.all([ownership.leave(), ownership.leave()]);
    expect(heard).toEqual([[0, 1], []]);
    await sleep(1_000);
    expect(heard).toHaveLength(2);
  },
);

test.skipIf(isAway)(
  'a stream without topics is refused with its name and a remedy (needs Kafka: install Java 17 and Maven, or set KAFKA_BROKERS)',
  async () => {
    await expect(join('no-such-stream')).rejects.toMatchObject({
      code: 'KAFKA_TOPICS',
      message: 'topic no-such-stream.ticks does not exist; create it or name another stream with --stream',
    });
  },
);

test('where no broker answers one sentence says so', async () => {
  const [port = 0] = await freePorts(1);
  const connection = { brokers: [`127.0.0.1:${port}`], clientId: 'membership' };
  await expect(join('any', { connection })).rejects.toMatchObject({ code: 'KAFKA_UNREACHABLE' });
  const workers = findWorkers({ connection, stream: 'any', clock: systemClock, logger: silentLogger });
  await expect(workers.addresses()).rejects.toMatchObject({ code: 'KAFKA_UNREACHABLE' });
  await workers.close();
});
