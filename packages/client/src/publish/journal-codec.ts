/**
 * The bytes of a journal. In: what a publisher must not forget. Out: records with a checksum each, and, of a file, what
 * it says up to where it is whole. Pure. A tail that a crash tore is cut; damage before the end is told, because what
 * follows it cannot be trusted to be all.
 */
import type { UnsettledBatch } from './unsettled-queue.ts';

/** The identity that ticks are published under. */
export type JournalIdentity = {
  readonly publisherId: bigint;
  /** From then on it is refused, ns since the Unix epoch. */
  readonly expireTimeNs: bigint;
};

/** One record. */
export type JournalRecord =
  /** What the journal is for; the first record. */
  | { readonly kind: 'purpose'; readonly dataset: string; readonly timeDomain: number }
  /** From here on ticks go out under this identity; links begin again. */
  | ({ readonly kind: 'identity' } & JournalIdentity)
  /** Last sequences by symbol, as they stood when the file was written anew. */
  | { readonly kind: 'links'; readonly links: readonly (readonly [string, number])[]; readonly last: number }
  /** Ticks that were taken; `links` are the last sequences of its instruments. */
  | { readonly kind: 'batch'; readonly links: readonly (readonly [string, number])[]; readonly batch: UnsettledBatch }
  /** Everything up to here is settled. */
  | { readonly kind: 'settled'; readonly sequence: number };

/** What a file says. */
export type JournalReading = {
  readonly records: readonly JournalRecord[];
  /** Bytes up to the end of the last whole record. */
  readonly wholeBytes: number;
  /** Where it is damaged before its end; absent if it is not. */
  readonly damagedAt?: number;
};

/** The first bytes of a file. */
export const journalMagic: Uint8Array = new TextEncoder().encode('TLJRNL1\n');

/** Length of the payload, its checksum, and a checksum of both: a wrong length must not pass for a torn tail. */
const frameBytes = 12;

/** A record as it stands in the file: frame, header as JSON, block. */
export function encodeJournalRecord(record: JournalRecord): Uint8Array {
  const block = record.kind === 'batch' ? record.batch.block : new Uint8Array();
  const header = new TextEncoder().encode(JSON.stringify(headerOf(record)));
  const bytes = new Uint8Array(frameBytes + 4 + header.byteLength + block.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.byteLength - frameBytes, true);
  view.setUint32(frameBytes, header.byteLength, true);
  bytes.set(header, frameBytes + 4);
  bytes.set(block, frameBytes + 4 + header.byteLength);
  view.setUint32(4, checksum(bytes.subarray(frameBytes)), true);
  view.setUint32(8, checksum(bytes.subarray(0, 8)), true);
  return bytes;
}

/** Reads a file. `damagedAt` is 0 for a file that is no journal. */
export function readJournal(file: Uint8Array): JournalReading {
  // A crash may have cut even the first bytes.
  if (file.byteLength < journalMagic.byteLength) {
    const isTorn = file.every((byte, index) => byte === journalMagic[index]);
    return isTorn ? { records: [], wholeBytes: 0 } : { records: [], wholeBytes: 0, damagedAt: 0 };
  }
  if (journalMagic.some((byte, index) => file[index] !== byte)) return { records: [], wholeBytes: 0, damagedAt: 0 };
  const records: JournalRecord[] = [];
  let at = journalMagic.byteLength;
  while (at < file.byteLength) {
    const found = recordAt(file, at);
    if (found === undefined) {
      return isTornAt(file, at) ? { records, wholeBytes: at } : { records, wholeBytes: at, damagedAt: at };
    }
    records.push(found.record);
    at = found.end;
  }
  return { records, wholeBytes: at };
}

function recordAt(file: Uint8Array, at: number): { record: JournalRecord; end: number } | undefined {
  const end = endOfRecord(file, at);
  if (end === undefined || end > file.byteLength) return undefined;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const payload = file.subarray(at + frameBytes, end);
  if (payload.byteLength < 4 || checksum(payload) !== view.getUint32(at + 4, true)) return undefined;
  const headerBytes = view.getUint32(at + frameBytes, true);
  const header: unknown = JSON.parse(new TextDecoder().decode(payload.subarray(4, 4 + headerBytes)));
  return { record: recordOf(header as RecordHeader, new Uint8Array(payload.subarray(4 + headerBytes))), end };
}

/** A write that a crash cut ends with the file, or goes on in zeros where the disk had not got it yet. */
function isTornAt(file: Uint8Array, at: number): boolean {
  if (at + frameBytes > file.byteLength) return true;
  const end = endOfRecord(file, at);
  if (end !== undefined) return end >= file.byteLength;
  return file.subarray(at + frameBytes).every((byte) => byte === 0);
}

/** Where the record ends by its frame; `undefined` if there is no whole frame. */
function endOfRecord(file: Uint8Array, at: number): number | undefined {
  if (at + frameBytes > file.byteLength) return undefined;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (checksum(file.subarray(at, at + 8)) !== view.getUint32(at + 8, true)) return undefined;
  return at + frameBytes + view.getUint32(at, true);
}

type RecordHeader =
  | { readonly kind: 'purpose'; readonly dataset: string; readonly timeDomain: number }
  | { readonly kind: 'identity'; readonly publisherId: string; readonly expireTimeNs: string }
  | { readonly kind: 'links'; readonly links: [string, number][]; readonly last: number }
  | { readonly kind: 'batch'; readonly links: [string, number][]; readonly batch: [number, number, number] }
  | { readonly kind: 'settled'; readonly sequence: number };

function headerOf(record: JournalRecord): RecordHeader {
  switch (record.kind) {
    case 'identity':
      return {
        kind: 'identity',
        publisherId: String(record.publisherId),
        expireTimeNs: String(record.expireTimeNs),
      };
    case 'batch': {
      const { first, last, ticks } = record.batch;
      return {
        kind: 'batch',
        links: record.links.map(([symbol, link]) => [symbol, link]),
        batch: [first, last, ticks],
      };
    }
    case 'links':
      return { kind: 'links', links: record.links.map(([symbol, link]) => [symbol, link]), last: record.last };
    case 'purpose':
    case 'settled':
      return record;
  }
}

function recordOf(header: RecordHeader, block: Uint8Array): JournalRecord {
  switch (header.kind) {
    case 'identity': {
      const { publisherId, expireTimeNs } = header;
      return { kind: 'identity', publisherId: BigInt(publisherId), expireTimeNs: BigInt(expireTimeNs) };
    }
    case 'batch': {
      const [first, last, ticks] = header.batch;
      return { kind: 'batch', links: header.links, batch: { first, last, ticks, block } };
    }
    case 'links':
    case 'purpose':
    case 'settled':
      return header;
  }
}

const crcTable = Uint32Array.from({ length: 256 }, (_, index) => {
  let crc = index;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  return crc;
});

/** CRC-32 as of IEEE 802.3. */
function checksum(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (crcTable[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffff_ffff) >>> 0;
}
