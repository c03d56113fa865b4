/** Law 7 of what is parked: it counts with the memory that it takes, and keeps none of the record that it came in. */
import { expect, test } from 'vitest';
import { ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { ScriptedTape } from '../../test-kit/scripted-tape.ts';
import { symbolAtHome } from '../../test-kit/sent-on.ts';
import { encodeLogRecord, type LogEntryToWrite } from '../log/log-record.ts';
import { parkedBytesMax } from '../placement/handover-parking.ts';
import { applyRecord } from './apply-record.ts';
import { freshState } from './moves-of-partition.ts';
import { parkedSmall } from './parked-entry.ts';
import { PartitionFold } from './partition-fold.ts';
import { timeOfRecord } from './route-entry.ts';
import { writeSnapshot } from './snapshot-writing.ts';

const basePartitions = 2;
/** An instrument whose home is the other partition. */
const far = symbolAtHome(1, basePartitions);

function mapped(): ScriptedPublisher {
  const live = new ScriptedPublisher('live');
  live.mapEpoch = 1;
  return live;
}

test('A4: small entries fill the room with what they take in memory, not with their bytes alone', () => {
  const tape = new ScriptedTape({ basePartitions });
  const live = mapped();
  const refused = Array.from({ length: 20_000 }, () => live.void(live.skip(far), far));
  tape.append(100, ...refused);
  const { count, bytes } = tape.fold.parked;
  // Their bytes make 0.6 MB; their objects some 500 bytes each.
  expect(count).toBeGreaterThan(14_000);
  expect(count).toBeLessThan(17_000);
  expect(bytes).toBeLessThanOrEqual(parkedBytesMax);
  expect(tape.fold.handovers.sentHomeForRoom).toBe(20_000 - count);
  tape.restart();
  expect(tape.fold.parked).toEqual({ count, bytes });
});

test('a block of a Forward that is parked keeps none of its record', () => {
  const { config } = new ScriptedTape({ basePartitions });
  const state = freshState(config);
  const live = mapped();
  const block = live.block(live.trade(10, 5, 1, { symbol: far }));
  const about = { dataset: 'test', symbol: far, epoch: 1, firstAppendTimeMs: 1_000 };
  const forward: LogEntryToWrite = { kind: 'forward', ...about, entries: [block] };
  // As a reader of a log cuts it out of what it fetched; a Buffer's own slice is no copy.
  const bytes = Buffer.from(encodeLogRecord([forward]));
  applyRecord(state, { offset: 0, appendTimeMs: 1_000, bytes });
  const parked = state.moves!.parking.all().map(({ parked: item }) => (item.kind === 'entry' ? item.entry : undefined));
  expect(parked).toHaveLength(1);
  const { entry } = parked[0]!;
  expect([entry.kind, entry.bytes.buffer.byteLength]).toEqual(['tickBlock', entry.bytes.length]);
});

test('a snapshot with more parked entries than today’s bound takes is read', () => {
  const { config } = new ScriptedTape({ basePartitions });
  const state = freshState(config);
  const instrument = state.instrument('test', far);
  const live = mapped();
  for (let place = 0; place < 20_000; place += 1) {
    const entry = parkedSmall({ mapEpoch: 1, ...live.void(live.skip(far), far) }, 1_000);
    const routed = { entry, epoch: 1, isForwarded: false, bytes: 0, at: timeOfRecord(state) };
    state.moves!.parking.putBack({ instrument, parked: { kind: 'entry', entry: routed } });
  }
  const restored = PartitionFold.restore(config, writeSnapshot(state));
  if ('code' in restored) throw new RangeError(restored.message);
  expect(restored.parked.count).toBe(20_000);
});
