/**
 * Packs and unpacks the records of a batch. In: bytes and the codec's number. Out: the other form, made by Node's own
 * zlib on its threads. Read: none, gzip, zstd; written: none or zstd. Law 7: what unpacks to more than the bound is
 * refused before it takes the memory.
 */
import { promisify } from 'node:util';
import { constants, gunzip, zstdCompress, zstdDecompress } from 'node:zlib';
import type { Packing } from './record-batch.ts';

/** How batches are written. */
export type Compression = 'none' | 'zstd';

/** A batch whose records cannot be had; the message says what is wrong with it. */
export class BatchError extends Error {
  override name = 'BatchError';
  /** Whether another copy of the same bytes may be sound. */
  readonly mayPass: boolean;

  constructor(message: string, mayPass: boolean, options?: { cause: unknown }) {
    super(message, options);
    this.mayPass = mayPass;
  }
}

/** The records of one batch unpack to this many bytes at most: eight of the largest records. */
export const unpackedBytesMax = 67_108_864;

const codecNames = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
const codecMask = 7;
const zstdLevel = 1;
const packWithZstd = promisify(zstdCompress);
const unpackZstd = promisify(zstdDecompress);
const unpackGzip = promisify(gunzip);

/** zstd at its fastest ordinary level: more packs blocks of ticks hardly any better. */
export const zstdPacking: Packing = {
  codec: 4,
  pack: (bytes) => packWithZstd(bytes, { params: { [constants.ZSTD_c_compressionLevel]: zstdLevel } }),
};

/** The records of a batch as they were before packing; rejects with `BatchError`. */
export function unpack(attributes: number, bytes: Buffer): Buffer | Promise<Buffer> {
  const codec = attributes & codecMask;
  if (codec === 0) return bytes;
  return unpackWith(codec, bytes);
}

async function unpackWith(codec: number, bytes: Buffer): Promise<Buffer> {
  const name = codecNames[codec] ?? `number ${codec}`;
  if (name !== 'gzip' && name !== 'zstd') {
    throw new BatchError(`it is packed with ${name}, and only none, gzip and zstd are read`, false);
  }
  const options = { maxOutputLength: unpackedBytesMax };
  try {
    return name === 'gzip' ? await unpackGzip(bytes, options) : await unpackZstd(bytes, options);
  } catch (error) {
    throw new BatchError(
      `its records do not unpack with ${name} to ${unpackedBytesMax} bytes or less: ${(error as Error).message}`,
      false,
      { cause: error },
    );
  }
}
