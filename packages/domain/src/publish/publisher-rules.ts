/**
 * Ids of publishers at ingest: which are issued, which are taken, until when. In: an id and ingest's clock. Out: the
 * facts, or a refusal. Rules E1 and E2: an id is taken for 7 days from the start, in UTC, of its day of issue, and
 * acknowledged only if the append time is under 8 days after it, so that nothing acknowledged goes to quarantine.
 */
import { TimeDomain } from '../log/tick-columns.ts';
import { formatPublisherId, issueDayOf, publisherId, timeDomainOf } from '../market/publisher-id.ts';
import { isExpired } from '../tape/publishers.ts';
import { PublishRefusedError } from './refusal.ts';

const dayMs = 86_400_000;
const takenDays = 7;

/** Bits of an id that are drawn at random or taken from a digest. */
export const publisherDrawBits = 46;

/** An id issued now; of `draw` the low 46 bits count. */
export function issuePublisherId(nowMs: number, domain: TimeDomain, draw: bigint): bigint {
  return publisherId(Math.floor(nowMs / dayMs), domain, draw);
}

/** From when on ingest refuses the id, ms since the Unix epoch. */
export function publisherExpireMs(id: bigint): number {
  return (issueDayOf(id) + takenDays) * dayMs;
}

/** Throws PUBLISHER_UNKNOWN for an id that no ingest issues. A day of grace ahead is for clocks that disagree. */
export function checkPublisherForm(id: bigint, nowMs: number): void {
  const domain: number = timeDomainOf(id);
  const known = domain === TimeDomain.live || domain === TimeDomain.delayed || domain === TimeDomain.replay;
  if (known && issueDayOf(id) <= Math.floor(nowMs / dayMs) + 1) return;
  const why = known ? 'its day of issue lies in the future' : `its time domain ${domain} is none of 1, 2 and 3`;
  throw new PublishRefusedError(
    'PUBLISHER_UNKNOWN',
    `publisher id ${formatPublisherId(id)} was issued by no ingest: ${why}; ask for one with GetPublisher`,
    { field: 'publisher_id', value: String(id) },
  );
}

/** Throws PUBLISHER_EXPIRED from the 7th day after the start of the id's day of issue on. */
export function checkPublisherAge(id: bigint, nowMs: number): void {
  const expireMs = publisherExpireMs(id);
  if (nowMs < expireMs) return;
  throw new PublishRefusedError(
    'PUBLISHER_EXPIRED',
    `publisher id ${formatPublisherId(id)} is refused since ${expireMs} ms of Unix time, ${takenDays} days after its day of ` +
      'issue began; take a new id and begin again with link 0',
    { field: 'publisher_id', value: String(id), expire_time_ms: String(expireMs), now_ms: String(nowMs) },
  );
}

/** Whether what was appended then may be acknowledged. */
export function mayAcknowledge(id: bigint, appendTimeMs: number): boolean {
  return !isExpired(id, appendTimeMs);
}
