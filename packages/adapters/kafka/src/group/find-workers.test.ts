/** Where workers are: how often Kafka is asked, what is answered during a rebalance, and what at an error. */
import { ManualClock, silentLogger } from '@tapeline/runtime';
import { AssignerProtocol, type ConsumerGroupState, type GroupDescription } from 'kafkajs';
import { expect, test } from 'vitest';
import { findWorkers, type GroupAsker, type WorkerFinder } from './find-workers.ts';
import { encodeMemberData } from './member-data.ts';

type World = { asked: number; group: GroupDescription | Error; answered?: Promise<void> };

function worldOf(world: World): { workers: WorkerFinder; clock: ManualClock } {
  const clock = new ManualClock();
  const asker: GroupAsker = {
    describe: async () => {
      world.asked += 1;
      await world.answered;
      if (world.group instanceof Error) throw world.group;
      return world.group;
    },
    close: async () => undefined,
  };
  const connection = { brokers: ['127.0.0.1:9092'], clientId: 'test' };
  return { workers: findWorkers({ connection, stream: 's', clock, logger: silentLogger }, asker), clock };
}

function groupOf(state: ConsumerGroupState, members: [string, number[]][]): GroupDescription {
  return {
    groupId: 's.worker',
    protocol: 'x',
    protocolType: 'consumer',
    state,
    members: members.map(([address, partitions], index) => ({
      clientHost: '/127.0.0.1',
      clientId: 'c',
      memberId: `m${index}`,
      memberMetadata: AssignerProtocol.MemberMetadata.encode({
        version: 1,
        topics: ['s.ticks'],
        userData:
          address === ''
            ? Buffer.from('not ours')
            : encodeMemberData({ address, generation: 1, owned: partitions, rates: new Map(), partitionsInUse: 0 }),
      }),
      memberAssignment: AssignerProtocol.MemberAssignment.encode({
        version: 1,
        assignment: { 's.ticks': partitions },
        userData: Buffer.alloc(0),
      }),
    })),
  };
}

test('many questions at once and within 2 s are one question to Kafka', async () => {
  const world = {
    asked: 0,
    group: groupOf('Stable', [
      ['a:1', [0, 2]],
      ['b:2', [1]],
    ]),
  };
  const { workers, clock } = worldOf(world);
  const answers = await Promise.all([workers.addresses(), workers.addresses()]);
  await clock.advance(1_999);
  answers.push(await workers.addresses());
  for (const answer of answers)
    expect(answer).toEqual(
      new Map([
        [0, 'a:1'],
        [2, 'a:1'],
        [1, 'b:2'],
      ]),
    );
  expect(world.asked).toBe(1);
  await clock.advance(1);
  await workers.addresses();
  expect(world.asked).toBe(2);
});

test('a question without an answer is the only one; meanwhile the answer before it stands for 8 s, then all wait', async () => {
  const world: World = { asked: 0, group: groupOf('Stable', [['a:1', [0]]]) };
  const { workers, clock } = worldOf(world);
  const before = await workers.addresses();
  world.group = groupOf('Stable', [['b:2', [0]]]);
  let answer: () => void = () => undefined;
  world.answered = new Promise((resolve) => (answer = resolve));
  await clock.advance(2_000);
  const first = workers.addresses();
  for (let passedMs = 2_000; passedMs <= 8_000; passedMs += 2_000) {
    expect(await workers.addresses()).toBe(before);
    await clock.advance(2_000);
  }
  const others = [workers.addresses(), workers.addresses()];
  expect(world.asked).toBe(2);
  answer();
  for (const found of await Promise.all([first, ...others])) expect(found).toEqual(new Map([[0, 'b:2']]));
  expect(world.asked).toBe(2);
});

test('during a rebalance the answer before it stands for 8 s, and then none', async () => {
  const world: World = { asked: 0, group: groupOf('Stable', [['a:1', [0]]]) };
  const { workers, clock } = worldOf(world);
  await workers.addresses();
  world.group = groupOf('PreparingRebalance', []);
  for (let passedMs = 2_000; passedMs <= 8_000; passedMs += 2_000) {
    await clock.advance(2_000);
    expect(await workers.addresses()).toEqual(new Map([[0, 'a:1']]));
  }
  await clock.advance(2_000);
  expect(await workers.addresses()).toEqual(new Map());
});

test('a group without members and members of another program have no address', async () => {
  const world: World = { asked: 0, group: groupOf('Empty', []) };
  const { workers, clock } = worldOf(world);
  expect(await workers.addresses()).toEqual(new Map());
  world.group = groupOf('Stable', [
    ['', [0]],
    ['a:1', [1]],
  ]);
  await clock.advance(2_000);
  expect(await workers.addresses()).toEqual(new Map([[1, 'a:1']]));
});

test('an error is told, and not asked for again before 2 s are over', async () => {
  const world: World = { asked: 0, group: Object.assign(new Error('no'), { type: 'GROUP_AUTHORIZATION_FAILED' }) };
  const { workers, clock } = worldOf(world);
  await expect(workers.addresses()).rejects.toMatchObject({ code: 'KAFKA_NOT_AUTHORISED' });
  await expect(workers.addresses()).rejects.toThrow('may not join the worker group s.worker');
  expect(world.asked).toBe(1);
  world.group = groupOf('Stable', [['a:1', [0]]]);
  await clock.advance(2_000);
  expect((await workers.addresses()).size).toBe(1);
});
