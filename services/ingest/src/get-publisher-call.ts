/**
 * GetPublisher: issues ids and tells how far a publisher is known to be. In: a request. Out: the publisher and a page of
 * its instruments. Issuing writes nothing.
 */
import {
  checkName,
  checkPublisherForm,
  domainNumbered,
  newPublisher,
  publisherDrawBits,
  PublishRefusedError,
  timeDomainOf,
} from '@tapeline/domain';
import type { wireIngest } from '@tapeline/wire';
import type { IngestCore } from './ingest-core.ts';
import { pageToken, placeOfToken } from './page-token.ts';
import { publisherOf } from './publish-call.ts';

const pageSizeDefault = 1_000;
const pageSizeMax = 10_000;

/** Answers a call. Throws `PublishRefusedError` and `RpcError`. */
export function getPublisher(
  core: IngestCore,
  request: wireIngest.GetPublisherRequest,
): wireIngest.GetPublisherResponse {
  core.checkOpen();
  const { subject } = request;
  if (subject === undefined) {
    const message = 'subject is missing; give publisher_id, or new_publisher for a new id';
    throw new PublishRefusedError('FIELD_INVALID', message, { field: 'subject' });
  }
  if (subject.$case === 'newPublisher') return issue(core, subject.value);
  if (request.dataset !== '') checkName('dataset', request.dataset);
  checkPublisherForm(subject.value, core.parts.clock.nowMs());
  return pageOf(core, subject.value, request);
}

function issue(core: IngestCore, wanted: wireIngest.NewPublisher): wireIngest.GetPublisherResponse {
  const { clock, random } = core.parts;
  const draw = wanted.sourceDigest ?? random.bits(publisherDrawBits);
  const publisher = newPublisher(domainNumbered(wanted.timeDomain), clock.nowMs(), draw);
  return { publisher: publisherOf(publisher), instruments: [], nextPageToken: '' };
}

function pageOf(
  core: IngestCore,
  publisherId: bigint,
  { dataset, pageSize, pageToken: token }: wireIngest.GetPublisherRequest,
): wireIngest.GetPublisherResponse {
  const query = { publisherId, dataset };
  const size = pageSize === 0 ? pageSizeDefault : Math.min(pageSize, pageSizeMax);
  const rest = core.settled.list(publisherId, dataset, placeOfToken(query, token));
  const page = rest.slice(0, size);
  const last = page.at(-1);
  return {
    publisher: publisherOf({ publisherId, timeDomain: timeDomainOf(publisherId) }),
    instruments: page.map((found) => ({
      instrument: { dataset: found.dataset, symbol: found.symbol },
      settledSequence: BigInt(found.sequence),
    })),
    nextPageToken: rest.length > size && last !== undefined ? pageToken(query, last) : '',
  };
}
