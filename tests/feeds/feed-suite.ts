/**
 * The conformance suite of the Feed seam: what every feed keeps towards every sink. In: how to make a feed and to make
 * its source speak. Out: tests. Law 3: identities rise, links are right, and what a sink lost comes again under the same
 * identity or is told as a gap; law 7: a slow sink slows the feed down.
 */
import type { Feed } from '@tapeline/domain';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HeardFeed } from '../../services/feed/test-kit/heard-feed.ts';
import { MemorySink, type MemorySinkConfig } from '../../services/feed/test-kit/memory-sink.ts';
import { waitUntil } from '../../services/feed/test-kit/wait-until.ts';

/** A feed under test with its source. */
export type FeedSubject = {
  readonly feed: Feed;
  /** Makes the source give more ticks, if it does not do so by itself. */
  speak(): void;
  /** Lets go of the source. */
  dispose(): Promise<void>;
};

/** What is expected of a feed besides the rules that hold for all. */
export type FeedTraits = {
  readonly name: string;
  make(): Promise<FeedSubject>;
  /** Its source can be read again, so an id that died in the middle ends it; else it goes on with a new publisher. */
  readonly isReplay: boolean;
  /** Most ticks that it hands over to a sink that settles none, per publisher, beyond the sink's room. */
  readonly overRoomMax: number;
};

const room = 4_000;
const stopMsMax = 2_000;

/** A feed and a sink of one test. */
class Trial {
  sink: MemorySink = sinkOf({});
  #subject: FeedSubject | undefined;

  async begin(traits: FeedTraits): Promise<void> {
    this.sink = sinkOf({});
    this.#subject = await traits.make();
  }

  async dispose(): Promise<void> {
    await this.#subject?.dispose();
  }

