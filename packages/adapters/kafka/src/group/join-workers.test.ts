/** A worker in its group, on a made-up consumer: starts, ends, crashes, hangs, and bounds of each wait. */
import { createHealth, createMetrics, ManualClock, silentLogger } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import type { GroupConsumer, GroupConsumerOptions } from './group-consumer.ts';
import { joinWorkers, type JoinOptions } from './join-workers.ts';
import type { Ownership } from '@tapeline/domain';

class MadeUpConsumer implements GroupConsumer {
  readonly options: GroupConsumerOptions;
  readonly commits: [number, number][][] = [];
  startError: Error | undefined;
  leaves = 0;
  hangsAtLeave = false;
  hangsAtCommit = false;
  isAnswering = true;

  constructor(options: GroupConsumerOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    if (this.startError !== undefined) throw this.startError;
  }

  async commit(positions: ReadonlyMap<number, number>): Promise<boolean> {
    if (this.hangsAtCommit) await new Promise(() => undefined);
    this.commits.push([...positions]);
    return true;
  }

  async leave(): Promise<void> {
    this.leaves += 1;
    if (this.hangsAtLeave) await new Promise(() => undefined);
  }

  async answers(): Promise<boolean> {
    return this.isAnswering;
  }
}

type World = { clock: ManualClock; consumer: MadeUpConsumer; joining: Promise<Ownership> };

function joinWorld(
  options: Partial<JoinOptions> = {},
  prepare: (consumer: MadeUpConsumer) => void = () => undefined,
): World {
  const clock = new ManualClock();
  const made: MadeUpConsumer[] = [];
  const joining = joinWorkers(
    {
      connection: { brokers: ['127.0.0.1:9092'], clientId: 'test' },
      stream: 's',
      address: 'worker:1',
      clock,
      logger: silentLogger,
      metrics: createMetrics({ ofProcess: false }),
      ...options,
    },
    (given) => {
      const consumer = new MadeUpConsumer(given);
      prepare(consumer);
      made.push(consumer);
      return consumer;
    },
  );
  // A test may look at it late, and a rejection that nobody has seen by then would end the run.
  void Promise.allSettled([joining]);
  const [consumer] = made;
  if (consumer === undefined) throw new Error('no consumer was asked for');
  return { clock, consumer, joining };
}

async function joinedWorld(
  options: Partial<JoinOptions> = {},
): Promise<World & { ownership: Ownership; heard: string[] }> {
  const world = joinWorld(options);
  await world.clock.advance(0);
  world.consumer.options.events.onJoin([0, 1]);
  const ownership = await world.joining;
  const heard: string[] = [];
  ownership.follow((owned) => heard.push(owned.join()));
  return { ...world, ownership, heard };
}

/** Asks how it ended; `goes on` if it has not. */
function endOf(ownership: Ownership): () => Promise<string> {
  const ended = ownership.failed.catch((error: unknown) => String(error));
  return () => Promise.race([ended, Promise.resolve('goes on')]);
}

test('names follow from the stream', () => {
  const { consumer } = joinWorld();
  expect([consumer.options.topic, consumer.options.groupId]).toEqual(['s.ticks', 's.worker']);
});

test('at each join the group is told address, what is owned, its generation and its rates', async () => {
  const { consumer, ownership } = await joinedWorld();
  const { events, tell } = consumer.options;
  events.onAlive(12);
  ownership.noteRate(0, 500);
  ownership.noteRate(9, 1);
  expect(tell()).toEqual({
    address: 'worker:1',
    generation: 12,
    owned: [0, 1],
    rates: new Map([[0, 500]]),
    partitionsInUse: 0,
  });
  events.onJoin([1]);
  expect(tell().rates).toEqual(new Map());
});

test('more partitions in use let the worker join again once, and fewer change nothing', async () => {
  const { consumer, ownership } = await joinedWorld({ partitions: 4 });
  const { tell, partitions, wantsRejoin } = consumer.options;
  expect([tell().partitionsInUse, partitions(), wantsRejoin()]).toEqual([4, 4, false]);
  ownership.usePartitions(3);
  ownership.usePartitions(Number.NaN);
  expect([partitions(), wantsRejoin()]).toEqual([4, false]);
  ownership.usePartitions(8);
  expect([partitions(), wantsRejoin()]).toEqual([8, true]);
  expect(tell().partitionsInUse).toBe(8);
  expect(wantsRejoin()).toBe(false);
  ownership.usePartitions(8);
  expect(wantsRejoin()).toBe(false);
});

test('a start that fails is told as it is, and nothing stays open', async () => {
  const { consumer, joining } = joinWorld({}, (made) => {
    made.startError = Object.assign(new Error('no'), { type: 'GROUP_AUTHORIZATION_FAILED' });
  });
  await expect(joining).rejects.toMatchObject({ name: 'KafkaError', code: 'KAFKA_NOT_AUTHORISED' });
  expect(consumer.leaves).toBe(1);
});

test('a group that does not answer in time is told, and nothing stays open', async () => {
  const { clock, consumer, joining } = joinWorld({ joinWithinMs: 1_000 });
  await clock.advance(1_000);
  await expect(joining).rejects.toThrow('the worker group s.worker did not answer within 1 s');
  expect(consumer.leaves).toBe(1);
});

test('a rebalance changes nothing until the new share is known', async () => {
  const { consumer, heard } = await joinedWorld();
  consumer.options.events.onRebalance();
  consumer.options.events.onJoin([1, 2]);
  expect(heard).toEqual(['0,1', '1,2']);
});

