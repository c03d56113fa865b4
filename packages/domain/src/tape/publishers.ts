/**
 * The publishers that a partition knows. In: 64-bit ids. Out: small indices, dense while in use. Rules E2 and E3: an
 * entry whose first record was appended 8 days or more after the id's issue is refused, and a publisher is forgotten
 * once nothing of it can come any more.
 */
import { TimeDomain } from '../log/tick-columns.ts';
import { issueDayOf, timeDomainOf } from '../market/publisher-id.ts';

const dayMs = 86_400_000;
const expiryDays = 8;

/** What the partition keeps of a publisher. */
export type Publisher = {
  readonly id: bigint;
  readonly live: boolean;
  /** The partition's waiting clock at its last Alive, ms. */
  aliveMs: number;
};

/** Publishers by index. */
export class Publishers {
  readonly slots: (Publisher | undefined)[] = [];
  readonly #indices = new Map<bigint, number>();

  /** The index of `id`, a new one if it was not known. */
  indexOf(id: bigint, waitedMs: number): number {
    const known = this.#indices.get(id);
    if (known !== undefined) return known;
    const free = this.slots.indexOf(undefined);
    const index = free < 0 ? this.slots.length : free;
    this.put(index, { id, live: timeDomainOf(id) === TimeDomain.live, aliveMs: waitedMs });
    return index;
  }

  /** The index of `id`, -1 if it is not known. */
  find(id: bigint): number {
    return this.#indices.get(id) ?? -1;
  }

  /** Puts a publisher at an index, as a restored snapshot has it. */
  put(index: number, publisher: Publisher): void {
    this.slots[index] = publisher;
    this.#indices.set(publisher.id, index);
  }

  at(index: number): Publisher {
    return this.slots[index]!;
  }

  /** Forgets the publisher at `index`. */
  drop(index: number): void {
    this.#indices.delete(this.at(index).id);
    this.slots[index] = undefined;
    while (this.slots.length > 0 && this.slots.at(-1) === undefined) this.slots.pop();
  }

  /** Whether `left` comes before `right` in the order of publishers: by id, so that arrival does not matter. */
  precedes(left: number, right: number): boolean {
    return left !== right && this.at(left).id < this.at(right).id;
  }
}

/** Rule E2: whether an entry of this publisher whose first record was appended then is too late. */
export function isExpired(id: bigint, firstAppendTimeMs: number): boolean {
  return firstAppendTimeMs >= (issueDayOf(id) + expiryDays) * dayMs;
}

/** Rule E3: the clock at which a publisher is forgotten, ms; nothing of it can be read again by then. */
export function forgottenAtMs(id: bigint, retentionMs: number): number {
  return (issueDayOf(id) + expiryDays) * dayMs + 2 * retentionMs;
}
