/** Law 8 in whole: what the fold refused stands in the topic `quarantine`, through crashes and a log that is full. */
import { encodeLogRecord, LogError } from '@tapeline/domain';
import { wireOutput } from '@tapeline/wire';
import { expect, test } from 'vitest';
import { plainTerms, ScriptedPublisher } from '../../packages/domain/test-kit/scripted-publisher.ts';
import { LiveRun, startMs, statusOf } from './live-run.ts';
import { recordsOf } from './outputs.ts';

async function quarantined(run: LiveRun): Promise<wireOutput.QuarantineRecord[]> {
  const records = await recordsOf(run.log, 'quarantine');
  return records.map(({ bytes }) => wireOutput.QuarantineRecord.decode(bytes));
}

function told(records: readonly wireOutput.QuarantineRecord[]): string[] {
  return records.map(({ offset, reason, symbol, record }) => `${offset} ${reason} ${symbol} ${record.length > 0}`);
}

/** Records of which each has something that cannot be used. */
async function spoil(run: LiveRun): Promise<void> {
  const other = new ScriptedPublisher('live', 9);
  await run.log.append('ticks', 0, Uint8Array.of(255, 255, 255));
  await run.trade('A');
  const ms = run.logClock.nowMs - startMs;
  await run.put(other.block(other.trade(ms, 10, 1, { symbol: 'A', terms: { ...plainTerms, priceExponent: -3 } })));
  await run.put(other.block(other.trade(ms, 10, 1, { symbol: 'B', terms: { ...plainTerms, calendar: 'NOWHERE' } })));
}

test('every record of which something was refused is there, with its bytes', async () => {
  const run = new LiveRun();
  const process = run.start();
  await spoil(run);
  await run.finish(process);
  const records = await quarantined(run);
  expect(told(records)).toEqual(['0 RECORD_MALFORMED  true', '2 TERMS_MISMATCH A true', '3 CALENDAR_UNKNOWN B true']);
  const ticks = await recordsOf(run.log, 'ticks');
  for (const { offset, record, appendTimeNs } of records) {
    const original = ticks.find((one) => one.offset === Number(offset));
    expect(Buffer.from(record)).toEqual(Buffer.from(original?.bytes ?? []));
    expect(appendTimeNs).toBe(BigInt(original?.appendTimeMs ?? 0) * 1_000_000n);
  }
  expect(await process.metrics.text()).toContain('tapeline_worker_quarantine_records_total{partition="0"} 3\n');
});

test('with a quarantine that takes nothing the partition holds back and saves no snapshot, and catches up by itself', async () => {
  const run = new LiveRun({ snapshotIntervalMs: 100, quietMs: 1e9 });
  let isFull = true;
  const append = run.log.append.bind(run.log);

  const process = run.start({
    log: {
      append: async (topic, partition, bytes) => {
        if (topic === 'quarantine' && isFull) throw new LogError('LOG_FULL', 'no space is left');
        return append(topic, partition, bytes);
      },
    },
  });
  await spoil(run);
  await run.pass(3_000);
  expect(statusOf(process)).toMatchObject({ state: 'held-back', nextOffset: 0 });
  expect(await run.store.snapshots(0)).toEqual([]);
  isFull = false;
  await run.settle(process.worker.caughtUp(), 'caught up');
  expect(statusOf(process).state).toBe('running');
  await run.settle(process.worker.stop(), 'stopped');
  expect(new Set(told(await quarantined(run))).size).toBe(3);
});

test('killed at any write, the next worker leaves the same quarantine, but for repeats', async () => {
  for (let effect = 1; effect <= 14; effect += 1) {
    for (const when of ['before', 'after'] as const) {
      const run = new LiveRun({ snapshotIntervalMs: 20, stepBytesMax: 1 });
      const process = run.start({ death: { effect, when } });
      await spoil(run);
      await run.pass(400);
      process.view.kill();
      await run.finish(run.start());
      const expected = ['0 RECORD_MALFORMED  true', '2 TERMS_MISMATCH A true', '3 CALENDAR_UNKNOWN B true'];
      expect([...new Set(told(await quarantined(run)))], `${effect} ${when}`).toEqual(expected);
    }
  }
});

test('entries of a kind that is not known are refused and told, the rest of their record counts', async () => {
  const run = new LiveRun();
  const process = run.start();
  await run.trade('A');
  const known = encodeLogRecord([run.publisher.block(run.publisher.trade(1, 11, 1, { symbol: 'A' }))]);
  // A record of the known entry and one of field 15, which has no bytes.
  await run.log.append('ticks', 0, Uint8Array.of(...known, 0x0a, 0x02, 0x7a, 0x00));
  await run.finish(process);
  expect(told(await quarantined(run))).toEqual(['1 ENTRY_UNSUPPORTED  true']);
  expect(statusOf(process).ticks).toBe(2);
});
