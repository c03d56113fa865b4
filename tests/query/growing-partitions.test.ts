/** Partitions that are added: tokens from before hold, those from after are understood, streams that run notice nothing. */
import { encodeTapeRecord, LogError } from '@tapeline/domain';
import { ManualClock } from '@tapeline/runtime';
import { Random } from '@tapeline/simulation';
import { afterEach, expect, test } from 'vitest';
import { ScriptedPlacement } from '../../services/query/test-kit/scripted-placement.ts';
import { barOf, failure, QueryRig, type RigOptions, shortOf } from './query-rig.ts';
import { slowLog, turns } from './slow-log.ts';
import { type SceneTick, segmentOf } from './tape-scenes.ts';
import { TradeReader } from './trade-reader.ts';

const minute = 1_381_239_000;
const rigs: QueryRig[] = [];

type Grown = {
  readonly rig: QueryRig;
  readonly control: ScriptedPlacement;
  readonly grow: (to: number) => Promise<void>;
};

/** A process that learns of added partitions by the map alone. */
async function rigOf(options: RigOptions = {}): Promise<Grown> {
  const control = new ScriptedPlacement(2);
  const rig = await QueryRig.start({
    partitions: 2,
    control,
    logSeen: (log) => slowLog(log, new Random(1)),
    ...options,
  });
  rigs.push(rig);
  const grow = async (to: number): Promise<void> => {
    await rig.log.addPartitions(to);
    await rig.log.refreshPartitions();
    control.put({ partitions: to });
  };
  return { rig, control, grow };
}

afterEach(async () => {
  await Promise.all(rigs.splice(0).map(async (rig) => rig.stop()));
});

async function count(rig: QueryRig, number: number, partition: number, epoch: number): Promise<void> {
  const tick: SceneTick = { kind: 'trade', publisher: 1n, sequence: number, atNs: number };
  const bytes = segmentOf(tick, number, 'SPY', { partition, epoch });
  await rig.log.append('tape', partition, encodeTapeRecord([{ bytes }], minute * 1_000 + number));
}

test('a token from before partitions were added goes on after, with everything that the new ones ever had', async () => {
  const { rig, grow } = await rigOf();
  const [bars, trades] = [rig.streamBars(), new TradeReader(rig)];
  await bars.snapshot();
  await trades.snapshot();
  await bars.leave();
  await trades.leave();
  await grow(4);
  await rig.tellBars([barOf(minute)], minute, 3);
  await count(rig, 1, rig.homeOf(), 0);
  await count(rig, 2, 3, 5);
  const [barsAgain, tradesAgain] = [
    rig.streamBars({ resumeToken: bars.token }),
    new TradeReader(rig, { resumeToken: trades.token }),
  ];
  expect(shortOf(await barsAgain.bars(1))).toEqual([`SPY 1m ${minute} r1 closed`]);
  expect(await tradesAgain.numbers(2)).toEqual([1, 2]);
  await barsAgain.leave();
  await tradesAgain.leave();
});

test('a stream that runs gets what is put out in a new partition, from its first record on', async () => {
  const { rig, control } = await rigOf();
  const trades = new TradeReader(rig);
  await trades.snapshot();
  await count(rig, 1, rig.homeOf(), 0);
  expect(await trades.numbers(1)).toEqual([1]);
  // The partition is there and written to before this process reads of it.
  await rig.log.addPartitions(3);
  await rig.log.refreshPartitions();
  await count(rig, 2, 2, 5);
  await turns(50);
  control.put({ partitions: 3 });
  expect(await trades.numbers(1)).toEqual([2]);
  await trades.leave();
  const again = new TradeReader(rig, { resumeToken: trades.token });
  await count(rig, 3, 2, 5);
  expect((await again.numbers(1)).at(-1)).toBe(3);
  await again.leave();
});

