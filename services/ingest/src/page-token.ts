/**
 * Tokens of pages of GetPublisher. In: the query and the last instrument of a page. Out: a token, and from it the place
 * where the next page begins; a token that is damaged or of another query is refused, so that no page is silently wrong.
 */
import { createHash } from 'node:crypto';
import { RpcError } from '@tapeline/grpc';

/** What is paged through; it stays the same from page to page. */
export type PagedQuery = { readonly publisherId: bigint; readonly dataset: string };

/** Where a page ended. */
export type PagePlace = { readonly dataset: string; readonly symbol: string };

const tokenCharactersMax = 2_048;
const checkCharacters = 16;

/** The token of the page after `place`. */
export function pageToken(query: PagedQuery, place: PagePlace): string {
  const text = `${place.dataset.length}:${place.dataset}${place.symbol}`;
  return checkOf(query, text) + Buffer.from(text).toString('base64url');
}

/** Where the page begins; `undefined` = at the start. Throws PAGE_TOKEN_INVALID. */
export function placeOfToken(query: PagedQuery, token: string): PagePlace | undefined {
  if (token === '') return undefined;
  const text = Buffer.from(token.slice(checkCharacters, tokenCharactersMax), 'base64url').toString();
  const colon = text.indexOf(':');
  const symbolAt = colon + 1 + Number(text.slice(0, colon));
  const place = { dataset: text.slice(colon + 1, symbolAt), symbol: text.slice(symbolAt) };
  // Made again it must be the same: what is not of it would be passed over in reading.
  if (token === pageToken(query, place)) return place;
  const message = 'page_token is damaged or of another query; pass next_page_token as it came, or begin without one';
  throw new RpcError('INVALID_ARGUMENT', 'PAGE_TOKEN_INVALID', message, { field: 'page_token' });
}

/** A checksum that no other query or place has by chance; it guards against mistakes, not against malice. */
function checkOf({ publisherId, dataset }: PagedQuery, text: string): string {
  const hash = createHash('sha256').update(JSON.stringify([String(publisherId), dataset, text]));
  return hash.digest('base64url').slice(0, checkCharacters);
}
