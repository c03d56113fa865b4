/** How pages of the server are read. */
import { expect, test } from 'vitest';
import { ReadApi } from './read-api.ts';

const never = new AbortController().signal;
const spy = { dataset: 'us', symbol: 'S/PY', interval: '1m', profile: 'all' } as const;
const bar = {
  dataset: 'us',
  symbol: 'S/PY',
  interval: '1m',
  profile: 'all',
  start: '2013-10-08T13:30:00Z',
  end: '2013-10-08T13:31:00Z',
  open: '1',
  high: '1',
  low: '1',
  close: '1',
  volume: '1',
  vwap: '1',
  trades: 1,
  revision: 1,
  state: 'closed',
};

function answering(answers: readonly unknown[], status = 200): { readonly api: ReadApi; readonly asked: string[] } {
  const asked: string[] = [];
  const api = new ReadApi(async (address) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)];
    asked.push(address);
    return new Response(typeof answer === 'string' ? answer : JSON.stringify(answer), { status });
  });
  return { api, asked };
}

test('instruments are read page by page to the last', async () => {
  const { api, asked } = answering([
    { instruments: [{ dataset: 'us', symbol: 'A' }, { symbol: 'nameless' }], nextPageToken: 'two' },
    { instruments: [{ dataset: 'us', symbol: 'B' }], nextPageToken: '' },
  ]);
  const taken: string[] = [];
  await api.readInstruments((page) => taken.push(...page.map(({ symbol }) => symbol)), never);
  expect(taken).toEqual(['A', 'B']);
  expect(asked[1]).toBe('/v1/instruments?page_size=2000&page_token=two');
});

test('bars are asked for from the newest back, forming ones only at the end; an empty page goes on', async () => {
  const { api, asked } = answering([
    { bars: [], nextPageToken: 'more' },
    { bars: [bar], nextPageToken: 'more' },
  ]);
  const page = await api.readNewestBars(spy, 10, 1_381_239_000, never);
  expect(page).toMatchObject({ bars: [{ startSec: 1_381_239_000 }], isLast: false });
  expect(asked[0]).toContain('/v1/instruments/S%2FPY/bars?dataset=us&interval=1m&profile=all&newest_first=true');
  expect(asked[0]).toContain('end=2013-10-08T13%3A30%3A00.000Z');
  expect(asked[0]).not.toContain('include_forming');
  expect(asked[1]).toContain('page_token=more');
  const newest = answering([{ bars: [], nextPageToken: '' }]);
  expect(await newest.api.readNewestBars(spy, 10, undefined, never)).toEqual({ bars: [], isLast: true });
  expect(newest.asked[0]).toContain('include_forming=true');
});

test('a server that pages without end is left after 50 pages', async () => {
  const { api, asked } = answering([{ bars: [], nextPageToken: 'more' }]);
  expect(await api.readNewestBars(spy, 10, undefined, never)).toEqual({ bars: [], isLast: true });
  expect(asked).toHaveLength(50);
});

test('a refusal is an error with the server’s sentence; other answers name their status', async () => {
  const refused = answering([{ reason: 'INSTRUMENT_UNKNOWN', message: 'there is no S/PY' }], 404);
  await expect(refused.api.readNewestBars(spy, 1, undefined, never)).rejects.toThrow('there is no S/PY');
  await expect(answering(['<html>'], 502).api.readStatus(never)).rejects.toThrow('the server answered 502');
});
