/** A coordinator runs as long as its stream, its term and its servers are the same; one after the other, never two of a stream. */
import { placementPolicyDefaults } from '@tapeline/domain';
import { KafkaError } from '@tapeline/kafka';
import { ManualClock, silentLogger, systemRandom } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { placementOf, storeOf, streamObject, streamOf } from '../../test-kit/stream-world.ts';
import type { CoordinatorOrder } from '../apply/ports.ts';
import type { SeenPlacement } from '../observe/seen-placement.ts';
import { bookOf } from '../observe/read-secrets.ts';
import type { Term } from '../runtime/leader-election.ts';
import {
  type CoordinatorListener,
  type RunningCoordinator,
  StreamCoordinators,
  tellEveryMs,
} from './stream-coordinators.ts';

const key = 'market/us-equities';

type Made = Omit<RunningCoordinator, 'problem'> & {
  problem: () => string | undefined;
  readonly order: CoordinatorOrder;
  readonly listener: CoordinatorListener;
  readonly steered: string[];
  seen: SeenPlacement | undefined;
  isClosed: boolean;
};

class World {
  readonly clock = new ManualClock(1_000_000);
  readonly made: Made[] = [];
  readonly changed: string[] = [];
  readonly events: string[] = [];
  /** Thrown by the next openings. */
  problems: Error[] = [];
  /** Closing waits for it. */
  closing: Promise<void> = Promise.resolve();
  readonly coordinators = new StreamCoordinators({
    open: (order, listener) => this.#open(order, listener),
    record: (about, { reason }) => void this.events.push(`${about.metadata.name} ${reason}`),
    onChange: (changed) => void this.changed.push(changed),
    clock: this.clock,
    // Half of each limit: the waits are 0.5 s, 1 s and so on.
    random: { ...systemRandom, next: () => 0.5 },
    logger: silentLogger,
  });

  async #open(order: CoordinatorOrder, listener: CoordinatorListener): Promise<RunningCoordinator> {
    const problem = this.problems.shift();
    if (problem !== undefined) throw problem;
    const made: Made = {
      order,
      listener,
      steered: [],
      seen: undefined,
      isClosed: false,
      steer: ({ mode }) => void made.steered.push(mode),
      look: () => made.seen,
      problem: () => undefined,
      close: async () => {
        await this.closing;
        made.isClosed = true;
      },
    };
    this.made.push(made);
    return made;
  }

  get last(): Made {
    const made = this.made.at(-1);
    if (made === undefined) throw new Error('none was begun');
    return made;
  }

  async settle(): Promise<void> {
    await this.clock.advance(0);
  }
}

function termOf(token: number): { readonly term: Term; readonly end: () => void } {
  const ended = new AbortController();
  return { term: { token, ended: ended.signal, isHeld: () => !ended.signal.aborted }, end: () => ended.abort() };
}

function orderOf(term: Term, changes: Partial<CoordinatorOrder> = {}): CoordinatorOrder {
  return {
    object: streamObject(),
    term,
    kafka: streamOf().kafka,
    cassandra: storeOf().cassandra,
    keyspace: 'tapeline',
    secrets: bookOf(new Map()),
    plan: {
      stream: 'us-equities',
      basePartitions: 4,
      partitions: 4,
      mode: 'Auto',
      policy: placementPolicyDefaults,
      retentionMs: 604_800_000,
      topicIds: { ticks: 'id-ticks', control: 'id-control' },
    },
    ...changes,
  };
}

test('it is begun once, told what is declared anew, and looked at', async () => {
  const world = new World();
  const { term } = termOf(1);
  expect(world.coordinators.look(key).kind).toBe('not-looked');
  const order = orderOf(term);
  world.coordinators.run(key, order);
  world.coordinators.run(key, { ...order, object: streamObject({ metadata: { generation: 9 } }) });
  await world.settle();
  expect([world.made.length, world.last.steered, world.coordinators.look(key).kind]).toEqual([
    1,
    ['Auto'],
    'not-looked',
  ]);
  world.coordinators.run(key, { ...order, plan: { ...order.plan, mode: 'Off' } });
  world.last.seen = placementOf();
  expect([world.made.length, world.last.steered, world.coordinators.look(key)]).toEqual([
    1,
    ['Auto', 'Off'],
    { kind: 'seen', value: placementOf() },
  ]);
  world.coordinators.stop(key);
  await world.settle();
  expect([world.last.isClosed, world.coordinators.size, world.coordinators.look(key).kind]).toEqual([
    true,
    0,
    'not-looked',
  ]);
});

