/** Work on topics during a failover: what may pass is tried again for a minute, what may not is told at once. */
import { ManualClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { KafkaError } from './kafka-connection.ts';
import { LinkError } from './link-error.ts';
import { failoverMs, isPassing, PassingError, throughFailover } from './through-failover.ts';

type Tried = { readonly clock: ManualClock; readonly done: Promise<string>; tries: number };

function tried(errors: readonly Error[], tookMs = 0): Tried {
  const clock = new ManualClock();
  const world = { clock, tries: 0 };
  const work = async (): Promise<string> => {
    const error = errors[Math.min(world.tries, errors.length)] ?? errors.at(-1);
    const isDone = errors.length > 1 && world.tries === errors.length;
    world.tries += 1;
    if (tookMs > 0) await clock.sleep(tookMs);
    if (isDone || error === undefined) return 'made';
    throw error;
  };
  const done = throughFailover(clock, 's', work);
  void Promise.allSettled([done]);
  return Object.assign(world, { done });
}

test('a broker without a reply, one without a controller and one that is gone are tried again', async () => {
  const errors = [
    new LinkError('CreateTopics had no reply', true),
    new PassingError('topic s.ticks: NOT_CONTROLLER'),
    new KafkaError('KAFKA_UNREACHABLE', 'no Kafka broker answered'),
  ];
  const world = tried(errors);
  await world.clock.advance(3_000);
  expect(await world.done).toBe('made');
  expect(world.tries).toBe(4);
});

test('what does not pass by itself is told at once', async () => {
  const refused = new KafkaError('KAFKA_TOPICS', 'bars has 3');
  const world = tried([refused]);
  await expect(world.done).rejects.toBe(refused);
  expect(world.tries).toBe(1);
});

test('after a minute it gives up with a sentence that blames the controller and not the broker that answers', async () => {
  const world = tried([new LinkError('CreateTopics had no reply from b:1', true)], 10_000);
  await world.clock.advance(failoverMs - 1);
  const early = await Promise.race([world.done, Promise.resolve('tries')]);
  expect(early).toBe('tries');
  await world.clock.advance(10_000);
  await expect(world.done).rejects.toMatchObject({
    code: 'KAFKA_FAILED',
    message:
      "the topics of s could not be made sure of in 60 s and 6 tries (CreateTopics had no reply from b:1); brokers answer, so look at the cluster's controller and start again",
  });
});

test('codes that may pass are those of a cluster that changes', () => {
  expect([7, 8, 13, 38, 41].map(isPassing)).toEqual([true, true, true, true, true]);
  expect([0, 3, 29, 36, 37].map(isPassing)).toEqual([false, false, false, false, false]);
});
