/**
 * Clients that nobody here wrote, as a new user meets us: grpcurl finds and calls everything by reflection, and a Python
 * client, whose stubs are made from proto/ in this test, publishes and receives. Both are the files of examples/.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MarketProcess, startMarket } from '../standalone/market-process.ts';
import { grpcurl, hasCommand, pythonPath } from './cached-tool.ts';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');
const hasGo = hasCommand('go', 'version');
const hasPython = hasCommand('python3');

let market: MarketProcess;
let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'tapeline-clients-'));
  market = await startMarket(['--feed', 'none', '--data-dir', path.join(folder, 'data')]);
});
afterAll(async () => {
  await market.end('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

test.skipIf(!hasGo)(
  'grpcurl lists services and describes calls by reflection (needs Go: install it from go.dev)',
  async () => {
    const tool = await grpcurl();
    const ask = async (...args: string[]): Promise<string> => (await run(tool, ['-plaintext', ...args])).stdout;
    expect((await ask(market.grpc, 'list')).trim().split('\n')).toEqual(
      expect.arrayContaining(['grpc.health.v1.Health', 'tapeline.v1.IngestService', 'tapeline.v1.QueryService']),
    );
    expect(await ask(market.grpc, 'describe', 'tapeline.v1.QueryService.GetBars')).toContain('GetBarsResponse');
    expect(JSON.parse(await ask(market.grpc, 'grpc.health.v1.Health/Check'))).toEqual({ status: 'SERVING' });
  },
);

test.skipIf(!hasGo)(
  'the example for grpcurl publishes a trade by hand and reads its bar (needs Go: install it from go.dev)',
  async () => {
    const tool = await grpcurl();
    const env = { ...process.env, PATH: `${path.dirname(tool)}${path.delimiter}${process.env['PATH'] ?? ''}` };
    const { stdout } = await run(path.join(root, 'examples/grpcurl/hand-tick.sh'), [market.grpc], { env });
    const bars = JSON.parse(stdout.slice(stdout.lastIndexOf('\n{'))) as { bars: Record<string, unknown>[] };
    const volumes = bars.bars.map(({ volume }) => Number(volume));
    expect(volumes.reduce((sum, volume) => sum + volume, 0)).toBe(107);
    expect(stdout).toContain('"accepted": 2');
  },
);

test.skipIf(!hasGo)('an error tells its reason and the facts (needs Go: install it from go.dev)', async () => {
  const tool = await grpcurl();
  const request = JSON.stringify({
    instrument: { dataset: 'nowhere', symbol: 'NONE' },
    interval: '1m',
    profile: 'all',
  });
  const call = run(tool, ['-plaintext', '-d', request, market.grpc, 'tapeline.v1.QueryService/GetBars']);
  const { stderr } = await call.then(
    () => ({ stderr: 'it was answered' }),
    (error: { readonly stderr: string }) => error,
  );
  expect(stderr).toMatch(/NotFound[\s\S]*INSTRUMENT_UNKNOWN/);
});

test.skipIf(!hasPython)(
  'the example in Python publishes a thousand trades and receives every one of them in bars (needs Python 3 with pip: install it)',
  async () => {
    const stubs = mkdtempSync(path.join(folder, 'stubs-'));
    const script = path.join(root, 'examples/python/market.py');
    const env = { ...process.env, PYTHONPATH: await pythonPath(stubs) };
    const { stdout } = await run('python3', [script, '--address', market.grpc, '--trades', '1000'], { env });
    expect(stdout).toMatch(/published 1000 trades, received 1000 in \d+ bars/);
  },
);
