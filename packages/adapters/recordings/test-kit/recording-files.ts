/**
 * Small recordings for tests, and what reading them gives. In: text and zip entries. Out: files in a temporary folder
 * that goes away with the test file, and everything their batches hold, added up.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterAll } from 'vitest';
import { isRecordingProblem, openRecording } from '../src/index.ts';
import type { OpenOptions, RecordedTick, Recording, RecordingProblem, RejectedLine } from '../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'tapeline-recordings-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a file, its folders included, and gives its path. */
export function written(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** One file for `zipOf`. */
export type ZipPart = {
  readonly name: string;
  readonly text: string;
  /** 8 (deflate) unless given; anything but 0 and 8 is only a number in the headers. */
  readonly method?: number;
  readonly isEncrypted?: boolean;
  /** In place of the true checksum. */
  readonly checksum?: number;
};

/** A zip as most programs write it (PKWARE APPNOTE.TXT 4.3): local headers with data, the directory, its end. */
export function zipOf(...parts: readonly ZipPart[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const part of parts) {
    const name = Buffer.from(part.name);
    const plain = Buffer.from(part.text);
    const method = part.method ?? 8;
    const data = method === 8 ? deflateRawSync(plain) : plain;
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(part.isEncrypted === true ? 1 : 0, 2);
    fields.writeUInt16LE(method, 4);
    fields.writeUInt32LE(part.checksum ?? crc32(plain), 10);
    fields.writeUInt32LE(data.length, 14);
    fields.writeUInt32LE(plain.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    const body = Buffer.concat([Buffer.from('PK\x03\x04'), fields, name, data]);
    bodies.push(body);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), fields, rest, name]));
    offset += body.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, ...directory, end]);
}

/** Everything that a recording's batches hold. */
export type ReadRecording = {
  readonly recording: Recording;
  readonly ticks: readonly RecordedTick[];
  readonly rejected: readonly RejectedLine[];
  readonly ignored: Readonly<Record<string, number>>;
  readonly unknownConditions: Readonly<Record<string, number>>;
  readonly problem: RecordingProblem | undefined;
  /** Ticks and refused lines of each batch. */
  readonly batchSizes: readonly number[];
};

/** Opens a recording and reads it to its end; a recording that cannot be opened fails the test. */
export async function read(path: string, options?: OpenOptions): Promise<ReadRecording> {
  const recording = await openRecording(path, options);
  if (isRecordingProblem(recording)) throw new Error(recording.message);
  return readFrom(recording);
}

/** Reads a recording to its end. */
export async function readFrom(recording: Recording): Promise<ReadRecording> {
  const ticks: RecordedTick[] = [];
  const rejected: RejectedLine[] = [];
  const ignored: Record<string, number> = {};
  const unknownConditions: Record<string, number> = {};
  const batchSizes: number[] = [];
  let problem: RecordingProblem | undefined;
  for await (const batch of recording.batches()) {
    if (problem !== undefined) throw new Error('a batch came after the problem');
    ticks.push(...batch.ticks);
    rejected.push(...batch.rejected);
    for (const [what, lines] of batch.ignored) ignored[what] = (ignored[what] ?? 0) + lines;
    for (const [code, count] of batch.unknownConditions)
      unknownConditions[code] = (unknownConditions[code] ?? 0) + count;
    batchSizes.push(batch.ticks.length + batch.rejected.length);
    problem = batch.problem;
  }
  return { recording, ticks, rejected, ignored, unknownConditions, problem, batchSizes };
}

/** The problem that a path is answered with; a recording that opens fails the test. */
export async function problemOf(path: string, options?: OpenOptions): Promise<RecordingProblem> {
  const answer = await openRecording(path, options);
  if (!isRecordingProblem(answer)) throw new Error(`${path} opened as ${answer.format}`);
  return answer;
}

/** Line and code of each refused line. */
export function codesOf(rejected: readonly RejectedLine[]): readonly string[] {
  return rejected.map(({ line, code }) => `${line} ${code}`);
}
