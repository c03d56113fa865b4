/**
 * What a file is before it is read as a recording. In: its path. Out: how it is packed and the hash of its bytes, or
 * why it is no readable file. One pass over the bytes; memory: one chunk.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { recordingProblem } from './recording-problem.ts';
import type { RecordingProblem } from './recording-problem.ts';

/** How the bytes are packed, judged by the first of them and not by the name. */
export type FilePacking = 'zip' | 'gzip' | 'plain';

/** A file that exists, has bytes and can be read. */
export type FileFacts = {
  readonly path: string;
  readonly packing: FilePacking;
  /** The first 64 bits of the SHA-256 of the bytes. */
  readonly contentHash: bigint;
};

/** Looks at a file. */
export async function factsOfFile(path: string): Promise<FileFacts | RecordingProblem> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) {
      return recordingProblem('RECORDING_IS_DIRECTORY', path, 'is a directory; name the files in it');
    }
    if (!stats.isFile()) {
      const says = 'is a pipe, a socket or a device and no file; save the recording to a file first';
      return recordingProblem('RECORDING_NOT_A_FILE', path, says);
    }
    if (stats.size === 0) {
      return recordingProblem(
        'RECORDING_EMPTY',
        path,
        'is empty (0 bytes); get the file again from where it came from',
      );
    }
    return await hashedFacts(path);
  } catch (error) {
    return problemOfSystemError(path, error);
  }
}

async function hashedFacts(path: string): Promise<FileFacts> {
  const hash = createHash('sha256');
  let head: Buffer | undefined;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    const bytes = chunk as Buffer;
    head ??= bytes.subarray(0, 4);
    hash.update(bytes);
  }
  return { path, packing: packingOf(head ?? Buffer.alloc(0)), contentHash: hash.digest().readBigUInt64BE(0) };
}

function packingOf(head: Buffer): FilePacking {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  // PK and then 3 4 (an entry), 5 6 (the end of an empty zip) or 7 8 (a spanned zip).
  if (head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5 || head[2] === 7)) return 'zip';
  return 'plain';
}

function problemOfSystemError(path: string, error: unknown): RecordingProblem {
  if (!(error instanceof Error) || !('code' in error)) throw error;
  const value = String(error.code);
  if (value === 'ENOENT' || value === 'ENOTDIR') {
    return recordingProblem('RECORDING_MISSING', path, 'there is no such file; check the name', { value });
  }
  const says = `cannot be read (${error.message}); check its permissions and the disk`;
  return recordingProblem('RECORDING_UNREADABLE', path, says, { value });
}
