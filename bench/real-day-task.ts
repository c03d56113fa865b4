/**
 * Puts real trades into a tape's file. In: recordings of one dataset. Out: the tape, cut into records of 64 KiB as ingest
 * would cut a replay, with one publisher whose sequences rise by one, and its end.
 */
import { encodeLogRecord, publisherId, TimeDomain } from '@tapeline/domain';
import { isRecordingProblem, openRecording } from '@tapeline/recordings';
import { type BenchRecord, cutRecords } from './record-cutter.ts';
import type { SentTick } from './tape-events.ts';
import { writeTape } from './tape-file.ts';
import { TapePublisher } from './tape-publisher.ts';

const dayMs = 86_400_000;
const draw = 1;

/** Writes the trades of the recordings, which are in order of time, to `file`; answers how many there are. */
export async function writeRealDays(task: { paths: readonly string[]; file: string }): Promise<{ ticks: number }> {
  const sent: SentTick[] = [];
  let terms;
  let dataset = '';
  for (const path of task.paths) {
    const recording = await openRecording(path);
    if (isRecordingProblem(recording)) throw new Error(recording.message);
    dataset = recording.dataset;
    for await (const batch of recording.batches()) {
      for (const { symbol, eventSec, eventNano, price, size, attributes } of batch.ticks) {
        terms ??= recording.termsOf(symbol);
        const eventMs = eventSec * 1000 + eventNano / 1_000_000;
        sent.push({ tick: { symbol, eventMs, price, size, attributes, sequence: 0 }, publisher: 0 });
      }
    }
  }
  const [first] = sent;
  if (first === undefined || terms === undefined) throw new Error(`no trades in ${task.paths.join(', ')}`);
  const issueDay = Math.floor(first.tick.eventMs / dayMs);
  const publisher = new TapePublisher({ draw, domain: TimeDomain.replay, issueDay, dataset, terms });
  let place = 0;
  const records = cutRecords(() => sent[place++], [publisher], { cut: 'fill', resentEvery: 0, seed: 1 });
  writeTape(task.file, withEnd(records, issueDay, dataset, sent));
  return { ticks: sent.length };
}

/** Adds the publisher's last word on each symbol, by which the last bars close. */
function* withEnd(
  records: Iterable<BenchRecord>,
  issueDay: number,
  dataset: string,
  sent: readonly SentTick[],
): Generator<BenchRecord> {
  let appendTimeMs = 0;
  for (const record of records) {
    appendTimeMs = record.appendTimeMs;
    yield record;
  }
  const links = new Map(sent.map(({ tick }) => [tick.symbol, tick.sequence]));
  const instruments = [...links].map(([symbol, link]) => ({ symbol, link }));
  const id = publisherId(issueDay, TimeDomain.replay, BigInt(draw));
  const bytes = encodeLogRecord([{ kind: 'endOfReplay', publisherId: id, dataset, instruments }]);
  yield { appendTimeMs, ticks: 0, bytes };
}
