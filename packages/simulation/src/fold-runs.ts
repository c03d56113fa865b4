/**
 * Ways to run a fold over a log. In: a configuration and records. Out: what came of them: bars, notices, counters, the
 * state as bytes. Undisturbed, cut into other steps, or restored from a snapshot with the retained records read again;
 * law 1 says that what comes of them is the same.
 */
import {
  type Bar,
  type FoldConfig,
  type FoldCounters,
  type LogRecordInput,
  type Notice,
  PartitionFold,
} from '@tapeline/domain';
import { barText } from './bar-text.ts';
import type { MemoryLog } from './memory-log.ts';

/** What came of a log. */
export type FoldTrace = {
  readonly bars: readonly Bar[];
  readonly notices: readonly Notice[];
  readonly counters: Readonly<FoldCounters>;
  readonly snapshot: Uint8Array;
};

/** What one record brought, as text, and the state after it. */
export type RecordOutcome = OutputTexts & { readonly snapshot: Uint8Array };

/** An output as text: bars with all their fields, and notices. */
export type OutputTexts = { readonly bars: readonly string[]; readonly notices: readonly string[] };

/** A snapshot that its own fold does not take back. */
export class SnapshotRefusedError extends Error {
  override name = 'SnapshotRefusedError';
}

/** Folds the records, cut into steps as they are given. */
export function foldSteps(config: FoldConfig, steps: readonly (readonly LogRecordInput[])[]): FoldTrace {
  const fold = PartitionFold.start(config);
  const bars: Bar[] = [];
  const notices: Notice[] = [];
  for (const step of steps) {
    const output = fold.step(step);
    bars.push(...output.bars);
    notices.push(...output.notices);
  }
  return { bars, notices, counters: { ...fold.counters }, snapshot: fold.snapshot() };
}

/** Folds record by record, and keeps what each brought and the state after it. */
export function foldOutcomes(config: FoldConfig, records: readonly LogRecordInput[]): RecordOutcome[] {
  const fold = PartitionFold.start(config);
  return records.map((record) => ({ ...outputTexts(fold.step([record])), snapshot: fold.snapshot() }));
}

/** A fold as the snapshot has it, with the retained records read again, ready for the record at `nextOffset`. */
export function restoreFold(config: FoldConfig, snapshot: Uint8Array, log: MemoryLog): PartitionFold {
  const fold = PartitionFold.restore(config, snapshot);
  if (!(fold instanceof PartitionFold)) throw new SnapshotRefusedError(fold.message);
  const { retainFromOffset, nextOffset } = fold;
  const again = log.read(0, retainFromOffset, nextOffset - retainFromOffset);
  if ('code' in again) throw new SnapshotRefusedError(again.message);
  fold.step(again);
  return fold;
}

/** Everything that a step put out, as text. */
export function outputTexts(output: {
  readonly bars: readonly Bar[];
  readonly notices: readonly Notice[];
}): OutputTexts {
  return { bars: output.bars.map(barText), notices: output.notices.map((notice) => JSON.stringify(notice)) };
}

/** Where two byte strings first differ, and how, in words; `undefined` where they are equal. */
export function firstDifference(left: Uint8Array, right: Uint8Array): string | undefined {
  const end = Math.max(left.length, right.length);
  for (let at = 0; at < end; at += 1) {
    if (left[at] !== right[at])
      return `byte ${at} of ${left.length} and ${right.length} is ${left[at]} and ${right[at]}`;
  }
  return undefined;
}
