/**
 * Snapshots in Cassandra. In: bytes of any length under a claim. Out: the two newest whole ones. The bytes go first, in
 * parts, and the header last, so a torn write is never seen; each is checked by its SHA-256 when it is read, and a damaged
 * one is told and passed over. What is older than two generations is deleted: these are the only deletes of the store.
 */
import { createHash } from 'node:crypto';
import { type SnapshotChoice, type SnapshotClaim, StoreError, type StoredSnapshot } from '@tapeline/domain';
import type { Logger } from '@tapeline/runtime';
import type { PatientReads } from './patient-reads.ts';
import type { Session, Value } from './session.ts';
import type { SnapshotHeader, SnapshotHeaders } from './snapshot-headers.ts';
import { partStatements } from './snapshot-statements.ts';
import { StatementUnit } from './statement-unit.ts';
import type { StoreMetrics } from './store-metrics.ts';
import { failureOf } from './write-failure.ts';
import type { Writer } from './writer.ts';

/** Bounds of snapshots. */
export const snapshotLimits = {
  /** Bytes of one part. */
  partBytes: 524_288,
  /** Bytes of one part once a node has refused one as too large, for all snapshots after it. */
  smallPartBytes: 32_768,
  /** Parts that are written at once, so that a large snapshot leaves room for bars. */
  partsAtOnce: 4,
  /** Bytes of one snapshot; a larger one is refused. */
  bytesMax: 1_073_741_824,
  kept: 2,
} as const;

const partRowsPerPage = 4;
const plainDelete = { kind: 'write' } as const;

/** What snapshots stand on. */
export type SnapshotsParts = {
  readonly session: Session;
  readonly writer: Writer;
  readonly reads: PatientReads;
  readonly headers: SnapshotHeaders;
  readonly stream: string;
  readonly logger: Logger;
  readonly metrics: StoreMetrics;
};

/** Snapshots of one stream. */
export class Snapshots {
  readonly #parts: SnapshotsParts;
  /** The last generation of each partition's claim that this process has used. */
  readonly #generations = new Map<number, { readonly epoch: number; generation: number }>();
  #partBytes: number = snapshotLimits.partBytes;

  constructor(parts: SnapshotsParts) {
    this.#parts = parts;
  }

  /** See `Store.claimSnapshots`. */
  async claim(partition: number): Promise<SnapshotClaim> {
    const claim = await this.#parts.headers.claim(partition);
    this.#generations.set(partition, { epoch: claim.epoch, generation: 0 });
    return claim;
  }

