/**
 * The bytes of a recording, unpacked. In: where they are and how they are packed. Out: chunks, pulled, so a slow
 * consumer stops the reading; closed however the pulling ends. Whatever goes wrong with the bytes is thrown as a
 * `RecordingSourceError`, already judged; the line reader turns it into the problem of the last batch.
 */
import { createReadStream } from 'node:fs';
import type { Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { RecordingProblemCode } from './recording-problem.ts';

/** Opens the bytes anew; each call starts from the first. */
export type RecordingSource = () => AsyncIterable<Buffer>;

/** A file inside a zip: its name there, folders included, and its bytes. */
export type ZipEntry = { readonly name: string; readonly source: RecordingSource };

/** How reading failed: the file cannot be read, ends too early, or holds other bytes than were written. */
export type SourceFault = Extract<
  RecordingProblemCode,
  'RECORDING_UNREADABLE' | 'RECORDING_TRUNCATED' | 'RECORDING_CORRUPT'
>;

/** Bytes that cannot be had; `fault` says why, `cause` is the library's error. */
export class RecordingSourceError extends Error {
  override name = 'RecordingSourceError';
  readonly fault: SourceFault;

  constructor(fault: SourceFault, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.fault = fault;
  }
}

const chunkBytes = 256 * 1024;

/** A file that is not packed. */
export function plainSource(path: string): RecordingSource {
  return () => chunksOf(createReadStream(path, { highWaterMark: chunkBytes }));
}

/** A gzip file, of one or several members. zlib keeps back what it unpacked last, at most 16 KiB, when it finds an error. */
export function gzipSource(path: string): RecordingSource {
  return () => chunksOf(through(createReadStream(path), createGunzip()));
}

/** Pipes `from` into `into`, errors and all, and gives `into` to be read. */
export function through(from: Readable, into: Duplex): Readable {
  // An error of `from` destroys `into` with it, and whoever reads `into` meets it there.
  pipeline(from, into).catch((error: unknown) => into.destroy(asError(error)));
  return into;
}

/** Reads a stream to its end, or until the consumer stops, which closes it. Throws `RecordingSourceError`. */
export async function* chunksOf(stream: Readable): AsyncGenerator<Buffer, void, void> {
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (error) {
    throw sourceErrorOf(error);
  }
}

/** Judges an error of a stream by the code that Node gives it. */
export function sourceErrorOf(error: unknown): RecordingSourceError {
  if (error instanceof RecordingSourceError) return error;
  const cause = asError(error);
  const code = 'code' in cause ? String(cause.code) : '';
  // zlib's own codes: the data ended inside the stream, or they are not what was packed.
  if (code === 'Z_BUF_ERROR')
    return new RecordingSourceError('RECORDING_TRUNCATED', 'the packed data end too early', { cause });
  // What the operating system refuses names the call; everything else is an unpacker's complaint of the bytes.
  const fault = 'syscall' in cause ? 'RECORDING_UNREADABLE' : 'RECORDING_CORRUPT';
  return new RecordingSourceError(fault, cause.message, { cause });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
