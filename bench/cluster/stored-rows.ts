/**
 * Bars to store. In: how many, from which second on. Out: bars as a fold puts them out: real ones of a generated tape, moved on
 * in time again and again, in the order in which they close. What a row holds decides what it costs, so nothing is made up.
 */
import { type Bar, encodeLogRecord, foldConfigDefaults, PartitionFold, TimeDomain } from '@tapeline/domain';
import { generatedTicks } from '../publish-tape.ts';
import { generatedDataset, shareTerms, TapePublisher } from '../tape-publisher.ts';
import { tapePace, tapeStartMs } from '../throughput-task.ts';

/** Seconds of the tape that are folded. */
const seconds = 20;
const batchTicks = 4_000;
const dayMs = 86_400_000;

/** Closed bars of a second of 500 instruments, oldest first: `count` of them, moved on by `fromSec`. */
export function barsToStore(count: number, fromSec: number): Bar[] {
  const real = foldedBars();
  const spanSec = seconds + 1;
  return Array.from({ length: count }, (_, index) => {
    const bar = real[index % real.length];
    if (bar === undefined) throw new RangeError('the tape has no bars');
    const moved = fromSec + Math.floor(index / real.length) * spanSec;
    return { ...bar, startSec: bar.startSec + moved, endSec: bar.endSec + moved };
  });
}

function foldedBars(): Bar[] {
  const next = generatedTicks(tapeStartMs, tapePace);
  const settings = { domain: TimeDomain.live, dataset: generatedDataset, terms: shareTerms };
  const publisher = new TapePublisher({ ...settings, draw: 1, issueDay: Math.floor(tapeStartMs / dayMs) });
  const fold = PartitionFold.start({ ...foldConfigDefaults, partition: 0, intervals: ['1s'], profiles: ['all'] });
  const bars: Bar[] = [];
  for (let offset = 0, ticks = 0; ticks < seconds * tapePace; offset += 1, ticks += batchTicks) {
    const batch = Array.from({ length: batchTicks }, next);
    const appendTimeMs = batch.at(-1)?.eventMs ?? tapeStartMs;
    const bytes = encodeLogRecord([{ kind: 'tickBlock', bytes: publisher.publish(batch) }]);
    bars.push(...fold.step([{ offset, appendTimeMs, bytes }]).bars.filter(({ state }) => state === 'closed'));
  }
  return bars;
}
