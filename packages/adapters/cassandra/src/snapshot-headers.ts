/**
 * Headers of snapshots and the claim on them. In: a stream. Out: claims that rise, headers in order, conditional writes
 * that fail with CLAIM_LOST once a later claim was made. Law 5: a later claim's snapshot stands before any earlier one.
 */
import { type SnapshotClaim, StoreError } from '@tapeline/domain';
import type { PatientReads } from './patient-reads.ts';
import type { Row, Session, Value } from './session.ts';
import { headerStatements } from './snapshot-statements.ts';

/** Others that may claim in between before one gives up for now. */
const claimTriesMax = 16;

/** A snapshot as its header tells it. */
export type SnapshotHeader = {
  readonly epoch: number;
  /** Rises within an epoch. */
  readonly generation: number;
  readonly nextOffset: number;
  readonly byteCount: number;
  readonly partCount: number;
  readonly sha256: Buffer;
  /** Whether all of its bytes were written. */
  readonly complete: boolean;
};

/** What a conditional write is of. */
export type Generation = Pick<SnapshotHeader, 'epoch' | 'generation'>;

/** Headers of one stream. */
export class SnapshotHeaders {
  readonly #session: Session;
  readonly #reads: PatientReads;
  readonly #stream: string;

  constructor(session: Session, reads: PatientReads, stream: string) {
    this.#session = session;
    this.#reads = reads;
    this.#stream = stream;
  }

  /** Takes the next claim. Rejects with STORE_UNAVAILABLE if others claimed in between 16 times. */
  claim(partition: number): Promise<SnapshotClaim> {
    const what = `claiming the snapshots of partition ${partition}`;
    const key = [this.#stream, partition];
    return this.#reads.run(what, async () => {
      // What a conditional write that timed out did shows here, or is ended by this read.
      const [row] = await this.#session.execute(headerStatements.claimed, key, { kind: 'settled' });
      let current = row === undefined ? null : (row['claimed'] as bigint | null);
      for (let tries = 0; tries < claimTriesMax; tries += 1) {
        const next = (current ?? 0n) + 1n;
        const answer = await this.#conditional(headerStatements.claim, [next, ...key, current]);
        if (answer['[applied]'] === true) return { partition, epoch: Number(next) };
        current = (answer['claimed'] as bigint | null | undefined) ?? null;
      }
      throw new StoreError('STORE_UNAVAILABLE', `${what}: ${claimTriesMax} others claimed in between; try again`);
    });
  }

  /** All headers, complete or not, the one that stands first first. */
  async list(partition: number): Promise<readonly SnapshotHeader[]> {
    const key = [this.#stream, partition];
    const rows = await this.#reads.rows('reading snapshots', headerStatements.list, key, { kind: 'settled' });
    // A partition that was only claimed is one row without a header.
    return rows.filter((row) => row['epoch'] !== null).map(headerOf);
  }

  /** Enters a generation whose bytes will be written. Rejects with CLAIM_LOST. */
  async begin(partition: number, { epoch, generation }: Generation): Promise<void> {
    await this.#held(partition, epoch, headerStatements.begin, this.#valuesOf(partition, epoch, generation, epoch));
  }

  /** Says that all bytes are written. Rejects with CLAIM_LOST. */
  async complete(partition: number, header: Omit<SnapshotHeader, 'complete'>): Promise<void> {
    const { epoch, generation, nextOffset, byteCount, partCount, sha256 } = header;
    const key = this.#valuesOf(partition, epoch, generation, epoch);
    const values = [BigInt(nextOffset), BigInt(byteCount), partCount, sha256, ...key];
    await this.#held(partition, epoch, headerStatements.complete, values);
  }

  /** Takes a header away under the claim `epoch`. Rejects with CLAIM_LOST. */
  async remove(partition: number, { epoch, generation }: Generation, claimed: number): Promise<void> {
    await this.#held(
      partition,
      claimed,
      headerStatements.remove,
      this.#valuesOf(partition, epoch, generation, claimed),
    );
  }

  #valuesOf(partition: number, epoch: number, generation: number, claimed: number): Value[] {
    return [this.#stream, partition, BigInt(epoch), BigInt(generation), BigInt(claimed)];
  }

  async #held(partition: number, epoch: number, statement: string, values: readonly Value[]): Promise<void> {
    await this.#reads.run(`saving a snapshot of partition ${partition}`, async () => {
      const answer = await this.#conditional(statement, values);
      if (answer['[applied]'] === true) return;
      throw new StoreError(
        'CLAIM_LOST',
        `the snapshots of partition ${partition} were claimed with epoch ${String(answer['claimed'])}, after our ${epoch}; let the partition go, or claim again`,
      );
    });
  }

  async #conditional(statement: string, values: readonly Value[]): Promise<Row> {
    const [row] = await this.#session.execute(statement, values, { kind: 'conditional' });
    return row ?? {};
  }
}

function headerOf(row: Row): SnapshotHeader {
  const complete = row['complete'] === true;
  return {
    epoch: Number(row['epoch']),
    generation: Number(row['generation']),
    nextOffset: complete ? Number(row['next_offset']) : 0,
    byteCount: complete ? Number(row['byte_count']) : 0,
    partCount: complete ? Number(row['part_count']) : 0,
    sha256: complete ? (row['sha256'] as Buffer) : Buffer.alloc(0),
    complete,
  };
}
