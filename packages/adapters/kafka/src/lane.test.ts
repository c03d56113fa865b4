/**
 * What a lane promises, whatever the brokers do: acknowledged = in the log, exactly once, in order. The first group are
 * losses that kafkajs's own producer has with the same faults.
 */
import type { Appended, LogError, LogErrorCode } from '@tapeline/domain';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { FakeCluster, type ProduceFate } from '../test-kit/fake-cluster.ts';
import { code } from './error-codes.ts';
import type { KafkaLog } from './kafka-log.ts';
import type { LogSettings } from './log-settings.ts';
import type { ProducePart } from './wire-requests.ts';

let opened: KafkaLog | undefined;
afterEach(async () => opened?.close());

async function made(settings: Partial<LogSettings> = {}): Promise<{ cluster: FakeCluster; log: KafkaLog }> {
  const cluster = new FakeCluster();
  opened = await cluster.open(settings);
  return { cluster, log: opened };
}

function one(value: number): Uint8Array {
  return Uint8Array.of(value);
}

async function outcomes(appends: readonly Promise<Appended>[]): Promise<(number | LogErrorCode)[]> {
  const settled = await Promise.allSettled(appends);
  return settled.map((result) =>
    result.status === 'fulfilled' ? result.value.offset : (result.reason as LogError).code,
  );
}

describe('losses that another producer has', () => {
  test('a second append beside one whose reply is lost is not taken for the first', async () => {
    const { cluster, log } = await made();
    cluster.fates.push('lose-reply');
    const first = log.append('ticks', 0, one(1));
    await turns();
    const second = log.append('ticks', 0, one(2));
    expect(await outcomes([first, second])).toEqual([0, 1]);
    expect(await cluster.held('ticks', 0)).toEqual([1, 2]);
  });

  test('what follows an append that was given up is not swallowed', async () => {
    const { cluster, log } = await made({ deliveryTimeoutMs: 60 });
    cluster.fateOf = () => 'lose-reply';
    expect(await outcomes([log.append('ticks', 0, one(1))])).toEqual(['LOG_UNAVAILABLE']);
    cluster.fateOf = undefined;
    expect(await outcomes([log.append('ticks', 0, one(2))])).toEqual([1]);
    expect(await cluster.held('ticks', 0)).toEqual([1, 2]);
  });

  test('a partition that moves to a broker which has answered already is sent to it', async () => {
    const { cluster, log } = await made();
    cluster.leaders.set('s.ticks 1', 2);
    cluster.fateOf = (node) => {
      if (node !== 2) return undefined;
      cluster.leaders.set('s.ticks 1', 1);
      return { code: 6 };
    };
    expect(await outcomes([log.append('ticks', 0, one(1)), log.append('ticks', 1, one(2))])).toEqual([0, 0]);
    expect([await cluster.held('ticks', 0), await cluster.held('ticks', 1)]).toEqual([[1], [2]]);
  });

  test('a copy that arrives after its append was given up lands before what follows, or not at all', async () => {
    const { cluster, log } = await made({ deliveryTimeoutMs: 60 });
    cluster.fateOf = () => 'keep';
    expect(await outcomes([log.append('ticks', 0, one(1))])).toEqual(['LOG_UNAVAILABLE']);
    cluster.fateOf = undefined;
    expect(await outcomes([log.append('ticks', 0, one(2))])).toEqual([0]);
    cluster.deliverKept();
    expect(await outcomes([log.append('ticks', 0, one(3))])).toEqual([1]);
    expect(await cluster.held('ticks', 0)).toEqual([2, 3]);
  });
});

