/** Law 7: what an amendment costs does not grow with the trades that are kept; counted in blocks that are decoded. */
import { expect, test } from 'vitest';
import { scriptBaseSec, ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { encodeLogRecord, type LogEntryToWrite } from '../log/log-record.ts';
import { expirePending } from './amend.ts';
import { applyRecord } from './apply-record.ts';
import { putOut, sweep } from './close-bars.ts';
import { FoldState } from './fold-state.ts';
import { foldConfigDefaults } from './fold-types.ts';

const blocks = 200;

/** A state to which records are applied as a fold does, and how many blocks were decoded again for amendments. */
class CountedWork {
  readonly state = new FoldState({ ...foldConfigDefaults, partition: 0 });

  append(entry: LogEntryToWrite): number {
    const { state } = this;
    const before = state.rebuildColumns.serial;
    const record = { offset: state.nextOffset, appendTimeMs: scriptBaseSec * 1000, bytes: encodeLogRecord([entry]) };
    applyRecord(state, record);
    expirePending(state);
    putOut(state);
    sweep(state);
    state.nextOffset += 1;
    return state.rebuildColumns.serial - before;
  }
}

function withTrades(idOf: (index: number) => string): [CountedWork, ScriptedPublisher] {
  const work = new CountedWork();
  const live = new ScriptedPublisher('live');
  for (let block = 0; block < blocks; block += 1) {
    const rows = [0, 1, 2].map((place) => live.trade(block, 10, 1, { tradeId: idOf(block * 3 + place) }));
    work.append(live.block(...rows));
  }
  return [work, live];
}

test.each([
  ['numbers', (index: number) => String(1_000 + index)],
  ['texts', (index: number) => `T-${index}`],
])('cancels by unknown ids decode each kept block once at most, and then hardly any: ids are %s', (_, idOf) => {
  const [work, live] = withTrades(idOf);
  const unknown = (index: number): LogEntryToWrite => live.block(live.cancel(500, idOf(100_000 + index)));
  expect(work.append(unknown(0))).toBeLessThanOrEqual(blocks + 5);
  let decoded = 0;
  // Each is in a block of its own, which the next one looks through.
  for (let index = 1; index <= 300; index += 1) decoded += work.append(unknown(index));
  expect(decoded).toBeLessThan(300 * 2);
  expect(work.state.counters.amendments).toBe(0);
  expect(work.state.instruments[0]?.pending.length).toBe(301);
});

test('a cancel by a known id decodes the blocks after its trade once, and then only that of the trade', () => {
  const [work, live] = withTrades((index) => `T-${index}`);
  // Cancelled trades are high and low of their bar, which is built anew from its own blocks; sizes and prices are equal.
  for (let index = 0; index < blocks; index += 1) work.append(live.block(live.trade(2_000 + index, 5)));
  const first = work.append(live.block(live.cancel(500, 'T-0')));
  expect(first).toBeGreaterThan(2 * blocks);
  const second = work.append(live.block(live.cancel(500, 'T-1')));
  expect(second).toBeLessThanOrEqual(blocks + 10);
  expect(work.state.counters.amendments).toBe(2);
});

test('a trade that comes is looked for by those alone that wait for it', () => {
  const work = new CountedWork();
  const live = new ScriptedPublisher('live');
  for (let index = 0; index < 500; index += 1) work.append(live.block(live.cancel(500, `X-${index}`)));
  expect(work.append(live.block(live.trade(0, 10, 1, { tradeId: 'other' })))).toBe(0);
  expect(work.append(live.block(live.trade(0, 10, 1, { tradeId: 'X-400' })))).toBeLessThanOrEqual(4);
  expect(work.state.counters.amendments).toBe(1);
  expect(work.state.instruments[0]?.pending.length).toBe(499);
});
