/** Where no tape is kept, whoever asks still hears of which instruments something was counted. */
import { expect, test } from 'vitest';
import { ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { foldConfigDefaults } from '../fold/fold-types.ts';
import { PartitionFold } from '../fold/partition-fold.ts';
import { encodeLogRecord } from '../log/log-record.ts';
import { ChangedInstruments } from './changed-instruments.ts';

test('each instrument of which something was counted is told once, those with quotes alone are not', () => {
  const fold = PartitionFold.start({ ...foldConfigDefaults, partition: 0 });
  const changed = new ChangedInstruments();
  const live = new ScriptedPublisher('live');
  const of = (symbol: string): { symbol: string } => ({ symbol });
  const blocks = [
    live.block(live.trade(0, 1, 1, of('A')), live.trade(0, 1, 1, of('B')), live.trade(1, 1, 1, of('A'))),
    live.block(live.quote(2)),
  ];
  const records = blocks.map((block, offset) => ({
    offset,
    appendTimeMs: 1_700_000_000_000,
    bytes: encodeLogRecord([block]),
  }));
  fold.step(records, changed);
  expect(Array.from(changed.take(), ({ symbol }) => symbol)).toEqual(['A', 'B']);
  expect([...changed.take()]).toEqual([]);
  // Read again, they count nothing.
  fold.step(records, changed);
  expect([...changed.take()]).toEqual([]);
});
