/**
 * Trades of each instrument by number, whichever partitions they come from. In: entries of the topic's partitions. Out: the same
 * with each number once and rising. An instrument that moves goes on in another partition, whose records may be read first: an
 * entry that is ahead waits for the missing number. Law 7: what waits is bounded by bytes and time; at the bound the stream ends,
 * to be resumed from a place before all that waited.
 */
import type { RpcError } from '@tapeline/grpc';
import { refusal } from '../refusal.ts';
import type { StreamOrder } from '../streams/stream-order.ts';
import type { TapeItem } from './tape-item.ts';

/** Bytes of encoded entries that may wait, of all instruments of a stream. */
export const waitingBytesMax = 1_048_576;
/** How long a missing number is waited for while nothing else is to be read, ms. */
export const waitingMsMax = 10_000;
/** By how much clocks of partitions may differ: what lies before a first entry is read by then, ns. */
const clocksApartNs = 5_000_000_000n;

type Sent = {
  readonly number: number;
  /** Where the entry was counted; `undefined` = only the number is known. */
  readonly stay: string | undefined;
  /** Whether all before it are settled; not after a snapshot by time, which leaves out numbers of earlier times. */
  readonly isSure: boolean;
};

type Waiting = { readonly item: TapeItem; readonly partition: number; readonly at: number };

type Queue = {
  readonly entries: Map<number, Waiting>;
  /** The clock at which its first entry came, where one was told. */
  readonly fromNs: bigint | undefined;
  /** Since when nothing else was to be read. */
  sinceMs: number | undefined;
};

/** The order of one stream of trades. */
export class TradeOrder implements StreamOrder<TapeItem> {
  readonly #keys: readonly string[];
  readonly #sent = new Map<string, Sent>();
  readonly #queues = new Map<string, Queue>();
  #bytes = 0;

  /** `keys` of the instruments in the order of their names; `numbers` = the last one sent of each, 0 or absent = unknown. */
  constructor(keys: readonly string[], numbers: readonly number[]) {
    this.#keys = keys;
    for (const [index, number] of numbers.entries()) {
      const key = keys[index];
      if (key !== undefined && number > 0) this.#sent.set(key, { number, stay: undefined, isSure: true });
    }
  }