  /** Lets the feed publish. */
  start(): HeardFeed {
    if (this.#subject === undefined) throw new RangeError('there is no feed yet');
    return new HeardFeed(this.#subject.feed, this.sink);
  }

  /** Lets the feed publish until it holds. */
  async startUntil(what: string, holds: () => boolean): Promise<HeardFeed> {
    const heard = this.start();
    await this.speakUntil(what, holds);
    return heard;
  }

  async speakUntil(what: string, holds: () => boolean): Promise<void> {
    await waitUntil(what, () => {
      this.#subject?.speak();
      return holds();
    });
  }

  /** Lets the feed publish until so many ticks are durable. */
  async startUntilDurable(ticks: number): Promise<HeardFeed> {
    return this.startUntil(`${ticks} ticks are durable`, () => this.sink.rows.length >= ticks);
  }
}

function sinkOf(config: Partial<MemorySinkConfig>): MemorySink {
  return new MemorySink({ nowMs: () => Date.now(), ...config });
}

/** Declares the tests. */
export function feedSuite(traits: FeedTraits): void {
  describe(`${traits.name} as a feed`, () => {
    const trial = new Trial();
    beforeEach(async () => trial.begin(traits));
    afterEach(async () => trial.dispose());
    publishing(trial);
    slowSinks(trial, traits);
    failingSinks(trial, traits);
  });
}

function publishing(trial: Trial): void {
  test('sequences rise, links name the tick before, and there is one publisher a time domain and source', async () => {
    const heard = await trial.startUntilDurable(500);
    const end = await heard.stop();
    const { sink } = trial;
    expect(sink.breaches).toEqual([]);
    expect(end.ticks).toBe(sink.rows.length);
    expect(end.gaps).toBe(heard.gaps.length);
    const names = [...sink.publishers.values()].map(
      ({ identity: { timeDomain, sourceDigest } }) => `${timeDomain} ${sourceDigest}`,
    );
    expect(new Set(names).size).toBe(names.length);
  });

  test('its states are told: it connects, is live, and has ended', async () => {
    const heard = await trial.startUntilDurable(10);
    await heard.stop();
    expect(heard.states[0]).toBe('connecting');
    expect(heard.states).toContain('live');
    expect(heard.states.at(-1)).toBe('ended');
    expect(heard.statuses.filter(({ detail }) => detail === '')).toEqual([]);
  });

  test('a stop is soon, and everything that was handed over is settled', async () => {
    const sink = (trial.sink = sinkOf({ room }));
    const settling = setInterval(() => sink.settle(), 2);
    const heard = await trial.startUntilDurable(100);
    const startMs = performance.now();
    const end = await heard.stop();
    clearInterval(settling);
    expect(performance.now() - startMs).toBeLessThan(stopMsMax);
    expect(sink.rows.length).toBe(end.ticks);
    expect(heard.gaps).toEqual([]);
    expect(sink.openStreams).toBe(0);
  });
}

function slowSinks(trial: Trial, { isReplay, overRoomMax }: FeedTraits): void {
  test('a sink that settles nothing stops the feed, which goes on when there is room', async () => {
    const sink = (trial.sink = sinkOf({ room }));
    const heard = await trial.startUntil('the sink is full', () => sink.unsettledPeak >= room);
    const handed = sink.handed;
    const patienceEndMs = performance.now() + 60;
    await trial.speakUntil('patience ends', () => performance.now() > patienceEndMs);
    // Another publisher of the feed may still fill its own room.
    expect(sink.handed).toBeLessThanOrEqual(handed + room + overRoomMax);
    expect(sink.unsettledPeak).toBeLessThanOrEqual(room + overRoomMax);
    const settling = setInterval(() => sink.settle(), 1);
    await trial.speakUntil('it goes on', () => sink.handed >= handed + room);
    await heard.stop();
    clearInterval(settling);
    expect(sink.breaches).toEqual([]);
  });

  test('a stop ends soon though the sink settles nothing any more, and tells what is not known to be in', async () => {
    const sink = (trial.sink = sinkOf({ room }));
    const heard = await trial.startUntil('the sink is full', () => sink.unsettledPeak >= room);
    const startMs = performance.now();
    await heard.stop();
    expect(performance.now() - startMs).toBeLessThan(stopMsMax);
    const told = [heard.statuses.at(-1)?.detail, ...heard.gaps.map(({ reason }) => reason)].join('\n');
    expect(told).toMatch(isReplay ? /the next start sends it again/ : /\d+ ticks may be missing/);
  });
}

function failingSinks(trial: Trial, { isReplay }: FeedTraits): void {
  test.each([true, false])(
    'streams that fail lose nothing and count nothing twice, whether the log had the ticks (%s) or not',
    async (isKept) => {
      const { sink } = trial;
      sink.faultOfSend = (send) => ([2, 3, 7].includes(send) ? { reason: 'LOG_UNAVAILABLE', isKept } : undefined);
      const heard = await trial.startUntil('enough was sent for all faults', () => sink.sends >= 9);
      const end = await heard.stop();
      expect(sink.breaches).toEqual([]);
      expect(heard.gaps).toEqual([]);
      expect(sink.rows.length).toBe(end.ticks);
      expect(heard.states).toContain('waiting');
    },
  );

  test('a sink that cannot be opened is tried again', async () => {
    trial.sink.faultOfOpen = (open) => (open <= 3 ? 'SHUTTING_DOWN' : undefined);
    const heard = await trial.startUntilDurable(50);
    await heard.stop();
    expect(heard.statuses.find(({ state }) => state === 'waiting')?.detail).toContain('SHUTTING_DOWN');
    expect(trial.sink.breaches).toEqual([]);
  });

  test('a sink that says that the feed does wrong ends it with the reason', async () => {
    trial.sink.faultOfSend = (send) => (send === 2 ? { reason: 'LINK_BROKEN', isKept: false } : undefined);
    const heard = await trial.startUntil('the fault came', () => trial.sink.sends >= 2);
    await expect(heard.ended).rejects.toThrow('LINK_BROKEN');
  });

  test('an id that expired is never used again: a new publisher and a gap, or a refusal with a remedy', async () => {
    const { sink } = trial;
    sink.faultOfSend = (send) => (send === 3 ? { reason: 'PUBLISHER_EXPIRED', isKept: false } : undefined);
    const heard = await trial.startUntil('more was sent, or nothing will be', () => sink.sends >= (isReplay ? 3 : 6));
    const [ended] = await Promise.allSettled([isReplay ? heard.ended : heard.stop()]);
    const failed = ended.status === 'rejected' ? String(ended.reason) : '';
    expect(failed).toMatch(isReplay ? /seven days.*--data-dir/ : /^$/);
    const told = heard.gaps.map(({ reason }) => reason).join('\n');
    expect(told).toMatch(isReplay ? /^$/ : /its publisher id expired/);
    expect(sink.breaches).toEqual([]);
  });
}