describe('one batch at a time', () => {
  test('what is appended in one turn goes as one batch, and what comes meanwhile as the next', async () => {
    const { cluster, log } = await made();
    const first = [1, 2, 3].map(async (value) => log.append('ticks', 0, one(value)));
    await turns();
    const second = [4, 5].map(async (value) => log.append('ticks', 0, one(value)));
    expect(await outcomes([...first, ...second])).toEqual([0, 1, 2, 3, 4]);
    expect(cluster.produced).toHaveLength(2);
  });

  test('partitions of one broker share a request', async () => {
    const { cluster, log } = await made();
    await Promise.all([0, 1].map(async (partition) => log.append('ticks', partition, one(partition))));
    expect(cluster.produced.map(({ parts }) => parts.length)).toEqual([2]);
  });

  test('a batch ends at its bounds of records and bytes', async () => {
    const { cluster, log } = await made({ batchRecordsMax: 2, batchBytesMax: 200 });
    const sizes = [1, 1, 1, 150, 1, 1];
    await Promise.all(sizes.map(async (size) => log.append('ticks', 0, new Uint8Array(size))));
    expect(cluster.log('s.ticks', 0).batches.map((batch) => batch.readInt32BE(57))).toEqual([2, 1, 1, 2]);
  });

  test('an append beyond the bytes that may wait is refused and never sent', async () => {
    const { cluster, log } = await made({ laneBytesMax: 1_000 });
    const appends = [600, 600, 100].map(async (size) => log.append('ticks', 0, new Uint8Array(size).fill(size / 100)));
    expect(await outcomes(appends)).toEqual([0, 'LOG_UNAVAILABLE', 1]);
    expect(await cluster.held('ticks', 0)).toEqual([6, 1]);
    await expect(log.append('ticks', 0, new Uint8Array(2_000))).resolves.toMatchObject({ offset: 2 });
  });
});

test('an append that waits behind a broker that hangs is refused in its time, and is never sent', async () => {
  const { cluster, log } = await made({ deliveryTimeoutMs: 100 });
  cluster.fates.push('hang', 'hang');
  const hangs = [log.append('ticks', 0, one(1))];
  await turns();
  hangs.push(log.append('bars', 0, one(3)));
  await turns();
  await expect(log.append('ticks', 1, one(2))).rejects.toThrow(/within 100 ms .*it was not sent/);
  cluster.deliverKept();
  expect(await outcomes(hangs)).toEqual([0, 0]);
  expect([await cluster.held('ticks', 0), await cluster.held('ticks', 1)]).toEqual([[1], []]);
  expect(cluster.produced).toHaveLength(2);
});

describe('each answer of a broker', () => {
  const pass = [2, 3, 5, 6, 7, 8, 9, 13, 19, 20, 56, 74, 75, 89, -1, 999];
  test.each(pass)('code %d: the same batch is sent again until it lands, once', async (value) => {
    const { cluster, log } = await made();
    cluster.fates.push({ code: value }, { code: value });
    expect(await outcomes([log.append('ticks', 0, one(1))])).toEqual([0]);
    const [first, second, third] = cluster.produced.map(({ parts }) => parts[0]?.batch);
    expect([second, third]).toEqual([first, first]);
    expect(await cluster.held('ticks', 0)).toEqual([1]);
  });

  test.each(['lose-reply', 'lose-request', 'say-nothing'] satisfies ProduceFate[])(
    '%s: it is in the log once',
    async (fate) => {
      const { cluster, log } = await made();
      cluster.fates.push(fate, fate);
      expect(await outcomes([1, 2].map(async (value) => log.append('ticks', 0, one(value))))).toEqual([0, 1]);
      expect(await cluster.held('ticks', 0)).toEqual([1, 2]);
    },
  );
});

