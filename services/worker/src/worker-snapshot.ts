/**
 * The bytes of a worker's snapshot: the fold's own snapshot and the chunks that were open with it. In: both, or bytes.
 * Out: bytes with a checksum, or what was in them, or why they cannot be used. A snapshot is never half used: damage,
 * another version and another partition are told, and the caller takes an older one.
 */
import { crc32 } from 'node:zlib';
import type { OpenChunk } from './tape-chunks.ts';

/** Version of this envelope. Version 1 does not say of which log it is, and is still read. */
export const workerSnapshotVersion = 2;
const oldestVersion = 1;

/** What a worker goes on from. */
export type WorkerSnapshot = {
  readonly partition: number;
  /** The first record that is not in it. */
  readonly nextOffset: number;
  /** `TickLog.identity` of `ticks`: what the offsets are of; absent in one of version 1. */
  readonly logIdentity?: string;
  /** What `PartitionFold.snapshot` gave. */
  readonly fold: Uint8Array;
  readonly openChunks: readonly OpenChunk[];
};

/** Why a snapshot cannot be used; codes of the fold's own refusals are the same words. */
export type WorkerSnapshotProblem = {
  readonly code: 'SNAPSHOT_DAMAGED' | 'SNAPSHOT_OF_OTHER_VERSION' | 'SNAPSHOT_OF_OTHER_PARTITION';
  readonly message: string;
};

/** "TLWS", the version, the checksum of what follows, and the length of the header in JSON, 4 bytes each. */
const prefixBytes = 16;
const magic = 0x544c_5753;

type Header = {
  readonly partition: number;
  readonly nextOffset: number;
  readonly logIdentity?: string;
  readonly foldBytes: number;
  readonly chunks: readonly ChunkHeader[];
};

type ChunkHeader = Omit<OpenChunk, 'bytes' | 'firstEventNs' | 'lastEventNs'> & {
  readonly firstEventNs: string;
  readonly lastEventNs: string;
  readonly byteCount: number;
};

/** Of what a snapshot is. */
export type WorkerSnapshotNames = Pick<WorkerSnapshot, 'partition' | 'nextOffset' | 'logIdentity'>;

/** Makes the bytes a little at a time; the parts of the fold's snapshot must not change meanwhile. */
export class WorkerSnapshotWriter {
  readonly #bytes: Uint8Array;
  readonly #parts: readonly Uint8Array[];
  #part = 0;
  /** Bytes of that part that are copied, and of all. */
  #from = 0;
  #at = prefixBytes;
  #checksum: number;

  constructor(names: WorkerSnapshotNames, fold: readonly Uint8Array[], openChunks: readonly OpenChunk[]) {
    const foldBytes = fold.reduce((sum, part) => sum + part.length, 0);
    const header: Header = { ...names, foldBytes, chunks: openChunks.map(headerOf) };
    const head = new TextEncoder().encode(JSON.stringify(header));
    this.#parts = [head, ...fold, ...openChunks.map((chunk) => chunk.bytes)];
    this.#bytes = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, prefixBytes));
    const view = new DataView(this.#bytes.buffer);
    view.setUint32(0, magic);
    view.setUint32(4, names.logIdentity === undefined ? oldestVersion : workerSnapshotVersion);
    view.setUint32(12, head.length);
    this.#checksum = crc32(this.#bytes.subarray(12, prefixBytes));
  }

  /** Copies about `bytes` bytes more; answers all of them once they are there, equal for equal contents. */
  work(bytes: number): Uint8Array | undefined {
    for (let left = bytes; this.#part < this.#parts.length;) {
      if (left <= 0) return undefined;
      const part = this.#parts[this.#part] as Uint8Array;
      const piece = part.subarray(this.#from, this.#from + left);
      this.#bytes.set(piece, this.#at);
      this.#checksum = crc32(piece, this.#checksum);
      this.#at += piece.length;
      this.#from += piece.length;
      left -= piece.length;
      if (this.#from < part.length) continue;
      this.#part += 1;
      this.#from = 0;
    }
    new DataView(this.#bytes.buffer).setUint32(8, this.#checksum);
    return this.#bytes;
  }
}

/** Reads the bytes a little at a time; they must not change until they are read. */
export class WorkerSnapshotReader {
  readonly #bytes: Uint8Array;
  readonly #partition: number;
  /** Bytes that are summed, those before the checksum included. */
  #summed = prefixBytes - 4;
  #checksum = 0;

  constructor(bytes: Uint8Array, partition: number) {
    this.#bytes = bytes;
    this.#partition = partition;
  }

  /**
   * Sums about `bytes` bytes more; once all are, what is in them, as views of the bytes, or why they cannot be used for
   * this partition.
   */
  work(bytes: number): WorkerSnapshot | WorkerSnapshotProblem | undefined {
    const problem = problemAtOnce(this.#bytes);
    if (problem !== undefined) return problem;
    const piece = this.#bytes.subarray(this.#summed, this.#summed + bytes);
    this.#checksum = crc32(piece, this.#checksum);
    this.#summed += piece.length;
    return this.#summed < this.#bytes.length ? undefined : partsOf(this.#bytes, this.#checksum, this.#partition);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** What is seen without the checksum. */
function problemAtOnce(bytes: Uint8Array): WorkerSnapshotProblem | undefined {
  if (bytes.length < prefixBytes) return damaged(`it has ${bytes.length} bytes`);
  const view = viewOf(bytes);
  if (view.getUint32(0) !== magic) return damaged('it does not begin as one');
  const version = view.getUint32(4);
  if (version >= oldestVersion && version <= workerSnapshotVersion) return undefined;
  const message = `the snapshot is of worker version ${version}, this is ${workerSnapshotVersion}: replay the log instead`;
  return { code: 'SNAPSHOT_OF_OTHER_VERSION', message };
}

function partsOf(bytes: Uint8Array, checksum: number, partition: number): WorkerSnapshot | WorkerSnapshotProblem {
  const view = viewOf(bytes);
  if (view.getUint32(8) !== checksum) return damaged('its checksum does not fit');
  const headBytes = view.getUint32(12);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(prefixBytes, prefixBytes + headBytes))) as Header;
  if (header.partition !== partition) {
    const message = `the snapshot is of partition ${header.partition}, not ${partition}`;
    return { code: 'SNAPSHOT_OF_OTHER_PARTITION', message };
  }
  return contentsOf(bytes, header, prefixBytes + headBytes);
}

function contentsOf(bytes: Uint8Array, header: Header, from: number): WorkerSnapshot {
  let at = from;
  const next = (count: number): Uint8Array => bytes.subarray(at, (at += count));
  const fold = next(header.foldBytes);
  const openChunks = header.chunks.map(({ byteCount, firstEventNs, lastEventNs, ...chunk }) => ({
    ...chunk,
    firstEventNs: BigInt(firstEventNs),
    lastEventNs: BigInt(lastEventNs),
    bytes: next(byteCount),
  }));
  const { partition, nextOffset, logIdentity } = header;
  return { partition, nextOffset, ...(logIdentity === undefined ? {} : { logIdentity }), fold, openChunks };
}

function headerOf(chunk: OpenChunk): ChunkHeader {
  const { bytes, firstEventNs, lastEventNs, ...rest } = chunk;
  return { ...rest, firstEventNs: `${firstEventNs}`, lastEventNs: `${lastEventNs}`, byteCount: bytes.length };
}

function damaged(why: string): WorkerSnapshotProblem {
  return { code: 'SNAPSHOT_DAMAGED', message: `the snapshot is damaged, ${why}: use an older one` };
}
