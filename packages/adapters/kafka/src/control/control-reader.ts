/**
 * One reader of `control`. In: fetches from the oldest record that is kept. Out: records in offset order, each once. It fetches when it
 * is asked and keeps nothing ready, so what it holds is one fetch. Law 1: holes are compaction's; a log that ends before what was read,
 * or whose oldest records left by themselves, is not the one that was read, and is told as such.
 */
import { type ControlLogReader, type ControlLogRecord, LogError, type OffsetRange } from '@tapeline/domain';
import type { Backoff, Clock } from '@tapeline/runtime';
import type { ClusterView } from '../cluster-view.ts';
import { BatchError } from '../codecs.ts';
import { code, codeName, isForbidden } from '../error-codes.ts';
import type { KafkaCalls } from '../kafka-calls.ts';
import type { LogMetrics } from '../log-metrics.ts';
import type { FetchAnswer } from '../wire-requests.ts';
import { type ControlBatches, readControlBatches } from './control-batches.ts';

/** What a reader stands on. */
export type ControlReaderParts = {
  readonly calls: Pick<KafkaCalls, 'fetch'>;
  readonly view: Pick<ClusterView, 'leader' | 'place' | 'refresh' | 'replaced'>;
  readonly rangeOf: () => Promise<OffsetRange>;
  readonly clock: Clock;
  readonly backoff: Backoff;
  readonly topic: string;
  /** The connection of its own. */
  readonly slot: number;
  readonly waitMs: number;
  readonly bytesMax: number;
  /** Without any answer for so long a `next` rejects with LOG_UNAVAILABLE, ms. */
  readonly stallMs: number;
  readonly metrics: Pick<LogMetrics, 'fetched' | 'retried' | 'stalled'>;
  /** Hears once that it is closed. */
  readonly onEnd: (reader: ControlReader) => void;
};

/** Its only partition. */
const partition = 0;
/** Looks in a row that have to see a position which is not of the log: a leader that has just begun may know of less. */
const misplacedMin = 2;

type Fetched =
  | { readonly kind: 'read'; readonly read: ControlBatches }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'problem'; readonly text: string; readonly code: string }
  | { readonly kind: 'elsewhere' };

