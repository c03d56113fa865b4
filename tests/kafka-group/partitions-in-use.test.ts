/**
 * Partitions that come into use while workers are in their group, on a real broker: the base alone until somebody tells of more, then
 * all of them soon, whoever was told first, and each with one owner.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ownership } from '@tapeline/domain';
import { joinWorkers } from '@tapeline/kafka';
import { createMetrics, silentLogger, systemClock } from '@tapeline/runtime';
import { kafkaForTests } from '@tapeline/testbed';
import { afterEach, expect, test } from 'vitest';
import { growTicks, makeTicks, newStream } from './group-topic.ts';

const kafka = await kafkaForTests();
const brokers = kafka.unavailable === undefined ? kafka.brokers : [];
const isAway = kafka.unavailable !== undefined;

const joined: Ownership[] = [];
afterEach(async () => {
  await Promise.all(joined.splice(0).map((ownership) => ownership.leave()));
});

type Member = { readonly ownership: Ownership; owned: readonly number[]; readonly joins: () => Promise<number> };

async function join(stream: string, partitions: number, port: number): Promise<Member> {
  const metrics = createMetrics({ ofProcess: false });
  const ownership = await joinWorkers({
    connection: { brokers, clientId: 'in-use' },
    stream,
    partitions,
    address: `127.0.0.1:${port}`,
    clock: systemClock,
    logger: silentLogger,
    metrics,
  });
  joined.push(ownership);
  const joins = async (): Promise<number> =>
    Number(/^tapeline_group_joins_total (\d+)$/m.exec(await metrics.text())?.[1]);
  const member: Member = { ownership, owned: [], joins };
  ownership.follow((owned) => {
    member.owned = owned;
  });
  return member;
}

/** What all of them own together, ascending: a partition with two owners stands there twice. */
function shared(members: readonly Member[]): number[] {
  return members.flatMap(({ owned }) => owned).toSorted((one, other) => one - other);
}

async function untilShared(members: readonly Member[], count: number): Promise<number> {
  const startMs = performance.now();
  const wanted = Array.from({ length: count }, (_, partition) => partition).join();
  await expect.poll(() => shared(members).join(), { timeout: 15_000, interval: 10 }).toBe(wanted);
  return performance.now() - startMs;
}

test.skipIf(isAway)(
  "partitions of the topic beyond the base are nobody's until one worker tells of them, then each has one owner within seconds (needs Kafka: install Java 17 and Maven, or set KAFKA_BROKERS)",
  async () => {
    for (const teller of [0, 1]) {
      const stream = newStream();
      await makeTicks(brokers, stream, 6);
      const members = [await join(stream, 2, 7001), await join(stream, 2, 7002)];
      await untilShared(members, 2);
      await sleep(1_000);
      expect(shared(members)).toEqual([0, 1]);
      members[teller]?.ownership.usePartitions(6);
      expect(await untilShared(members, 6)).toBeLessThan(5_000);
      expect(members.map(({ owned }) => owned.length)).toEqual([3, 3]);
    }
  },
);

test.skipIf(isAway)(
  'a topic that grows while workers are members: told of it, they share it out at once, and not again for each who tells (needs Kafka: install Java 17 and Maven, or set KAFKA_BROKERS)',
  async () => {
    const stream = newStream();
    await makeTicks(brokers, stream, 2);
    const members = [await join(stream, 2, 7001), await join(stream, 2, 7002)];
    await untilShared(members, 2);
    await growTicks(brokers, stream, 5);
    for (const { ownership } of members) ownership.usePartitions(5);
    expect(await untilShared(members, 5)).toBeLessThan(5_000);
    const joins = await Promise.all(members.map(async (member) => member.joins()));
    await sleep(2_000);
    expect(shared(members)).toEqual([0, 1, 2, 3, 4]);
    expect(await Promise.all(members.map(async (member) => member.joins()))).toEqual(joins);
    const late = await join(stream, 2, 7003);
    expect(await untilShared([...members, late], 5)).toBeLessThan(15_000);
  },
);
