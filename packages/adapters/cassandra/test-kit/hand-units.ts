/**
 * Units of the writer by hand. In: what each send answers. Out: what was sent. Errors are the driver's own, made as it
 * makes them.
 */
import { errors, types } from 'cassandra-driver';
import type { WriteUnit } from '../src/writer.ts';

/** An error that a node answers. */
export function nodeError(code: keyof typeof types.responseErrorCodes, message = 'as a node says it'): Error {
  return new errors.ResponseError(types.responseErrorCodes[code], message);
}

/** A request that nobody answered in time. */
export function clientTimeout(): Error {
  return new errors.OperationTimedOutError('no answer', '10.0.0.1:9042');
}

/** No node is up. */
export function noHost(inner: Record<string, Error> = {}): Error {
  return new errors.NoHostAvailableError(inner, 'no node is up');
}

/** What a unit does when it is sent: answers, or fails. */
export type Answer = (rows: readonly number[]) => Promise<void>;

/** A unit of numbered rows. */
export class HandUnit implements WriteUnit {
  readonly numbers: readonly number[];
  readonly #answer: Answer;
  readonly #rowBytes: number;

  constructor(numbers: readonly number[], answer: Answer, rowBytes = 100) {
    this.numbers = numbers;
    this.#answer = answer;
    this.#rowBytes = rowBytes;
  }

  get rows(): number {
    return this.numbers.length;
  }

  get bytes(): number {
    return this.numbers.length * this.#rowBytes;
  }

  send(): Promise<void> {
    return this.#answer(this.numbers);
  }

  halves(): readonly WriteUnit[] | undefined {
    if (this.rows < 2) return undefined;
    const middle = this.rows >> 1;
    const cut = (numbers: readonly number[]): HandUnit => new HandUnit(numbers, this.#answer, this.#rowBytes);
    return [cut(this.numbers.slice(0, middle)), cut(this.numbers.slice(middle))];
  }
}
