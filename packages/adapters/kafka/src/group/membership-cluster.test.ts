/** What kafkajs hears of brokers that are silent, on a made-up pool: the words by which it turns to another one. */
import type { Cluster } from 'kafkajs';
import { expect, test } from 'vitest';
import { beginElsewhere, fitForMembership, rejoinWhen } from './membership-cluster.ts';

type Call = 'connect' | 'heartbeat' | 'joinGroup' | 'syncGroup' | 'leaveGroup';
type Broker = Record<Call, (facts: object) => Promise<unknown>>;

type Pool = {
  readonly broker: () => Broker;
  readonly find: () => Promise<unknown>;
  readonly cluster: Cluster;
  readonly seeds: () => number;
};

function poolOf(answer: () => unknown): Pool {
  let seeds = 0;
  const ask = async (): Promise<unknown> => answer();
  const brokerPool = {
    createBroker: (): Broker => ({ connect: ask, heartbeat: ask, joinGroup: ask, syncGroup: ask, leaveGroup: ask }),
    createSeedBroker: async (): Promise<void> => void (seeds += 1),
  };
  const inner = { brokerPool, findGroupCoordinator: ask };
  // The part of kafkajs's cluster that is reached for.
  const cluster = inner as unknown as Cluster;
  fitForMembership(cluster);
  const broker = (): Broker => brokerPool.createBroker();
  return { broker, find: () => inner.findGroupCoordinator(), cluster, seeds: () => seeds };
}

async function toldBy(call: Call, name: string): Promise<{ name: string; type: unknown }> {
  const { broker } = poolOf(() => {
    throw Object.assign(new Error('no reply'), { name, type: 'OWN' });
  });
  const error: unknown = await broker()
    [call]({})
    .catch((caught: unknown) => caught);
  return error as { name: string; type: unknown };
}

const timeout = 'KafkaJSRequestTimeoutError';

test.each(['heartbeat', 'joinGroup', 'syncGroup'] as const)(
  'a %s without a reply in time says that another broker may coordinate by now',
  async (call) => {
    expect(await toldBy(call, timeout)).toMatchObject({ name: timeout, type: 'NOT_COORDINATOR_FOR_GROUP' });
  },
);

test('where nobody can say who coordinates, joining is tried again', async () => {
  const { find } = poolOf(() => {
    throw Object.assign(new Error('nobody'), { name: 'KafkaJSGroupCoordinatorNotFound' });
  });
  await expect(find()).rejects.toMatchObject({ type: 'NOT_COORDINATOR_FOR_GROUP' });
});

test('a broker that takes a connection and says nothing is told as one that takes none', async () => {
  expect(await toldBy('connect', timeout)).toMatchObject({ name: 'KafkaJSConnectionError', type: 'OWN' });
});

test('other errors and other calls stay as they are, and so do answers', async () => {
  expect(await toldBy('heartbeat', 'KafkaJSProtocolError')).toMatchObject({ type: 'OWN' });
  expect(await toldBy('leaveGroup', timeout)).toMatchObject({ name: timeout, type: 'OWN' });
  expect(
    await poolOf(() => 7)
      .broker()
      .joinGroup({}),
  ).toBe(7);
});

test('beginning elsewhere takes the next named broker', async () => {
  const { cluster, seeds } = poolOf(() => 7);
  await beginElsewhere(cluster);
  expect(seeds()).toBe(1);
});

test('a sign of life that has something to tell is answered as by a coordinator that asks for a join', async () => {
  const { broker, cluster } = poolOf(() => 7);
  let isWanted = false;
  rejoinWhen(cluster, () => isWanted);
  const member = broker();
  expect(await member.heartbeat({})).toBe(7);
  isWanted = true;
  await expect(member.heartbeat({})).rejects.toMatchObject({ type: 'REBALANCE_IN_PROGRESS' });
  expect(await member.joinGroup({})).toBe(7);
  isWanted = false;
  expect(await member.heartbeat({})).toBe(7);
});
