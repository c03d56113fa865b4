/**
 * Sends the batches of many lanes, one request for all that lie ready for a broker. In: a batch of a partition and its
 * leader. Out: what the broker said about that very partition, or why there is no answer. A broker works on one request
 * of a connection at a time, so what waits meanwhile goes together with the next.
 */
import type { Clock } from '@tapeline/runtime';
import { LinkError } from './link-error.ts';
import type { KafkaCalls } from './kafka-calls.ts';
import type { ProduceAnswer, ProducePart } from './wire-requests.ts';

/** Bounds of the requests. */
export type OutboxOptions = {
  readonly calls: Pick<KafkaCalls, 'produce'>;
  readonly clock: Clock;
  /** Bytes of the batches of one request; always one whole batch. */
  readonly requestBytesMax: number;
  /** Requests under way to one broker. */
  readonly requestsMax: number;
};

type Waiting = {
  readonly part: ProducePart;
  readonly timeoutMs: number;
  readonly resolve: (answer: ProduceAnswer) => void;
  readonly reject: (error: unknown) => void;
};

type UnderWay = { readonly sinceMs: number; readonly parts: readonly ProducePart[] };
type Node = { readonly waiting: Waiting[]; readonly underWay: Set<UnderWay>; planned: boolean };

/** The outgoing batches of a log. A partition is never twice in it, as its lane sends one batch at a time. */
export class ProduceOutbox {
  readonly #options: OutboxOptions;
  readonly #nodes = new Map<number, Node>();

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Sends a batch to a broker. Rejects with `LinkError` or `KafkaError` where there is no answer for it. */
  async send(node: number, part: ProducePart, timeoutMs: number): Promise<ProduceAnswer> {
    return new Promise((resolve, reject) => {
      const to = this.#nodeOf(node);
      to.waiting.push({ part, timeoutMs, resolve, reject });
      this.#plan(node, to);
    });
  }

  /** Whether some request has had no answer for so long, ms. */
  isSlow(ms: number): boolean {
    return [...this.#nodes.values()].some((to) => this.#slow(to, ms).length > 0);
  }

  /** Brokers with a request that had no answer for so long, ms, and of which another broker leads a partition by now. */
  deposed(ms: number, leaderOf: (place: ProducePart['place']) => number | undefined): number[] {
    const isLost = (node: number, { parts }: UnderWay): boolean =>
      parts.some(({ place }) => (leaderOf(place) ?? node) !== node);
    return [...this.#nodes]
      .filter(([node, to]) => this.#slow(to, ms).some((request) => isLost(node, request)))
      .map(([node]) => node);
  }

  #slow(to: Node, ms: number): UnderWay[] {
    const beforeMs = this.#options.clock.monotonicMs() - ms;
    return [...to.underWay].filter(({ sinceMs }) => sinceMs <= beforeMs);
  }

  /** Not at once: what other lanes append in this turn of the event loop goes along. */
  #plan(node: number, to: Node): void {
    if (to.planned || to.waiting.length === 0 || to.underWay.size >= this.#options.requestsMax) return;
    to.planned = true;
    setImmediate(() => {
      to.planned = false;
      void this.#sendWaiting(node, to);
    });
  }

  async #sendWaiting(node: number, to: Node): Promise<void> {
    const taken = to.waiting.splice(0, this.#countOf(to.waiting));
    if (taken.length === 0) return;
    const timeoutMs = Math.min(...taken.map((waiting) => waiting.timeoutMs));
    const parts = taken.map(({ part }) => part);
    const request: UnderWay = { sinceMs: this.#options.clock.monotonicMs(), parts };
    to.underWay.add(request);
    this.#plan(node, to);
    try {
      settle(taken, await this.#options.calls.produce(node, parts, timeoutMs));
    } catch (error) {
      for (const { reject } of taken) reject(error);
    } finally {
      to.underWay.delete(request);
      this.#plan(node, to);
    }
  }

  #countOf(waiting: readonly Waiting[]): number {
    let bytes = 0;
    const over = waiting.findIndex(({ part }, index) => {
      bytes += part.batch.length;
      return index > 0 && bytes > this.#options.requestBytesMax;
    });
    return over === -1 ? waiting.length : over;
  }

  #nodeOf(node: number): Node {
    let found = this.#nodes.get(node);
    if (found === undefined) {
      found = { waiting: [], underWay: new Set(), planned: false };
      this.#nodes.set(node, found);
    }
    return found;
  }
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
