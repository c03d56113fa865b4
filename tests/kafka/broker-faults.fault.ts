/**
 * The log on three real brokers that are killed, stopped and cut off under load. The oracle after each: acknowledged is
 * in the log exactly once, at its offset, in order, and a reader that was open all the time has seen the same.
 */
import type { LogReader, LogRecordInput, TickLog } from '@tapeline/domain';
import type { KafkaCluster } from '@tapeline/testbed';
import { afterEach, describe, expect, test } from 'vitest';
import { KafkaLoad, readAll, until } from './kafka-load.ts';
import { KafkaStream } from './kafka-stream.ts';
import { mend, ownCluster } from './own-cluster.ts';

const partitions = 3;
const cluster = await ownCluster({ brokers: 3, proxied: true, quickStart: true });

let stream: KafkaStream | undefined;
afterEach(async () => {
  await mend(cluster);
  await stream?.end();
  stream = undefined;
});

type Scene = {
  readonly log: TickLog;
  readonly load: KafkaLoad;
  readonly running: Promise<void>;
  readonly follower: Follower;
};

async function scene(settings: Parameters<KafkaStream['open']>[0] = {}): Promise<Scene> {
  stream = await KafkaStream.make(cluster?.brokers ?? [], { partitions, replicationFactor: 3, minInsyncReplicas: 2 });
  const log = await stream.open(settings);
  const load = new KafkaLoad(log, partitions);
  const running = load.run();
  const follower = new Follower(log.open('ticks', 0, 0));
  await until(() => load.acknowledged > 200);
  return { log, load, running, follower };
}

async function settle({ log, load, running, follower }: Scene): Promise<void> {
  load.stop();
  await running;
  expect(await load.problems(log)).toEqual([]);
  const all = await readAll(log, 0);
  await until(() => follower.records.length >= all.length);
  expect(follower.records).toEqual(all);
}

/** Acknowledgements go on: as many again. */
async function goesOn(load: KafkaLoad, withinMs: number): Promise<number> {
  const startMs = performance.now();
  const before = load.acknowledged;
  await until(() => load.acknowledged > before + 300, withinMs);
  return Math.round(performance.now() - startMs);
}

async function leaderNode(): Promise<KafkaCluster['nodes'][number]> {
  const leader = await cluster?.leaderOf(stream?.topic('ticks') ?? '', 0);
  return cluster?.nodes.find(({ id }) => id === leader) as KafkaCluster['nodes'][number];
}

describe.skipIf(cluster === undefined)('brokers that fail under load (needs Java 17 and Maven: install them)', () => {
  test(`a leader that is killed loses nothing and doubles nothing`, async () => {
    const made = await scene();
    const node = await leaderNode();
    await node.kill('SIGKILL');
    const tookMs = await goesOn(made.load, 25_000);
    await node.start();
    await goesOn(made.load, 25_000);
    await settle(made);
    expect(made.load.longestMs).toBeLessThan(20_000);
    expect(made.load.unknown).toBe(0);
    console.log(`leader killed: appends went on after ${tookMs} ms, longest append ${made.load.longestMs} ms`);
  });

  test(`a leader that is stopped and comes back as one that thinks it still leads does no harm`, async () => {
    const made = await scene();
    const node = await leaderNode();
    await node.kill('SIGSTOP');
    const tookMs = await goesOn(made.load, 40_000);
    await node.kill('SIGCONT');
    await goesOn(made.load, 25_000);
    await settle(made);
    console.log(`leader stopped: appends went on after ${tookMs} ms, longest append ${made.load.longestMs} ms`);
  });

  test(`replies that are lost after the append leave one copy of each record`, async () => {
    const made = await scene({ produceTimeoutMs: 1_000, requestTimeoutMs: 1_000 });
    for (let round = 0; round < 3; round += 1) {
      for (const node of cluster?.nodes ?? []) node.proxy?.swallowReplies();
      await pause(300);
      for (const node of cluster?.nodes ?? []) node.proxy?.reset();
      for (const node of cluster?.nodes ?? []) await node.proxy?.heal();
      await goesOn(made.load, 25_000);
    }
    await settle(made);
  });

  test(`connections that are cut in the middle of a frame leave one copy of each record`, async () => {
    const made = await scene();
    for (const direction of ['toServer', 'toClient'] as const) {
      const cuts = (cluster?.nodes ?? []).map(async (node) => node.proxy?.cutAfterBytes(3_333, direction));
      await goesOn(made.load, 25_000);
      await Promise.race(cuts);
    }
    await settle(made);
  });

  test(`below the in-sync replicas appends are refused in time, and go on when they are back`, async () => {
    const made = await scene({ deliveryTimeoutMs: 2_000, produceTimeoutMs: 1_000 });
    const leader = await leaderNode();
    const others = (cluster?.nodes ?? []).filter(({ id }) => id !== leader.id);
    await others[0]?.kill('SIGKILL');
    await goesOn(made.load, 30_000);
    made.load.stop();
    await made.running;
    const config = { 'min.insync.replicas': '3' };
    await stream?.admin.setTopicConfig(stream.topic('ticks'), config);
    await until(async () => isRefused(made.log), 20_000);
    const startMs = performance.now();
    await expect(made.log.append('ticks', 0, Buffer.alloc(64))).rejects.toThrow(/NOT_ENOUGH_REPLICAS/);
    expect(performance.now() - startMs).toBeLessThan(6_000);
    await others[0]?.start();
    await until(async () => !(await isRefused(made.log)), 60_000);
  });
});

async function isRefused(log: TickLog): Promise<boolean> {
  return log.append('bars', 0, Buffer.alloc(1)).then(
    async () =>
      log.append('ticks', 0, Buffer.alloc(64)).then(
        () => false,
        () => true,
      ),
    () => true,
  );
}

async function pause(ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** A reader that is open all the time. */
class Follower {
  readonly records: LogRecordInput[] = [];

  constructor(reader: LogReader) {
    void this.#follow(reader);
  }

  async #follow(reader: LogReader): Promise<void> {
    for (let next = await reader.next(); next !== undefined; next = await reader.next()) this.records.push(...next);
  }
}
