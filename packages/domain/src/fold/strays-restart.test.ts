/** Law 1 with strays: a fold that goes on from its snapshot after every record puts out and sends on what one does that never stopped. */
import { expect, test } from 'vitest';
import { scriptBaseSec, ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { ScriptedTape, timeOnly } from '../../test-kit/scripted-tape.ts';
import { sentForwards, symbolAtHome } from '../../test-kit/sent-on.ts';
import type { ForwardedToWrite } from '../log/forward-entry.ts';
import { encodeLogRecord, type LogEntryToWrite } from '../log/log-record.ts';
import { PartitionFold } from './partition-fold.ts';

const here = 1;
const base = 4;
const near = symbolAtHome(here, base);
const far = symbolAtHome(2, base);
const far2 = symbolAtHome(2, base, 1);

type Script = (tape: ScriptedTape, mapped: ScriptedPublisher, old: ScriptedPublisher) => void;

function origin(symbol: string, partition: number): LogEntryToWrite {
  return { kind: 'origin', dataset: 'test', symbol, partition };
}

/** What each script needs the snapshot for, and the script: it must end with something that shows. */
const scripts: Record<string, Script> = {
  'entries that are parked': (tape, live) => {
    tape.append(0, live.block(live.trade(10, 1, 1, { symbol: far }), live.trade(20, 2, 1, { symbol: near })));
    tape.append(100, live.void(live.skip(far), far), live.block(live.trade(30, 3, 1, { symbol: far })));
    tape.append(200, origin(far, here));
    tape.append(2_000, timeOnly);
  },
  'the age of what is parked': (tape, live) => {
    tape.append(0, live.block(live.trade(10, 1, 1, { symbol: far })));
    tape.append(1_500, live.progress(900, 1, far2));
    tape.pass(12_000);
  },
  'an instrument that is elsewhere': (tape, live, old) => {
    tape.append(0, origin(near, 3));
    tape.append(100, old.block(old.trade(10, 1, 1, { symbol: near })));
    tape.append(200, live.block(live.trade(20, 2, 1, { symbol: near })));
    tape.pass(11_000);
  },
  'which blocks are whose': (tape, live, old) => {
    const [one, two] = [live.trade(10, 1, 1, { symbol: far }), live.trade(20, 9, 1, { symbol: far })] as const;
    tape.append(0, live.block(one));
    tape.append(50, live.block(two, live.trade(5, 5, 1, { symbol: near })));
    tape.append(60, old.block(old.trade(6, 6, 1, { symbol: near })));
    tape.append(70, old.block(old.trade(30, 4, 1, { symbol: far })));
    tape.append(80, live.block(live.trade(40, 2, 1, { symbol: far })));
    tape.append(90, live.block(live.cancel(50, two.sequence, { symbol: far })));
    tape.append(95, live.block(live.cancel(60, one.sequence, { symbol: far })));
    tape.append(2_000, timeOnly);
  },
  'blocks in a Forward': (tape, live, old) => {
    const about = { kind: 'forward', epoch: 0, dataset: 'test', symbol: near } as const;
    const forward = (...entries: ForwardedToWrite[]): LogEntryToWrite => ({
      ...about,
      firstAppendTimeMs: scriptBaseSec * 1000,
      entries,
    });
    const high = live.trade(20, 9, 1, { symbol: near });
    tape.append(0, forward(live.block(live.trade(10, 1, 1, { symbol: near })), live.block(high)));
    tape.append(10, old.block(old.trade(30, 4, 1, { symbol: near })));
    tape.append(20, live.block(live.cancel(50, high.sequence, { symbol: near })));
    tape.append(2_000, timeOnly);
  },
};

function tapeOf(name: string, restarts: boolean): ScriptedTape {
  const tape = new ScriptedTape({ partition: here, basePartitions: base, intervals: ['1s', '1m'] });
  if (restarts) {
    const appendBytes = tape.appendBytes.bind(tape);
    tape.appendBytes = (...record) => {
      const output = appendBytes(...record);
      tape.restart();
      return output;
    };
  }
  const [mapped, old] = [new ScriptedPublisher('live', 1), new ScriptedPublisher('live', 2)];
  mapped.mapEpoch = 3;
  scripts[name]!(tape, mapped, old);
  return tape;
}

test.each(Object.keys(scripts))('restarts after every record change nothing: %s', (name) => {
  const steady = tapeOf(name, false);
  const restarted = tapeOf(name, true);
  expect(steady.bars.length + steady.emissions.length).toBeGreaterThan(0);
  expect(restarted.bars).toEqual(steady.bars);
  expect(restarted.notices).toEqual(steady.notices);
  expect(sentForwards(restarted.emissions)).toEqual(sentForwards(steady.emissions));
  expect(restarted.fold.counters).toEqual(steady.fold.counters);
  expect(restarted.fold.handovers).toEqual(steady.fold.handovers);
  expect(restarted.fold.snapshot()).toEqual(steady.fold.snapshot());
});

test('a snapshot in slices, while parked entries are applied, is the one of the record at which it began', () => {
  const tape = new ScriptedTape({ partition: here, basePartitions: base });
  const live = new ScriptedPublisher('live');
  live.mapEpoch = 3;
  tape.append(0, live.block(live.trade(10, 1, 1, { symbol: far }), live.trade(20, 2, 1, { symbol: near })));
  const expected = tape.fold.snapshot();
  const writing = tape.fold.beginSnapshot();
  tape.append(100, origin(far, here), live.block(live.trade(30, 3, 1, { symbol: far2 })));
  while (!writing.work(1));
  expect(Uint8Array.from(writing.parts.flatMap((part) => [...part]))).toEqual(expected);
  expect(writing.retainFromOffset).toBe(0);
});

test('recovery reads again from the first parked block on', () => {
  const tape = new ScriptedTape({ partition: here, basePartitions: base });
  const live = new ScriptedPublisher('live');
  live.mapEpoch = 3;
  tape.append(0, live.block(live.quote(0, { symbol: near })));
  tape.append(1, live.block(live.trade(10, 1, 1, { symbol: far })));
  tape.append(2, live.block(live.trade(20, 2, 1, { symbol: near })));
  const restoring = PartitionFold.beginRestore(tape.config, tape.fold.snapshot());
  let restored = restoring.work(1);
  while (restored === undefined) restored = restoring.work(1);
  if ('code' in restored) throw new Error(restored.message);
  expect([restored.retainFromOffset, tape.fold.snapshotRetainFromOffset, restored.parked.count]).toEqual([1, 1, 1]);
});

function codeOf(read: ReturnType<typeof PartitionFold.restore>): string {
  return 'code' in read ? read.code : 'restored';
}

test('a snapshot without homes serves with them too, all being own; the other way round, or by other homes, it is refused', () => {
  const live = new ScriptedPublisher('live');
  const plain = new ScriptedTape({ partition: here });
  plain.append(0, live.block(live.trade(10, 1, 1, { symbol: far })));
  const moved = { ...plain.config, basePartitions: base };
  const restored = PartitionFold.restore(moved, plain.fold.snapshot());
  if ('code' in restored) throw new Error(restored.message);
  restored.step(plain.records);
  // It stays what it was: this writer's ticks count though another partition is the home.
  live.mapEpoch = 3;
  const bytes = encodeLogRecord([live.block(live.trade(20, 2, 1, { symbol: far }))]);
  restored.step([{ offset: 1, appendTimeMs: scriptBaseSec * 1000 + 100, bytes }]);
  expect([restored.counters.applied, restored.parked.count]).toEqual([2, 0]);
  expect(codeOf(PartitionFold.restore(plain.config, restored.snapshot()))).toBe('SNAPSHOT_OF_OTHER_CONFIG');
  expect(codeOf(PartitionFold.restore({ ...moved, basePartitions: 5 }, restored.snapshot()))).toBe(
    'SNAPSHOT_OF_OTHER_CONFIG',
  );
});
