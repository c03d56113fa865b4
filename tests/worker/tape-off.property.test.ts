/**
 * A worker that keeps no ticks. In: the same records as one that keeps them. Out: the same bars, byte for byte, and clocks
 * for readers of the tape; and where the option was changed between restarts, a tape that has less in it and nothing wrong.
 */
import { decodeTapeRecord } from '@tapeline/domain';
import { barText, deliver, drawWorld, Random } from '@tapeline/simulation';
import { type WorkerConfig, workerConfigDefaults } from '@tapeline/worker';
import { expect, test } from 'vitest';
import { Census } from '../properties/census.ts';
import { drawStyle, everyFault } from '../properties/fault-mixes.ts';
import { LiveRun } from './live-run.ts';
import { barsTopic, recordsOf, revisionTexts, storedTexts, tapeTopic, tickTexts, withoutRepeats } from './outputs.ts';
import { forEachSeedAsync } from './seeds-async.ts';
import { WorkerRun } from './worker-run.ts';

type Tape = WorkerConfig['tape'];
type BarsOfRun = { readonly rows: string[]; readonly topic: string[] };

async function barsOf(run: WorkerRun): Promise<BarsOfRun> {
  const topic = (await barsTopic(run.log)).flatMap(({ bars }) => bars);
  return {
    rows: run.store.judged.bars().map(barText).toSorted(),
    topic: revisionTexts(withoutRepeats(topic)),
  };
}

/** A run over the records of `log`, with the tape always kept, so that both have the same log to the byte. */
async function keepingRun(run: WorkerRun, config: WorkerConfig): Promise<WorkerRun> {
  const copy = new WorkerRun(new Random(1), { ...config, tape: 'on', quietMs: 1e9 }, 0);
  await copy.append(await recordsOf(run.log, 'ticks'));
  await copy.finish(copy.start());
  return copy;
}

/** Chunks of the store that do not hold the numbers that they say, without a gap. */
async function chunksThatLie(run: WorkerRun): Promise<string[]> {
  const lies: string[] = [];
  for (const { dataset, symbol } of await run.store.instruments({ limit: 1_000 })) {
    for (const chunk of await run.store.tape({ dataset, symbol, order: 'number', limit: 1_000_000 })) {
      const { firstNumber, lastNumber, bytes } = chunk;
      const numbers = decodeTapeRecord(bytes).segments.flatMap(({ ticks }) => ticks.map((tick) => tick.number));
      const said = Array.from({ length: lastNumber - firstNumber + 1 }, (_, index) => firstNumber + index);
      if (numbers.join() !== said.join()) lies.push(`${symbol} ${firstNumber}-${lastNumber} holds ${numbers.join()}`);
    }
  }
  return lies;
}

function drawConfig(random: Random, fold: WorkerConfig['fold']): WorkerConfig {
  return {
    ...workerConfigDefaults,
    fold,
    stepBytesMax: random.choice([1, 400, 100_000]),
    snapshotIntervalMs: random.choice([20, 60, 200]),
    tapeIntervalMs: random.choice([1, 30]),
    quietMs: random.choice([60, 1e9]),
    heldBackBytesMax: random.choice([1, 4_000, 1e6]),
  };
}

/** Lets the records arrive, a few at a time; `restart` says of each few whether the process makes room for another. */
async function runThrough(
  random: Random,
  tapes: readonly Tape[],
  chance: number,
): Promise<{
  run: WorkerRun;
  config: WorkerConfig;
  used: Set<Tape>;
}> {
  const world = drawWorld(random, { smallRetention: random.chance(0.1) });
  const config = drawConfig(random, world.config);
  const run = new WorkerRun(random.fork(), config, world.firstMs);
  const waiting = [...deliver(random, world, drawStyle(random, everyFault)).records];
  const used = new Set<Tape>();
  const start = (): ReturnType<WorkerRun['start']> => {
    const tape = random.choice(tapes);
    used.add(tape);
    return run.start({ config: { tape }, damagedSnapshots: random.choice([0, 0, 0, 1]) });
  };
  let process = start();
  while (waiting.length > 0) {
    await run.append(waiting.splice(0, random.int(1, 10)));
    await run.turn();
    if (!random.chance(chance)) continue;
    if (random.chance(0.5)) process.view.kill();
    else await run.settle(process.worker.stop(), 'stopped');
    process = start();
  }
  await run.finish(process);
  return { run, config, used };
}

test('without the tape the bars are those with it, and no tick is kept', async () => {
  await forEachSeedAsync(0.01, async (random) => {
    const { run, config } = await runThrough(random, ['off'], 0.1);
    const keeping = await keepingRun(run, config);
    expect(await barsOf(run)).toEqual(await barsOf(keeping));
    expect(await tapeTopic(run.log)).toEqual([]);
    const stored = await storedTexts(run.store);
    expect(stored.chunks).toEqual([]);
    expect(stored.instruments).toEqual((await storedTexts(keeping.store)).instruments);
  });
});

test('switched on and off between restarts, bars stay the same and every tick of the tape stands where it stood', async () => {
  const census = new Census('tape switched');
  await forEachSeedAsync(0.01, async (random) => {
    const { run, config, used } = await runThrough(random, ['on', 'off'], 0.2);
    const keeping = await keepingRun(run, config);
    expect(await barsOf(run)).toEqual(await barsOf(keeping));
    const all = new Set(tickTexts((await storedTexts(keeping.store)).segments));
    const { segments } = await storedTexts(run.store);
    const kept = [...tickTexts(segments), ...tickTexts(await tapeTopic(run.log))];
    expect(kept.filter((tick) => !all.has(tick))).toEqual([]);
    expect(await chunksThatLie(run)).toEqual([]);
    census.count({ both: used.size === 2, less: used.size === 2 && tickTexts(segments).length < all.size });
  });
  census.close(0.01, { both: 0.4, less: 0.2 });
});

test('without the tape its readers still hear of the clock, once in a second, and a stop leaves nothing to count again', async () => {
  const run = new LiveRun({ tape: 'off', quietMs: 1e9 });
  const process = run.start();
  for (let second = 0; second < 5; second += 1) {
    await run.trade();
    await run.pass(1_000);
  }
  await run.finish(process);
  const records = (await recordsOf(run.log, 'tape')).map(({ bytes }) => decodeTapeRecord(bytes));
  expect(records.flatMap(({ segments }) => segments)).toEqual([]);
  expect(new Set(records.map(({ clockMs }) => Math.floor(clockMs / 1_000))).size).toBe(5);
  const { endOffset } = await run.log.range('ticks', 0);
  const [snapshot] = await run.store.snapshots(0);
  expect(snapshot?.nextOffset).toBe(endOffset);
});

test('without the tape forming bars follow every tick', async () => {
  const run = new LiveRun({ tape: 'off' });
  const process = run.start();
  const heard: string[] = [];
  process.forming.subscribe((bars) =>
    heard.push(...bars.map(({ symbol, interval, trades }) => `${symbol} ${interval} ${trades}`)),
  );
  process.forming.want('test', 'S');
  await run.trade('S');
  await run.pass(100);
  await run.trade('S');
  await run.pass(100);
  expect(heard).toContain('S 1s 1');
  expect(heard).toContain('S 1s 2');
  await run.finish(process);
});
