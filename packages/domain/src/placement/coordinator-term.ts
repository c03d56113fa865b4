/**
 * One token of a coordinator, from its claim to its end. In: what `control` says, and what became of its own records. Out: whether it
 * leads. C1 and C3: only what it read back at the place where it landed counts, so a record that another one made void, or
 * wrote under the same token, is never acted on. At most one own record is under way.
 */
import type { ControlOutcome, ControlRecord } from './control-view.ts';
import type { ControlRead, TermEnd } from './coordinator-types.ts';

/** What a term says when something of its own is settled. */
export type TermStep = 'claimed' | 'in-force' | undefined;

/** The time of one token. */
export class CoordinatorTerm {
  /** 1 or more. */
  readonly token: number;
  /** Whether the claim was read back. */
  isLeading = false;
  /** Why it is over; `undefined` while it is not. */
  end: TermEnd | undefined;
  /** Handed out, or durable and not read back. */
  #underWay: ControlRecord | undefined;
  #landedAt: number | undefined;
  #readTo: number;
  /** Records of the token that were read and not matched with an own one yet, by offset. */
  readonly #ownReads: Map<number, ControlOutcome['kind']> = new Map();

  /** `readTo` is the offset that was read last, -1 for none. */
  constructor(token: number, readTo: number) {
    this.token = token;
    this.#readTo = readTo;
  }

  /** Whether a record is under way: nothing else is to be published meanwhile. */
  get isBusy(): boolean {
    return this.#underWay !== undefined;
  }

  /** A record is handed out to be appended. */
  append(record: ControlRecord): void {
    this.#underWay = record;
  }

  /** The record is durable. */
  landed(offset: number): TermStep {
    this.#landedAt = offset;
    return this.#settle();
  }

  /** The first reason stays. */
  over(end: TermEnd): void {
    this.end ??= end;
    this.isLeading = false;
  }

  /** A record was read. */
  read({ offset, record, outcome, view }: ControlRead): TermStep {
    this.#readTo = Math.max(this.#readTo, offset);
    if (view.token > this.token) this.over('deposed');
    if (record?.token === this.token && outcome !== undefined) this.#ownReads.set(offset, outcome.kind);
    return this.#settle();
  }

  #settle(): TermStep {
    if (this.end !== undefined) return undefined;
    let step: TermStep;
    const own = this.#underWay;
    if (own !== undefined && this.#landedAt !== undefined && this.#readTo >= this.#landedAt) {
      const kind = this.#ownReads.get(this.#landedAt);
      this.#ownReads.delete(this.#landedAt);
      this.#underWay = undefined;
      this.#landedAt = undefined;
      const isGood = kind === (own.kind === 'claim' ? 'claimed' : 'adopted');
      if (isGood && own.kind === 'claim') this.isLeading = true;
      if (isGood) step = own.kind === 'claim' ? 'claimed' : 'in-force';
      else this.over(kind === undefined ? 'gone' : 'shared');
    }
    // Without a record of its own under way, one of its token is somebody else's.
    if (this.#underWay === undefined && this.#ownReads.size > 0) this.over('shared');
    return this.end === undefined ? step : undefined;
  }
}
