/**
 * How a stream or a new publisher begins. In: what the caller asks for, ingest's clock and a draw. Out: the publisher's
 * id and time domain, or a refusal. A digest in place of the draw gives the same id again on the same UTC day.
 */
import { TimeDomain } from '../log/tick-columns.ts';
import { timeDomainOf } from '../market/publisher-id.ts';
import { checkName } from './names.ts';
import { clientNameCharactersMax } from './publish-limits.ts';
import type { OpenMessage } from './publish-message.ts';
import { checkPublisherAge, checkPublisherForm, issuePublisherId } from './publisher-rules.ts';
import { PublishRefusedError, quoted } from './refusal.ts';

/** A publisher by id. */
export type PublisherIdentity = { readonly publisherId: bigint; readonly timeDomain: TimeDomain };

/** The publisher of a stream that opens like this; `draw` is asked where a new one is wanted. */
export function identityOfOpen(open: OpenMessage, nowMs: number, draw: () => bigint): PublisherIdentity {
  checkName('dataset', open.dataset);
  checkClientName(open.clientName);
  const domain = domainNumbered(open.timeDomain);
  const { publisherId } = open;
  if (publisherId === 0n) return newPublisher(domain, nowMs, draw());
  checkPublisherForm(publisherId, nowMs);
  const own = timeDomainOf(publisherId);
  if (domain !== undefined && domain !== own) {
    const message = `time_domain ${domain} is not ${own}, that of the publisher id; leave it out or take another id`;
    const facts = { field: 'time_domain', value: String(domain), expected: String(own) };
    throw new PublishRefusedError('TIME_DOMAIN_MISMATCH', message, facts);
  }
  checkPublisherAge(publisherId, nowMs);
  return { publisherId, timeDomain: own };
}

/** A publisher that is issued now; without a domain a live one. Of `draw` the low 46 bits count. */
export function newPublisher(domain: TimeDomain | undefined, nowMs: number, draw: bigint): PublisherIdentity {
  const timeDomain = domain ?? TimeDomain.live;
  return { publisherId: issuePublisherId(nowMs, timeDomain, draw), timeDomain };
}

/** The time domain with that number, `undefined` for 0. Throws FIELD_INVALID for a number that has none. */
export function domainNumbered(number: number): TimeDomain | undefined {
  if (number === 0) return undefined;
  if (number === TimeDomain.live || number === TimeDomain.delayed || number === TimeDomain.replay) return number;
  const facts = { field: 'time_domain', value: String(number), min: '0', max: '3' };
  throw new PublishRefusedError('FIELD_INVALID', `time_domain ${number} is not between 0 and 3`, facts);
}

function checkClientName(name: string): void {
  const characters = [...name].length;
  if (characters <= clientNameCharactersMax) return;
  const message = `client_name ${quoted(name)} has ${characters} characters; the limit is ${clientNameCharactersMax}`;
  const facts = { field: 'client_name', value: name, max: String(clientNameCharactersMax) };
  throw new PublishRefusedError('FIELD_INVALID', message, facts);
}
