/**
 * `control` on the main thread. In: records by key. Out: offsets once they are on the disk, readers that follow, the end. Only what is
 * committed is read, so a record that nobody knows of is either there for everybody or for nobody.
 */
import {
  type Appended,
  type ControlLog,
  type ControlLogReader,
  type ControlLogRecord,
  controlRefusal,
  LogChanges,
  LogError,
  SequencedReader,
} from '@tapeline/domain';
import type { Clock } from '@tapeline/runtime';
import { GroupQueue } from './group-queue.ts';
import type { LogCalls } from './log-calls.ts';
import type { Quota } from './quota.ts';
import type { ReadCalls } from './read-calls.ts';
import { logErrorOf } from './seam-errors.ts';
import type { ThreadCaller } from './thread-link.ts';

/** Limits; each is a bound with a stated behaviour. */
const limits = {
  /** Bytes of records that wait for the disk; an append beyond is refused as LOG_UNAVAILABLE. */
  waitingBytesMax: 67_108_864,
  /** One transaction. */
  groupBytesMax: 4_194_304,
  groupRecordsMax: 1_000,
  /** What a reader gets at once. */
  readRecordsMax: 1_000,
  readBytesMax: 4_194_304,
} as const;

/** What each record counts for in the queue besides its bytes. */
const recordOverheadBytes = 1_024;

type Waiting = { readonly key: string; readonly bytes: Uint8Array<ArrayBuffer> | undefined };

/** What it stands on. */
export type EmbeddedControlParts = {
  readonly writer: ThreadCaller<LogCalls>;
  readonly reader: ThreadCaller<ReadCalls>;
  readonly clock: Clock;
  readonly quota: Quota;
};

/** `control` of a data directory. */
export class EmbeddedControl implements ControlLog {
  readonly #parts: EmbeddedControlParts;
  readonly #queue: GroupQueue<Waiting, Appended>;
  /** Told of everything that may have changed the table. */
  readonly #changes = new LogChanges();
  #closed = false;

  constructor(parts: EmbeddedControlParts) {
    this.#parts = parts;
    this.#queue = new GroupQueue({
      commit: async (records) => this.#commit(records),
      refusal: (waitingBytes) =>
        new LogError(
          'LOG_UNAVAILABLE',
          `${waitingBytes} bytes of control wait for the disk already, of ${limits.waitingBytesMax} at most; append it again later`,
        ),
      bytesMax: limits.waitingBytesMax,
      groupBytesMax: limits.groupBytesMax,
      groupItemsMax: limits.groupRecordsMax,
    });
  }

  async append(key: string, bytes: Uint8Array | undefined): Promise<Appended> {
    if (this.#closed) throw closedError();
    const refusal = controlRefusal(key, bytes);
    if (refusal !== undefined) throw refusal;
    // A copy, so that nobody changes what was appended.
    const record = { key, bytes: bytes === undefined ? undefined : new Uint8Array(bytes) };
    return this.#queue.add(record, (bytes?.length ?? 0) + recordOverheadBytes);
  }

  open(): ControlLogReader {
    if (this.#closed) throw closedError();
    const load = async (from: number): Promise<readonly ControlLogRecord[]> => this.#load(from);
    return new SequencedReader({ changes: this.#changes, load, isClosed: () => this.#closed }, 0);
  }

  async endOffset(): Promise<number> {
    if (this.#closed) throw closedError();
    try {
      return await this.#parts.reader.call('controlEnd', undefined);
    } catch (error) {
      throw logErrorOf(error, this.#parts.quota);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#queue.settled();
    this.#changes.tell();
  }

  async #commit(records: readonly Waiting[]): Promise<readonly Appended[]> {
    const { writer, clock, quota } = this.#parts;
    const request = {
      nowMs: Math.floor(clock.nowMs()),
      keys: records.map(({ key }) => key),
      values: records.map(({ bytes }) => bytes),
      bytesMax: quota.logBytesMax().bytesMax,
    };
    try {
      const { offsets, timesMs, usedBytes } = await writer.call('appendControl', request);
      quota.logUses(usedBytes);
      return offsets.map((offset, index) => ({ offset, appendTimeMs: timesMs[index] as number }));
    } catch (error) {
      throw logErrorOf(error, quota);
    } finally {
      // Also after a failure: it may be there all the same.
      this.#changes.tell();
    }
  }

  async #load(offset: number): Promise<readonly ControlLogRecord[]> {
    const { readRecordsMax: recordsMax, readBytesMax: bytesMax } = limits;
    try {
      return (await this.#parts.reader.call('control', { offset, recordsMax, bytesMax })).records;
    } catch (error) {
      throw logErrorOf(error, this.#parts.quota);
    }
  }
}

function closedError(): LogError {
  return new LogError('LOG_CLOSED', 'control is closed; open the data directory again');
}
