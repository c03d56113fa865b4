/**
 * Sends the batches of many lanes, one request for all that lie ready for a broker. In: a batch of a partition, its
 * leader, its time. Out: what the broker said about that very partition, or why there is no answer. A broker works on
 * one request of a connection at a time: what waits meanwhile goes with the next, what may wait long goes apart, what has
 * little time left goes first and cuts nobody's, and what is not on its way when its time is out is given back. What is on
 * its way never is: it may land.
 */
import type { Clock } from '@tapeline/runtime';
import { LinkError } from './link-error.ts';
import type { KafkaCalls, ProduceRoute } from './kafka-calls.ts';
import type { ProduceAnswer, ProducePart } from './wire-requests.ts';

/** Bounds of the requests. */
export type OutboxOptions = {
  readonly calls: Pick<KafkaCalls, 'produce'>;
  readonly clock: Clock;
  /** Bytes of the batches of one request; always one whole batch. */
  readonly requestBytesMax: number;
  /** Requests under way to one broker on each route. */
  readonly requestsMax: Readonly<Record<ProduceRoute, number>>;
  /** How long a broker may wait for the replicas of one request's batches, ms. */
  readonly replicasMs: number;
  /** What a broker may take to answer besides its wait for replicas, ms. */
  readonly replyMs: number;
};

/** How a batch goes. */
export type BatchTrip = {
  /** Whether its partition waits for replicas. */
  readonly isStraggling: boolean;
  /** When its time is out, ms of the clock that never runs backwards. */
  readonly untilMs: number;
};

/** The least time that replicas get, however little is left, ms. */
const replicasMsMin = 100;

type Waiting = {
  readonly part: ProducePart;
  readonly untilMs: number;
  readonly resolve: (answer: ProduceAnswer) => void;
  readonly reject: (error: unknown) => void;
};

type UnderWay = { readonly sinceMs: number; readonly replicasMs: number; readonly parts: readonly ProducePart[] };

/** What goes to one broker on one route. */
type Line = {
  readonly node: number;
  readonly route: ProduceRoute;
  readonly waiting: Waiting[];
  readonly underWay: Set<UnderWay>;
  planned: boolean;
};

/** The outgoing batches of a log. A partition is never twice in it, as its lane sends one batch at a time. */
export class ProduceOutbox {
  readonly #options: OutboxOptions;
  readonly #lines = new Map<string, Line>();

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /**
   * Sends a batch to a broker. Rejects with `LinkError` or `KafkaError` where there is no answer for it; where its time was
   * out before it was sent, the error says so.
   */
  async send(node: number, part: ProducePart, { isStraggling, untilMs }: BatchTrip): Promise<ProduceAnswer> {
    return new Promise((resolve, reject) => {
      const waiting = { part, untilMs, resolve, reject };
      const line = this.#lineOf(node, isStraggling ? 'apart' : 'together');
      line.waiting.push(waiting);
      this.#plan(line);
    });
  }

