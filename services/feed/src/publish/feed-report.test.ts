/** What a feed tells, and what it counts. */
import type { FeedListener } from '@tapeline/domain';
import { silentLogger } from '@tapeline/runtime';
import { beforeEach, expect, test } from 'vitest';
import { FeedReport } from './feed-report.ts';

let told: string[];
let report: FeedReport;

beforeEach(() => {
  told = [];
  const listener: FeedListener = {
    status: ({ state, detail }) => void told.push(`${state}: ${detail}`),
    gap: ({ reason }) => void told.push(`gap: ${reason}`),
    refused: ({ code, message }) => void told.push(`${code}: ${message}`),
  };
  report = new FeedReport(listener, silentLogger);
});

test('a status is told when it changes, and only then', () => {
  report.status('live', 'a');
  report.status('live', 'a');
  report.status('live', 'b');
  report.status('waiting', 'b');
  expect(told).toEqual(['live: a', 'live: b', 'waiting: b']);
});

test('while the log takes nothing the feed waits, and is then as it became meanwhile', () => {
  report.status('live', 'a');
  report.logWaits('no log');
  report.status('connecting', 'c');
  report.logWaits('still no log');
  report.logTakes();
  report.logTakes();
  expect(told).toEqual(['live: a', 'waiting: no log', 'waiting: still no log', 'connecting: c']);
});

test('its end is told also while the log takes nothing', () => {
  report.logWaits('no log');
  report.status('ended', 'stopped');
  expect(told).toEqual(['waiting: no log', 'ended: stopped']);
});

test('ticks, gaps and refusals are counted, refusals as many as were told of at once', () => {
  report.sent(5);
  report.sent(2);
  report.gap({ dataset: 'd', fromNs: 0n, toNs: 1n, reason: 'r' });
  report.refused('X', 'x');
  report.refused('Y', 'y', 10);
  expect(report.end()).toEqual({ ticks: 7, refused: 11, gaps: 1 });
  expect(told).toEqual(['gap: r', 'X: x', 'Y: y']);
});
