/**
 * Measures the baseline fold. In: a tape's file. Out: CPU seconds a round, once for ticks that lie in memory as objects
 * already, and once from a line of JSON a tick, as they would come from a log that has them so.
 */
import { decodeLogRecord, decodeTickBlock, LogDictionary, TickColumns } from '@tapeline/domain';
import { foldPlainly, type PlainTick } from './baseline-fold.ts';
import { measureRounds } from './measured-rounds.ts';
import { type LoadedTape, readTape } from './tape-file.ts';

/** What the baseline took. */
export type BaselineMeasure = {
  readonly ticks: number;
  readonly bars: number;
  readonly fromObjects: readonly number[];
  readonly fromJson: readonly number[];
  /** Bytes of the JSON lines a tick. */
  readonly jsonBytes: number;
};

/** Folds the first part of the tape by the baseline. */
export function measureBaseline(task: { file: string; rounds: number; ticksMax: number }): BaselineMeasure {
  const ticks = plainTicks(readTape(task.file, task.ticksMax));
  const lines = ticks.map((tick) => Buffer.from(JSON.stringify(tick)));
  const fromObjects = measureRounds(task.rounds, () => countBars(ticks));
  const fromJson = measureRounds(task.rounds, () => countBars(parsed(lines)));
  return {
    ticks: ticks.length,
    bars: fromObjects[0]?.result ?? 0,
    fromObjects: fromObjects.map((round) => round.cpuSeconds),
    fromJson: fromJson.map((round) => round.cpuSeconds),
    jsonBytes: lines.reduce((sum, line) => sum + line.length, 0) / lines.length,
  };
}

function countBars(ticks: Iterable<PlainTick>): number {
  let bars = 0;
  foldPlainly(ticks, () => (bars += 1));
  return bars;
}

function* parsed(lines: readonly Buffer[]): Generator<PlainTick> {
  for (const line of lines) yield JSON.parse(line.toString()) as PlainTick;
}

function plainTicks(tape: LoadedTape): PlainTick[] {
  const columns = new TickColumns();
  const dictionary = new LogDictionary();
  const ticks: PlainTick[] = [];
  for (const { bytes } of tape.records) {
    for (const entry of decodeLogRecord(bytes)) {
      if (entry.kind !== 'tickBlock') continue;
      decodeTickBlock(bytes, entry.start, entry.end, dictionary, columns);
      for (let group = 0; group < columns.groupCount; group += 1) addGroup(columns, group, ticks);
    }
  }
  return ticks;
}

function addGroup(columns: TickColumns, group: number, ticks: PlainTick[]): void {
  const symbol = columns.symbols[group]!;
  for (let index = columns.groupStart[group]!; index < columns.groupStart[group + 1]!; index += 1) {
    const { venue, conditions } = columns.attributes[columns.attribute[index]!]!.attributes;
    ticks.push({
      symbol,
      eventMs: columns.baseSec * 1000 + (columns.baseNano + columns.timeNs[index]!) / 1_000_000,
      price: columns.price[index]!,
      size: columns.size[index]!,
      venue,
      conditions,
      sequence: columns.sequenceAt(group, index),
    });
  }
}
