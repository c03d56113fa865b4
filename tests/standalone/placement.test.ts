/**
 * A person moves an instrument of a market that runs: pins it, adds partitions, is told what is wrong in one line, and finds it all
 * again after a kill -9.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tapeline } from '../cli/tapeline-process.ts';
import { type MarketProcess, startMarket } from './market-process.ts';

let folder = '';
let market: MarketProcess;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tapeline-placement-'));
  market = await startMarket(['--data-dir', folder]);
});
afterAll(async () => {
  await market.end('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

function placement(...args: readonly string[]): ReturnType<typeof tapeline> {
  return tapeline(['placement', ...args, '--server', market.grpc]);
}

type Place = {
  readonly symbol: string;
  readonly partition: number;
  readonly epoch: number;
  readonly pinnedTo?: number;
};

/** Where it lives; `undefined` while nobody has sent a tick of it. */
async function placeOf(symbol: string): Promise<Place | undefined> {
  const { out, code } = await placement('show', symbol, '--output', 'json');
  return code === 0 ? (JSON.parse(out) as readonly Place[])[0] : undefined;
}

async function until<Value>(look: () => Promise<Value>, isIt: (value: Value) => boolean): Promise<Value> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const value = await look();
    if (isIt(value) || performance.now() > deadline) return value;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

test('an instrument is pinned to a partition that was added, moves there, and both outlive a kill', async () => {
  expect(await placement('grow', '6')).toMatchObject({ code: 0, out: 'there are 6 partitions now\n' });
  const before = await until(
    () => placeOf('ORBIT'),
    (place) => place !== undefined,
  );
  expect(before).toMatchObject({ symbol: 'ORBIT', epoch: 0 });
  const pinned = await placement('pin', 'ORBIT', '5');
  expect(pinned).toMatchObject({ code: 0, err: '' });
  expect(pinned.out).toContain('ORBIT of sim moves from');
  const moved = await until(
    () => placeOf('ORBIT'),
    (place) => place?.partition === 5,
  );
  expect(moved).toMatchObject({ partition: 5, pinnedTo: 5 });
  expect(moved?.epoch).toBeGreaterThan(0);
  // The new owner took it, and said so.
  const moves = await until(
    async () => (await placement('moves')).out,
    (out) => out === 'nothing moves\n',
  );
  expect(moves).toBe('nothing moves\n');

  await market.end('SIGKILL');
  market = await startMarket(['--data-dir', folder]);
  expect(await placeOf('ORBIT')).toMatchObject({ partition: 5, pinnedTo: 5, epoch: moved?.epoch });
  const shown = await placement('show');
  expect(shown.out).toContain('6 partitions, 2 of them added');
  expect(shown.out).toMatch(/pinned +dataset +to\nORBIT +sim +5\n/);
  expect(await placement('unpin', 'ORBIT')).toMatchObject({ code: 0, err: '' });
  expect((await placeOf('ORBIT'))?.pinnedTo).toBeUndefined();
});

test('what cannot be is refused in one line with the limit and the remedy', async () => {
  expect(await placement('pin', 'ORBIT', '99')).toMatchObject({
    code: 2,
    out: '',
    err: 'tapeline placement: partition 99 is not there, there are 6, 0 to 5; take one of them, or add partitions with tapeline placement grow\n',
  });
  expect((await placement('pin', 'NOSUCH', '1')).err).toBe(
    'tapeline placement: nobody has sent a tick of "NOSUCH"; write the symbol as its feed does; tapeline placement top lists the busiest\n',
  );
  expect((await placement('unpin', 'HELIO')).err).toContain('"HELIO" is not pinned');
  expect((await placement('grow', '3')).err).toContain('there are 6, and partitions are never taken away; give 7 to');
  expect((await placement('grow', '300')).err).toContain('give 7 to 256, the most that the log can have');
});

test('plan and top answer a person and a program', async () => {
  const top = await until(
    () => placement('top', '--limit', '3'),
    ({ out }) => out.includes('HELIO'),
  );
  expect(top.out.split('\n')[0]).toMatch(/^symbol +dataset +ticks\/s +partition +why +pinned to$/);
  expect(top.out.trimEnd().split('\n')).toHaveLength(4);
  const { out } = await placement('plan', '--output', 'json');
  expect(JSON.parse(out)).toMatchObject({ plan: { partitionsWanted: 1 }, text: '' });
});