/** A reader; see `ControlLogReader` for what it promises. */
export class ControlReader implements ControlLogReader {
  readonly #parts: ControlReaderParts;
  readonly #stop = new AbortController();
  readonly #stopped: Promise<undefined>;
  #position: number | undefined;
  #lastEpoch = -1;
  #misplaced = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: ControlReaderParts) {
    this.#parts = parts;
    this.#stopped = new Promise((resolve) => {
      this.#stop.signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
  }

  async next(): Promise<readonly ControlLogRecord[] | undefined> {
    // Calls that are not awaited follow one another, so that no two of them hand out the same records.
    const next = this.#last.then(async () => Promise.race([this.#read(), this.#stopped]));
    this.#last = Promise.allSettled([next]);
    return next;
  }

  async close(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    this.#parts.onEnd(this);
  }

  async #read(): Promise<readonly ControlLogRecord[] | undefined> {
    const { clock, view, topic, stallMs, backoff, metrics } = this.#parts;
    let silentSinceMs = clock.monotonicMs();
    while (!this.#stop.signal.aborted) {
      const replaced = view.replaced(topic);
      if (replaced !== undefined) throw replaced;
      const fetched = await this.#attempt();
      if (this.#stop.signal.aborted) break;
      if (fetched.kind === 'read') {
        this.#position = fetched.read.nextOffset;
        this.#lastEpoch = fetched.read.leaderEpoch;
        if (fetched.read.records.length > 0) return this.#counted(fetched.read.records);
      }
      if (fetched.kind === 'read' || fetched.kind === 'nothing') {
        silentSinceMs = clock.monotonicMs();
        this.#misplaced = 0;
        backoff.reset();
        continue;
      }
      if (fetched.kind === 'elsewhere') await this.#lookInto();
      const silentMs = clock.monotonicMs() - silentSinceMs;
      const problem = fetched.kind === 'problem' ? fetched.text : 'its offset is not there';
      if (silentMs >= stallMs) {
        metrics.stalled();
        throw unavailable(topic, `gave nothing for ${Math.floor(silentMs)} ms (${problem})`);
      }
      metrics.retried('fetch', fetched.kind === 'problem' ? fetched.code : 'OFFSET_OUT_OF_RANGE');
      await clock.sleep(backoff.nextMs(), this.#stop.signal);
      // A look that fails is followed by the next try, which tells the same.
      await Promise.allSettled([view.refresh()]);
    }
    return undefined;
  }

  #counted(records: readonly ControlLogRecord[]): readonly ControlLogRecord[] {
    const bytes = records.reduce((sum, record) => sum + (record.bytes?.length ?? 0), 0);
    this.#parts.metrics.fetched(this.#parts.topic, records.length, bytes);
    return records;
  }

  async #attempt(): Promise<Fetched> {
    const { calls, view, topic, slot, waitMs, bytesMax, rangeOf } = this.#parts;
    try {
      const offset = (this.#position ??= (await rangeOf()).firstOffset);
      const leader = view.leader({ topic, partition });
      if (leader === undefined) return { kind: 'problem', text: 'it has no leader', code: 'NO_LEADER' };
      const place = view.place(topic, partition);
      const part = { place, offset, leaderEpoch: leader.epoch, lastEpoch: this.#lastEpoch, bytesMax };
      const reply = await calls.fetch(leader.node, slot, [part], { waitMs, bytesMax });
      const [answer] = reply.answers;
      if (reply.code !== code.none || answer === undefined) return problemOf(codeName(reply.code));
      return await this.#judge(answer, offset);
    } catch (error) {
      if (error instanceof LogError && error.code === 'LOG_REPLACED') throw error;
      if (error instanceof BatchError && !error.mayPass) {
        throw unavailable(topic, `${error.message}; only this program may write to it`, error);
      }
      return { kind: 'problem', text: error instanceof Error ? error.message : String(error), code: 'connection' };
    }
  }

  async #judge(answer: FetchAnswer, offset: number): Promise<Fetched> {
    const { topic } = this.#parts;
    if (answer.code === code.offsetOutOfRange) return { kind: 'elsewhere' };
    if (answer.code !== code.none) {
      const hint = isForbidden(answer.code) ? '; grant this client Describe and Read on it' : '';
      return problemOf(codeName(answer.code), hint);
    }
    if (answer.diverging !== undefined) {
      const { epoch, endOffset } = answer.diverging;
      const fact = `it ends at ${endOffset} in epoch ${epoch} of its leaders`;
      throw replacedError(topic, `${fact}, and records of epoch ${this.#lastEpoch} were read from it up to ${offset}`);
    }
    if (answer.bytes.length === 0) return { kind: 'nothing' };
    const read = await readControlBatches(answer.bytes, offset);
    return read.nextOffset > offset ? { kind: 'read', read } : { kind: 'nothing' };
  }

  /** The offset is not there: returns where that may pass. */
  async #lookInto(): Promise<void> {
    const { rangeOf, topic } = this.#parts;
    const position = this.#position ?? 0;
    const range = await rangeOf().catch((error: unknown) => {
      if (error instanceof LogError && error.code === 'LOG_UNAVAILABLE') return undefined;
      throw error;
    });
    if (range === undefined) return;
    const kept = `it keeps offsets from ${range.firstOffset} up to ${range.endOffset}`;
    if (position < range.firstOffset) {
      throw replacedError(topic, `${kept}, and ${position} has left, though nothing leaves but by compaction`);
    }
    if (position <= range.endOffset) return;
    this.#misplaced += 1;
    if (this.#misplaced >= misplacedMin) throw replacedError(topic, `${kept}, so ${position} is not of this log`);
  }
}

function problemOf(name: string, hint = ''): Fetched {
  return { kind: 'problem', text: `${name}${hint}`, code: name };
}

function unavailable(topic: string, fact: string, cause?: unknown): LogError {
  return new LogError('LOG_UNAVAILABLE', `topic ${topic} ${fact}`, { cause });
}

function replacedError(topic: string, fact: string): LogError {
  const remedy =
    'it is not the log that was read so far: look after the brokers and its cleanup.policy, then start again';
  return new LogError('LOG_REPLACED', `topic ${topic}: ${fact}; ${remedy}`);
}
