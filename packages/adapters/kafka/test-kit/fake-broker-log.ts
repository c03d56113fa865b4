/**
 * The log of one partition as a broker keeps it. In: batches as they are sent. Out: Kafka's own answers, by its rules
 * for producers: the same batch again is acknowledged with its first offset, a stale epoch or a hole in the sequence is
 * refused.
 */
import { code } from '../src/error-codes.ts';
import { crc32c } from '../src/crc32c.ts';
import { batchLayout } from '../src/record-batch.ts';

type Sent = { readonly first: number; readonly count: number; readonly offset: number; readonly timeMs: number };
type ProducerState = { epoch: number; batches: Sent[] };

/** Batches whose offsets a broker remembers of each producer. */
const rememberedMax = 5;
const logAppendTime = 8;

/** What a broker says about a batch. */
export type Taken = { readonly code: number; readonly offset: number; readonly timeMs: number };

/** A partition's log. */
export class FakeBrokerLog {
  /** Batches as they are stored. */
  batches: Buffer[] = [];
  firstOffset = 0;
  endOffset = 0;
  /** How often another broker became the leader; each batch that is stored carries it. */
  leaderEpoch = 0;
  readonly #producers = new Map<number, ProducerState>();

  /** Takes a batch as the leader does. */
  append(batch: Buffer, timeMs: number): Taken {
    const producerId = int64(batch, batchLayout.producerId);
    const epoch = batch.readInt16BE(batchLayout.producerEpoch);
    const first = batch.readInt32BE(batchLayout.firstSequence);
    const count = batch.readInt32BE(batchLayout.count);
    if (crc32c(batch, batchLayout.attributes, batch.length) !== batch.readUInt32BE(batchLayout.crc)) {
      return refused(code.corruptMessage);
    }
    const state = this.#producers.get(producerId) ?? { epoch, batches: [] };
    if (epoch < state.epoch) return refused(code.invalidProducerEpoch);
    if (epoch > state.epoch) {
      if (first !== 0) return refused(code.outOfOrderSequence);
      state.epoch = epoch;
      state.batches = [];
    }
    const same = state.batches.find((sent) => sent.first === first && sent.count === count);
    if (same !== undefined) return { code: code.none, offset: same.offset, timeMs: same.timeMs };
    const last = state.batches.at(-1);
    if (last !== undefined && first < last.first + last.count) return refused(code.duplicateSequence);
    if (last !== undefined && first !== last.first + last.count) return refused(code.outOfOrderSequence);
    const offset = this.store(batch, timeMs);
    state.batches = [...state.batches, { first, count, offset, timeMs }].slice(-rememberedMax);
    this.#producers.set(producerId, state);
    return { code: code.none, offset, timeMs };
  }

  /** Stores a batch whoever sent it; answers its first offset. */
  store(batch: Buffer, timeMs: number, offset: number = this.endOffset): number {
    const stored = Buffer.from(batch);
    stored.writeBigInt64BE(BigInt(offset), batchLayout.baseOffset);
    stored.writeInt32BE(this.leaderEpoch, batchLayout.leaderEpoch);
    stored.writeBigInt64BE(BigInt(timeMs), batchLayout.maxTime);
    stored.writeInt16BE(stored.readInt16BE(batchLayout.attributes) | logAppendTime, batchLayout.attributes);
    stored.writeUInt32BE(crc32c(stored, batchLayout.attributes, stored.length), batchLayout.crc);
    this.batches.push(stored);
    this.endOffset = offset + stored.readInt32BE(batchLayout.lastOffsetDelta) + 1;
    return offset;
  }

  /** Another broker leads, whose copy has only the batches that end by this offset; what it knows of producers as well. */
  goBackTo(endOffset: number): void {
    this.leaderEpoch += 1;
    this.batches = this.batches.filter((batch) => endOf(batch) <= endOffset);
    this.endOffset = this.batches.reduce((_, batch) => endOf(batch), this.firstOffset);
    this.#producers.clear();
  }

  /** The newest epoch up to the asked one and where it ends, by the broker's rule; `undefined` for one that is to come. */
  endOfEpoch(asked: number): { readonly epoch: number; readonly endOffset: number } | undefined {
    if (asked > this.leaderEpoch) return undefined;
    if (asked === this.leaderEpoch) return { epoch: asked, endOffset: this.endOffset };
    const epochOf = (batch: Buffer): number => batch.readInt32BE(batchLayout.leaderEpoch);
    const last = this.batches.findLast((batch) => epochOf(batch) <= asked);
    const firstOffset = this.batches[0] === undefined ? this.endOffset : int64(this.batches[0], batchLayout.baseOffset);
    return last === undefined
      ? { epoch: asked, endOffset: firstOffset }
      : { epoch: epochOf(last), endOffset: endOf(last) };
  }

  /** Stored batches from the one that holds an offset, at most so many bytes, but one at least. */
  read(offset: number, bytesMax: number): Buffer {
    const from = this.batches.findIndex((batch) => endOf(batch) > offset);
    if (from === -1) return Buffer.alloc(0);
    const taken: Buffer[] = [];
    let bytes = 0;
    for (const batch of this.batches.slice(from)) {
      if (taken.length > 0 && bytes + batch.length > bytesMax) break;
      taken.push(batch);
      bytes += batch.length;
    }
    return Buffer.concat(taken);
  }
}

function endOf(batch: Buffer): number {
  return int64(batch, batchLayout.baseOffset) + batch.readInt32BE(batchLayout.lastOffsetDelta) + 1;
}

function int64(batch: Buffer, at: number): number {
  return Number(batch.readBigInt64BE(at));
}

function refused(value: number): Taken {
  return { code: value, offset: -1, timeMs: -1 };
}