  /** See `Store.saveSnapshot`. */
  async save(snapshot: StoredSnapshot, { epoch }: SnapshotClaim): Promise<void> {
    const { partBytes, smallPartBytes, bytesMax } = snapshotLimits;
    const { partition, bytes } = snapshot;
    if (bytes.length > bytesMax) {
      throw new StoreError(
        'STORE_UNFIT',
        `a snapshot of ${bytes.length} bytes is beyond ${bytesMax}; use more partitions`,
      );
    }
    const tried = this.#partBytes;
    try {
      await this.#saveInParts(snapshot, epoch, tried);
    } catch (error) {
      if (tried === smallPartBytes || !isTooLarge(error)) throw error;
      this.#parts.logger.warn('parts of a snapshot are too large for the nodes; smaller ones are written from now on', {
        partition,
        bytes: partBytes,
        smaller: smallPartBytes,
        remedy: 'set max_mutation_size of the nodes to 1MiB or more, or leave it out',
      });
      this.#partBytes = smallPartBytes;
      await this.#saveInParts(snapshot, epoch, smallPartBytes);
    }
    await this.#removeOld(partition, epoch);
  }

  /** See `Store.snapshots`. */
  async read(partition: number, { after, limit = Infinity }: SnapshotChoice = {}): Promise<readonly StoredSnapshot[]> {
    const found: StoredSnapshot[] = [];
    const headers = await this.#parts.headers.list(partition);
    const first = headers.findIndex(({ complete, nextOffset }) => complete && nextOffset === after) + 1;
    for (const header of headers.slice(first)) {
      if (found.length === Math.min(limit, snapshotLimits.kept)) break;
      // Torn ones, and the same offset saved again by an earlier claim.
      if (header.nextOffset === after) continue;
      if (!header.complete || found.some(({ nextOffset }) => nextOffset === header.nextOffset)) continue;
      const bytes = await this.#bytesOf(partition, header);
      if (bytes !== undefined) found.push({ partition, nextOffset: header.nextOffset, bytes });
    }
    return found;
  }

  async #saveInParts(snapshot: StoredSnapshot, epoch: number, partBytes: number): Promise<void> {
    const { partition, nextOffset, bytes } = snapshot;
    const { headers, stream } = this.#parts;
    const generation = await this.#nextGeneration(partition, epoch);
    // A number is never used twice, so that parts of a torn write never stand among those of another.
    await headers.begin(partition, { epoch, generation });
    const partCount = Math.ceil(bytes.length / partBytes);
    const sha256 = await this.#putParts([stream, partition, BigInt(epoch), BigInt(generation)], bytes, partBytes);
    await headers.complete(partition, { epoch, generation, nextOffset, byteCount: bytes.length, partCount, sha256 });
  }

  async #nextGeneration(partition: number, epoch: number): Promise<number> {
    let last = this.#generations.get(partition);
    if (last?.epoch !== epoch) {
      const headers = await this.#parts.headers.list(partition);
      const generation = Math.max(
        0,
        ...headers.filter((header) => header.epoch === epoch).map((header) => header.generation),
      );
      last = { epoch, generation };
      this.#generations.set(partition, last);
    }
    last.generation += 1;
    return last.generation;
  }

  /** Answers the checksum; summed part by part, because all at once would keep the process from anything else. */
  async #putParts(key: readonly Value[], bytes: Uint8Array, partBytes: number): Promise<Buffer> {
    const { session, writer } = this.#parts;
    const { partsAtOnce } = snapshotLimits;
    const partCount = Math.ceil(bytes.length / partBytes);
    const hash = createHash('sha256');
    for (let first = 0; first < partCount; first += partsAtOnce) {
      const parts = Array.from({ length: Math.min(partsAtOnce, partCount - first) }, (_, place) => first + place);
      const units = parts.map((part) => {
        const at = part * partBytes;
        const piece = Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.min(partBytes, bytes.length - at));
        hash.update(piece);
        return new StatementUnit(session, partStatements.put, [...key, part, piece], piece.length);
      });
      await writer.write('saving a snapshot', units);
    }
    return hash.digest();
  }

  async #bytesOf(partition: number, header: SnapshotHeader): Promise<Uint8Array | undefined> {
    const { session, reads, stream, logger, metrics } = this.#parts;
    const { epoch, generation, byteCount, partCount, sha256, nextOffset } = header;
    const bytes = new Uint8Array(byteCount);
    const partBytes = partBytesOf(header);
    const { missing, found } = await reads.run('reading a snapshot', async () => {
      // Parts come in their order, and are summed one by one: all at once would keep the process from anything else.
      const hash = createHash('sha256');
      const waiting = new Set(Array.from({ length: partCount }, (_, part) => part));
      const key = [stream, partition, BigInt(epoch), BigInt(generation)];
      for await (const rows of session.pages(partStatements.all, key, { pageRows: partRowsPerPage })) {
        for (const row of rows) {
          const part = row['part'] as number;
          const piece = row['bytes'] as Buffer;
          const at = part * partBytes;
          if (at + piece.length > byteCount || !waiting.delete(part)) continue;
          bytes.set(piece, at);
          hash.update(bytes.subarray(at, at + partBytes));
        }
      }
      return { missing: waiting.size, found: hash.digest() };
    });
    if (missing === 0 && found.equals(sha256)) return bytes;
    const reason = missing > 0 ? 'incomplete' : 'damaged';
    metrics.snapshotSkipped(reason);
    logger.error('a snapshot cannot be used and is passed over; look at the disks of Cassandra', {
      partition,
      nextOffset,
      epoch,
      generation,
      reason: missing > 0 ? `${missing} of ${partCount} parts are missing` : 'its bytes do not have its checksum',
    });
    return undefined;
  }

  /** Keeps two with different offsets; what is left of torn writes goes as well. What fails here is done next time. */
  async #removeOld(partition: number, claimed: number): Promise<void> {
    const { session, headers, stream, logger } = this.#parts;
    const offsets = new Set<number>();
    try {
      const listed = await headers.list(partition);
      // What a later claim has begun is not ours to judge: its parts may be on their way.
      if (listed.some(({ epoch }) => epoch > claimed)) return;
      for (const header of listed) {
        const keep = header.complete && offsets.size < snapshotLimits.kept && !offsets.has(header.nextOffset);
        if (keep) offsets.add(header.nextOffset);
        else {
          const key = [stream, partition, BigInt(header.epoch), BigInt(header.generation)];
          await session.execute(partStatements.remove, key, plainDelete);
          await headers.remove(partition, header, claimed);
        }
      }
    } catch (error) {
      logger.warn('old snapshots were not deleted; it is tried again with the next one', {
        partition,
        reason: String(error),
      });
    }
  }
}

/** The size of all parts but the last; their number tells it. With one part or none both sizes mean the same. */
function partBytesOf({ byteCount, partCount }: SnapshotHeader): number {
  const { partBytes, smallPartBytes } = snapshotLimits;
  return partCount === Math.ceil(byteCount / partBytes) ? partBytes : smallPartBytes;
}

function isTooLarge(error: unknown): boolean {
  return error instanceof StoreError && failureOf(error.cause).code === 'too_large';
}
