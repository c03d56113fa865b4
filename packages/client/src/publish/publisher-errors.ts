/**
 * How publishing fails. In: facts. Out: named errors: one for a tick that cannot be sent, one for a publisher that cannot
 * go on, one for an id that ended with ticks unsettled, one for a journal. Each message says what to do.
 */

/** A tick that cannot be sent as it is; nothing was taken, and the publisher goes on. */
export class TickInvalidError extends Error {
  override name = 'TickInvalidError';
  /** Such as PRICE_MALFORMED or FIELD_INVALID; the codes of the contract's rejections. */
  readonly code: string;
  readonly facts: Readonly<Record<string, string>>;

  constructor(code: string, message: string, facts: Readonly<Record<string, string>> = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.facts = facts;
  }
}

/** The publisher cannot go on, or was closed. `reason` is the contract's, or one of those below in capitals. */
export class PublisherFailedError extends Error {
  override name = 'PublisherFailedError';
  /** Besides the contract's: CLOSED, ENDED, BUSY, NO_ANSWER, CLOCKS_DISAGREE, INSTRUMENTS_TOO_MANY. */
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/**
 * The publisher's id ended while ticks were unsettled. Each of them may have arrived or not, and sent under a new id it
 * could count twice: what to do about them is for whoever knows them.
 */
export class PublisherExpiredError extends PublisherFailedError {
  override name = 'PublisherExpiredError';
  readonly publisherId: bigint;
  /** How many ticks, between which sequences. */
  readonly unsettled: UnsettledRange;

  constructor(publisherId: bigint, unsettled: UnsettledRange, options?: ErrorOptions) {
    const { ticks, first, last } = unsettled;
    super(
      'PUBLISHER_EXPIRED',
      `publisher id ${publisherId} has expired with ${ticks} ticks unsettled (sequences ${first} to ${last}), which may or ` +
        "may not have arrived; compare with the stored trades, or connect with expired: 'drop' to go on without them",
      options,
    );
    this.publisherId = publisherId;
    this.unsettled = unsettled;
  }
}

/** Ticks that are not settled. */
export type UnsettledRange = { readonly ticks: number; readonly first: number; readonly last: number };

/** The journal cannot be used or written. */
export class JournalError extends Error {
  override name = 'JournalError';
}