test.each([
  ['another object of the name', { object: streamObject({ metadata: { uid: 'uid-2' } }) }],
  ['other brokers', { kafka: { bootstrap: ['other:9092'] } }],
  ['another keyspace', { keyspace: 'other' }],
  ['other secrets', { secrets: bookOf(new Map([['login/password', 'new']])) }],
] as const)('%s is another coordinator, begun when the one before has ended', async (_what, changes) => {
  const world = new World();
  const { term } = termOf(1);
  let free = (): void => undefined;
  world.closing = new Promise<void>((resolve) => (free = resolve));
  world.coordinators.run(key, orderOf(term));
  await world.settle();
  world.coordinators.run(key, orderOf(term, changes as Partial<CoordinatorOrder>));
  await world.settle();
  expect([world.made.length, world.made[0]?.isClosed]).toEqual([1, false]);
  free();
  await world.settle();
  expect(world.made.map(({ isClosed }) => isClosed)).toEqual([true, false]);
});

test('the end of a term ends all of them, and nothing begins in it any more', async () => {
  const world = new World();
  const { term, end } = termOf(1);
  world.coordinators.run(key, orderOf(term));
  world.coordinators.run('market/other', orderOf(term));
  await world.settle();
  end();
  await world.settle();
  expect(world.made.map(({ isClosed }) => isClosed)).toEqual([true, true]);
  world.coordinators.run(key, orderOf(term));
  await world.settle();
  expect([world.made.length, world.coordinators.size]).toEqual([2, 0]);
  world.coordinators.run(key, orderOf(termOf(2).term));
  await world.settle();
  expect(world.last.order.term.token).toBe(2);
});

test('one that cannot begin says why, and is tried again', async () => {
  const world = new World();
  world.problems = [new KafkaError('KAFKA_NOT_AUTHORISED', 'no Write on x.control'), new TypeError('x is no function')];
  world.coordinators.run(key, orderOf(termOf(1).term));
  await world.settle();
  expect(world.coordinators.look(key)).toEqual({
    kind: 'failed',
    failure: { code: 'REFUSED', message: 'no Write on x.control' },
  });
  await world.clock.advance(500);
  expect(world.coordinators.look(key)).toMatchObject({ kind: 'failed', failure: { code: 'FAILED' } });
  expect(world.changed).toEqual([key, key]);
  await world.clock.advance(10_000);
  expect([world.made.length, world.coordinators.look(key).kind]).toEqual([1, 'not-looked']);
  await world.coordinators.close();
});

test('one that is lost is closed and begun again', async () => {
  const world = new World();
  world.coordinators.run(key, orderOf(termOf(1).term));
  await world.settle();
  world.last.listener.lost(new KafkaError('KAFKA_FAILED', 'gone'));
  await world.clock.advance(2_000);
  expect(world.made.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  await world.coordinators.close();
  expect(world.last.isClosed).toBe(true);
});

test('a hundred changes in a second are two rounds, none is lost, and rates alone are no reason', async () => {
  const world = new World();
  world.coordinators.run(key, orderOf(termOf(1).term));
  await world.settle();
  const known = (gaps: number): SeenPlacement =>
    placementOf({ order: { declaredGaps: gaps, violations: 0, reporting: 4 } });
  for (let gaps = 0; gaps < 100; gaps += 1) {
    world.last.seen = known(gaps);
    world.last.listener.changed();
  }
  await world.settle();
  expect(world.changed).toEqual([key]);
  for (let gaps = 100; gaps < 200; gaps += 1) {
    world.last.seen = known(gaps);
    world.last.listener.changed();
  }
  await world.clock.advance(tellEveryMs);
  expect(world.changed).toEqual([key, key]);
  const rate = { dataset: 'sim', symbol: 'A', ticksPerSec: 5, partition: 0, isDedicated: false };
  for (let second = 0; second < 60; second += 1) {
    world.last.seen = { ...known(199), busiest: [{ ...rate, ticksPerSec: second }] };
    world.last.listener.changed();
    await world.clock.advance(1_000);
  }
  expect(world.changed).toEqual([key, key]);
  await world.coordinators.close();
});

test('what happened is told as events of the stream, many as one', async () => {
  const world = new World();
  world.coordinators.run(key, orderOf(termOf(1).term));
  await world.settle();
  world.last.listener.told({ kind: 'Published', isWarning: false, message: 'A' });
  await world.settle();
  for (const message of ['B', 'C']) world.last.listener.told({ kind: 'Arrived', isWarning: false, message });
  expect(world.events).toEqual(['us-equities MovePublished']);
  await world.clock.advance(tellEveryMs);
  expect(world.events).toEqual(['us-equities MovePublished', 'us-equities MoveDone']);
  // What is told as it ends is told, too.
  world.last.listener.told({ kind: 'Arrived', isWarning: false, message: 'D' });
  await world.coordinators.close();
  expect(world.events).toHaveLength(3);
});

test('one that has done nothing for long says so', async () => {
  const world = new World();
  world.coordinators.run(key, orderOf(termOf(1).term));
  await world.settle();
  world.last.seen = placementOf();
  world.last.problem = () => 'another process coordinates';
  expect(world.coordinators.look(key)).toEqual({
    kind: 'failed',
    failure: { code: 'FAILED', message: 'another process coordinates' },
  });
  await world.coordinators.close();
});
