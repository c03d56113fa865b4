/**
 * Page tokens. In: where a page ended, the digest of the query's other fields, and where the topic stood when the read
 * began. Out: opaque text, and back. It holds no time, so it never expires; a token of another query is refused with
 * PAGE_TOKEN_INVALID, since going on with it would leave out or repeat entries.
 */
import type { RpcError } from '@tapeline/grpc';
import { refusal } from '../refusal.ts';
import { openToken, sealToken, type TokenKind } from './sealed-text.ts';

/** Where a read goes on. */
export type PagePlace = {
  /** Values of the last entry that say where it stands; their meaning is the read's. */
  readonly cursor: readonly (string | number)[];
  /** For the resume token of the last page: the offset of each partition when the first page was asked for. */
  readonly positions: readonly number[];
};

/** The token that asks for what follows `place` in the query with this digest. */
export function pageToken(kind: TokenKind, digest: string, place: PagePlace): string {
  return sealToken(kind, [digest, place.cursor, place.positions]);
}

/** The place in a page token; `undefined` for the empty one, which asks for the first page. */
export function pagePlaceOf(kind: TokenKind, digest: string, text: string): PagePlace | undefined {
  if (text === '') return undefined;
  const opened = openToken(kind, text);
  if ('problem' in opened) throw invalid(opened.problem);
  const [of, cursor, positions] = opened.values as [unknown, unknown, unknown];
  if (of !== digest) throw invalid('goes with other fields than these: all but page_size have to stay as they were');
  if (!isCursor(cursor) || !isPositions(positions)) throw invalid('holds no place');
  return { cursor, positions };
}

function isCursor(value: unknown): value is (string | number)[] {
  return Array.isArray(value) && value.every((part) => typeof part === 'string' || typeof part === 'number');
}

/** Whether a value is a list of offsets. */
export function isPositions(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((offset) => Number.isSafeInteger(offset) && (offset as number) >= 0);
}

function invalid(problem: string): RpcError {
  return refusal('PAGE_TOKEN_INVALID', `page_token ${problem}; ask again without it, from the start`, {
    field: 'page_token',
    problem,
  });
}
