/**
 * What is left of a zip that was cut off. In: a zip without the directory at its end. Out: its first entry, read from
 * the header in front of it, up to the cut, or `undefined` if there is none to read. A half-received file gives its
 * good lines and then says that it is truncated, as a half-received gzip does.
 * Source: PKWARE APPNOTE.TXT 6.3, section 4.3.7, local file header.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInflateRaw } from 'node:zlib';
import { RecordingSourceError, chunksOf, through } from './recording-source.ts';
import type { ZipEntry } from './recording-source.ts';

const headerBytes = 30;
const headerSignature = 0x04034b50;
const methodDeflate = 8;
const flagEncrypted = 1;

/** The first entry of a cut-off zip, if it is packed by deflate and not encrypted. */
export async function salvagedEntry(path: string): Promise<ZipEntry | undefined> {
  const header = await firstBytes(path, headerBytes);
  if (header.length < headerBytes || header.readUInt32LE(0) !== headerSignature) return undefined;
  const isReadable = (header.readUInt16LE(6) & flagEncrypted) === 0 && header.readUInt16LE(8) === methodDeflate;
  const nameBytes = header.readUInt16LE(26);
  const dataStart = headerBytes + nameBytes + header.readUInt16LE(28);
  if (!isReadable || nameBytes === 0) return undefined;
  const named = await firstBytes(path, dataStart);
  if (named.length < dataStart) return undefined;
  const name = named.toString('utf8', headerBytes, headerBytes + nameBytes);
  return { name, source: () => bytesUpToTheCut(path, dataStart) };
}

async function* bytesUpToTheCut(path: string, dataStart: number): AsyncGenerator<Buffer, void, void> {
  yield* chunksOf(through(createReadStream(path, { start: dataStart }), createInflateRaw()));
  // The entry itself is whole; what is lost is its checksum and whatever came after it.
  throw new RecordingSourceError('RECORDING_TRUNCATED', 'the zip ends before its directory');
}

async function firstBytes(path: string, count: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const bytes = Buffer.alloc(count);
    const { bytesRead } = await file.read(bytes, 0, count, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
