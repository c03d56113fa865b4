/**
 * The real path from a file to bars. In: a recording. Out: the last revision of every bar, and the fold's counters. The
 * ticks go through the readers of recordings, the log's encoding and the fold, as a replay publisher whose sequences
 * are the lines of the file.
 */
import {
  type Bar,
  encodeLogRecord,
  encodeTickBlock,
  type FoldConfig,
  foldConfigDefaults,
  type FoldCounters,
  type LogEntryToWrite,
  type Notice,
  PartitionFold,
  type ProfileName,
  publisherId,
  type TickRow,
  TimeDomain,
} from '@tapeline/domain';
import { isRecordingProblem, openRecording, type RecordedTick, type Recording } from '@tapeline/recordings';

/** The intervals that are compared: the product's own, and three that are anchored at each session's start. */
export const comparedIntervals: readonly string[] = [...foldConfigDefaults.intervals, '7m', '45m', '2h'];

/** What came of a file. */
export type FoldedFile = {
  readonly recording: Recording;
  /** The highest revision of each bar, by `barKey`. */
  readonly bars: ReadonlyMap<string, Bar>;
  readonly counters: Readonly<FoldCounters>;
  readonly notices: readonly Notice[];
  readonly ticks: number;
  readonly rejected: number;
};

/** The file cannot be opened or ends badly; the message is the reader's. */
export class UnreadableFileError extends Error {
  override name = 'UnreadableFileError';
}

/** Names a bar within one dataset. */
export function barKey(interval: string, profile: ProfileName, symbol: string, startSec: number): string {
  return `${interval} ${profile} ${symbol} ${startSec}`;
}

const issueDay = 20_000;
const firstAppendMs = issueDay * 86_400_000;
/** A block's times lie within 104 days of its first. */
const blockSpanSecMax = 8_000_000;
const config: FoldConfig = { ...foldConfigDefaults, partition: 0, intervals: comparedIntervals, horizonMs: 86_400_000 };

/** Folds a file from its first line to its last, at most `blockTicksMax` ticks in one record of the log. */
export async function foldFile(path: string, blockTicksMax = 2_000): Promise<FoldedFile> {
  const recording = await openRecording(path);
  if (isRecordingProblem(recording)) throw new UnreadableFileError(recording.message);
  const id = publisherId(issueDay, TimeDomain.replay, recording.contentHash);
  const fold = PartitionFold.start(config);
  const bars = new Map<string, Bar>();
  const notices: Notice[] = [];
  const links = new Map<string, number>();
  let offset = 0;
  let [ticks, rejected] = [0, 0];
  const append = (entry: LogEntryToWrite): void => {
    const record = { offset, appendTimeMs: firstAppendMs + offset, bytes: encodeLogRecord([entry]) };
    const output = fold.step([record]);
    for (const bar of output.bars) keepNewest(bars, bar);
    notices.push(...output.notices);
    offset += 1;
  };
  for await (const batch of recording.batches()) {
    if (batch.problem !== undefined) throw new UnreadableFileError(batch.problem.message);
    rejected += batch.rejected.length;
    ticks += batch.ticks.length;
    const rows = batch.ticks.map((tick) => rowOf(recording, links, tick));
    for (const block of blocksOf(rows, blockTicksMax)) {
      const { dataset } = recording;
      const header = { publisherId: id, timeDomain: TimeDomain.replay, mapEpoch: 0, dataset, receiveTimeNs: 0n };
      append({ kind: 'tickBlock', bytes: encodeTickBlock(header, block) });
    }
  }
  const instruments = [...links].map(([symbol, link]) => ({ symbol, link }));
  append({ kind: 'endOfReplay', publisherId: id, dataset: recording.dataset, instruments });
  return { recording, bars, counters: fold.counters, notices, ticks, rejected };
}

function keepNewest(bars: Map<string, Bar>, bar: Bar): void {
  const key = barKey(bar.interval, bar.profile, bar.symbol, bar.startSec);
  const known = bars.get(key);
  // Law 5: a revision never comes twice, and never goes back.
  if (known !== undefined && known.revision >= bar.revision) {
    throw new RangeError(`${key}: revision ${bar.revision} came after ${known.revision}`);
  }
  bars.set(key, bar);
}

function rowOf(recording: Recording, links: Map<string, number>, tick: RecordedTick): TickRow {
  const { symbol, line, eventSec, eventNano, attributes, price, size, tradeId, originalTradeId } = tick;
  const link = links.get(symbol) ?? 0;
  links.set(symbol, line);
  return {
    symbol,
    terms: recording.termsOf(symbol),
    sequence: line,
    link,
    eventSec,
    eventNano,
    attributes,
    price,
    size,
    ...(tradeId === undefined ? undefined : { tradeId }),
    ...(originalTradeId === undefined ? undefined : { original: { sequence: 0, tradeId: originalTradeId } }),
  };
}

/** The rows in runs whose times one block can hold. */
function blocksOf(rows: readonly TickRow[], blockTicksMax: number): TickRow[][] {
  const blocks: TickRow[][] = [];
  for (const row of rows) {
    const block = blocks.at(-1);
    const spanSec = Math.abs(row.eventSec - (block?.[0]?.eventSec ?? Infinity));
    if (block !== undefined && block.length < blockTicksMax && spanSec < blockSpanSecMax) block.push(row);
    else blocks.push([row]);
  }
  return blocks;
}
