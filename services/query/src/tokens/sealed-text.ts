/**
 * Tokens that carry values to a reader and back. In: a kind and values that JSON can hold. Out: an opaque text of
 * letters, digits, - and _; and back, or why it is none. A checksum finds every change; it is no secret, since a token
 * holds nothing but places that its reader may ask for anyhow.
 */
import { createHash } from 'node:crypto';

/** What a token is for. */
export type TokenKind = 'instruments' | 'bars' | 'trades' | 'bar-stream' | 'trade-stream';

const version = 1;
const checksumBytes = 8;

/** Longest token that is looked at, characters; the longest that is made has 1,024 offsets and 1,000 numbers, some 24,000. */
export const tokenCharactersMax = 65_536;

/** The token's text. */
export function sealToken(kind: TokenKind, values: unknown): string {
  const body = Buffer.from(JSON.stringify([version, kind, values]));
  return Buffer.concat([body, checksumOf(body)]).toString('base64url');
}

/** What was sealed, or what is wrong with the text, as the end of a sentence that begins with the token's name. */
export function openToken(kind: TokenKind, text: string): { readonly values: unknown } | { readonly problem: string } {
  if (text.length > tokenCharactersMax) return { problem: `has over ${tokenCharactersMax} characters` };
  if (!/^[\w-]+$/.test(text)) return { problem: 'has characters that no token has' };
  const bytes = Buffer.from(text, 'base64url');
  const body = bytes.subarray(0, -checksumBytes);
  if (bytes.length <= checksumBytes || !checksumOf(body).equals(bytes.subarray(-checksumBytes))) {
    return { problem: 'is damaged: its checksum does not fit' };
  }
  const [foundVersion, foundKind, values] = JSON.parse(body.toString()) as [unknown, unknown, unknown];
  if (foundVersion !== version)
    return { problem: `is of version ${String(foundVersion)}, which this process does not know` };
  if (foundKind !== kind) return { problem: `is one of ${String(foundKind)}, not of ${kind}` };
  return { values };
}

function checksumOf(body: Uint8Array): Buffer {
  return createHash('sha256').update('tapeline token').update(body).digest().subarray(0, checksumBytes);
}

/** A digest of what a token goes with: equal values in the same order give the same text. */
export function digestOf(values: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(values)).digest('base64url').slice(0, 16);
}
