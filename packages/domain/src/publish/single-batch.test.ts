/** Parts of single ticks: how many they hold, and when they were received. */
import { expect, test } from 'vitest';
import { decodeLogRecord } from '../log/log-record.ts';
import { TimeDomain } from '../log/tick-columns.ts';
import { publisherId } from '../market/publisher-id.ts';
import { TickKind } from '../market/tick.ts';
import { Placement } from '../placement/placement.ts';
import { newDraft } from './row-reader.ts';
import { PartBuilder, partTicksMax } from './publish-part.ts';
import { recordOf } from './record-bytes.ts';
import { takeSingle } from './single-batch.ts';
import { StreamState } from './stream-state.ts';
import { BoundedTermsMemory } from './terms-memory.ts';

const timeDomain = TimeDomain.replay;
const shares = { priceExponent: -4, sizeExponent: 0, calendar: 'XNYS', currency: 'USD', tickSize: 1 };

function bench(): { readonly part: PartBuilder; readonly take: (sequence: number, nowNs?: bigint) => void } {
  const stream = new StreamState({ publisherId: publisherId(20_000, timeDomain, 1n), timeDomain, dataset: 'd' });
  const placement = Placement.atHome(1);
  const terms = new BoundedTermsMemory();
  terms.remember('d', 'AAA', shares);
  const part = new PartBuilder(0, stream.header(1_000_000_000n, { placement }));
  const take = (sequence: number, nowNs = 1_000_000_000n): void => {
    const draft = newDraft('AAA', sequence, sequence - 1, true);
    draft.attributes = { ...draft.attributes, kind: TickKind.trade };
    draft.size = 1;
    const context = {
      nowNs,
      aheadMsMax: 0,
      placement,
      partitions: 1,
      terms,
      calendar: '24/7',
      unknown: new Set<string>(),
    };
    expect(takeSingle(stream, draft, [], context, () => part)).toBeUndefined();
  };
  return { part, take };
}

function blocksOf(part: PartBuilder): number {
  return decodeLogRecord(recordOf(part.finish().pieces)).length;
}

test('a part is full of as many ticks as a block has, and all of them make one', () => {
  const { part, take } = bench();
  for (let sequence = 1; sequence <= partTicksMax; sequence += 1) {
    expect(part.isFull).toBe(false);
    take(sequence);
  }
  expect(part.isFull).toBe(true);
  expect(part.waitingBytes).toBeGreaterThan(partTicksMax * 8);
  expect(blocksOf(part)).toBe(1);
});

test('ticks that were received some ms apart share a block, others do not', () => {
  const { part, take } = bench();
  take(1);
  take(2, 1_050_000_000n);
  take(3, 1_050_000_001n);
  expect(blocksOf(part)).toBe(2);
});
