/**
 * How far the clock of the market is, over the partitions of one worker. In: append times of what publishers wrote. Out:
 * the newest of them while publishers write, and a call to whoever may have fallen behind it. Time records do not count:
 * two quiet partitions would keep each other going for ever.
 */
import { encodeLogRecord, type LogRecordInput } from '@tapeline/domain';
import type { Clock } from '@tapeline/runtime';

/** Between two calls of the listeners at least, by append time, ms: under load records come every few µs. */
const tellEveryMs = 250;

const timeRecord = encodeLogRecord([{ kind: 'time' }]);

/** The pace of one worker's partitions. */
export class MarketPace {
  readonly #clock: Clock;
  readonly #activeMs: number;
  readonly #listeners = new Set<{ readonly hear: () => void }>();
  #newestMs = 0;
  #toldMs = 0;
  #notedAtMs = -Infinity;

  /** So long after the last record of a publisher, by `clock`, the market is at rest, ms. */
  constructor(clock: Clock, activeMs: number) {
    this.#clock = clock;
    this.#activeMs = activeMs;
  }

  /** `hear` is called now and then when the newest append time rose, until the returned function is; one a partition. */
  listen(hear: () => void): () => void {
    const listener = { hear };
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** A partition folded new records. */
  note(records: readonly LogRecordInput[]): void {
    let newestMs = -Infinity;
    for (const { appendTimeMs, bytes } of records) {
      if (appendTimeMs > newestMs && !isTimeRecord(bytes)) newestMs = appendTimeMs;
    }
    if (newestMs === -Infinity) return;
    this.#notedAtMs = this.#clock.monotonicMs();
    this.#newestMs = Math.max(this.#newestMs, newestMs);
    if (this.#newestMs - this.#toldMs < tellEveryMs) return;
    this.#toldMs = this.#newestMs;
    for (const listener of this.#listeners) listener.hear();
  }

  /** The newest append time of a publisher's record, ms since the Unix epoch; `undefined` while the market is at rest. */
  get newestMs(): number | undefined {
    return this.#clock.monotonicMs() - this.#notedAtMs <= this.#activeMs ? this.#newestMs : undefined;
  }
}

function isTimeRecord(bytes: Uint8Array): boolean {
  return bytes.length === timeRecord.length && timeRecord.every((byte, index) => byte === bytes[index]);
}