  /** Gives back what waits still and whose time is out. */
  giveBackLate(): void {
    for (const line of this.#lines.values()) this.#giveBackLate(line);
  }

  /** Whether some request has had no answer for so long, ms. */
  isSlow(ms: number): boolean {
    return [...this.#lines.values()].some((line) => this.#slow(line, ms).length > 0);
  }

  /** Brokers with a request that had no answer for so long, ms, and of which another broker leads a partition by now. */
  deposed(ms: number, leaderOf: (place: ProducePart['place']) => number | undefined): number[] {
    const isLost = (node: number, { parts }: UnderWay): boolean =>
      parts.some(({ place }) => (leaderOf(place) ?? node) !== node);
    const lost = [...this.#lines.values()].filter((line) =>
      this.#slow(line, ms).some((request) => isLost(line.node, request)),
    );
    return [...new Set(lost.map(({ node }) => node))];
  }

  #slow(line: Line, ms: number): UnderWay[] {
    const beforeMs = this.#options.clock.monotonicMs() - ms;
    return [...line.underWay].filter(({ sinceMs }) => sinceMs <= beforeMs);
  }

  /** Not at once: what other lanes append in this turn of the event loop goes along. */
  #plan(line: Line): void {
    if (line.planned || line.waiting.length === 0 || line.underWay.size >= this.#options.requestsMax[line.route])
      return;
    line.planned = true;
    setImmediate(() => {
      line.planned = false;
      void this.#sendWaiting(line);
    });
  }

  async #sendWaiting(line: Line): Promise<void> {
    const { calls, clock } = this.#options;
    const { node, route } = line;
    this.#giveBackLate(line);
    const taken = this.#take(line.waiting);
    if (taken.length === 0) return;
    const replicasMs = Math.min(...taken.map((waiting) => this.#replicasMs(waiting)));
    const parts = taken.map(({ part }) => part);
    const request: UnderWay = { sinceMs: clock.monotonicMs(), replicasMs, parts };
    line.underWay.add(request);
    this.#plan(line);
    try {
      settle(taken, await calls.produce(node, parts, { route, replicasMs, replyMs: this.#replyMs(line) }));
    } catch (error) {
      for (const { reject } of taken) reject(error);
    } finally {
      line.underWay.delete(request);
      this.#plan(line);
    }
  }

  #giveBackLate(line: Line): void {
    for (const { part, reject } of takeOut(line.waiting, (waiting) => this.#leftMs(waiting) <= 0)) {
      const place = `partition ${part.place.partition} of ${part.place.topic}`;
      reject(
        new LinkError(`the time of a batch of ${place} was out before broker ${line.node} could be sent it`, false),
      );
    }
  }

  /** Those with the least time, and beside them who loses no more than half of his own; what fits into a request. */
  #take(waiting: Waiting[]): Waiting[] {
    const leastMs = Math.min(...waiting.map((one) => this.#replicasMs(one)));
    let [bytes, isFull] = [0, false];
    return takeOut(waiting, (one) => {
      if (isFull || this.#replicasMs(one) > 2 * leastMs) return false;
      isFull = bytes > 0 && bytes + one.part.batch.length > this.#options.requestBytesMax;
      bytes += one.part.batch.length;
      return !isFull;
    });
  }

  /** How long the broker may wait for the replicas of a batch that is sent now, ms. */
  #replicasMs(waiting: Waiting): number {
    return Math.min(this.#options.replicasMs, Math.max(replicasMsMin, Math.ceil(this.#leftMs(waiting))));
  }

  #leftMs({ untilMs }: Waiting): number {
    return untilMs - this.#options.clock.monotonicMs();
  }

  /** The broker begins with a request once it answered those before it, each of which may have waited for replicas. */
  #replyMs({ underWay }: Line): number {
    return [...underWay].reduce((sum, { replicasMs }) => sum + replicasMs, this.#options.replyMs);
  }

  #lineOf(node: number, route: ProduceRoute): Line {
    const key = `${node} ${route}`;
    let found = this.#lines.get(key);
    if (found === undefined) {
      found = { node, route, waiting: [], underWay: new Set(), planned: false };
      this.#lines.set(key, found);
    }
    return found;
  }
}

/** Takes those out that are meant; the others stay in their order. */
function takeOut(waiting: Waiting[], isMeant: (one: Waiting) => boolean): Waiting[] {
  const meant = waiting.filter(isMeant);
  if (meant.length > 0) waiting.splice(0, waiting.length, ...waiting.filter((one) => !meant.includes(one)));
  return meant;
}

/** Each batch gets the answer about its own partition; one that the reply leaves out got none. */
function settle(taken: readonly Waiting[], answers: readonly ProduceAnswer[]): void {
  const byPlace = new Map(answers.map((answer) => [keyOf(answer.place), answer]));
  for (const { part, resolve, reject } of taken) {
    const answer = byPlace.get(keyOf(part.place));
    if (answer !== undefined) resolve(answer);
    else
      reject(
        new LinkError(`the reply says nothing about partition ${part.place.partition} of ${part.place.topic}`, true),
      );
  }
}

function keyOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${partition} ${topic}`;
}