  ofSnapshot(items: readonly TapeItem[]): readonly TapeItem[] {
    const fresh = items.filter((item) => {
      if (item.number <= (this.#sent.get(item.instrument)?.number ?? 0)) return false;
      this.#note(item, false);
      return true;
    });
    return fresh.length === items.length ? items : fresh;
  }

  pass(items: readonly TapeItem[], partition: number, at: number, clockNs?: bigint): readonly TapeItem[] {
    let direct = 0;
    while (direct < items.length && this.#goesOn(items[direct] as TapeItem)) direct += 1;
    if (direct === items.length && this.#queues.size === 0) return items;
    const passed = items.slice(0, direct);
    for (const item of passed) this.#release(item.instrument, passed);
    for (const item of items.slice(direct)) {
      if (this.#goesOn(item)) {
        passed.push(item);
        this.#release(item.instrument, passed);
      } else if (this.#isAhead(item)) this.#keep({ item, partition, at }, clockNs === 0n ? undefined : clockNs);
    }
    if (clockNs !== undefined) {
      const isPast = ({ fromNs }: Queue): boolean => fromNs !== undefined && clockNs > fromNs + clocksApartNs;
      this.#begin((_, queue) => isPast(queue) || this.#bytes > waitingBytesMax, passed);
    }
    return passed;
  }

  settled(isAmidMove: (instrument: string) => boolean): readonly TapeItem[] {
    const passed: TapeItem[] = [];
    if (this.#queues.size > 0) this.#begin((instrument) => !isAmidMove(instrument), passed);
    return passed;
  }

  waitsFrom(): ReadonlyMap<number, number> {
    const places = new Map<number, number>();
    for (const { entries } of this.#queues.values()) {
      for (const { partition, at } of entries.values())
        places.set(partition, Math.min(at, places.get(partition) ?? at));
    }
    return places;
  }

  sentNumbers(): readonly number[] {
    const numbers = this.#keys.map((key) => {
      const sent = this.#sent.get(key);
      return sent?.isSure === true ? sent.number : 0;
    });
    return numbers.some((number) => number > 0) ? numbers : [];
  }

  problem(nowMs?: number): RpcError | undefined {
    if (this.#bytes > waitingBytesMax) return this.#incomplete(`more than ${waitingBytesMax} bytes wait for it`);
    if (nowMs === undefined) return undefined;
    for (const queue of this.#queues.values()) {
      queue.sinceMs ??= nowMs;
      if (nowMs - queue.sinceMs >= waitingMsMax) return this.#incomplete(`it did not come in ${waitingMsMax} ms`);
    }
    return undefined;
  }

  /** Whether the entry is the next one; if so it counts as sent. */
  #goesOn(item: TapeItem): boolean {
    const last = this.#sent.get(item.instrument);
    // What begins in another partition than the first may come before its last numbers from there. In one stay numbers have no
    // gap but where a record was damaged, and nobody else can fill that.
    const isNext =
      last === undefined
        ? item.epoch === 0
        : item.number === last.number + 1 || (item.number > last.number && item.stay === last.stay);
    if (isNext) this.#note(item, true);
    return isNext;
  }

  #isAhead({ instrument, number }: TapeItem): boolean {
    return number > (this.#sent.get(instrument)?.number ?? 0);
  }

  #note({ instrument, number, stay }: TapeItem, isSure: boolean): void {
    this.#sent.set(instrument, { number, stay, isSure });
  }

  #keep(waiting: Waiting, fromNs: bigint | undefined): void {
    const { instrument, number, bytes } = waiting.item;
    let queue = this.#queues.get(instrument);
    if (queue === undefined) this.#queues.set(instrument, (queue = { entries: new Map(), fromNs, sinceMs: undefined }));
    if (queue.entries.has(number)) return;
    queue.entries.set(number, waiting);
    this.#bytes += bytes.length;
  }

  /** Goes on with the first that waits where it is not sure that any lies before it, and with what follows. */
  #begin(mayBegin: (instrument: string, queue: Queue) => boolean, passed: TapeItem[]): void {
    for (const [instrument, queue] of this.#queues) {
      if (this.#sent.get(instrument)?.isSure === true || !mayBegin(instrument, queue)) continue;
      const first = queue.entries.get(Math.min(...queue.entries.keys())) as Waiting;
      this.#note(first.item, true);
      passed.push(first.item);
      this.#release(instrument, passed);
    }
  }

  /** Puts out what waited for the entry that was sent last. */
  #release(instrument: string, passed: TapeItem[]): void {
    const queue = this.#queues.get(instrument);
    if (queue === undefined) return;
    for (const number of [...queue.entries.keys()].sort((left, right) => left - right)) {
      const { item } = queue.entries.get(number) as Waiting;
      if (this.#goesOn(item)) passed.push(item);
      else if (this.#isAhead(item)) break;
      queue.entries.delete(number);
      this.#bytes -= item.bytes.length;
      queue.sinceMs = undefined;
    }
    if (queue.entries.size === 0) this.#queues.delete(instrument);
  }

  #incomplete(detail: string): RpcError {
    const [key, { entries }] = this.#queues.entries().next().value as [string, Queue];
    const [first] = entries.values();
    const { dataset, symbol } = (first as Waiting).item;
    const number = `${(this.#sent.get(key)?.number ?? 0) + 1}`;
    const message = `entry ${number} of ${symbol} in ${dataset} is missing, and ${detail}; go on with the last resume token, or ask without it, for a fresh snapshot`;
    return refusal('TAPE_INCOMPLETE', message, {
      dataset,
      symbol,
      number,
      limit: `${waitingBytesMax} bytes, ${waitingMsMax} ms`,
    });
  }
}
