/**
 * A delivered log of one partition as it looks while instruments are elsewhere. In: its records and a seed. Out: the same ticks
 * under map epochs of their writers, some of them as `Forward`s of other partitions, with `Origin`s between them, and Time
 * enough at the end for everything that waits. Nothing is left out and nothing is added, so the ticks can be counted.
 */
import {
  BlockCutter,
  decodeEntryOfMoves,
  decodeLogRecord,
  decodeTickBlock,
  type Emission,
  encodeLogRecord,
  type ForwardedToWrite,
  LogDictionary,
  type LogEntryToWrite,
  type LogRecordInput,
  TickColumns,
} from '@tapeline/domain';
import type { Random } from '@tapeline/simulation';

/** How a log is made stray. */
export type StrayStyle = {
  /** Map epochs of the writers; 0 = without a map. */
  readonly epochs: readonly number[];
  /** Chance that an entry comes as a Forward. */
  readonly forwarded: number;
  /** Where each instrument began, and before which record its Origin stands; none = nobody says. */
  readonly origins: readonly { readonly symbol: string; readonly partition: number; readonly before: number }[];
};

const dictionary = new LogDictionary();
/** Filled again by each block. */
const columns = new TickColumns();
const tailRecords = 40;
const tailStepMs = 2_000;

/** The instruments of a log, as `dataset` and `symbol`, by tick blocks. */
export function instrumentsOf(records: readonly LogRecordInput[]): { dataset: string; symbol: string }[] {
  const found = new Map<string, { dataset: string; symbol: string }>();
  for (const { bytes } of records) {
    for (const entry of decodeLogRecord(bytes)) {
      if (entry.kind !== 'tickBlock') continue;
      const { dataset, symbols } = columnsOf(bytes, entry);
      for (const symbol of symbols) found.set(`${dataset} ${symbol}`, { dataset, symbol });
    }
  }
  return [...found.values()];
}

/** Makes the log stray. */
export function strayedLog(
  random: Random,
  records: readonly LogRecordInput[],
  datasets: readonly string[],
  { epochs, forwarded, origins }: StrayStyle,
): LogRecordInput[] {
  const out = records.map(({ offset, appendTimeMs, bytes }): LogRecordInput => {
    const begun = origins.filter(({ before }) => before === offset);
    const entries: LogEntryToWrite[] = begun.flatMap(({ symbol, partition }) =>
      datasets.map((dataset) => ({ kind: 'origin' as const, dataset, symbol, partition })),
    );
    for (const entry of decodeLogRecord(bytes)) {
      const mapEpoch = random.choice(epochs);
      const parts = partsOf(bytes, entry, mapEpoch, random.chance(forwarded));
      for (const { dataset, symbol, part } of parts) {
        if (dataset === undefined) entries.push(part);
        else {
          const firstAppendTimeMs = appendTimeMs - random.int(0, 5_000);
          // Others have it from writers that knew no more.
          const epoch = random.choice([0, 0, ...epochs]);
          entries.push({ kind: 'forward', dataset, symbol, epoch, firstAppendTimeMs, entries: [part] });
        }
      }
    }
    return { offset, appendTimeMs, bytes: encodeLogRecord(entries) };
  });
  let highestMs = Math.max(...out.map(({ appendTimeMs }) => appendTimeMs));
  for (let count = 0; count < tailRecords; count += 1) {
    highestMs += tailStepMs;
    out.push({ offset: out.length, appendTimeMs: highestMs, bytes: encodeLogRecord([{ kind: 'time' }]) });
  }
  return out;
}

/** An entry under another map epoch, with its instrument where it is one part of several. */
export type Part =
  | { readonly part: LogEntryToWrite; readonly dataset?: undefined; readonly symbol?: undefined }
  | { readonly part: ForwardedToWrite; readonly dataset: string; readonly symbol: string };

/** The entry under another map epoch: as it is, or one part for each instrument, to be sent on. */
export function partsOf(
  bytes: Uint8Array,
  entry: ReturnType<typeof decodeLogRecord>[number],
  mapEpoch: number,
  split: boolean,
): Part[] {
  switch (entry.kind) {
    case 'tickBlock': {
      const columns = columnsOf(bytes, entry);
      columns.mapEpoch = mapEpoch;
      const cutter = new BlockCutter(columns, entry.start, entry.end);
      const all = Array.from({ length: columns.groupCount }, (_, group) => group);
      if (!split) return [{ part: { kind: 'tickBlock', bytes: cutter.blockOf(all) } }];
      const { dataset } = columns;
      return [...new Set(columns.symbols)].map((symbol) => {
        const groups = all.filter((group) => columns.symbols[group] === symbol);
        return { dataset, symbol, part: { kind: 'tickBlock' as const, bytes: cutter.blockOf(groups) } };
      });
    }
    case 'void': {
      const part = { ...entry, mapEpoch };
      return [split ? { dataset: entry.dataset, symbol: entry.symbol, part } : { part }];
    }
    case 'progress':
      if (!split) return [{ part: { ...entry, mapEpoch } }];
      return entry.instruments.map((item) => {
        return { dataset: entry.dataset, symbol: item.symbol, part: { ...entry, mapEpoch, instruments: [item] } };
      });
    case 'endOfReplay':
      if (!split) return [{ part: { ...entry, mapEpoch } }];
      return entry.instruments.map((item) => {
        return { dataset: entry.dataset, symbol: item.symbol, part: { ...entry, mapEpoch, instruments: [item] } };
      });
    case 'time':
    case 'alive':
      return [{ part: entry }];
    default:
      throw new RangeError(`a delivered log has no entries of kind ${entry.kind}`);
  }
}

function columnsOf(bytes: Uint8Array, { start, end }: { readonly start: number; readonly end: number }): TickColumns {
  decodeTickBlock(bytes, start, end, dictionary, columns);
  return columns;
}

/** How many ticks and Voids stand in the entries of records, those in Forwards too. */
export function countTicks(records: Iterable<Uint8Array>): { ticks: number; voids: number } {
  let [ticks, voids] = [0, 0];
  const count = (bytes: Uint8Array, entry: { kind: string; start?: number; end?: number }): void => {
    if (entry.kind === 'void') voids += 1;
    else if (entry.kind === 'tickBlock') {
      ticks += columnsOf(bytes, entry as { start: number; end: number }).tickCount;
    }
  };
  for (const bytes of records) {
    for (const entry of decodeLogRecord(bytes)) {
      if (entry.kind !== 'forward') count(bytes, entry);
      else {
        const forward = decodeEntryOfMoves(bytes, entry);
        if (forward.kind === 'forward') for (const one of forward.entries) count(bytes, one);
      }
    }
  }
  return { ticks, voids };
}

/** Emissions as text, with all their bytes. */
export function emissionTexts(emissions: readonly Emission[]): string[] {
  return emissions.map(
    ({ offset, to, records }) =>
      `${offset} to ${to}: ${records()
        .map((bytes) => Buffer.from(bytes).toString('hex'))
        .join(' ')}`,
  );
}