test('a token of a process that has seen more partitions makes this one look; one of more than exist is refused', async () => {
  const first = await rigOf();
  const trades = new TradeReader(first.rig);
  await trades.snapshot();
  await first.grow(3);
  await count(first.rig, 1, 2, 5);
  expect(await trades.numbers(1)).toEqual([1]);
  while (!Buffer.from(trades.token, 'base64url').toString().includes('[0,0,1]')) await trades.next();
  await trades.leave();
  // Another process, which no map has told.
  const { log } = first.rig;
  const stale = await QueryRig.start({ partitions: 2, logSeen: () => slowLog(knownAs(log, 2), new Random(2)) });
  rigs.push(stale);
  const again = new TradeReader(stale, { resumeToken: trades.token });
  await count(first.rig, 2, 2, 5);
  expect(await again.numbers(1)).toEqual([2]);
  await again.leave();
  const other = await rigOf();
  expect(await failure(new TradeReader(other.rig, { resumeToken: trades.token }).next())).toMatchObject({
    status: 'INVALID_ARGUMENT',
    reason: 'RESUME_TOKEN_INVALID',
    facts: { problem: 'is of a log with 3 partitions; this one has 2' },
  });
});

test('entries ahead of a number that does not come end the stream after 10 s; its token goes on before them', async () => {
  const clock = new ManualClock();
  const { rig } = await rigOf({ clock, config: { heartbeatMs: 1_000 } });
  const trades = new TradeReader(rig);
  await trades.snapshot();
  const home = rig.homeOf();
  await count(rig, 1, home, 0);
  const first = trades.numbers(1);
  await turns(200);
  expect(await first).toEqual([1]);
  await count(rig, 3, 1 - home, 5);
  await turns(200);
  const end = failure(trades.numbers(1));
  for (let sec = 0; sec < 12; sec += 1) {
    await clock.advance(1_000);
    await turns(20);
  }
  expect(await end).toMatchObject({
    status: 'UNAVAILABLE',
    reason: 'TAPE_INCOMPLETE',
    facts: { symbol: 'SPY', number: '2' },
  });
  await count(rig, 2, home, 0);
  const again = new TradeReader(rig, { resumeToken: trades.token });
  const rest = again.numbers(2);
  for (let sec = 0; sec < 3; sec += 1) {
    await turns(200);
    await clock.advance(1_000);
  }
  expect(await rest).toEqual([2, 3]);
  await again.leave();
});

test.each([
  ['begins at their end where the log says it at the third try', 2, 44],
  ['reads them from their start where the log does not say how many there are', 6, 0],
])('a process that starts after partitions were added %s', async (_, failures, from) => {
  const first = await rigOf();
  await first.grow(3);
  for (let told = 0; told < 300; told += 1) await first.rig.tellBars([barOf(minute)], minute, 2);
  const control = new ScriptedPlacement(2);
  control.put({ partitions: 3 });
  const opened: string[] = [];
  const log = watched(knownAs(first.rig.log, 2), { opened, failures });
  const late = await QueryRig.start({ partitions: 2, control, logSeen: () => slowLog(log, new Random(4)) });
  rigs.push(late);
  while (!opened.some((text) => text.startsWith('bars 2 '))) await turns(1);
  await turns(50);
  expect(opened.filter((text) => text.startsWith('bars 2 '))).toEqual([`bars 2 ${from}`]);
  const bars = late.streamBars();
  await bars.snapshot();
  // What appears later is read from its start, by the map.
  await first.grow(4);
  await first.rig.tellBars([barOf(minute + 60)], minute + 60, 3);
  control.put({ partitions: 4 });
  expect(shortOf(await bars.bars(1)).at(-1)).toBe(`SPY 1m ${minute + 60} r1 closed`);
  expect(opened).toContain('bars 3 0');
  await bars.leave();
});

/** Tells what is opened from where, and fails to say how many partitions there are the first times. */
function watched(log: QueryRig['log'], { opened, failures }: { readonly opened: string[]; readonly failures: number }) {
  let asked = 0;
  const open: QueryRig['log']['open'] = (topic, partition, offset) => {
    opened.push(`${topic} ${partition} ${offset}`);
    return log.open(topic, partition, offset);
  };
  const refreshPartitions = async (): Promise<number> => {
    asked += 1;
    if (asked <= failures) throw new LogError('LOG_UNAVAILABLE', 'the answer did not come');
    return log.refreshPartitions();
  };
  return new Proxy(log, {
    get: (target, name: keyof QueryRig['log']) => {
      if (name === 'open') return open;
      if (name === 'refreshPartitions') return refreshPartitions;
      const value = target[name];
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
}

/** The log as a process knows it that looked at it long ago. */
function knownAs(log: QueryRig['log'], partitions: number): QueryRig['log'] {
  return new Proxy(log, {
    get: (target, name: keyof QueryRig['log']) => {
      if (name === 'partitionCount') return partitions;
      const value = target[name];
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
}
