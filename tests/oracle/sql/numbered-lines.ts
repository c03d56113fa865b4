/**
 * The lines of a recording with their numbers. In: a path to a zip with one file, a gzip file or a plain one. Out: a
 * temporary file with one line each, `number TAB text`, so that the order of the file is a column and does not rest on
 * how a database reads.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, inflateRawSync } from 'node:zlib';

/** A temporary file that `remove` takes away. */
export type NumberedLines = { readonly path: string; remove(): void };

/** Unpacks a recording and numbers its lines from 1. */
export function numberedLinesOf(path: string): NumberedLines {
  const lines = unpacked(readFileSync(path)).toString('utf8').split('\n');
  const numbered = lines.flatMap((line, index) => (line === '' ? [] : [`${index + 1}\t${line.replace(/\r$/, '')}\n`]));
  const folder = mkdtempSync(join(tmpdir(), 'tapeline-oracle-'));
  const copy = join(folder, 'lines.tsv');
  writeFileSync(copy, numbered.join(''));
  return { path: copy, remove: () => rmSync(folder, { recursive: true }) };
}

function unpacked(bytes: Buffer): Buffer {
  if (bytes.readUInt16BE(0) === 0x1f8b) return gunzipSync(bytes);
  if (bytes.toString('latin1', 0, 4) === 'PK\x03\x04') return onlyMemberOf(bytes);
  return bytes;
}

/** The one file in a zip, by the archive's directory at its end (PKWARE APPNOTE.TXT 4.3.12 and 4.3.16). */
function onlyMemberOf(zip: Buffer): Buffer {
  const end = zip.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  const members = zip.readUInt16LE(end + 10);
  if (members !== 1) throw new RangeError(`the zip holds ${members} files and not one`);
  const entry = zip.readUInt32LE(end + 16);
  const method = zip.readUInt16LE(entry + 10);
  const packedBytes = zip.readUInt32LE(entry + 20);
  const local = zip.readUInt32LE(entry + 42);
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const packed = zip.subarray(start, start + packedBytes);
  return method === 0 ? packed : inflateRawSync(packed);
}
