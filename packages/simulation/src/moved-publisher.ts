/**
 * A publisher whose ticks reach the log through writers that may fail. In: its landings, and answers of writers. Out: batches in
 * the order in which they are to land; after a reconnect all that no writer has settled once more, from the oldest and cut anew
 * (rule P2). It is at rest once everything is settled, so what a writer lost is never lost.
 */
import type { LogEntryToWrite, TimeDomain } from '@tapeline/domain';
import { cutAtRandom, type Landing } from './faults.ts';
import type { Given } from './moved-given.ts';
import type { Random } from './random.ts';
import { isLive, type SimulatedPublisher } from './simulated-publisher.ts';

/** Things that go to a writer at once. */
export type GivenBatch = readonly Given[];

/** A publisher and its connection. */
export class MovedPublisher {
  readonly source: SimulatedPublisher;
  /** Which writer it talks to, and how often it has connected. */
  writer: number;
  connection = 0;
  #queue: GivenBatch[];
  #unsettled: Given[] = [];

  constructor(source: SimulatedPublisher, writer: number, batches: readonly GivenBatch[]) {
    this.source = source;
    this.writer = writer;
    this.#queue = [...batches];
  }

  get publisherId(): bigint {
    return this.source.id;
  }

  get domain(): TimeDomain {
    return this.source.domain;
  }

  /** Whether it has something to give. */
  get isWaiting(): boolean {
    return this.#queue.length > 0;
  }

  /** How many things are given and not settled. */
  get unsettledCount(): number {
    return this.#unsettled.length;
  }

  /** Puts more behind what it has to give. */
  add(batches: readonly GivenBatch[]): void {
    this.#queue.push(...batches);
  }

  /** The next batch, which is not settled from now on; empty if there is none. */
  next(): GivenBatch {
    const batch = this.#queue.shift() ?? [];
    this.#unsettled.push(...batch);
    return batch;
  }

  /** A writer's answer: the thing is durable. One on an older connection is not heard. */
  settle(given: Given, connection: number): void {
    if (connection === this.connection) this.#unsettled = this.#unsettled.filter((one) => one !== given);
  }

  /** Connects to a writer and answers what has to be given again. */
  reconnect(random: Random, writer: number): GivenBatch[] {
    this.writer = writer;
    this.connection += 1;
    return cutAtRandom(random, this.#unsettled, 12);
  }
}

/** How a publisher talks besides its ticks: not at all, by true Progress now and then, or with its end among it. */
export type Talk = 'none' | 'progress' | 'endToo';

const reason = 'PRICE_OUT_OF_RANGE';

/** Landings as batches, with Progress between them that is true wherever it stands. */
export function batchesOf(
  random: Random,
  source: SimulatedPublisher,
  landings: readonly Landing[],
  talk: Talk,
): GivenBatch[] {
  return landings.flatMap((landing): GivenBatch[] => {
    const batch: Given[] =
      landing.kind === 'ticks'
        ? landing.ticks.map((tick) => ({ kind: 'tick', tick }))
        : [{ kind: 'void', tick: landing.tick, reason }];
    if (talk === 'none' || isLive(source) || !random.chance(0.25)) return [batch];
    const said = source.progressEntry(random.int(0, source.published.length));
    const entry = said ?? (talk === 'endToo' ? source.endEntry() : undefined);
    if (entry === undefined) return [batch];
    return random.chance(0.5) ? [saidOf(entry), batch] : [batch, saidOf(entry)];
  });
}

/** The end of a publisher's stream, if it has one to tell. */
export function endBatchOf(source: SimulatedPublisher): GivenBatch[] {
  const entry = isLive(source) ? undefined : source.endEntry();
  return entry === undefined ? [] : [saidOf(entry)];
}

function saidOf(entry: LogEntryToWrite): GivenBatch {
  if (entry.kind === 'progress') {
    return entry.instruments.map((item) => ({ kind: 'progress', dataset: entry.dataset, item }));
  }
  if (entry.kind === 'endOfReplay') {
    return entry.instruments.map((item) => ({ kind: 'endOfReplay', dataset: entry.dataset, item }));
  }
  throw new RangeError(`a publisher says nothing by an entry of kind ${entry.kind}`);
}
