/**
 * One prepared statement as a unit of the writer. In: text and values. Out: a request that is the same at every try, so a
 * repeat changes nothing.
 */
import type { Session, Value } from './session.ts';
import type { WriteUnit } from './writer.ts';

/** A statement that writes one row; it may be repeated. */
export class StatementUnit implements WriteUnit {
  readonly rows = 1;
  readonly bytes: number;
  readonly #session: Session;
  readonly #statement: string;
  readonly #values: readonly Value[];

  constructor(session: Session, statement: string, values: readonly Value[], bytes: number) {
    this.#session = session;
    this.#statement = statement;
    this.#values = values;
    this.bytes = bytes;
  }

  send(): Promise<unknown> {
    return this.#session.execute(this.#statement, this.#values, { kind: 'write' });
  }

  halves(): undefined {
    return undefined;
  }
}
