/**
 * The connection to the cluster as the store uses it. In: statements with `{keyspace}` and their values. Out: rows, or
 * the driver's errors as they are. A seam: the store's parts are tested over a session by hand.
 */
import type { BatchFrame } from './batch-frame.ts';

/** A row by column; whole numbers of 64 bits and varints are `bigint`. */
export type Row = Readonly<Record<string, unknown>>;

/** What a column may be given. */
export type Value = string | number | bigint | boolean | null | Uint8Array | Date;

/** How a statement runs. */
export type StatementHow = {
  /** Rows of one page; 5,000 if absent. */
  readonly pageRows?: number;
  /**
   * `write` and `read` are repeated by the driver where that is safe, at LOCAL_QUORUM. `conditional` is never repeated;
   * `settled` reads what conditional writes left, those under way included.
   */
  readonly kind?: 'read' | 'write' | 'conditional' | 'settled' | 'schema';
};

/** One session; every statement is prepared but those of kind `schema`. */
export type Session = {
  readonly keyspace: string;
  /** All rows, page by page. */
  execute(statement: string, values: readonly Value[], how?: StatementHow): Promise<readonly Row[]>;
  /** Rows as they come. */
  pages(statement: string, values: readonly Value[], how?: StatementHow): AsyncIterable<readonly Row[]>;
  /** The id by which a batch names the statement. */
  prepare(statement: string): Promise<Buffer>;
  /** Writes a batch of one partition. */
  send(frame: BatchFrame): Promise<void>;
  /** Resolves once all nodes have the same tables, or rejects after 30 s. */
  agreed(): Promise<void>;
  close(): Promise<void>;
};