describe('a partition that waits for its replicas', () => {
  const settings = { deliveryTimeoutMs: 30_000, produceTimeoutMs: 1_000 };

  test.each([code.requestTimedOut, code.notEnoughReplicas, code.notEnoughReplicasAfterAppend])(
    'code %d: it goes apart from the others until it has landed',
    async (value) => {
      const { cluster, log } = await made(settings);
      const isFirst = (parts: readonly ProducePart[]): boolean => parts.some(({ place }) => place.partition === 0);
      let told = 0;
      cluster.fateOf = (_node, parts) => (isFirst(parts) && told++ < 2 ? { code: value } : undefined);
      await log.append('ticks', 0, one(1));
      await log.append('ticks', 0, one(2));
      expect(cluster.produced.map(({ trip }) => trip.route)).toEqual(['together', 'apart', 'apart', 'together']);
    },
  );

  test('one that is merely late goes with the others, and its replicas have the time that is left', async () => {
    const { cluster, log } = await made({ ...settings, deliveryTimeoutMs: 900 });
    await log.append('ticks', 0, one(1));
    expect(cluster.produced.map(({ trip }) => trip.route)).toEqual(['together']);
    expect(cluster.produced[0]?.trip.replicasMs).toBeLessThanOrEqual(900);
  });
});

describe('answers about the sequence, and those that end an append', () => {
  test.each([code.outOfOrderSequence, code.unknownProducerId, code.invalidProducerEpoch, code.producerFenced])(
    'code %d for a batch that was never sent before: it goes under a new epoch',
    async (value) => {
      const { cluster, log } = await made();
      cluster.fates.push({ code: value });
      expect(await outcomes([log.append('ticks', 0, one(1))])).toEqual([0]);
      expect(cluster.produced.map(({ parts }) => parts[0]?.batch.readInt16BE(51))).toEqual([0, 1]);
    },
  );

  test.each([code.outOfOrderSequence, code.unknownProducerId, code.invalidProducerEpoch])(
    'code %d after a lost reply: nobody knows, and that is said',
    async (value) => {
      const { cluster, log } = await made();
      cluster.fates.push('lose-reply', { code: value });
      expect(await outcomes([log.append('ticks', 0, one(1))])).toEqual(['LOG_UNAVAILABLE']);
      expect(await outcomes([log.append('ticks', 0, one(2))])).toEqual([1]);
    },
  );

  test.each([{ code: code.duplicateSequence }, 'hide-offset'] satisfies ProduceFate[])(
    '%o: it landed, but where is not known',
    async (fate) => {
      const { cluster, log } = await made();
      cluster.fates.push(fate);
      expect(await outcomes([log.append('ticks', 0, one(1))])).toEqual(['LOG_UNAVAILABLE']);
    },
  );

  test.each([code.topicAuthorizationFailed, code.clusterAuthorizationFailed, code.invalidRecord])(
    'code %d: it is refused at once',
    async (value) => {
      const { cluster, log } = await made();
      cluster.fates.push({ code: value });
      expect(await outcomes([log.append('ticks', 0, one(1))])).toEqual(['LOG_UNAVAILABLE']);
      expect(cluster.produced).toHaveLength(1);
      expect(await outcomes([log.append('ticks', 0, one(2))])).toEqual([0]);
    },
  );

  test('too large for the topic: one record is refused as such, and the remedy is named', async () => {
    const { cluster, log } = await made();
    cluster.fates.push({ code: code.messageTooLarge });
    await expect(log.append('ticks', 0, one(1))).rejects.toThrow(/max\.message\.bytes/);
    cluster.fates.push({ code: code.recordListTooLarge });
    expect(await outcomes([log.append('ticks', 0, one(1))])).toEqual(['RECORD_TOO_LARGE']);
  });

  test('a producer that may have no id is told', async () => {
    const { cluster, log } = await made();
    cluster.producerCode = code.clusterAuthorizationFailed;
    await expect(log.append('ticks', 0, one(1))).rejects.toThrow(/grant it Write/);
  });

  test('no broker at all: the append is given up when its time is over, and says whether it was sent', async () => {
    const { cluster, log } = await made({ deliveryTimeoutMs: 50 });
    cluster.dead.add(1).add(2);
    await expect(log.append('ticks', 0, one(1))).rejects.toThrow(/within 50 ms .*it was not sent/);
  });
});

