/**
 * A feed over WebSocket. In: a protocol, a clock. Out: its ticks as they come. It connects again for as long as it runs,
 * at jittered pauses. Law 8: what a break may have cost is told as a gap, from the last message before it to the opening
 * after it; so is what was dropped because too many ticks waited for the log.
 */
import type { Feed, FeedEnd, FeedListener, FeedSink } from '@tapeline/domain';
import { Backoff, type Clock, type Logger, type RandomSource } from '@tapeline/runtime';
import { FeedReport } from '../publish/feed-report.ts';
import { feedStop } from '../publish/feed-stop.ts';
import { SocketRun } from './socket-run.ts';
import { SocketSession } from './socket-session.ts';
import type { SocketProtocol } from './socket-protocol.ts';

/** What a WebSocket feed needs. */
export type SocketFeedConfig = {
  /** Makes the protocol for one run: it may remember ids. */
  readonly protocol: () => SocketProtocol;
  /** Silence after which it connects again, ms. */
  readonly stallMs: number;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
};

const firstWaitMs = 500;
const longestWaitMs = 30_000;
/** A connection that lived so long was good: the next pause is short again. */
const goodMs = 30_000;
/** How long two connections run side by side when one takes the place of another, ms. */
const overlapMs = 1_000;
/** Texts of the new one that wait meanwhile; what is beyond is missed, and its ids tell. */
const overlapTextsMax = 10_000;

/** A WebSocket source as a feed. */
export class SocketFeed implements Feed {
  readonly name: string;
  readonly #config: SocketFeedConfig;

  constructor(config: SocketFeedConfig) {
    this.#config = config;
    this.name = config.protocol().name;
  }

  async run(sink: FeedSink, listener: FeedListener, stop: Promise<void>): Promise<FeedEnd> {
    const { clock, random, logger } = this.#config;
    const report = new FeedReport(listener, logger);
    const stops = feedStop(stop, clock);
    const protocol = this.#config.protocol();
    const run = new SocketRun({ sink, clock, random, report, stop: stops }, protocol);
    try {
      const pumping = run.pump();
      // Where the log refuses the feed for good, the connections end too.
      pumping.catch(() => stops.ask());
      await this.#connectUntilStop(run, protocol, report, stops.asked);
      run.finish();
      await pumping;
      report.status('ended', 'stopped');
      return report.end();
    } finally {
      stops.release();
    }
  }

  async #connectUntilStop(
    run: SocketRun,
    protocol: SocketProtocol,
    report: FeedReport,
    asked: AbortSignal,
  ): Promise<void> {
    const { clock, random } = this.#config;
    const backoff = new Backoff({ firstMs: firstWaitMs, maxMs: longestWaitMs, random });
    while (!asked.aborted) {
      report.status('connecting', `connects to ${protocol.shownUrl}`);
      const startMs = clock.monotonicMs();
      const session = this.#open(protocol, report, (text) => run.take(text));
      const onStop = (): void => session.close('stopped');
      asked.addEventListener('abort', onStop, { once: true });
      const reason = await this.#live(session, run, protocol, report, asked);
      asked.removeEventListener('abort', onStop);
      run.broke(reason);
      if (asked.aborted) return;
      if (clock.monotonicMs() - startMs > goodMs) backoff.reset();
      const waitMs = backoff.nextMs();
      report.status('waiting', `${reason}; connects to ${protocol.shownUrl} again in ${Math.ceil(waitMs / 1_000)} s`);
      await clock.sleep(waitMs, asked);
    }
  }

  #open(protocol: SocketProtocol, report: FeedReport, deliver: (text: string) => void): SocketSession {
    const { clock, stallMs } = this.#config;
    const { url, hello } = protocol;
    const refused = (code: string, message: string): void => report.refused(code, message);
    return new SocketSession({ url, hello, clock, stallMs, refused }, deliver);
  }

  /** The life of one connection, and of those that take its place before it ends; answers why the last one ended. */
  async #live(
    first: SocketSession,
    run: SocketRun,
    protocol: SocketProtocol,
    report: FeedReport,
    asked: AbortSignal,
  ): Promise<string> {
    let session = first;
    if (!(await session.opened)) return session.ended;
    run.opened();
    report.status('live', `connected to ${protocol.shownUrl}`);
    for (;;) {
      const ended = await this.#endWithin(session, protocol.lifeMs);
      if (ended !== undefined) return ended;
      session = await this.#renewed(session, run, protocol, report, asked);
    }
  }

  /** Why it ended, or `undefined` if it lives longer than that. */
  async #endWithin(session: SocketSession, lifeMs: number | undefined): Promise<string | undefined> {
    if (lifeMs === undefined) return session.ended;
    const { clock } = this.#config;
    const over = new AbortController();
    const endMs = clock.monotonicMs() + lifeMs;
    let ended: string | undefined;
    while (ended === undefined && clock.monotonicMs() < endMs) {
      const restMs = endMs - clock.monotonicMs();
      ended = (await Promise.race([session.ended, clock.sleep(restMs, over.signal)])) ?? undefined;
    }
    over.abort();
    return ended;
  }

  /** Opens another connection and lets the two run side by side, so that nothing falls between; or keeps the old one. */
  async #renewed(
    old: SocketSession,
    run: SocketRun,
    protocol: SocketProtocol,
    report: FeedReport,
    asked: AbortSignal,
  ): Promise<SocketSession> {
    const texts: string[] = [];
    const next = this.#open(protocol, report, (text) => {
      if (texts.length < overlapTextsMax) texts.push(text);
    });
    asked.addEventListener('abort', () => next.close('stopped'), { once: true });
    if (!(await next.opened)) return old;
    await Promise.race([old.ended, this.#config.clock.sleep(overlapMs, asked)]);
    old.close('a new connection took its place');
    for (const text of texts) run.take(text);
    next.deliver = (text) => run.take(text);
    return next;
  }
}
