/**
 * Follows `control` from its first record. In: a control log. Out: the map in force and the highest token, as `followControl` has
 * them, the newest report of each key, the keys that are in the log. A record that is none is passed over, counted and told, and
 * holds nothing up; a log that does not answer is asked again for ever; one that was replaced is the end (`onLost`), and so is a
 * listener that throws.
 */
import {
  type ControlKey,
  type ControlLog,
  type ControlLogReader,
  type ControlLogRecord,
  type ControlOutcome,
  type ControlRecord,
  type ControlView,
  emptyControlView,
  followControl,
  LogError,
  parseControlKey,
} from '@tapeline/domain';
import { Backoff, type Clock, type Logger, type RandomSource } from '@tapeline/runtime';
import { type ControlEntry, decodeControl, decodeMap, type MapPart } from './control-codec.ts';
import { KeptReports } from './kept-reports.ts';
import { policyKey } from './lead-policy.ts';
import { MapParts } from './map-parts.ts';

/** A record as it was followed. */
export type FollowedRecord = {
  readonly logged: ControlLogRecord;
  /** What its bytes say; `undefined` without bytes, and of a key that is no business of a follower. */
  readonly entry: ControlEntry | undefined;
  /** The claim or map that became whole with it, and what came of that. */
  readonly folded: { readonly record: ControlRecord; readonly outcome: ControlOutcome } | undefined;
  /** What all records say up to this one. */
  readonly view: ControlView;
};

/** What a follower works with. */
export type ControlFollowerParts = {
  readonly log: Pick<ControlLog, 'open' | 'endOffset'>;
  /** Of the stream; see `TickLog.basePartitions`. */
  readonly basePartitions: number;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  /** Whether reports are read and kept; who only places ticks needs none. */
  readonly keepsReports: boolean;
  /** Hears once that nothing will be read any more, because the log was replaced or closed or a listener threw: its owner has to end. */
  readonly onLost: (error: LogError) => void;
  /** Hears of every record, in the order of the log; it must not throw. A coordinator needs that, all others only `onChange`. */
  readonly hear?: (followed: FollowedRecord) => void;
};

/** What was read so far. */
export type ControlCounters = {
  records: number;
  /** Records that are none. */
  malformed: number;
  /** Sound records with a map that cannot be in force. */
  unusable: number;
  /** Records of coordinators that were deposed before. */
  void: number;
  /** Maps that were put in force. */
  adopted: number;
};

type Tries = { readonly backoff: Backoff; isTold: boolean };

const firstPauseMs = 50;
const longestPauseMs = 2_000;
/** Bad records are told one by one, but no more than one in so many ms. */
const tellBadEveryMs = 60_000;
/** Keys that are remembered; beyond it the oldest are forgotten, and then nobody takes them out. */
const keysMax = 100_000;

/** A reader of `control` and what it knows. */
export class ControlFollower {
  readonly reports: KeptReports = new KeptReports();
  readonly counters: ControlCounters = { records: 0, malformed: 0, unusable: 0, void: 0, adopted: 0 };
  readonly #parts: ControlFollowerParts;
  readonly #reader: ControlLogReader;
  readonly #mapParts = new MapParts();
  readonly #keys = new Map<string, ControlKey>();
  readonly #listeners = new Set<(view: ControlView) => void>();
  readonly #closing = new AbortController();
  readonly #following: Promise<void>;
  #view: ControlView;
  #nextOffset = 0;
  #lost: LogError | undefined;
  #waiting: (() => void)[] = [];
  #toldBadAtMs = -Infinity;
  /** What the record that is being read made whole. */
  #folded: FollowedRecord['folded'];

  /** Begins to read. */
  constructor(parts: ControlFollowerParts) {
    this.#parts = parts;
    this.#view = emptyControlView(parts.basePartitions);
    this.#reader = parts.log.open();
    this.#following = this.#follow();
  }

  /** What the records say that were read so far. */
  get view(): ControlView {
    return this.#view;
  }

  /** The keys of claims and maps in the log, as `staleControlKeys` takes them. */
  get keys(): readonly ControlKey[] {
    return [...this.#keys.values()];
  }

  /** The offset behind the last record that was read. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  /** Calls `listener` after records that changed the view; it must not throw. The answer ends that. */
  onChange(listener: (view: ControlView) => void): () => void {
    // A wrapper of its own, so that one function may listen twice and leave once.
    const own = (view: ControlView): void => listener(view);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /**
   * Resolves once all is read that was durable at the call (W4, C1); as long as the log does not answer it is asked again.
   * Rejects with `LogError` LOG_REPLACED, or LOG_CLOSED after `close`.
   */
  async caughtUp(): Promise<void> {
    const endOffset = await this.#endOffset();
    while (this.#nextOffset < endOffset) {
      if (this.#lost !== undefined) throw this.#lost;
      await this.#news();
    }
  }

  /** Resolves when something was read, or nothing will be any more. */
  #news(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Reads no further; may be called twice. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#lost ??= new LogError('LOG_CLOSED', 'nobody follows control here any more');
    await this.#reader.close();
    await this.#following;
    this.#wake();
  }

  async #follow(): Promise<void> {
    const stop = this.#closing.signal;
    const tries = this.#newTries();
    while (!stop.aborted) {
      const records = await this.#next(tries);
      if (records === undefined) continue;
      if (records === 'over') return;
      try {
        this.#readAll(records);
      } catch (error) {
        this.#parts.logger.error('a record of control could not be followed; nothing more is read', { error });
        const message = `control is not followed any more: it failed at the record of offset ${this.#nextOffset - 1}`;
        this.#lose(new LogError('LOG_CLOSED', message, { cause: error }));
        return;
      }
    }
  }

  #readAll(records: readonly ControlLogRecord[]): void {
    const before = this.#view;
    for (const record of records) this.#read(record);
    if (this.#view !== before) for (const listener of this.#listeners) listener(this.#view);
    this.#wake();
  }

  /** The next records; `undefined` after a pause, where the log did not answer. */
  async #next(tries: Tries): Promise<readonly ControlLogRecord[] | 'over' | undefined> {
    try {
      const records = await this.#reader.next();
      tries.backoff.reset();
      tries.isTold = false;
      if (records !== undefined) return records;
      this.#lose(new LogError('LOG_CLOSED', 'the log of control was closed'));
      return 'over';
    } catch (error) {
      if (isFinal(error)) {
        this.#lose(error);
        return 'over';
      }
      await this.#pause(tries, 'control cannot be read; placement stays as it is', error);
      return undefined;
    }
  }

