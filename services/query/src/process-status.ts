/**
 * How a query process and the workers behind it do, for the page. In: facts of the process, and what its workers say. Out:
 * the JSON of `GET /v1/status`. Nothing is said of feeds: they speak to ingest, which is another process.
 */
import type { RemoteForming } from './bars/remote-forming-bars.ts';
import type { StatusJson } from './query-parts.ts';

/** What does not change while the process runs. */
export type ProcessFacts = Pick<StatusJson, 'version' | 'startedAt' | 'dataDir' | 'limits'>;

const nsPerMs = 1_000_000n;

/** The status now; without workers, or while none answers, it has no partitions. */
export async function processStatus(facts: ProcessFacts, remote: RemoteForming | undefined): Promise<StatusJson> {
  const answers = remote === undefined ? [] : await remote.partitionStatuses();
  const sum = (of: (answer: (typeof answers)[number]) => number): number =>
    answers.reduce((total, answer) => total + of(answer), 0);
  const partitions = answers
    .flatMap((answer) => answer.partitions)
    .map(({ partition, clockTimeNs, nextOffset, endOffset, lagMs }) => ({
      partition,
      clock: clockTimeNs === 0n ? null : new Date(Number(clockTimeNs / nsPerMs)).toISOString(),
      nextOffset: Number(nextOffset),
      endOffset: Number(endOffset),
      lagMs,
    }))
    .toSorted((left, right) => left.partition - right.partition);
  return {
    ...facts,
    ticksPerSecond: sum(({ ticksPerSecond }) => ticksPerSecond),
    ticksTotal: sum(({ ticksTotal }) => Number(ticksTotal)),
    barsTotal: sum(({ barsTotal }) => Number(barsTotal)),
    lagMs: Math.max(0, ...partitions.map(({ lagMs }) => lagMs)),
    feeds: [],
    partitions,
  };
}
