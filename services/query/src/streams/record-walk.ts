/**
 * Goes through stretches of partitions for one stream, by clock. In: where to begin and end in each. Out: one record after the
 * other, always of the partition whose next record has the lowest clock, so that what an instrument put out before it moved comes
 * before what it put out after. Law 7: it holds readers, with all that lies ready there, only in its turn, which ends when others
 * wait for theirs and what was handed out is used up, or when the stream's reader takes nothing for a while.
 */
import type { LogReader, LogRecordInput, TickLog } from '@tapeline/domain';
import type { Clock } from '@tapeline/runtime';
import { fromLog } from '../refusal.ts';
import type { ReadTurns } from './read-turns.ts';

/** What a walk goes through, and on what. */
export type WalkParts = {
  readonly log: TickLog;
  readonly topic: 'bars' | 'tape';
  readonly turns: ReadTurns;
  readonly clock: Clock;
  /** Ends the walk. */
  readonly signal: AbortSignal;
};

/** Records of a partition from `from` up to, and without, `to`, which the log has. */
export type Stretch = { readonly partition: number; readonly from: number; readonly to: number };

/** A record and where it lies; without one the log closed, or the signal fired. */
export type WalkStep = { readonly partition: number; readonly to: number; readonly record: LogRecordInput | undefined };

/** After so long without a question a walk lets go of its readers, ms. */
export const restMsMax = 100;
/** Partitions that are asked at once. */
const askedAtOnce = 4;
/** Bytes of records that lie ready; beyond, those that come last by clock are let go of and read again later. */
export const readyBytesMax = 16_777_216;

type Cursor = {
  readonly partition: number;
  readonly to: number;
  /** The offset of the next record. */
  at: number;
  /** The clock of the next record; `undefined` = it was not read yet. */
  clockNs: bigint | undefined;
  /** The highest clock so far, for records that tell none. */
  lastClockNs: bigint;
  reader: LogReader | undefined;
  records: readonly LogRecordInput[];
  taken: number;
  readyBytes: number;
};

/** One walk. */
export class RecordWalk {
  readonly #parts: WalkParts;
  readonly #clockOf: (bytes: Uint8Array) => bigint;
  #cursors: Cursor[];
  #endTurn: (() => void) | undefined;
  /** Whether a record was given since the turn began. */
  #hasTaken = false;

  /** `clockOf` reads the clock of a record, 0 if it tells none; it may throw `MalformedError`. */
  constructor(parts: WalkParts, stretches: readonly Stretch[], clockOf: (bytes: Uint8Array) => bigint) {
    this.#parts = parts;
    this.#clockOf = clockOf;
    this.#cursors = stretches
      .filter(({ from, to }) => from < to)
      .map(({ partition, from, to }) => ({
        partition,
        to,
        at: from,
        clockNs: undefined,
        lastClockNs: 0n,
        reader: undefined,
        records: [],
        taken: 0,
        readyBytes: 0,
      }));
  }

  /** Whether every stretch was gone through. */
  get isDone(): boolean {
    return this.#cursors.every(({ at, to }) => at >= to);
  }

  /** Whether the log has to be asked before the next record is known. */
  get isUsedUp(): boolean {
    const first = this.#earliest();
    return this.#cursors.some(isUnseen) || (first !== undefined && !isReady(first));
  }

  /** The next record of a walk that is not done; waits until there is one. */
  async next(): Promise<WalkStep> {
    await this.#closeFinished();
    for (;;) {
      const first = this.#earliest();
      const unseen = this.#cursors.filter(isUnseen);
      if (unseen.length === 0 && first !== undefined && isReady(first)) return this.#take(first);
      // Who was given a record in this turn lets others have theirs.
      if (this.#parts.turns.isWanted && this.#hasTaken) await this.letGo();
      const silent = await (this.#endTurn === undefined
        ? this.#beginTurn()
        : this.#askAll(first === undefined ? unseen : [...unseen, first]));
      if (silent !== undefined) return { partition: silent.partition, to: silent.to, record: undefined };
    }
  }

  /** Nothing is asked for until the returned function is called. */
  rest(): () => void {
    const { clock } = this.#parts;
    const rested = new AbortController();
    void clock.sleep(restMsMax, rested.signal).then(async () => {
      if (!rested.signal.aborted) await this.letGo();
    });
    return () => rested.abort();
  }

  /** Ends the turn; `next` takes another one. */
  async letGo(): Promise<void> {
    const endTurn = this.#endTurn;
    this.#endTurn = undefined;
    try {
      await Promise.all(this.#cursors.map(dropReady));
    } finally {
      endTurn?.();
    }
  }

  /** Of those whose next record is known the one whose turn it is. */
  #earliest(): Cursor | undefined {
    let first: Cursor | undefined;
    for (const cursor of this.#cursors) {
      if (cursor.clockNs !== undefined && (first === undefined || byClock(cursor, first) < 0)) first = cursor;
    }
    return first;
  }

  #take(cursor: Cursor): WalkStep {
    const record = cursor.records[cursor.taken] as LogRecordInput;
    this.#hasTaken = true;
    cursor.taken += 1;
    cursor.readyBytes -= record.bytes.length;
    cursor.at = record.offset + 1;
    if (cursor.clockNs !== undefined && cursor.clockNs > cursor.lastClockNs) cursor.lastClockNs = cursor.clockNs;
    cursor.clockNs = undefined;
    this.#lookAhead(cursor);
    return { partition: cursor.partition, to: cursor.to, record };
  }

  /** The clock of the record that comes next, if it is at hand. */
  #lookAhead(cursor: Cursor): void {
    const next = cursor.records[cursor.taken];
    if (next === undefined || cursor.at >= cursor.to) return;
    const clockNs = this.#clockOf(next.bytes);
    cursor.clockNs = clockNs === 0n ? cursor.lastClockNs : clockNs;
  }

