/**
 * The last word on instruments. In: their last sequences. Out: messages of at most as many as the contract takes, again
 * after each reconnect until all are settled. Pure.
 */

/** An instrument and the sequence of its last tick, as the wire has it. */
export type LastWord = { readonly symbol: string; readonly link: bigint };

/** The end of some instruments. */
export class EndOfInstruments {
  readonly #messages: LastWord[][] = [];
  #next = 0;
  #lastRequest = 0;
  #settled: boolean;

  /** `perMessage` instruments at most go into one message. */
  constructor(instruments: readonly (readonly [string, number])[], perMessage: number) {
    for (let at = 0; at < instruments.length; at += perMessage) {
      const part = instruments.slice(at, at + perMessage);
      this.#messages.push(part.map(([symbol, link]) => ({ symbol, link: BigInt(link) })));
    }
    this.#settled = this.#messages.length === 0;
  }

  /** Whether ingest settled all of it; an end of nothing is settled. */
  get isSettled(): boolean {
    return this.#settled;
  }

  /** The next message, to go out as message `request` of the stream; `undefined` if all went out. */
  take(request: number): LastWord[] | undefined {
    const message = this.#messages[this.#next];
    if (message === undefined) return undefined;
    this.#next += 1;
    this.#lastRequest = request;
    return message;
  }

  /** Messages of the stream up to this one are settled. */
  settle(request: number): void {
    if (this.#next === this.#messages.length && request >= this.#lastRequest) this.#settled = true;
  }

  /** A new connection: all of it goes out again, if it is not settled. */
  rewind(): void {
    if (!this.#settled) this.#next = 0;
  }
}
