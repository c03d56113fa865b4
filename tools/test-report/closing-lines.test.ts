/** The report's last line is the plain one, whatever the run was. */
import { expect, test } from 'vitest';
import { closingLines } from './closing-lines.ts';

const skip = {
  file: 'tests/oracle/spy.test.ts',
  name: 'SPY equals the oracle (needs ../shared/data: put it there)',
  note: undefined,
};

test('a run without skips is one plain line', () => {
  const lines = closingLines({ passed: 123, failed: 0, skipped: [], skipsFail: false, listSkipped: true });
  expect(lines).toEqual(['Tests: 123 passed, 0 failed, 0 skipped']);
});

test('every skipped test is named with its file, and with the note it gave', () => {
  const skipped = [skip, { ...skip, note: 'no git on the PATH' }];
  const lines = closingLines({ passed: 1, failed: 2, skipped, skipsFail: false, listSkipped: true });
  expect(lines).toEqual([
    'Skipped:',
    `  ${skip.file}: ${skip.name}`,
    `  ${skip.file}: ${skip.name} (no git on the PATH)`,
    '',
    'Tests: 1 passed, 2 failed, 2 skipped',
  ]);
});

test('a run that fails for its skips says so before the plain line', () => {
  const lines = closingLines({ passed: 1, failed: 0, skipped: [skip], skipsFail: true, listSkipped: false });
  expect(lines).toEqual(['TAPELINE_SKIPS=fail: 1 skipped, so this run fails.', 'Tests: 1 passed, 0 failed, 1 skipped']);
});
