/** The tail of a topic through a log that fails: nobody is left in the dark, and it goes on. */
import { LogError, type LogReader, type LogRecordInput, type TickLog } from '@tapeline/domain';
import { ManualClock, silentLogger } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { TopicTail } from './topic-tail.ts';

/** A log of one partition whose reads a test feeds and breaks. */
class FedLog implements TickLog {
  readonly basePartitions = 1;
  readonly partitionCount = 1;
  range_ = { firstOffset: 0, endOffset: 3 };
  readonly opened: number[] = [];
  #feed: ((answer: readonly LogRecordInput[] | LogError) => void) | undefined;

  async refreshPartitions(): Promise<number> {
    return 1;
  }
  async identity(): Promise<string> {
    return 'one log';
  }

  async append(): Promise<never> {
    throw new LogError('LOG_CLOSED', 'nobody appends here');
  }

  open(_: string, __: number, offset: number): LogReader {
    this.opened.push(offset);
    let close: (end: undefined) => void = () => undefined;
    const closed = new Promise<undefined>((resolve) => (close = resolve));
    return {
      next: async () => {
        const answer = await Promise.race([
          new Promise<readonly LogRecordInput[] | LogError>((resolve) => (this.#feed = resolve)),
          closed,
        ]);
        if (answer instanceof LogError) throw answer;
        return answer;
      },
      close: async () => close(undefined),
    };
  }

  async range(): Promise<{ firstOffset: number; endOffset: number }> {
    return this.range_;
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }

  async feed(answer: readonly LogRecordInput[] | LogError): Promise<void> {
    this.#feed?.(answer);
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function record(offset: number): LogRecordInput {
  return { offset, appendTimeMs: 0, bytes: new Uint8Array(0) };
}

async function started(): Promise<{ log: FedLog; tail: TopicTail; told: string[]; clock: ManualClock }> {
  const log = new FedLog();
  const told: string[] = [];
  const clock = new ManualClock();
  const tail = new TopicTail({
    log,
    topic: 'bars',
    lookBack: 1,
    clock,
    random: { next: () => 1, bits: () => 0n },
    logger: silentLogger,
    take: (_, { offset }, isOld) => told.push(`${offset}${isOld ? ' old' : ''}`),
    broken: (_, reason) => told.push(`broken: ${reason}`),
    mended: (_, hasJumped) => told.push(hasJumped ? 'mended elsewhere' : 'mended'),
  });
  await tail.start();
  return { log, tail, told, clock };
}

test('it begins at the end, with the last record before it for its clock', async () => {
  const { log, tail, told } = await started();
  expect([log.opened, tail.positions]).toEqual([[2], [3]]);
  await log.feed([record(2), record(3)]);
  expect([told, tail.positions]).toEqual([['2 old', '3'], [4]]);
  await tail.stop();
});

test('a log that fails is told as broken, then read on from the same place', async () => {
  const { log, tail, told, clock } = await started();
  await log.feed([record(3)]);
  log.range_ = { firstOffset: 0, endOffset: 9 };
  await log.feed(new LogError('LOG_UNAVAILABLE', 'gone'));
  expect(told).toEqual(['3', 'broken: gone']);
  await clock.advance(50);
  expect([told.at(-1), log.opened]).toEqual(['mended', [2, 4]]);
  await log.feed([record(4)]);
  expect(told.at(-1)).toBe('4');
  await tail.stop();
});

test('a place that is not kept any more is told as broken before it is left', async () => {
  const { log, tail, told, clock } = await started();
  log.range_ = { firstOffset: 50, endOffset: 60 };
  await log.feed(new LogError('OFFSET_BELOW_RETENTION', 'deleted'));
  await clock.advance(50);
  expect([told, tail.positions, log.opened.at(-1)]).toEqual([['broken: deleted', 'mended elsewhere'], [60], 60]);
  await tail.stop();
});
