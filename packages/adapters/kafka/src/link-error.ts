/**
 * A request without a reply. In: what happened. Out: the error that lanes and readers go by: whether the broker may have
 * acted on the request decides what they may do next.
 */

/** A request had no reply; whether the broker acted on it is known only where nothing was sent. */
export class LinkError extends Error {
  override name = 'LinkError';
  /** Whether the request may have reached the broker. */
  readonly maySent: boolean;

  constructor(message: string, maySent: boolean, options?: { cause: unknown }) {
    super(message, options);
    this.maySent = maySent;
  }
}