  /** Takes a turn and asks for as much as may lie ready, what comes next first; answers as `#askAll`. */
  async #beginTurn(): Promise<Cursor | undefined> {
    const { turns, signal } = this.#parts;
    this.#endTurn = await turns.take(signal);
    this.#hasTaken = false;
    if (this.#endTurn === undefined) return this.#cursors[0];
    const rest = this.#cursors.filter((cursor) => !isUnseen(cursor)).sort(byClock);
    return (await this.#askAll(this.#cursors.filter(isUnseen))) ?? this.#askAll(rest, readyBytesMax / 2);
  }

  /** Asks the log for these partitions while less than that lies ready; the answer is one that gave nothing, because all ends. */
  async #askAll(cursors: readonly Cursor[], bytesMax: number = Infinity): Promise<Cursor | undefined> {
    for (let from = 0; from < cursors.length && this.#readyBytes() < bytesMax; from += askedAtOnce) {
      const some = cursors.slice(from, from + askedAtOnce).filter((cursor) => !isReady(cursor));
      const answers = await Promise.all(some.map(async (cursor) => this.#handOut(cursor)));
      for (const [index, records] of answers.entries()) {
        const cursor = some[index] as Cursor;
        if (records === undefined || records.length === 0) return cursor;
        cursor.records = records;
        cursor.taken = 0;
        cursor.readyBytes = records.reduce((sum, { bytes }) => sum + bytes.length, 0);
        this.#lookAhead(cursor);
      }
      await this.#keepWithinBytes();
    }
    return undefined;
  }

  #readyBytes(): number {
    return this.#cursors.reduce((sum, { readyBytes }) => sum + readyBytes, 0);
  }

  async #handOut(cursor: Cursor): Promise<readonly LogRecordInput[] | undefined> {
    const { log, topic, signal } = this.#parts;
    // A stop that came between two of them has no listener here.
    if (signal.aborted) return undefined;
    cursor.reader ??= log.open(topic, cursor.partition, cursor.at);
    const { reader } = cursor;
    const close = (): void => void reader.close();
    signal.addEventListener('abort', close, { once: true });
    try {
      return await fromLog(reader.next());
    } finally {
      signal.removeEventListener('abort', close);
    }
  }

  async #keepWithinBytes(): Promise<void> {
    let bytes = this.#readyBytes();
    if (bytes <= readyBytesMax) return;
    const latestFirst = this.#cursors.filter(isReady).sort(byClock).reverse();
    // The one that comes next stays, however much it is.
    for (const cursor of latestFirst.slice(0, -1)) {
      if (bytes <= readyBytesMax) return;
      bytes -= cursor.readyBytes;
      await dropReady(cursor);
    }
  }

  async #closeFinished(): Promise<void> {
    const isFinished = ({ at, to }: Cursor): boolean => at >= to;
    const finished = this.#cursors.filter(isFinished);
    if (finished.length === 0) return;
    this.#cursors = this.#cursors.filter((cursor) => !isFinished(cursor));
    await Promise.all(finished.map(dropReady));
  }
}

/** Whether nothing is known of its next record. */
function isUnseen({ at, to, clockNs }: Cursor): boolean {
  return at < to && clockNs === undefined;
}

function byClock(left: Cursor, right: Cursor): number {
  const [leftNs, rightNs] = [left.clockNs ?? 0n, right.clockNs ?? 0n];
  if (leftNs === rightNs) return left.partition - right.partition;
  return leftNs < rightNs ? -1 : 1;
}

function isReady({ taken, records }: Cursor): boolean {
  return taken < records.length;
}

/** Its records are read again from their place; the clock of the next one stays known. */
async function dropReady(cursor: Cursor): Promise<void> {
  const { reader } = cursor;
  cursor.reader = undefined;
  cursor.records = [];
  cursor.taken = 0;
  cursor.readyBytes = 0;
  await reader?.close();
}
