/**
 * The topics of a stream at the start. In: a view of the cluster that was not asked yet. Out: what the brokers say of each topic, as soon
 * as all are there, and after the last look whatever they say then. Law 7: so many looks, with a pause between them.
 */
import type { Clock } from '@tapeline/runtime';
import type { ClusterView } from './cluster-view.ts';
import { code } from './error-codes.ts';
import type { TopicFacts } from './wire-requests.ts';

/** Looks at the most, and the pause between them, ms. */
const looksMax = 20;
const lookMs = 150;

/**
 * Looks until `count` topics are there, for three seconds: a topic that was just made is not known to every broker at once. The caller
 * judges what is still missing. Rejects as `ClusterView.start` does.
 */
export async function topicsSeen(
  view: Pick<ClusterView, 'start'>,
  clock: Clock,
  count: number,
): Promise<readonly TopicFacts[]> {
  for (let look = 1; ; look += 1) {
    const facts = await view.start();
    const there = facts.filter((topic) => topic.code === code.none);
    if (there.length === count || look === looksMax) return facts;
    await clock.sleep(lookMs);
  }
}
