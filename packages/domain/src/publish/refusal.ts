/**
 * The two ways in which ingest says no. In: a field, its value, the limit and the remedy. Out: a refusal of the whole
 * call, which is thrown and becomes a status, or the rejection of one tick, which is a value and becomes a Void and a
 * message to the publisher. Facts are bounded as the contract says: 16 of 256 characters.
 */

/** Facts by name, such as field, value, min and max. */
export type Facts = Readonly<Record<string, string>>;

/** Why a tick was refused; `Rejection` of the contract. */
export type Rejection = { readonly code: RejectionCode; readonly message: string; readonly facts: Facts };

/** Codes of the contract; the last five are of ticks by hand alone. */
export type RejectionCode =
  | 'PRICE_OUT_OF_RANGE'
  | 'SIZE_OUT_OF_RANGE'
  | 'EVENT_TIME_OUT_OF_RANGE'
  | 'EVENT_TIME_AHEAD'
  | 'TERMS_MISMATCH'
  | 'CALENDAR_UNKNOWN'
  | 'FIELD_INVALID'
  | 'TICK_AFTER_END'
  | 'PRICE_MALFORMED'
  | 'PRICE_TOO_FINE'
  | 'SIZE_MALFORMED'
  | 'SIZE_TOO_FINE'
  | 'EVENT_TIME_MALFORMED';

/** Reasons for which a call is refused as a whole. */
export type RefusalReason =
  | 'OPEN_MISSING'
  | 'OPEN_REPEATED'
  | 'FIELD_INVALID'
  | 'FORMAT_VERSION_UNKNOWN'
  | 'BATCH_EMPTY'
  | 'BATCH_TOO_LARGE'
  | 'LINK_MISSING'
  | 'LINK_BROKEN'
  | 'SEQUENCE_NOT_RISING'
  | 'PROGRESS_NOT_OF_DOMAIN'
  | 'PUBLISHER_UNKNOWN'
  | 'PUBLISHER_EXPIRED'
  | 'TIME_DOMAIN_MISMATCH'
  | 'TIME_DOMAIN_NOT_ALLOWED'
  | 'LOG_UNAVAILABLE';

/** A call that is refused as a whole; nothing of the message that it was thrown for was taken. */
export class PublishRefusedError extends Error {
  override name = 'PublishRefusedError';
  readonly reason: RefusalReason;
  readonly facts: Facts;

  constructor(reason: RefusalReason, message: string, facts: Facts = {}, options?: { cause: unknown }) {
    super(message, options);
    this.reason = reason;
    this.facts = clippedFacts(facts);
  }
}

/** A rejection with its facts cut to the contract's bounds. */
export function rejection(code: RejectionCode, message: string, facts: Facts): Rejection {
  return { code, message, facts: clippedFacts(facts) };
}

const factsMax = 16;
const factCharactersMax = 256;

function clippedFacts(facts: Facts): Facts {
  const clipped: Record<string, string> = {};
  for (const [name, value] of Object.entries(facts).slice(0, factsMax)) {
    clipped[name] = value.length <= factCharactersMax ? value : `${value.slice(0, factCharactersMax - 1)}…`;
  }
  return clipped;
}

/** Text of a caller as a message shows it: in quotes, on one line, cut at 60 characters. */
export function quoted(text: string): string {
  return JSON.stringify(text.length <= 60 ? text : `${text.slice(0, 60)}…`);
}
