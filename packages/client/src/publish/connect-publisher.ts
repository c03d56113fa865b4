/**
 * The way in for programs that publish. In: options. Out: a publisher whose first stream is open, or the reason why none
 * opened.
 */
import { PublisherCore } from './publisher-core.ts';
import { settingsOf } from './publisher-settings.ts';
import type { Publisher, PublisherOptions } from './publisher-types.ts';

/**
 * Opens a publisher. Rejects with `RangeError` or `TickInvalidError` for options that cannot be, with `JournalError`,
 * with `PublisherExpiredError` for a journal whose id has ended, and with `PublisherFailedError` if no ingest opened a
 * stream in time or one refused it.
 */
export async function connectPublisher(options: PublisherOptions): Promise<Publisher> {
  const publisher = new PublisherCore(settingsOf(options));
  try {
    await publisher.ready;
  } catch (error) {
    await publisher.close(0);
    throw error;
  }
  return publisher;
}
