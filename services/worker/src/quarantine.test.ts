/** What goes into quarantine: what was not counted, once a record and reason, with the bytes once and within bounds. */
import type { LogRecordInput, Notice, NoticeCode } from '@tapeline/domain';
import { wireOutput } from '@tapeline/wire';
import { expect, test } from 'vitest';
import { Quarantine, quarantinedBytesMax } from './quarantine.ts';

function recordOf(offset: number, byteCount: number): LogRecordInput {
  return { offset, appendTimeMs: 1_700_000_000_000 + offset, bytes: new Uint8Array(byteCount).fill(7) };
}

function noticeOf(code: NoticeCode, offset: number, symbol = 'S'): Notice {
  const nobody = { publisher: '', sequence: 0, sequenceLast: 0 };
  return { code, offset, epoch: 0, dataset: 'd', symbol, ...nobody, detail: 'the facts' };
}

/** A quarantine, and what it put out by steps. */
function setUp(): { quarantine: Quarantine; steps: wireOutput.QuarantineRecord[][] } {
  const steps: wireOutput.QuarantineRecord[][] = [];
  const decode = (bytes: Uint8Array): wireOutput.QuarantineRecord => wireOutput.QuarantineRecord.decode(bytes);
  return { quarantine: new Quarantine(3, (records) => steps.push(records.map(decode))), steps };
}

test('a record is there with where it was found, why, when it came and all its bytes', () => {
  const { quarantine, steps } = setUp();
  quarantine.note(noticeOf('RECORD_MALFORMED', 5, ''), recordOf(5, 3));
  quarantine.endStep();
  quarantine.endStep();
  expect(steps).toEqual([
    [
      {
        partition: 3,
        offset: 5n,
        reason: 'RECORD_MALFORMED',
        detail: 'the facts',
        dataset: 'd',
        symbol: '',
        appendTimeNs: 1_700_000_000_005_000_000n,
        record: expect.objectContaining({ length: 3 }),
      },
    ],
  ]);
});

test('what stands in the tape is not in quarantine', () => {
  const { quarantine, steps } = setUp();
  const counted = ['LATE', 'GAP_DECLARED', 'ORIGINAL_UNKNOWN', 'ORIGINAL_FINAL'] as const;
  for (const code of counted) quarantine.note(noticeOf(code, 1), recordOf(1, 3));
  quarantine.endStep();
  expect(steps).toEqual([]);
});

test('one entry for each record and reason; the first has the bytes, further ones are summed up', () => {
  const { quarantine, steps } = setUp();
  const record = recordOf(1, 10);
  for (let count = 0; count < 30; count += 1) quarantine.note(noticeOf('TERMS_MISMATCH', 1, `S${count}`), record);
  quarantine.note(noticeOf('PUBLISHER_EXPIRED', 1), record);
  quarantine.note(noticeOf('PUBLISHER_EXPIRED', 1), record);
  quarantine.note(noticeOf('TERMS_MISMATCH', 2), recordOf(2, 4));
  quarantine.endStep();
  const told = steps[0]?.map(({ offset, reason, symbol, record: { length } }) => [offset, reason, symbol, length]);
  expect(told).toEqual([
    [1n, 'TERMS_MISMATCH', 'S0', 10],
    [1n, 'PUBLISHER_EXPIRED', 'S', 0],
    [2n, 'TERMS_MISMATCH', 'S', 4],
  ]);
  expect(steps[0]?.[0]?.detail).toMatch(/^the facts; 29 more in this record, of S1, S2, .*, S20 and others$/);
  expect(steps[0]?.[1]?.detail).toBe('the facts; 1 more in this record, of S');
});

test('beyond the bytes of one step records go without theirs, and say so; the next step has bytes again', () => {
  const { quarantine, steps } = setUp();
  for (const offset of [1, 2, 3]) {
    quarantine.note(noticeOf('RECORD_MALFORMED', offset), recordOf(offset, quarantinedBytesMax / 2));
  }
  quarantine.note(noticeOf('RECORD_MALFORMED', 4), recordOf(4, 1));
  quarantine.endStep();
  quarantine.note(noticeOf('RECORD_MALFORMED', 5), recordOf(5, quarantinedBytesMax));
  quarantine.endStep();
  quarantine.note(noticeOf('RECORD_MALFORMED', 6), recordOf(6, quarantinedBytesMax + 1));
  quarantine.endStep();
  expect(steps.map((step) => step.map(({ record }) => record.length))).toEqual([
    [quarantinedBytesMax / 2, quarantinedBytesMax / 2, 0, 0],
    [quarantinedBytesMax],
    [0],
  ]);
  expect(steps[0]?.[2]?.detail).toBe(
    "the facts; the record's bytes are left out: of those refused at once at most 1048576 bytes are kept",
  );
});
