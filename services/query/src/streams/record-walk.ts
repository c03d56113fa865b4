/**
 * Goes through the records of one partition for one stream. In: where to begin. Out: one record after the other. Law 7:
 * it holds a reader, with all that lies ready there, only in its turn, which ends when others wait for theirs and what was
 * handed out is used up, or when the stream's reader takes nothing for a while; then it goes on at the same place.
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

/** After so long without a question a walk lets go of its reader, ms. */
export const restMsMax = 100;

/** One walk. */
export class RecordWalk {
  readonly #parts: WalkParts;
  readonly #partition: number;
  #at: number;
  #reader: LogReader | undefined;
  #records: readonly LogRecordInput[] = [];
  #taken = 0;
  #endTurn: (() => void) | undefined;

  constructor(parts: WalkParts, partition: number, from: number) {
    this.#parts = parts;
    this.#partition = partition;
    this.#at = from;
  }

  /** Whether the next record is not at hand. */
  get isUsedUp(): boolean {
    return this.#taken === this.#records.length;
  }

  /** The next record; waits until there is one. `undefined` once the signal fires or the log closes. */
  async next(): Promise<LogRecordInput | undefined> {
    const { turns, signal } = this.#parts;
    if (this.isUsedUp) {
      if (turns.isWanted) await this.letGo();
      this.#endTurn ??= await turns.take(signal);
      if (this.#endTurn === undefined) return undefined;
      this.#records = (await this.#handOut()) ?? [];
      this.#taken = 0;
    }
    const record = this.#records[this.#taken];
    if (record === undefined) return undefined;
    this.#taken += 1;
    this.#at = record.offset + 1;
    return record;
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
    const [reader, endTurn] = [this.#reader, this.#endTurn];
    this.#reader = undefined;
    this.#endTurn = undefined;
    this.#records = [];
    this.#taken = 0;
    try {
      await reader?.close();
    } finally {
      endTurn?.();
    }
  }

  async #handOut(): Promise<readonly LogRecordInput[] | undefined> {
    const { log, topic, signal } = this.#parts;
    // A stop that came between two of them has no listener here.
    if (signal.aborted) return undefined;
    this.#reader ??= log.open(topic, this.#partition, this.#at);
    const reader = this.#reader;
    const close = (): void => void reader.close();
    signal.addEventListener('abort', close, { once: true });
    try {
      return await fromLog(reader.next());
    } finally {
      signal.removeEventListener('abort', close);
    }
  }
}
