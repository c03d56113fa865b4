/**
 * Opens the files of a replay. In: paths, the register. Out: what has to be read of them, in the order of the paths, and
 * how many are complete already. A file that cannot be read, and one that cannot be sent, is told of and left out; one
 * that is given twice counts once.
 */
import { issueDayOf } from '@tapeline/domain';
import {
  isRecordingProblem,
  openRecordings,
  type RecordedBatch,
  type Recording,
  RecordingCursor,
} from '@tapeline/recordings';
import type { FeedReport } from '../publish/feed-report.ts';
import { sourceKey } from '../source-key.ts';
import type { ReplayConfig } from './replay-config.ts';
import { planReplay, type ReplaySymbols } from './replay-plan.ts';
import { ReplaySource } from './replay-source.ts';

/** The files of a replay. */
export type OpenedSources = {
  readonly sources: readonly ReplaySource[];
  /** Files that could be opened. */
  readonly readable: number;
  /** Files of which nothing has to be sent. */
  readonly alreadyIn: number;
};

const msPerDay = 86_400_000;
const daysOfLife = 7;

/** Opens the files; each is closed again until its turn. */
export async function openSources(config: ReplayConfig, report: FeedReport): Promise<OpenedSources> {
  const options = config.calendar === undefined ? {} : { calendar: config.calendar };
  const sources = new Map<bigint, ReplaySource>();
  let [readable, alreadyIn, place] = [0, 0, 0];
  for (const answer of await openRecordings(config.paths, options)) {
    if (isRecordingProblem(answer)) {
      report.refused(answer.code, answer.message);
      continue;
    }
    readable += 1;
    const source = await openSource(config, report, answer, place);
    place += 1;
    if (source === undefined || sources.has(source.key)) continue;
    sources.set(source.key, source);
    if (source.plan === undefined) alreadyIn += 1;
  }
  return { sources: withoutIdle([...sources.values()]), readable, alreadyIn };
}

async function openSource(
  { dataset: asked, symbols, register, clock }: ReplayConfig,
  report: FeedReport,
  recording: Recording,
  place: number,
): Promise<ReplaySource | undefined> {
  const { path, contentHash } = recording;
  const dataset = asked ?? recording.dataset;
  const cursor = await RecordingCursor.peek(recording, place, (_, batch) => tellRefused(report, path, batch));
  // Lean's files say symbol and day in their names alone, so equal bytes can be different ticks.
  const { symbol = '', eventSec = 0 } = cursor.head ?? {};
  const key = sourceKey(['file', dataset, contentHash, symbol, eventSec]);
  const isAlive = (id: bigint): boolean => clock.nowMs() < (issueDayOf(id) + daysOfLife) * msPerDay;
  const wanted: ReplaySymbols = symbols ?? 'all';
  const plan = planReplay(await register.find(key), wanted, isAlive);
  if (plan.kind === 'expired') {
    report.refused(
      'REPLAY_EXPIRED',
      `${path}: its replay was interrupted more than seven days ago, and which of its ticks had arrived is not known any ` +
        'more; replay it with another --data-dir, or under another --dataset',
    );
    return undefined;
  }
  return new ReplaySource(cursor, dataset, key, plan.kind === 'done' ? undefined : plan);
}

function tellRefused(report: FeedReport, path: string, batch: RecordedBatch): void {
  for (const { line, code, message } of batch.rejected) report.refused(code, `${path}:${line}: ${message}`);
  if (batch.problem !== undefined) report.refused(batch.problem.code, batch.problem.message);
}

/** A file that is in is read again only where its ids tell which ticks of a file that is to be sent were counted. */
function withoutIdle(sources: readonly ReplaySource[]): readonly ReplaySource[] {
  const hasIds = ({ cursor }: ReplaySource): boolean =>
    cursor.recording.format === 'csv' || cursor.recording.format === 'binance';
  const isAnySent = sources.some((source) => source.plan !== undefined && hasIds(source));
  return sources.filter((source) => source.plan !== undefined || (isAnySent && hasIds(source)));
}
