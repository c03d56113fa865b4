/** Which workers a query process listens to: those that are named, those just not named any more, and no more than so many. */
import { createMetrics, type Logger, ManualClock, type Metrics, silentLogger } from '@tapeline/runtime';
import { errorDetails } from '@tapeline/wire';
import { afterEach, expect, test } from 'vitest';
import { linksMax, RemoteFormingLinks } from './remote-forming-links.ts';

const open = new Set<RemoteFormingLinks>();

afterEach(async () => {
  for (const links of open) await links.stop();
  open.clear();
});

type Owners = { now: ReadonlyMap<number, string> | Error; asked: number };

function setUp(): { clock: ManualClock; owners: Owners; metrics: Metrics; warnings: string[] } {
  const clock = new ManualClock(0);
  const owners: Owners = { now: new Map(), asked: 0 };
  const metrics = createMetrics({ ofProcess: false });
  const warnings: string[] = [];
  const logger: Logger = { ...silentLogger, child: () => silentLogger, warn: (message) => warnings.push(message) };
  const addresses = async (): Promise<ReadonlyMap<number, string>> => {
    owners.asked += 1;
    if (owners.now instanceof Error) throw owners.now;
    return owners.now;
  };
  const random = { next: () => 0.5, bits: () => 0n };
  const options = { workers: { addresses }, errorCodec: errorDetails, clock, random, logger, metrics };
  open.add(new RemoteFormingLinks(options, new Map(), () => undefined));
  return { clock, owners, metrics, warnings };
}

/** Nobody answers there, and nobody has to. */
function nowhere(number: number): string {
  return `127.0.0.1:${1 + number}`;
}

async function linked(metrics: Metrics): Promise<number> {
  const line = (await metrics.text()).split('\n').find((one) => one.startsWith('tapeline_query_worker_links '));
  return Number(line?.split(' ')[1]);
}

async function pass(clock: ManualClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 250) await clock.advance(250);
}

test('it is asked every 2 s where the workers are', async () => {
  const { clock, owners } = setUp();
  await pass(clock, 10_000);
  expect(owners.asked).toBeGreaterThanOrEqual(5);
  expect(owners.asked).toBeLessThanOrEqual(6);
});

test('a worker that is not named any more keeps its link for 10 s, and for as long as nobody can say', async () => {
  const { clock, owners, metrics, warnings } = setUp();
  owners.now = new Map([
    [0, nowhere(1)],
    [1, nowhere(1)],
    [2, nowhere(2)],
  ]);
  await pass(clock, 3_000);
  expect(await linked(metrics)).toBe(2);
  owners.now = new Error('no broker answers');
  await pass(clock, 20_000);
  expect(await linked(metrics)).toBe(2);
  expect(warnings).toEqual(['nobody says where the workers are; those known are listened to']);
  owners.now = new Map([[0, nowhere(2)]]);
  await pass(clock, 14_000);
  expect(await linked(metrics)).toBe(1);
});

test('while owners change and nobody is named for a moment, links stay', async () => {
  const { clock, owners, metrics } = setUp();
  owners.now = new Map([[0, nowhere(1)]]);
  await pass(clock, 3_000);
  owners.now = new Map();
  await pass(clock, 6_000);
  expect(await linked(metrics)).toBe(1);
  await pass(clock, 8_000);
  expect(await linked(metrics)).toBe(0);
});

test('past the bound of links further workers are told of once and not listened to', async () => {
  const { clock, owners, metrics, warnings } = setUp();
  owners.now = new Map(Array.from({ length: linksMax + 5 }, (_, number) => [number, nowhere(number)]));
  await pass(clock, 5_000);
  expect(await linked(metrics)).toBe(linksMax);
  expect(warnings).toEqual(['more workers than can be listened to; of the others no forming bars come']);
});
