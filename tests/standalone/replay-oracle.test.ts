/**
 * A replay through the whole market: ingest, embedded log, worker, store, query. What REST and gRPC then serve must be
 * what SQL says of the same file, and the same file again into the same data directory must add nothing.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type ProfileName, profileNames } from '@tapeline/domain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { written, zipOf } from '../../packages/adapters/recordings/test-kit/recording-files.ts';
import { leanDay } from '../oracle/generated-lean-day.ts';
import { expectPrinted } from '../oracle/printed-bars.ts';
import { isReferenceDataMissing, leanTrades, newYorkCalendar } from '../oracle/reference-folder.ts';
import type { Market } from '../oracle/sql/session-segments.ts';
import { grpcBars } from './grpc-bars.ts';
import { type MarketProcess, runMarket, startMarket } from './market-process.ts';
import { getJson, restBars, untilReplayed } from './rest.ts';

const newYork: Market = { kind: 'us', hours: { csv: newYorkCalendar } };
const halfDay: Market = {
  kind: 'us',
  hours: [{ date: '2018-11-23', open: '2018-11-23T14:30:00Z', close: '2018-11-23T18:00:00Z' }],
};
const intervals = ['1s', '5s', '1m', '5m', '15m', '1h', '1d'];
const days = ['20131007', '20131008', '20131009'];

describe('a made-up recording', () => {
  const text = leanDay(77, 4_000, undefined);
  const path = written('GEN_20181123_trade.zip', zipOf({ name: '20181123_gen_trade_tick.csv', text }));
  servedAsSqlSays(path, halfDay);
});

for (const symbol of ['spy', 'ibm']) {
  for (const day of days) {
    const path = leanTrades(`${symbol}_${day}`);
    describe.skipIf(isReferenceDataMissing)(
      `${basename(path)} (needs the reference data: set TAPELINE_SHARED to its folder)`,
      () => {
        servedAsSqlSays(path, newYork);
      },
    );
  }
}

function servedAsSqlSays(path: string, hours: Market): void {
  const dataDir = mkdtempSync(join(tmpdir(), 'tapeline-replay-'));
  const replay = ['--replay', path, '--speed', 'max', '--data-dir', dataDir];
  const symbol = basename(path).split('_')[0]?.toUpperCase() ?? '';
  let market: MarketProcess;
  beforeAll(async () => {
    market = await startMarket(replay);
    await untilReplayed(market.http);
  });
  afterAll(async () => {
    await market.end('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  });

  test.each(profileNames)('every %s bar of REST equals SQL', async (profile) => {
    for (const interval of intervals) {
      const bars = await restBars(market.http, symbol, { interval, profile });
      await expectPrinted(bars, [path], hours, interval, profile);
    }
  });

  test.each(profileNames)('every %s bar of gRPC is that of REST', async (profile: ProfileName) => {
    const { instruments } = await getJson<{ instruments: { dataset: string; symbol: string }[] }>(
      market.http,
      '/v1/instruments',
    );
    const [instrument] = instruments;
    if (instrument === undefined) throw new Error('there is no instrument');
    for (const interval of intervals) {
      const served = await restBars(market.http, symbol, { interval, profile, page_size: 777 });
      const bars = await grpcBars(market.grpc, instrument, { interval, profile });
      expect(bars.length).toBeGreaterThan(0);
      expect(withDecimals(bars)).toEqual(withDecimals(served));
    }
  });

  test('the same file again into the same data directory adds nothing', async () => {
    const before = await restBars(market.http, symbol, { interval: '1m', profile: 'all' });
    await market.end('SIGTERM');
    const again = await runMarket([...replay, '--once']);
    expect(again.code, `standard error: ${again.err}`).toBe(0);
    expect(JSON.parse(again.out)).toMatchObject({ ticks: 0, bars: 0, rejected: 0 });
    market = await startMarket(['--feed', 'none', '--data-dir', dataDir]);
    expect(await restBars(market.http, symbol, { interval: '1m', profile: 'all' })).toEqual(before);
  });
}

/** The bars without what gRPC has not, and without the zeros that REST adds to prices by the tick size. */
function withDecimals(bars: readonly object[]): object[] {
  return bars.map((bar) => {
    const entries = Object.entries(bar).filter(([name]) => name !== 'vwap' && name !== 'dataset');
    return Object.fromEntries(
      entries.map(([name, value]) => [
        name,
        /^(open|high|low|close)$/.test(name) && typeof value === 'string' && value.includes('.')
          ? value.replace(/\.?0+$/, '')
          : value,
      ]),
    );
  });
}
