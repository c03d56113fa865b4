/** A stream on its way from its snapshot to the hub, where the log does not have what the hub has seen. */
import { ManualClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { HandedLog } from '../../test-kit/handed-log.ts';
import { SimulatedTopic } from '../../test-kit/simulated-topic.ts';
import { followTopic } from './follow-topic.ts';
import { ReadTurns } from './read-turns.ts';

test('a log that gives nothing up to where the hub is ends the stream; it does not ask for ever', async () => {
  const topic = await SimulatedTopic.start(1);
  const log = new HandedLog([]);
  const events = followTopic({
    log,
    topic: 'bars',
    turns: new ReadTurns(1),
    read: () => ({ items: [], clockNs: 0n, latenessMs: 0 }),
    hub: topic.hub,
    kind: 'bar-stream',
    followed: {
      digest: 'one',
      instruments: undefined,
      partitions: new Set([0]),
      wantsInstrument: () => true,
      wants: () => true,
    },
    resumeToken: '',
    snapshot: async function* () {
      // The hub goes on while the snapshot is read.
      await topic.append(0, { clockNs: 0n, items: [] });
      yield [];
    },
    isNew: () => true,
    itemsMax: 10,
    waitingBytesMax: 1_000,
    heartbeatMs: 1_000,
    clock: new ManualClock(),
    signal: new AbortController().signal,
  });
  expect((await events.next()).value).toMatchObject({ kind: 'snapshotEnd' });
  await expect(events.next()).rejects.toMatchObject({ reason: 'LOG_UNAVAILABLE', facts: { partition: '0' } });
  expect([log.opened, log.openReaders]).toEqual([[0], 0]);
  await topic.stop();
});
