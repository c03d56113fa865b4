/** The server's report, and what two of them tell. */
import { expect, test } from 'vitest';
import { type Incident, incidentsBetween, incidentsMax, withIncident } from './incidents.ts';
import { readStatus, type ServerStatus } from './server-status.ts';

function status(feed: Record<string, unknown>, startedAt = 'then'): ServerStatus {
  const read = readStatus({ startedAt, feeds: [{ name: 'sim', state: 'live', detail: '', ...feed }] });
  if (read === undefined) throw new Error('unreadable');
  return read;
}

test('what a report lacks is empty or not a number, never a made-up zero', () => {
  expect(readStatus({ ticksPerSecond: '12', partitions: [{ partition: 1, nextOffset: 7 }, null] })).toEqual({
    version: '',
    startedAt: '',
    limits: [],
    ticksPerSecond: 12,
    ticksTotal: Number.NaN,
    barsTotal: Number.NaN,
    lagMs: Number.NaN,
    grpcPort: 50_051,
    feeds: [],
    partitions: [
      { partition: 1, nextOffset: '7', endOffset: '', lagMs: Number.NaN },
      { partition: 0, nextOffset: '', endOffset: '', lagMs: Number.NaN },
    ],
  });
  expect(readStatus(null)).toBeUndefined();
});

test('new gaps, new refusals and a feed that waits are incidents; the first report tells what was before', () => {
  const texts = (before: ServerStatus | undefined, after: ServerStatus): string[] =>
    incidentsBetween(before, after).map(({ tone, text }) => `${tone} ${text}`);
  expect(texts(undefined, status({ gaps: 1, refused: 2 }))).toEqual([
    'bad Feed sim: 1 gap marked.',
    'bad Feed sim: 2 ticks refused.',
  ]);
  expect(texts(status({ gaps: 1 }), status({ gaps: 1 }))).toEqual([]);
  const waiting = status({ state: 'waiting', detail: 'retry in 3 s' });
  expect(texts(status({}), waiting)).toEqual(['warn Feed sim: waiting, retry in 3 s.']);
  expect(texts(waiting, status({ state: 'waiting', detail: 'retry in 2 s' }))).toEqual([]);
  expect(texts(waiting, status({}))).toEqual(['good Feed sim: live.']);
  expect(texts(status({ gaps: 9 }), status({ gaps: 0 }, 'later'))).toEqual(['warn The server was started again.']);
});

test('a repeat of the newest entry is counted; beyond 200 the oldest go', () => {
  let list: readonly Incident[] = [];
  list = withIncident(list, 1, 'bad', 'Cut.');
  list = withIncident(list, 2, 'bad', 'Cut.');
  expect(list).toEqual([{ atMs: 2, tone: 'bad', text: 'Cut.', times: 2 }]);
  for (let number = 0; number < 300; number += 1) list = withIncident(list, number, 'warn', `No. ${number}`);
  expect([list.length, list[0]?.text, list.at(-1)?.text]).toEqual([incidentsMax, 'No. 299', 'No. 100']);
});
