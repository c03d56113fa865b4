/** Every format that `tapeline bars` reads and writes, on small files whose bars are worked out by hand. */
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { zipOf } from '../../packages/adapters/recordings/test-kit/recording-files.ts';
import { recordingFolder } from './recording-folder.ts';
import { barsInWords, tapeline } from './tapeline-process.ts';

const folder = recordingFolder();
const { path: cwd } = folder;

const trades = [
  '2024-01-02T14:30:00.5Z,ACME,10.50,100',
  '2024-01-02T14:30:59.999999999Z,ACME,10.40,200',
  '2024-01-02T14:31:00Z,ACME,10.75,50',
];
const csv = folder.csv('trades.csv', 'ts_event,symbol,price,size', trades);
const tradeBars = [
  'ACME 14:30:00 10.5 10.5 10.4 10.4 v300 n2 r3 closed',
  'ACME 14:31:00 10.75 10.75 10.75 10.75 v50 n1 r2 closed',
];

test('CSV in, CSV out: a header, and one bar a line', async () => {
  const { code, out, err } = await tapeline(['bars', csv], { cwd });
  expect(out).toBe(
    'dataset,symbol,interval,start,end,open,high,low,close,volume,vwap,trades,revision,state,profile\n' +
      'csv,ACME,1m,2024-01-02T14:30:00Z,2024-01-02T14:31:00Z,10.5,10.5,10.4,10.4,300,10.433333333,2,3,closed,all\n' +
      'csv,ACME,1m,2024-01-02T14:31:00Z,2024-01-02T14:32:00Z,10.75,10.75,10.75,10.75,50,10.75,1,2,closed,all\n',
  );
  expect(err).toBe('tapeline bars: read 3, accepted 3, rejected 0, late 0, duplicates 0, bars 2\n');
  expect(code).toBe(0);
});

test('packed CSV, and times in nanoseconds, give the same bars', async () => {
  const packed = folder.write('trades.csv.gz', gzipSync(folder.read(csv)));
  const [byPacked, byNs] = await Promise.all([
    barsInWords([packed], { cwd }),
    barsInWords(
      [
        folder.csv('ns.csv', 'size,price,symbol,ts_event', [
          '100,10.5,ACME,1704205800500000000',
          '200,10.4,ACME,1704205859999999999',
          '50,10.75,ACME,1704205860000000000',
        ]),
      ],
      { cwd },
    ),
  ]);
  expect(byPacked.bars).toEqual(tradeBars);
  expect(byNs.bars).toEqual(tradeBars);
});

// 9:30 in New York is 14:30 UTC in winter: 34,200,000 ms after midnight. Prices are in 0.0001 USD.
const leanTrades = '34200500,105000,100,P,0,0\n34259999,104000,200,Q,0,0\n34260000,107500,50,P,0,0\n';

test('a Lean trade zip: times of New York, prices with the cents of their tick size', async () => {
  const zip = folder.write(
    'ACME_20240102_trade.zip',
    zipOf({ name: '20240102_acme_Trade_Tick.csv', text: leanTrades }),
  );
  const { code, out } = await tapeline(['bars', zip, '--format', 'ndjson'], { cwd });
  expect(code).toBe(0);
  expect(out.split('\n')[0]).toBe(
    '{"dataset":"lean-us-equity","symbol":"ACME","interval":"1m","start":"2024-01-02T14:30:00Z","end":"2024-01-02T14:31:00Z",' +
      '"open":"10.50","high":"10.50","low":"10.40","close":"10.40","volume":"300","vwap":"10.433333333",' +
      '"trades":2,"revision":3,"state":"closed","profile":"all"}',
  );
});

test('a Lean quote zip is counted as quotes and makes no bars', async () => {
  const text = '34200500,105000,100,105100,200,P,0,0\n34200600,0,0,105200,100,P,0,0\n34200700,0,0,0,0,P,0,0\n';
  const zip = folder.write('ACME_20240102_quote.zip', zipOf({ name: '20240102_acme_Quote_Tick.csv', text }));
  const { code, out, err } = await tapeline(['bars', zip, '--format', 'ndjson'], { cwd });
  expect([code, out]).toEqual([0, '']);
  expect(err).toContain('read 2, accepted 2, rejected 0, late 0, duplicates 0, bars 0\n');
  expect(err).toContain('among them quotes 2\n');
  expect(err).toContain('ignored quote without a changed side 1\n');
});

function binanceTrade(ms: number, id: number, price: string, size: string): string {
  const data = { e: 'trade', E: ms, s: 'BTCUSDT', t: id, p: price, q: size, T: ms, m: true, M: true };
  return `${ms}000000 ${JSON.stringify({ stream: 'btcusdt@trade', data })}`;
}

test('a Binance recording, whose depth messages are counted as ignored', async () => {
  const lines = [
    binanceTrade(1_723_161_240_000, 1, '61837.63000000', '0.00100000'),
    '1723161240100000000 {"stream":"btcusdt@depth","data":{"e":"depthUpdate","s":"BTCUSDT"}}',
    binanceTrade(1_723_161_299_999, 2, '61830.00000000', '0.25000000'),
  ];
  const gz = folder.write('btcusdt.gz', gzipSync(`${lines.join('\n')}\n`));
  const { bars, ending } = await barsInWords([gz], { cwd });
  expect(bars).toEqual(['BTCUSDT 23:54:00 61837.63 61837.63 61830 61830 v0.251 n2 r3 closed']);
  expect(ending.code).toBe(0);
  expect(ending.err).toContain('ignored depthUpdate 1\n');
});

test('the options say interval, profile, dataset and calendar', async () => {
  const rows = [
    // Before the open of XNYS: form T sets no price of the consolidated tape, and counts as volume.
    '2024-01-02T14:29:00Z,ACME,9.00,10,T',
    '2024-01-02T14:30:00Z,ACME,10.00,20,',
    '2024-01-02T14:36:59Z,ACME,11.00,30,',
    '2024-01-02T14:37:00Z,ACME,12.00,40,',
  ];
  const file = folder.csv('conditions.csv', 'ts_event,symbol,price,size,conditions', rows);
  const args = [file, '--interval', '7m', '--dataset', 'mine', '--calendar', 'XNAS', '--profile', 'sip'];
  const { out } = await tapeline(['bars', ...args], { cwd });
  const lines = out.trimEnd().split('\n').slice(1);
  expect(lines).toEqual([
    // Intervals that do not divide the hour start with the session, here at 04:00 in New York: 330 minutes before the
    // open are 47 bars and one of a minute.
    'mine,ACME,7m,2024-01-02T14:29:00Z,2024-01-02T14:30:00Z,,,,,10,9,1,2,closed,sip',
    'mine,ACME,7m,2024-01-02T14:30:00Z,2024-01-02T14:37:00Z,10,11,10,11,50,10.6,2,3,closed,sip',
    'mine,ACME,7m,2024-01-02T14:37:00Z,2024-01-02T14:44:00Z,12,12,12,12,40,12,1,2,closed,sip',
  ]);
});

test('condition codes that no rule knows are counted by name', async () => {
  const rows = ['2024-01-02T14:30:00Z,ACME,9.00,10,@ QQ', '2024-01-02T14:30:00Z,ACME,9.00,10,QQ'];
  const file = folder.csv('unknown-conditions.csv', 'ts_event,symbol,price,size,conditions', rows);
  const { code, err } = await tapeline(['bars', file], { cwd });
  expect(code).toBe(0);
  expect(err).toContain('unknown conditions QQ 2\n');
});
