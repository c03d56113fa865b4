/** A stream on its way to the hub: a log that lacks what the hub has seen, a long wait for its turn, a hub that goes on. */
import { ManualClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { HandedLog } from '../../test-kit/handed-log.ts';
import { SimulatedTopic, type TestItem } from '../../test-kit/simulated-topic.ts';
import { resumeToken } from '../tokens/resume-token.ts';
import { type Follow, followTopic } from './follow-topic.ts';
import { ReadTurns } from './read-turns.ts';
import type { StreamEvent } from './stream-item.ts';
import { asTheyCome } from './stream-order.ts';

const heartbeatMs = 1_000;

function following(topic: SimulatedTopic, own: Partial<Follow<TestItem>>): AsyncGenerator<StreamEvent<TestItem>> {
  return followTopic({
    log: topic.log,
    topic: 'bars',
    turns: new ReadTurns(1),
    read: (bytes, wants) => topic.read(bytes, wants),
    hub: topic.hub,
    kind: 'bar-stream',
    followed: {
      digest: 'one',
      instruments: undefined,
      wantsInstrument: () => true,
      wants: () => true,
    },
    resumeToken: '',
    snapshot: async function* () {
      yield [];
    },
    order: () => asTheyCome(() => true),
    itemsMax: 10,
    waitingBytesMax: 1_000,
    heartbeatMs,
    clock: new ManualClock(),
    signal: new AbortController().signal,
    ...own,
  });
}

function item(value: number): TestItem {
  return { dataset: 'd', instrument: 'i', bytes: Uint8Array.of(value) };
}

test('a log that gives nothing up to where the hub is ends the stream; it does not ask for ever', async () => {
  const topic = await SimulatedTopic.start(1);
  const log = new HandedLog([]);
  const events = following(topic, {
    log,
    snapshot: async function* () {
      // The hub goes on while the snapshot is read.
      await topic.append(0, { clockNs: 0n, items: [] });
      yield [];
    },
  });
  expect((await events.next()).value).toMatchObject({ kind: 'snapshotEnd' });
  await expect(events.next()).rejects.toMatchObject({ reason: 'LOG_UNAVAILABLE', facts: { partition: '0' } });
  expect([log.opened, log.openReaders]).toEqual([[0], 0]);
  await topic.stop();
});

test.each(['resumed', 'new'])('a %s stream that waits for its turn at the log says that it is alive', async (kind) => {
  const topic = await SimulatedTopic.start(1);
  const [clock, turns] = [new ManualClock(), new ReadTurns(1)];
  const endTurn = await turns.take(new AbortController().signal);
  const token = resumeToken('bar-stream', 'one', [0]);
  const append = async (): Promise<void> => topic.append(0, { clockNs: 5n, items: [item(7)] });
  const events = following(topic, {
    clock,
    turns,
    resumeToken: kind === 'resumed' ? token : '',
    snapshot: async function* () {
      await append();
      yield [];
    },
  });
  const opened = kind === 'resumed' ? await append() : ((await events.next()).value as unknown);
  expect(opened).toEqual(kind === 'resumed' ? undefined : { kind: 'snapshotEnd', token });
  for (let beats = 0; beats < 2; beats += 1) {
    const next = events.next();
    await topicTurns();
    await clock.advance(heartbeatMs);
    expect((await next).value).toEqual({ kind: 'heartbeat', token, watermarkNs: 0n });
  }
  const next = events.next();
  await topicTurns();
  endTurn?.();
  expect((await next).value).toEqual({ kind: 'items', items: [item(7)] });
  await topic.stop();
  await expect(events.next()).rejects.toMatchObject({ reason: 'SHUTTING_DOWN' });
});

test('a hub that goes on whenever the stream reads is joined after a few rounds, and nothing is left out', async () => {
  const topic = await SimulatedTopic.start(2);
  let [appended, taken] = [0, 0];
  const append = async (): Promise<void> => {
    appended += 1;
    await topic.append(appended % 2, { clockNs: 0n, items: [item(appended)] });
  };
  class BusyTurns extends ReadTurns {
    override async take(signal: AbortSignal): Promise<(() => void) | undefined> {
      taken += 1;
      if (appended < 40) await append();
      return super.take(signal);
    }
  }
  const events = following(topic, {
    turns: new BusyTurns(1),
    snapshot: async function* () {
      await append();
      yield [];
    },
  });
  const found: number[] = [];
  while (found.length < appended || appended === 0) {
    const { value } = (await events.next()) as { value: StreamEvent<TestItem> };
    if (value.kind === 'items') found.push(...value.items.map(({ bytes }) => bytes[0] ?? 0));
  }
  expect(taken).toBeLessThanOrEqual(10);
  expect(found.toSorted((left, right) => left - right)).toEqual(Array.from({ length: appended }, (_, at) => at + 1));
  await topic.stop();
});

test('a stream that is ahead of the hub gets nothing a second time when the hub comes by', async () => {
  const topic = await SimulatedTopic.start(1);
  const sent = [0, 1].map((offset) => ({ offset, appendTimeMs: 0, bytes: Uint8Array.of(offset) }));
  const resumed = { log: new HandedLog([sent]), resumeToken: resumeToken('bar-stream', 'one', [2]) };
  const events = following(topic, resumed);
  expect((await events.next()).value).toMatchObject({ kind: 'snapshotEnd' });
  const next = events.next();
  for (const value of [1, 2, 3]) await topic.append(0, { clockNs: 0n, items: [item(value)] });
  expect((await next).value).toMatchObject({ kind: 'items', items: [item(3)] });
  await topic.stop();
});

async function topicTurns(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
