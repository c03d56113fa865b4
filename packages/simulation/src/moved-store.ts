/**
 * What owners of all partitions put out, as a store has it. In: bars and segments of the tape, of any owner, more than once. Out:
 * the bars, and one tape an instrument. Laws 1, 4 and 5 are judged at once: `OutputContradictedError` where a revision or a number
 * of the tape has two contents, or where a number comes before the one below it (O6).
 */
import {
  type Bar,
  decodeTapeRecord,
  encodeTapeRecord,
  formatPublisherId,
  type TapeSegment,
  type TapeSegmentOut,
} from '@tapeline/domain';
import { MemoryStore } from './memory-store.ts';
import { instrumentKey } from './moved-writer.ts';

/** Two outputs that do not go together. */
export class OutputContradictedError extends Error {
  override name = 'OutputContradictedError';
}

/** A tick of the tape: whose it is, and where it was decided. */
export type TapeEntry = {
  readonly publisher: string;
  readonly sequence: number;
  readonly outOfOrder: boolean;
  readonly late: boolean;
  readonly partition: number;
  readonly epoch: number;
  /** Of a cancel or correction by sequence: the sequence of its trade; 0 = none, or named by an id. */
  readonly original: number;
};

/** The segments as they are read. */
export function readSegments(segments: readonly TapeSegmentOut[]): readonly TapeSegment[] {
  return segments.length === 0 ? [] : decodeTapeRecord(encodeTapeRecord(segments)).segments;
}

/** Bars and tapes. */
export class MovedStore {
  readonly bars: MemoryStore = new MemoryStore();
  /** By `instrumentKey`; the tick with number n stands at n - 1. */
  readonly tapes: Map<string, TapeEntry[]> = new Map();
  /** Writes of what was there. */
  repeats = 0;

  /** Takes in what a step put out. Throws `OutputContradictedError`. */
  write(bars: readonly Bar[], segments: readonly TapeSegmentOut[]): void {
    this.bars.write(bars);
    const [violation] = this.bars.violations;
    if (violation !== undefined) throw new OutputContradictedError(violation.message);
    for (const segment of readSegments(segments)) this.#writeSegment(segment);
  }

  #writeSegment(segment: TapeSegment): void {
    const key = instrumentKey(segment);
    let tape = this.tapes.get(key);
    if (tape === undefined) this.tapes.set(key, (tape = []));
    const { late, outOfOrder, position } = segment;
    const publisher = formatPublisherId(segment.publisherId);
    const { partition, epoch } = position;
    for (const { number, sequence, original } of segment.ticks) {
      const at = { publisher, sequence, outOfOrder, late, partition, epoch, original: original?.sequence ?? 0 };
      const known = tape[number - 1];
      if (known === undefined) this.#add(tape, number, at, segment.symbol);
      else if (JSON.stringify(known) === JSON.stringify(at)) this.repeats += 1;
      else throw new OutputContradictedError(`${segment.symbol} has two ticks ${number}: ${show(known)}, ${show(at)}`);
    }
  }

  #add(tape: TapeEntry[], number: number, entry: TapeEntry, symbol: string): void {
    if (number !== tape.length + 1) {
      const detail = `while its tape ends with ${tape.length}: outputs before the move were not out yet (O6)`;
      throw new OutputContradictedError(`${symbol} gets tick ${number}, ${show(entry)}, ${detail}`);
    }
    tape.push(entry);
  }
}

function show(entry: TapeEntry): string {
  return `${entry.publisher}.${entry.sequence} of partition ${entry.partition}, epoch ${entry.epoch}`;
}
