/** What a stream remembers of what it sent. */
import { expect, test } from 'vitest';
import { exampleBar } from '../../test-kit/example-bar.ts';
import { liveBar } from './live-bar.ts';
import { SentRevisions } from './sent-revisions.ts';

test('only a revision above what was sent is new', () => {
  const sent = new SentRevisions(10);
  const isNew = (revision: number, foldVersion = 1): boolean =>
    sent.isNew(liveBar(exampleBar({ revision, foldVersion })));
  expect([isNew(2), isNew(2), isNew(1), isNew(3), isNew(1, 2), isNew(9)]).toEqual([
    true,
    false,
    false,
    true,
    true,
    false,
  ]);
});

test('at the bound the bar that was sent longest ago is forgotten', () => {
  const sent = new SentRevisions(2);
  const isNew = (startSec: number, revision: number): boolean =>
    sent.isNew(liveBar(exampleBar({ startSec, revision })));
  expect([isNew(60, 1), isNew(120, 1), isNew(60, 2), isNew(180, 1)]).toEqual([true, true, true, true]);
  expect([isNew(60, 2), isNew(180, 1), isNew(120, 1)]).toEqual([false, false, true]);
});
