/**
 * The offsets that a partition keeps. In: a partition. Out: its first offset and its end as its leader tells them.
 * Questions that are not answered are asked again, of whoever leads then, until the time is up.
 */
import { LogError, type OffsetRange } from '@tapeline/domain';
import { Backoff, type Clock, type RandomSource } from '@tapeline/runtime';
import { LinkError } from './link-error.ts';
import type { ClusterView } from './cluster-view.ts';
import { code, codeName, isForbidden } from './error-codes.ts';
import type { KafkaCalls } from './kafka-calls.ts';
import { retryWaits } from './log-settings.ts';

/** What the question needs. */
export type RangeParts = {
  readonly calls: Pick<KafkaCalls, 'offset'>;
  readonly view: Pick<ClusterView, 'leader' | 'place' | 'refresh' | 'replaced'>;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** From the question to LOG_UNAVAILABLE, ms. */
  readonly timeoutMs: number;
};

/** Asks for the kept offsets. Rejects with `LogError` LOG_UNAVAILABLE or LOG_REPLACED. */
export async function offsetRange(parts: RangeParts, topic: string, partition: number): Promise<OffsetRange> {
  const { view, clock, random, timeoutMs } = parts;
  const backoff = new Backoff({ ...retryWaits, random });
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  for (;;) {
    const replaced = view.replaced(topic);
    if (replaced !== undefined) throw replaced;
    let problem: string;
    try {
      const range = await askLeader(parts, topic, partition);
      if (typeof range === 'object') return range;
      problem = range;
    } catch (error) {
      if (error instanceof LogError) throw error;
      problem = error instanceof Error ? error.message : String(error);
    }
    if (clock.monotonicMs() >= deadlineMs) {
      const what = `the offsets of partition ${partition} of ${topic} were not told within ${timeoutMs} ms`;
      throw new LogError('LOG_UNAVAILABLE', `${what}: ${problem}`);
    }
    await clock.sleep(backoff.nextMs());
    await view.refresh().catch((error: unknown) => (problem = String(error)));
  }
}

/** The range, or why it is not told. */
async function askLeader({ calls, view }: RangeParts, topic: string, partition: number): Promise<OffsetRange | string> {
  const leader = view.leader({ topic, partition });
  if (leader === undefined) return 'it has no leader';
  const place = view.place(topic, partition);
  const ends = (['first', 'end'] as const).map(async (end) => calls.offset(leader.node, place, end, leader.epoch));
  const [first, end] = (await Promise.all(ends)) as [Ended, Ended];
  const problem = [first, end].find((answer) => answer.code !== code.none);
  if (problem === undefined) return { firstOffset: first.offset, endOffset: Math.max(first.offset, end.offset) };
  if (isForbidden(problem.code)) {
    throw new LogError('LOG_UNAVAILABLE', `this client may not read topic ${topic}; grant it Describe and Read on it`);
  }
  if (problem.code === code.none || problem.offset < 0) return codeName(problem.code);
  throw new LinkError(codeName(problem.code), true);
}

type Ended = Awaited<ReturnType<KafkaCalls['offset']>>;