describe('a topic that is not what it was', () => {
  test('made anew: appends are refused, and nothing lands in the new one', async () => {
    const { cluster, log } = await made({ deliveryTimeoutMs: 10_000 });
    await log.append('ticks', 0, one(1));
    cluster.topicId = 'BBBBBBBBBBBBBBBBBBBBBB';
    const before = cluster.log('s.ticks', 0).endOffset;
    expect(await outcomes([log.append('ticks', 0, one(2))])).toEqual(['LOG_REPLACED']);
    expect(await outcomes([log.append('ticks', 0, one(3))])).toEqual(['LOG_REPLACED']);
    await expect(log.identity('ticks')).rejects.toMatchObject({ code: 'LOG_REPLACED' });
    await expect(log.range('ticks', 0)).rejects.toMatchObject({ code: 'LOG_REPLACED' });
    expect(cluster.log('s.ticks', 0).endOffset).toBe(before);
  });

  test('gone back below what was acknowledged: nothing is acknowledged any more, other partitions go on', async () => {
    const { cluster, log } = await made();
    await Promise.all([1, 2].map(async (value) => log.append('ticks', 0, one(value))));
    await log.append('ticks', 0, one(3));
    cluster.log('s.ticks', 0).goBackTo(2);
    const sent = cluster.produced.length + 1;
    const first = outcomes([log.append('ticks', 0, one(4))]);
    await vi.waitFor(() => expect(cluster.produced).toHaveLength(sent));
    const behind = outcomes([log.append('ticks', 0, one(5))]);
    expect([await first, await behind]).toEqual([['LOG_REPLACED'], ['LOG_REPLACED']]);
    await expect(log.append('ticks', 0, one(6))).rejects.toThrow(/took a record at offset 2, .* acknowledged up to 2/);
    expect(cluster.produced).toHaveLength(sent);
    expect(await outcomes([log.append('ticks', 1, one(7))])).toEqual([0]);
  });

  test('gone back, but not below what this process was told: it goes on', async () => {
    const { cluster, log } = await made();
    await log.append('ticks', 0, one(1));
    const stored = cluster.log('s.ticks', 0);
    stored.store(stored.batches[0] as Buffer, 1);
    stored.goBackTo(1);
    expect(await outcomes([log.append('ticks', 0, one(2))])).toEqual([1]);
  });

  test('a single broker that does not know the topic yet changes nothing', async () => {
    const { cluster, log } = await made({ deliveryTimeoutMs: 10_000 });
    cluster.topicCodes.set('s.ticks', code.unknownTopicOrPartition);
    cluster.fates.push({ code: code.unknownTopicOrPartition });
    const append = log.append('ticks', 0, one(1));
    await turns();
    cluster.topicCodes.clear();
    expect(await outcomes([append])).toEqual([0]);
  });
});

test('closing settles what was appended, also what has to be sent again', async () => {
  const { cluster, log } = await made();
  cluster.fates.push('lose-reply');
  const appends = [log.append('ticks', 0, one(1)), log.append('bars', 1, one(2))];
  await log.close();
  expect(await outcomes(appends)).toEqual([0, 0]);
  await expect(log.append('ticks', 0, one(3))).rejects.toMatchObject({ code: 'LOG_CLOSED' });
});

test('zstd: what is packed is the same when it is read, and small batches go plain', async () => {
  // The first packing waits for its threads.
  const { cluster, log } = await made({ compression: 'zstd', deliveryTimeoutMs: 10_000 });
  const large = new Uint8Array(50_000).fill(7);
  await log.append('ticks', 0, large);
  await log.append('ticks', 0, one(1));
  const codecs = cluster.log('s.ticks', 0).batches.map((batch) => batch.readInt16BE(21) & 7);
  expect(codecs).toEqual([4, 0]);
  const reader = log.open('ticks', 0, 0);
  expect((await reader.next())?.[0]?.bytes).toEqual(large);
});

async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}