  async #endOffset(): Promise<number> {
    const tries = this.#newTries();
    for (;;) {
      if (this.#lost !== undefined) throw this.#lost;
      try {
        return await this.#parts.log.endOffset();
      } catch (error) {
        if (isFinal(error)) throw error;
        await this.#pause(tries, 'control does not say where it ends', error);
      }
    }
  }

  #newTries(): Tries {
    const backoff = new Backoff({ firstMs: firstPauseMs, maxMs: longestPauseMs, random: this.#parts.random });
    return { backoff, isTold: false };
  }

  /** Told once an outage. */
  async #pause(tries: Tries, message: string, error: unknown): Promise<void> {
    const { clock, logger } = this.#parts;
    if (!tries.isTold) logger.warn(message, { error });
    tries.isTold = true;
    await clock.sleep(tries.backoff.nextMs(), this.#closing.signal);
  }

  #lose(error: LogError): void {
    const isOurs = this.#closing.signal.aborted;
    this.#lost ??= error;
    this.#wake();
    if (!isOurs) this.#parts.onLost(error);
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #read(logged: ControlLogRecord): void {
    const { offset, key, bytes } = logged;
    this.counters.records += 1;
    this.#nextOffset = offset + 1;
    this.#noteKey(key, bytes !== undefined);
    this.#folded = undefined;
    const entry = bytes === undefined ? undefined : this.#take(logged, bytes);
    if (bytes === undefined) this.reports.takeOut(key);
    this.#parts.hear?.({ logged, entry, folded: this.#folded, view: this.#view });
  }

  #take(logged: ControlLogRecord, bytes: Uint8Array): ControlEntry | undefined {
    const { key } = logged;
    if (key === policyKey || (!this.#parts.keepsReports && isReport(key))) return undefined;
    const entry = decodeControl(key, bytes);
    if (entry.kind === 'record') this.#fold(logged, entry.record);
    else if (entry.kind === 'part') this.#foldPart(logged, entry.part);
    else if (entry.kind === 'malformed') this.#bad('malformed', logged, entry.message);
    else this.reports.keep(key, entry, logged);
    return entry;
  }

  #noteKey(text: string, isThere: boolean): void {
    if (!isThere) {
      this.#keys.delete(text);
      return;
    }
    const key = parseControlKey(text);
    if (key?.kind !== 'claim' && key?.kind !== 'map') return;
    this.#keys.set(text, key);
    if (this.#keys.size <= keysMax) return;
    const [oldest] = this.#keys.keys();
    if (oldest !== undefined) this.#keys.delete(oldest);
  }

  /** A part says of its token what a claim says: whoever wrote it was the coordinator by then. */
  #foldPart(logged: ControlLogRecord, part: MapPart): void {
    const { token, epoch } = part;
    const { kind } = this.#fold(logged, { kind: 'claim', token });
    // It is no claim: nothing is whole before the last part.
    this.#folded = undefined;
    if (kind === 'void') return;
    const taken = this.#mapParts.take(part);
    if (taken.kind === 'damaged') this.#bad('malformed', logged, taken.message);
    if (taken.kind !== 'whole') return;
    const map = decodeMap(epoch, taken.bytes);
    if ('message' in map) this.#bad('malformed', logged, map.message);
    else this.#fold(logged, { kind: 'map', token, map });
  }

  #fold(logged: ControlLogRecord, record: ControlRecord): ControlOutcome {
    const { view, outcome } = followControl(this.#view, record);
    this.#folded = { record, outcome };
    // The same object where nothing changed, so that nobody hears of it.
    if (outcome.kind !== 'repeat') this.#view = view;
    if (outcome.kind === 'void') this.counters.void += 1;
    else if (outcome.kind === 'unusable') {
      this.#bad('unusable', logged, `the map breaks ${outcome.broken.invariant} and is not put in force`);
    } else if (outcome.kind === 'adopted') {
      this.counters.adopted += 1;
      if (outcome.broken !== undefined) {
        const { offset, key } = logged;
        const fields = { offset, key, invariant: outcome.broken.invariant };
        this.#parts.logger.error('a map does not follow from the one before; it is in force all the same', fields);
      }
    }
    return outcome;
  }

  #bad(counter: 'malformed' | 'unusable', { offset, key }: ControlLogRecord, message: string): void {
    const { clock, logger } = this.#parts;
    this.counters[counter] += 1;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#toldBadAtMs < tellBadEveryMs) return;
    this.#toldBadAtMs = nowMs;
    const { malformed, unusable } = this.counters;
    logger.error(`a record of control is passed over: ${message}`, { offset, key, malformed, unusable });
  }
}

function isReport(key: string): boolean {
  return key.startsWith('partition/') || key.startsWith('rates/') || key.startsWith('writer/');
}

/** Whether no other try can help. */
function isFinal(error: unknown): error is LogError {
  return error instanceof LogError && (error.code === 'LOG_REPLACED' || error.code === 'LOG_CLOSED');
}
