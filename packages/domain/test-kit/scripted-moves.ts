/**
 * Two partitions between which a test moves instruments by hand. In: records for either, in ms from `scriptBaseSec`. Out: their tapes;
 * what one sends to the other waits until the test has it delivered, as often as it likes.
 */
import type { FoldConfig } from '../src/fold/fold-types.ts';
import { decodeLogRecord, type LogEntryToWrite } from '../src/log/log-record.ts';
import { decodeEntryOfMoves, type EntryOfMoves, type HandoverEntry } from '../src/log/move-entries.ts';
import { EntryField } from '../src/log/log-entries.ts';
import { ProtoWriter } from '../src/log/proto-writer.ts';
import { ScriptedTape } from './scripted-tape.ts';
import { symbolAtHome } from './sent-on.ts';

/** The partition in which `moving` begins, and the other one. */
export const from = 0;
/** The partition that it moves to. */
export const to = 1;
/** An instrument of the first partition. */
export const moving: string = symbolAtHome(from, 2);
/** One that stays in the second. */
export const staying: string = symbolAtHome(to, 2);

/** Both partitions. */
export class ScriptedMoves {
  readonly tapes: readonly [ScriptedTape, ScriptedTape];
  /** How many of the emissions of each were delivered. */
  readonly #delivered = [0, 0];

  constructor(config: Partial<FoldConfig> = {}, second: Partial<FoldConfig> = {}) {
    const both = { basePartitions: 2, ...config };
    this.tapes = [
      new ScriptedTape({ ...both, partition: from }),
      new ScriptedTape({ ...both, ...second, partition: to }),
    ];
  }

  get p(): ScriptedTape {
    return this.tapes[0];
  }

  get q(): ScriptedTape {
    return this.tapes[1];
  }

  /** Appends a Move of `moving` to the partition where it is, from epoch `fromEpoch` on; the next epoch is one higher. */
  move(atMs: number, fromEpoch = 0): void {
    const target = fromEpoch % 2 === 0 ? to : from;
    this.tapes[1 - target]!.append(atMs, moveOf(fromEpoch + 1, fromEpoch, target));
  }

  /** What one of them has for the other and was not delivered, entry by entry: large ones have records of their own. */
  pending(of: 0 | 1 = from): Uint8Array[] {
    return this.tapes[of].emissions
      .slice(this.#delivered[of])
      .flatMap(({ records }) => records().flatMap(entryByEntry));
  }

  /** Delivers them, one record each. */
  deliver(atMs: number, of: 0 | 1 = from): void {
    const records = this.pending(of);
    this.#delivered[of] = this.tapes[of].emissions.length;
    for (const bytes of records) this.tapes[1 - of]!.appendBytes(atMs, bytes);
  }

  /** What is pending went somewhere else. */
  lose(of: 0 | 1 = from): void {
    this.#delivered[of] = this.tapes[of].emissions.length;
  }

  /** Moves it and delivers what that brings. */
  moveOver(atMs: number, fromEpoch = 0): void {
    this.move(atMs, fromEpoch);
    this.deliver(atMs, fromEpoch % 2 === 0 ? from : to);
  }
}

/** A record for each entry of moves of this one. */
function entryByEntry(bytes: Uint8Array): Uint8Array[] {
  return decodeLogRecord(bytes).flatMap((entry) => {
    if (!('start' in entry) || entry.kind === 'tickBlock') return [];
    const content = bytes.slice(entry.start, entry.end);
    const inner = new ProtoWriter(content.length + 16).message(EntryField[entry.kind], content).finish();
    return [new ProtoWriter(inner.length + 16).message(1, inner).finish()];
  });
}

/** A Move of `moving`. */
export function moveOf(epoch: number, fromEpoch: number, target: number): LogEntryToWrite {
  return { kind: 'move', dataset: 'test', symbol: moving, epoch, fromEpoch, to: target };
}

/** The entries of moves in these records. */
export function entriesIn(records: readonly Uint8Array[]): EntryOfMoves[] {
  return records.flatMap((bytes) =>
    decodeLogRecord(bytes).flatMap((entry) =>
      'start' in entry && entry.kind !== 'tickBlock' ? [decodeEntryOfMoves(bytes, entry)] : [],
    ),
  );
}

/** The parts of states in these records. */
export function handoversIn(records: readonly Uint8Array[]): HandoverEntry[] {
  return entriesIn(records).filter((entry) => entry.kind === 'handover');
}
