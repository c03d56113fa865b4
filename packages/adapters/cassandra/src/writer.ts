/**
 * The bounded writer. In: units, each one request. Out: a promise per call, once all of its units are in. Law 7: units
 * under way are bounded by a window that adapts, waiting bytes by a limit past which a call is refused; a unit that fails
 * is tried again for a few seconds with the same timestamps, and then its call rejects with STORE_UNAVAILABLE.
 */
import { StoreError } from '@tapeline/domain';
import { Backoff, type Clock, type RandomSource } from '@tapeline/runtime';
import type { StoreMetrics } from './store-metrics.ts';
import { failureOf, mayPassInUse, storeErrorOf } from './write-failure.ts';
import { WriteWindow } from './write-window.ts';

/** Bounds of the writer. */
export const writeLimits = {
  /** Bytes of units that wait or are under way; a call beyond is refused as STORE_UNAVAILABLE. */
  waitingBytesMax: 134_217_728,
  /** Pauses between tries, ms. */
  backoffFirstMs: 50,
  backoffMaxMs: 1_000,
  /** How long a unit is tried again, ms. */
  retryForMs: 5_000,
} as const;

/** One request. */
export type WriteUnit = {
  readonly rows: number;
  readonly bytes: number;
  send(): Promise<unknown>;
  /** Two smaller ones that write the same; nothing where it is as small as can be. */
  halves(): readonly WriteUnit[] | undefined;
};

/** What the writer stands on. */
export type WriterParts = {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly metrics: StoreMetrics;
  readonly retryForMs: number;
  /** Says what a person must mend, when a node refuses or nothing goes through; nothing if it cannot tell. Never rejects. */
  readonly diagnose: (error: unknown) => Promise<StoreError | undefined>;
};

type Call = {
  readonly what: string;
  left: number;
  failed: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};
type Item = { readonly unit: WriteUnit; readonly call: Call; firstFailureMs: number; backoff: Backoff | undefined };

/** The only way by which rows reach a session. */
export class Writer {
  readonly #parts: WriterParts;
  readonly #window = new WriteWindow();
  #queue: Item[] = [];
  #head = 0;
  #underWay = 0;
  #waitingBytes = 0;
  #calls = new Set<Promise<void>>();

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  /** Resolves once all units are in; `what` begins the message of a failure. */
  write(what: string, units: readonly WriteUnit[]): Promise<void> {
    if (units.length === 0) return Promise.resolve();
    const bytes = units.reduce((sum, unit) => sum + unit.bytes, 0);
    if (this.#waitingBytes > 0 && this.#waitingBytes + bytes > writeLimits.waitingBytesMax) {
      return Promise.reject(this.#refusal(what));
    }
    const done = new Promise<void>((resolve, reject) => {
      const call: Call = { what, left: units.length, failed: false, resolve, reject };
      for (const unit of units) this.#queue.push({ unit, call, firstFailureMs: 0, backoff: undefined });
    });
    this.#waitingBytes += bytes;
    this.#remember(done);
    this.#pump();
    return done;
  }

  /** Resolves when no call is under way. */
  async settled(): Promise<void> {
    while (this.#calls.size > 0) await Promise.allSettled(this.#calls);
  }

  #refusal(what: string): StoreError {
    return new StoreError(
      'STORE_UNAVAILABLE',
      `${what}: ${this.#waitingBytes} bytes wait to be written already, of ${writeLimits.waitingBytesMax} at most; write it again later`,
    );
  }

  #remember(done: Promise<void>): void {
    this.#calls.add(done);
    const forget = (): void => void this.#calls.delete(done);
    done.then(forget, forget);
  }

  #pump(): void {
    while (this.#underWay < this.#window.size && this.#head < this.#queue.length) {
      const item = this.#queue[this.#head] as Item;
      this.#head += 1;
      if (item.call.failed) this.#leave(item);
      else this.#start(item);
    }
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    } else if (this.#head > 4_096) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    this.#parts.metrics.load(this.#underWay, this.#window.size, this.#waitingBytes);
  }

  #start(item: Item): void {
    this.#underWay += 1;
    const begun = this.#window.begin();
    item.unit.send().then(
      () => this.#succeeded(item),
      (error: unknown) => this.#failed(item, begun, error),
    );
  }

  #succeeded(item: Item): void {
    this.#underWay -= 1;
    if (this.#head < this.#queue.length) this.#window.succeeded();
    this.#parts.metrics.wrote(item.unit.rows, item.unit.bytes);
    this.#leave(item);
    this.#pump();
  }

  /** One unit of a call is done with. */
  #leave({ unit, call }: Item): void {
    this.#waitingBytes -= unit.bytes;
    call.left -= 1;
    if (call.left === 0 && !call.failed) call.resolve();
  }

  #failed(item: Item, begun: number, error: unknown): void {
    this.#underWay -= 1;
    const { clock, metrics, retryForMs, random } = this.#parts;
    const failure = failureOf(error);
    if (failure.kind === 'overload') this.#window.overloaded(begun);
    metrics.failed(failure.code);
    // A mutation beyond the node's limit is answered as a failed write, so what fails so again is tried in halves.
    const isTooLarge = failure.kind === 'refused' || (failure.code === 'write_failure' && item.backoff !== undefined);
    const halves = isTooLarge ? item.unit.halves() : undefined;
    if (halves !== undefined) this.#split(item, halves);
    else if (mayPassInUse(failure)) {
      const nowMs = clock.monotonicMs();
      if (item.backoff === undefined) {
        item.firstFailureMs = nowMs;
        item.backoff = new Backoff({ firstMs: writeLimits.backoffFirstMs, maxMs: writeLimits.backoffMaxMs, random });
      }
      if (nowMs - item.firstFailureMs >= retryForMs || item.call.failed) this.#giveUp(item, error);
      else void this.#again(item, item.backoff.nextMs());
    } else this.#giveUp(item, error);
    this.#pump();
  }

  #split({ unit, call }: Item, halves: readonly WriteUnit[]): void {
    this.#parts.metrics.split();
    this.#waitingBytes += halves.reduce((sum, half) => sum + half.bytes, -unit.bytes);
    call.left += halves.length - 1;
    for (const half of halves) this.#queue.push({ unit: half, call, firstFailureMs: 0, backoff: undefined });
  }

  async #again(item: Item, pauseMs: number): Promise<void> {
    await this.#parts.clock.sleep(pauseMs);
    this.#queue.push(item);
    this.#pump();
  }

  /** The call fails; its other units are passed over, those under way end by themselves. */
  #giveUp(item: Item, error: unknown): void {
    const { call } = item;
    const isFirst = !call.failed;
    call.failed = true;
    this.#leave(item);
    if (isFirst) void this.#tell(call, error);
  }

  async #tell(call: Call, error: unknown): Promise<void> {
    const found = await this.#parts.diagnose(error);
    call.reject(found ?? storeErrorOf(error, call.what));
  }
}
