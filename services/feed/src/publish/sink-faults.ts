/**
 * What a feed does about an error of its sink. In: an error. Out: try again, take a new publisher, or stop, as the
 * contract has it: UNAVAILABLE and RESOURCE_EXHAUSTED pass by themselves, every other refusal needs a change by a person.
 */
import { FeedStreamError } from '@tapeline/domain';

/** What helps against an error. */
export type SinkRemedy = 'again' | 'new publisher' | 'none';

/** Reasons by which a sink says that a person has to act; reasons that are not known pass by themselves. */
const faultsForPeople: ReadonlySet<string> = new Set([
  'OPEN_MISSING',
  'OPEN_REPEATED',
  'FIELD_INVALID',
  'FORMAT_VERSION_UNKNOWN',
  'BATCH_EMPTY',
  'BATCH_TOO_LARGE',
  'LINK_MISSING',
  'LINK_BROKEN',
  'PROGRESS_NOT_OF_DOMAIN',
  'PUBLISHER_UNKNOWN',
  'TIME_DOMAIN_MISMATCH',
  'SEQUENCE_NOT_RISING',
  'MESSAGE_TOO_LARGE',
  'STORE_UNFIT',
]);

/** The remedy; an error that is none of a stream has none. */
export function remedyOf(error: unknown): SinkRemedy {
  if (!(error instanceof FeedStreamError)) return 'none';
  if (error.reason === 'PUBLISHER_EXPIRED') return 'new publisher';
  return faultsForPeople.has(error.reason) ? 'none' : 'again';
}

/** The publisher's id is too old for the sink; what was not settled may have arrived or not. */
export class PublisherExpiredError extends Error {
  override name = 'PublisherExpiredError';
}

/** A stop was asked for, and the sink did not settle what it has within the grace. */
export class GraceOverError extends Error {
  override name = 'GraceOverError';
}
