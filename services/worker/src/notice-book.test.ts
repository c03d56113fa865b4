/** What is said of problems: each is counted, few are logged, the last are kept. */
import { type Logger, ManualClock, silentLogger } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { linesPerMinuteMax, NoticeBook, problemsMax } from './notice-book.ts';

function setUp(): { clock: ManualClock; book: NoticeBook; lines: string[]; counts: string[] } {
  const clock = new ManualClock(0);
  const lines: string[] = [];
  const counts: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    warn: (message, fields = {}) => lines.push([message, fields['code'], fields['count']].join(' ')),
  };
  return { clock, lines, counts, book: new NoticeBook(clock, logger, (code) => counts.push(code)) };
}

const late = { code: 'LATE', dataset: 'd', symbol: 'S', detail: '' };

test('each is counted, the first few of a minute are logged and the others as a number', async () => {
  const { clock, book, lines, counts } = setUp();
  for (let offset = 0; offset < 1_000; offset += 1) book.note({ ...late, offset });
  expect(counts).toHaveLength(1_000);
  expect(lines).toHaveLength(linesPerMinuteMax);
  await clock.advance(60_000);
  book.note({ ...late, offset: 1_000 });
  expect(lines.at(-2)).toBe(`more records were not plainly applied LATE ${1_000 - linesPerMinuteMax}`);
  expect(lines).toHaveLength(linesPerMinuteMax + 2);
});

test('one code does not hide another', () => {
  const { book, lines } = setUp();
  for (let offset = 0; offset < 100; offset += 1) book.note({ ...late, offset });
  book.note({ ...late, code: 'GAP_DECLARED', offset: 100 });
  expect(lines.at(-1)).toContain('GAP_DECLARED');
});

test('the last hundred are kept, the newest last', () => {
  const { book } = setUp();
  for (let offset = 0; offset < 250; offset += 1) book.note({ ...late, offset });
  expect(book.problems).toHaveLength(problemsMax);
  expect(book.problems.at(-1)?.offset).toBe(249);
});

test('what was not logged is said at the end', () => {
  const { book, lines } = setUp();
  for (let offset = 0; offset < 7; offset += 1) book.note({ ...late, offset });
  book.flush();
  book.flush();
  expect(lines.at(-1)).toBe('more records were not plainly applied LATE 2');
  expect(lines).toHaveLength(linesPerMinuteMax + 1);
});