test('a crash that is mended by itself changes nothing, one that is not ends the worker with the remedy', async () => {
  const { consumer, ownership, heard } = await joinedWorld();
  consumer.options.events.onCrash(new Error('connection lost'), true);
  consumer.options.events.onCrash(new Error('unknown protocol'), false);
  await expect(ownership.failed).rejects.toThrow(
    'this worker cannot be in its group any more: the worker group s.worker cannot be joined: unknown protocol; the process has to be started again',
  );
  expect(heard).toEqual(['0,1']);
});

test('silence gives nothing up, and what is owned is told when it is joined again', async () => {
  const { clock, consumer, heard } = await joinedWorld();
  const { events, tell } = consumer.options;
  events.onAlive(3);
  consumer.isAnswering = false;
  await clock.advance(300_000);
  expect(heard).toEqual(['0,1']);
  expect(tell()).toMatchObject({ owned: [0, 1], generation: 3 });
  events.onJoin([1, 2]);
  expect(heard).toEqual(['0,1', '1,2']);
});

test('what another worker took over is left to it once the group was silent for a session, until it answers', async () => {
  const { clock, consumer, ownership, heard } = await joinedWorld();
  const { events, tell } = consumer.options;
  ownership.noteRate(0, 500);
  consumer.isAnswering = false;
  await clock.advance(6_000);
  ownership.noteClaimLost(0);
  expect(heard).toEqual(['0,1']);
  await clock.advance(1);
  ownership.noteClaimLost(0);
  expect(heard).toEqual(['0,1', '1']);
  expect(tell()).toMatchObject({ owned: [1], rates: new Map() });
  events.onAlive(3);
  ownership.noteClaimLost(0);
  expect(heard).toEqual(['0,1', '1', '0,1']);
});

test('silence longer than a session stands beside readiness until the group answers', async () => {
  const health = createHealth();
  const { clock, consumer } = await joinedWorld({ health });
  await clock.advance(6_000);
  expect(health.report().parts).toEqual([]);
  await clock.advance(250);
  expect(health.report()).toMatchObject({
    ready: true,
    parts: [{ part: 'worker group', detail: expect.stringContaining('has not answered for more than 6 s') }],
  });
  consumer.options.events.onAlive(3);
  await clock.advance(250);
  expect(health.report().parts).toMatchObject([{ state: 'ready', detail: 'answers again' }]);
});

test('a group that answers nothing for ten sessions although a broker answers ends the worker, and not before', async () => {
  const { clock, ownership, heard } = await joinedWorld();
  const end = endOf(ownership);
  await clock.advance(59_000);
  expect([await end(), heard]).toEqual(['goes on', ['0,1']]);
  await clock.advance(20_000);
  expect(await end()).toContain('the group said nothing for 60 s although a broker answers');
});

test('a group that is silent because no broker answers does not end the worker', async () => {
  const { clock, consumer, ownership } = await joinedWorld();
  consumer.isAnswering = false;
  await clock.advance(1_800_000);
  expect(await endOf(ownership)()).toBe('goes on');
});

test('a worker that is answered and never confirmed keeps what it owns for 100 sessions, and is ended then', async () => {
  const { clock, consumer, ownership, heard } = await joinedWorld();
  const end = endOf(ownership);
  const answeredFor = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      consumer.options.events.onAnswer();
      await clock.advance(1_000);
    }
  };
  await answeredFor(599);
  expect([await end(), heard]).toEqual(['goes on', ['0,1']]);
  await answeredFor(20);
  expect(await end()).toContain('the group did not confirm this worker for 600 s although a broker answers');
});

test('positions are committed every 5 s, and once more at the end', async () => {
  const { clock, consumer, ownership } = await joinedWorld();
  ownership.notePosition(0, 7);
  await clock.advance(4_999);
  expect(consumer.commits).toEqual([]);
  await clock.advance(1);
  ownership.notePosition(1, 8);
  await ownership.leave();
  expect(consumer.commits).toEqual([[[0, 7]], [[1, 8]]]);
});

test('leaving tells followers, and a hanging commit or group holds it up for 5.2 s at most', async () => {
  const { clock, consumer, ownership, heard } = await joinedWorld();
  consumer.hangsAtCommit = true;
  consumer.hangsAtLeave = true;
  ownership.notePosition(0, 7);
  const left = ownership.leave().then(() => 'left');
  await clock.advance(200);
  expect(heard).toEqual(['0,1', '']);
  await clock.advance(4_999);
  expect(await Promise.race([left, Promise.resolve('waits')])).toBe('waits');
  await clock.advance(1);
  expect(await left).toBe('left');
  await ownership.leave();
  expect(consumer.leaves).toBe(1);
});

test('a heartbeat that does not fit its session and an address that is none are refused', async () => {
  expect(() => joinWorld({ heartbeatMs: 2_001 })).toThrow('no consumer');
  const parts = {
    connection: { brokers: ['b:1'], clientId: 'c' },
    stream: 's',
    address: 'a:1',
    clock: new ManualClock(),
  };
  const metrics = createMetrics({ ofProcess: false });
  const join = (options: Partial<JoinOptions>): Promise<Ownership> =>
    joinWorkers({ ...parts, logger: silentLogger, metrics, ...options });
  await expect(join({ heartbeatMs: 2_001 })).rejects.toThrow(
    'a heartbeat every 2001 ms is not three times in a session of 6000 ms; lower the one or raise the other',
  );
  await expect(join({ address: 'x'.repeat(256) })).rejects.toThrow('1 to 255 bytes');
});
