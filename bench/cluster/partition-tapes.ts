/**
 * One generated tape, cut for each partition of a log: as tick blocks of 64 KiB, as a record for each tick, and as the
 * trades that a peer reads. In: how many ticks of each. Out: files in a folder. It is a replay, whose bars close by event
 * time, because the log stamps append time when the tape is loaded; an end of replay closes the last ones.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { encodeLogRecord, homePartition, publisherId, TimeDomain } from '@tapeline/domain';
import { generatedTicks } from '../publish-tape.ts';
import { type BenchRecord, recordBytesMax } from '../record-cutter.ts';
import { writeTape } from '../tape-file.ts';
import { generatedDataset, shareTerms, TapePublisher, type TapeTick } from '../tape-publisher.ts';
import { tapePace, tapeStartMs } from '../throughput-task.ts';

/** Which tapes to write. */
export type PartitionTapesTask = {
  readonly folder: string;
  readonly partitions: number;
  /** Ticks in blocks, over all partitions; the others get the first of the same ticks. */
  readonly ticks: number;
  /** Ticks with a record each. */
  readonly singles: number;
  /** Ticks of the peer. */
  readonly peer: number;
  /** Ticks in a second of event time; that of the other benches if absent. */
  readonly ticksPerSecond?: number;
};

/** What was written. */
export type PartitionTapes = {
  readonly blockBytes: number;
  readonly blockRecords: number;
  readonly singleBytes: number;
  /** Event time from the first tick to the last, ms. */
  readonly lastsMs: number;
};

/** Forms of a tape in a folder. */
export type TapeForm = 'blocks' | 'singles';

const dayMs = 86_400_000;
const bytesPerTickFirst = 8;
const fillShare = 0.97;
const peerValueBytes = 28;
/** From the price unit of the tape, 1e-4, to the peer's, 1e-9. */
const peerPriceUnits = 100_000;

/** Where a partition's records of a form are. */
export function tapeOf(folder: string, form: TapeForm, partition: number): string {
  return path.join(folder, `${form}-${partition}`);
}

/** Where the peer's trades are. */
export function peerTapeOf(folder: string): string {
  return path.join(folder, 'peer');
}

/** Generates the ticks once and writes them in every form. */
export function writePartitionTapes(task: PartitionTapesTask): PartitionTapes {
  const { folder, partitions } = task;
  const next = generatedTicks(tapeStartMs, task.ticksPerSecond ?? tapePace);
  const blocks = Array.from({ length: partitions }, (_, partition) => new PartitionCutter(partition + 1, 'fill'));
  const singles = Array.from(
    { length: partitions },
    (_, partition) => new PartitionCutter(partitions + partition + 1, 1),
  );
  const peer = new PeerTape(peerTapeOf(folder));
  let eventMs = tapeStartMs;
  for (let count = 0; count < Math.max(task.ticks, task.singles, task.peer); count += 1) {
    const tick = next();
    ({ eventMs } = tick);
    const partition = homePartition(generatedDataset, tick.symbol, partitions);
    if (count < task.ticks) blocks[partition]?.add(tick);
    if (count < task.singles) singles[partition]?.add({ ...tick });
    if (count < task.peer) peer.add(partition, tick, count + 1);
  }
  peer.close();
  const sum = { blockBytes: 0, blockRecords: 0, singleBytes: 0, lastsMs: eventMs - tapeStartMs };
  for (let partition = 0; partition < partitions; partition += 1) {
    const [blockRecords, singleRecords] = [blocks[partition]?.end() ?? [], singles[partition]?.end() ?? []];
    writeTape(tapeOf(folder, 'blocks', partition), blockRecords);
    writeTape(tapeOf(folder, 'singles', partition), singleRecords);
    sum.blockRecords += blockRecords.length;
    sum.blockBytes += bytesOf(blockRecords);
    sum.singleBytes += bytesOf(singleRecords);
  }
  return sum;
}

/** Ticks of one partition on their way into records; each partition has a publisher of its own. */
class PartitionCutter {
  readonly #publisher: TapePublisher;
  readonly #id: bigint;
  readonly #cut: number | 'fill';
  #batch: TapeTick[] = [];
  #records: BenchRecord[] = [];
  #bytesPerTick = bytesPerTickFirst;

  constructor(draw: number, cut: number | 'fill') {
    const issueDay = Math.floor(Date.now() / dayMs);
    this.#publisher = new TapePublisher({
      draw,
      domain: TimeDomain.replay,
      issueDay,
      dataset: generatedDataset,
      terms: shareTerms,
    });
    this.#id = publisherId(issueDay, TimeDomain.replay, BigInt(draw));
    this.#cut = cut;
  }

  add(tick: TapeTick): void {
    this.#batch.push(tick);
    const most = this.#cut === 'fill' ? Math.floor((recordBytesMax * fillShare) / this.#bytesPerTick) : this.#cut;
    if (this.#batch.length >= most) this.#record();
  }

  /** All records, the last of which is the end of the replay. */
  end(): readonly BenchRecord[] {
    if (this.#batch.length > 0) this.#record();
    const instruments = Array.from(this.#publisher.lastSequences, ([symbol, link]) => ({ symbol, link }));
    if (instruments.length === 0) return [];
    const end = { kind: 'endOfReplay', publisherId: this.#id, dataset: generatedDataset, instruments } as const;
    this.#records.push({ appendTimeMs: 0, ticks: 0, bytes: encodeLogRecord([end]) });
    return this.#records;
  }

  #record(): void {
    const ticks = this.#batch.length;
    const block = this.#publisher.publish(this.#batch);
    this.#batch = [];
    this.#records.push({ appendTimeMs: 0, ticks, bytes: encodeLogRecord([{ kind: 'tickBlock', bytes: block }]) });
    this.#bytesPerTick = Math.max(block.length / ticks, this.#bytesPerTick * 0.99);
  }
}

/** The peer's file; its layout is in LoadTrades.java. */
class PeerTape {
  readonly #file: number;
  readonly #buffer: Buffer = Buffer.alloc(1_048_576);
  #used = 0;

  constructor(file: string) {
    this.#file = openSync(file, 'w');
  }

  add(partition: number, tick: TapeTick, sequence: number): void {
    const bytes = 2 + tick.symbol.length + peerValueBytes;
    if (this.#used + bytes > this.#buffer.length) this.#flush();
    const buffer = this.#buffer;
    let at = buffer.writeUInt8(partition, this.#used);
    at = buffer.writeUInt8(tick.symbol.length, at);
    at += buffer.write(tick.symbol, at, 'latin1');
    at = buffer.writeBigInt64BE(BigInt(tick.eventMs), at);
    at = buffer.writeBigInt64BE(BigInt(tick.price * peerPriceUnits), at);
    at = buffer.writeBigInt64BE(BigInt(tick.size), at);
    this.#used = buffer.writeInt32BE(sequence, at);
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #flush(): void {
    writeSync(this.#file, this.#buffer, 0, this.#used);
    this.#used = 0;
  }
}

function bytesOf(records: readonly BenchRecord[]): number {
  return records.reduce((sum, { bytes }) => sum + bytes.length, 0);
}
