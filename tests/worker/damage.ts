/**
 * What is wrong with the outputs of a run. In: its log and store. Out: every difference to what the ticks in that log
 * must give, in words; none where all is right. The yardstick is the fold itself over the same log, uncut and alone, and
 * one worker that nothing happened to.
 */
import { CountedTape, type FoldConfig, PartitionFold } from '@tapeline/domain';
import { barText, type FoldTrace, foldSteps, Random } from '@tapeline/simulation';
import type { WorkerConfig } from '@tapeline/worker';
import { barsTopic, recordsOf, revisionTexts, storedTexts, tapeTopic, tickTexts, withoutRepeats } from './outputs.ts';
import { WorkerRun } from './worker-run.ts';

/** What the ticks in the log give. */
export async function traceOf(run: WorkerRun, fold: FoldConfig): Promise<FoldTrace> {
  return foldSteps(fold, [await recordsOf(run.log, 'ticks')]);
}

/** Every difference, at most a few of a kind. */
export async function damageOf(run: WorkerRun, config: WorkerConfig, trace: FoldTrace): Promise<string[]> {
  const undisturbed = await undisturbedRun(run, config);
  const topic = await barsTopic(run.log);
  const stored = await storedTexts(run.store);
  const calm = await storedTexts(undisturbed.store);
  const expectedTicks = tickTexts(calm.segments);
  const rows = (of: WorkerRun): string[] => of.store.judged.bars().map(barText).toSorted();
  return [
    ...run.store.judged.violations.map(({ message }) => message),
    ...differ('rows of bars', rows(run), lastRevisions(trace)),
    ...differ('rows of bars, to the calm run', rows(run), rows(undisturbed)),
    ...differ(
      'bars of the topic',
      revisionTexts(withoutRepeats(topic.flatMap(({ bars }) => bars))),
      revisionTexts(trace.bars),
    ),
    ...differ('chunks', stored.chunks, calm.chunks),
    ...differ('instruments', stored.instruments.map(textOf), calm.instruments.map(textOf)),
    ...differ('ticks of the store', tickTexts(stored.segments), expectedTicks),
    ...differ('ticks of the topic', tickTexts(await tapeTopic(run.log)), expectedTicks),
    ...differ('numbers', expectedTicks.map(nameOfTick), await countedNames(run, { ...config.fold, partition: 0 })),
    ...brokenPromises(topic, trace),
    ...(await snapshotDifference(run, undisturbed)),
  ];
}

/** A worker alone on a copy of the log, to its end. */
async function undisturbedRun(run: WorkerRun, config: WorkerConfig): Promise<WorkerRun> {
  const records = await recordsOf(run.log, 'ticks');
  const copy = new WorkerRun(new Random(1), { ...config, quietMs: 1e9, stepBytesMax: 1e6 }, 0);
  await copy.append(records);
  await copy.finish(copy.start());
  return copy;
}

function lastRevisions(trace: FoldTrace): string[] {
  const last = new Map(
    trace.bars.map((bar) => [`${bar.dataset} ${bar.symbol} ${bar.interval} ${bar.profile} ${bar.startSec}`, bar]),
  );
  return [...last.values()].map(barText).toSorted();
}

/** A clock promises that every bar decided by a record before its offset has been put out. */
function brokenPromises(topic: Awaited<ReturnType<typeof barsTopic>>, trace: FoldTrace): string[] {
  const seen = new Set<string>();
  const decided = trace.bars.toSorted((left, right) => left.position.offset - right.position.offset);
  let at = 0;
  const broken: string[] = [];
  for (const { bars, nextOffset } of topic) {
    for (const bar of bars) seen.add(barText(bar));
    for (; at < decided.length; at += 1) {
      const bar = decided[at];
      if (bar === undefined || bar.position.offset >= nextOffset) break;
      if (!seen.has(barText(bar))) broken.push(`offset ${nextOffset} was promised without ${barText(bar)}`);
    }
  }
  return broken.slice(0, 3);
}

async function countedNames(run: WorkerRun, config: FoldConfig): Promise<string[]> {
  const fold = PartitionFold.start(config);
  const counted = new CountedTape();
  fold.step(await recordsOf(run.log, 'ticks'), counted);
  return counted
    .take()
    .flatMap(({ dataset, symbol, firstNumber, count }) =>
      Array.from(
        { length: count },
        (_, index) => `${dataset} ${symbol} ${String(firstNumber + index).padStart(9, '0')}`,
      ),
    )
    .toSorted();
}

async function snapshotDifference(run: WorkerRun, undisturbed: WorkerRun): Promise<string[]> {
  const [left] = await run.store.snapshots(0);
  const [right] = await undisturbed.store.snapshots(0);
  if (left === undefined || right === undefined) return left === right ? [] : ['only one run left a snapshot'];
  if (left.nextOffset !== right.nextOffset) return [`snapshots are of ${left.nextOffset} and ${right.nextOffset}`];
  return Buffer.compare(left.bytes, right.bytes) === 0 ? [] : ['the last snapshots differ'];
}

function nameOfTick(text: string): string {
  return text.slice(0, text.indexOf(' {'));
}

function textOf(value: unknown): string {
  return JSON.stringify(value);
}

function differ(what: string, found: readonly string[], expected: readonly string[]): string[] {
  const [more, less] = [new Set(found), new Set(expected)];
  const missing = expected.filter((text) => !more.has(text));
  const extra = found.filter((text) => !less.has(text));
  const told = [
    ...missing.slice(0, 3).map((text) => `${what}: missing ${text}`),
    ...extra.slice(0, 3).map((text) => `${what}: too much ${text}`),
  ];
  if (told.length === 0 && found.length !== expected.length) {
    return [`${what}: ${found.length} found, ${expected.length} expected`];
  }
  return told;
}
