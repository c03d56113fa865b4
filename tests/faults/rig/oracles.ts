/**
 * What must hold whatever breaks. In: what was acknowledged, the log, the store. Out: lists of differences in words, empty
 * where all is well: acknowledged is in the log (law 3), the store is what a fold of the log gives (laws 1 and 5), and what
 * was published counts once.
 */
import {
  type Bar,
  decodeLogRecord,
  decodeTickBlock,
  type FoldConfig,
  LogDictionary,
  type LogRecordInput,
  MalformedError,
  PartitionFold,
  TickColumns,
} from '@tapeline/domain';
import { readOptions } from '@tapeline/runtime';
import { barKey, barText } from '@tapeline/simulation';
import { workerConfigOf, workerOptions } from '@tapeline/worker';
import { type LoadTrade, type OwnBar, ownBars } from './load.ts';
import type { StreamView } from './stream-view.ts';

/** Differences that are shown; further ones are counted. */
const shownMax = 8;

/** The fold's configuration as the workers' options say it. */
export function foldConfigOf(workerArgs: readonly string[]): Omit<FoldConfig, 'partition'> {
  const line = readOptions(workerOptions, workerArgs, {});
  if (line.kind !== 'read') throw new Error(`the workers' options cannot be read: ${JSON.stringify(line)}`);
  return workerConfigOf(line.values, retentionMs).fold;
}

/** What the backend's option says where nobody says otherwise. */
const retentionMs = 604_800_000;

/** The judge's own fold of every partition, and what the log holds. */
export class Reference {
  readonly fold: Omit<FoldConfig, 'partition'>;
  readonly #view: StreamView;
  readonly #folds: PartitionFold[];
  readonly #bars = new Map<string, Bar>();
  /** `publisher sequence`, and how often it stands in the log. */
  readonly #identities = new Map<string, number>();

  constructor(view: StreamView, workerArgs: readonly string[]) {
    this.#view = view;
    this.fold = foldConfigOf(workerArgs);
    this.#folds = Array.from({ length: view.log.partitionCount }, (_, partition) =>
      PartitionFold.start({ ...this.fold, partition }),
    );
  }

  /** The newest revision of each bar, by its key. */
  get bars(): ReadonlyMap<string, Bar> {
    return this.#bars;
  }

  /** How often each tick stands in the log. */
  get identities(): ReadonlyMap<string, number> {
    return this.#identities;
  }

  /** Whether no bar of the log waits for its end any more. */
  get isSettled(): boolean {
    return this.#folds.every(({ dueMs }) => dueMs === undefined);
  }

  /** Reads on to where the log ends now; answers the ends. */
  async advance(): Promise<number[]> {
    const ends: number[] = [];
    for (const [partition, fold] of this.#folds.entries()) {
      for (const record of await this.#view.records(partition, fold.nextOffset)) {
        noteIdentities(record, this.#identities);
        for (const bar of fold.step([record]).bars) this.#bars.set(barKey(bar), bar);
      }
      ends.push(fold.nextOffset);
    }
    return ends;
  }
}

/** Adds the ticks of a record; what is no record has none. */
function noteIdentities({ bytes }: LogRecordInput, identities: Map<string, number>): void {
  try {
    for (const entry of decodeLogRecord(bytes)) {
      if (entry.kind !== 'tickBlock') continue;
      const columns = new TickColumns();
      decodeTickBlock(bytes, entry.start, entry.end, new LogDictionary(), columns);
      for (let group = 0; group < columns.groupCount; group += 1) {
        for (let index = columns.groupStart[group] ?? 0; index < (columns.groupStart[group + 1] ?? 0); index += 1) {
          const identity = `${columns.publisherId} ${columns.sequenceAt(group, index)}`;
          identities.set(identity, (identities.get(identity) ?? 0) + 1);
        }
      }
    }
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
  }
}

/** Acknowledged and not in the log. */
export function lostTrades(
  acknowledged: readonly Pick<LoadTrade, 'publisherId' | 'sequence' | 'symbol'>[],
  identities: ReadonlyMap<string, number>,
): string[] {
  const lost = acknowledged.filter(({ publisherId, sequence }) => !identities.has(`${publisherId} ${sequence}`));
  return shown(lost.map(({ symbol, sequence }) => `acknowledged and not in the log: ${symbol}, sequence ${sequence}`));
}

/** Rows of the store against bars of the reference, every field. */
export function rowDifferences(rows: readonly Bar[], reference: ReadonlyMap<string, Bar>): string[] {
  const differences: string[] = [];
  const seen = new Set<string>();
  for (const row of rows) {
    const key = barKey(row);
    const expected = reference.get(key);
    if (seen.has(key)) differences.push(`twice in the store: ${key}`);
    else if (expected === undefined) differences.push(`in the store and not of the log: ${barText(row)}`);
    else if (barText(row) !== barText(expected)) {
      differences.push(`the store has ${barText(row)}, the log gives ${barText(expected)}`);
    }
    seen.add(key);
  }
  for (const [key, bar] of reference) if (!seen.has(key)) differences.push(`missing in the store: ${barText(bar)}`);
  return shown(differences);
}

/** Bars of one second of the profile `all` in the store against what was published, which counts once. */
export function countDifferences(rows: readonly Bar[], trades: readonly LoadTrade[]): string[] {
  const expected = ownBars(trades);
  const differences: string[] = [];
  const own = rows.filter(({ interval, profile }) => interval === '1s' && profile === 'all');
  for (const bar of own) {
    const key = `${bar.symbol} ${bar.startSec}`;
    const wanted = expected.get(key);
    const found: OwnBar = {
      open: bar.open ?? 0,
      high: bar.high ?? 0,
      low: bar.low ?? 0,
      close: bar.close ?? 0,
      volume: Number(bar.volume),
      trades: bar.trades,
    };
    if (wanted === undefined) differences.push(`a bar of nothing that was published: ${barText(bar)}`);
    else if (JSON.stringify(wanted) !== JSON.stringify(found)) {
      differences.push(`${key} is ${JSON.stringify(found)}, published was ${JSON.stringify(wanted)}`);
    }
    expected.delete(key);
  }
  for (const [key, bar] of expected) differences.push(`no bar of ${key}, published was ${JSON.stringify(bar)}`);
  return shown(differences);
}

function shown(differences: readonly string[]): string[] {
  if (differences.length <= shownMax) return [...differences];
  return [...differences.slice(0, shownMax), `and ${differences.length - shownMax} more`];
}

/** How many differences a list stands for. */
export function howMany(differences: readonly string[]): number {
  const more = /^and (\d+) more$/.exec(differences.at(-1) ?? '')?.[1];
  return more === undefined ? differences.length : shownMax + Number(more);
}
