/**
 * Fetches for all readers. In: readers that are hungry. Out: records handed to them, or the error that ends one. One
 * fetch carries every hungry reader of a broker; a reader that becomes hungry while a fetch waits goes with another one,
 * on another connection. Law 1: an offset that is not there is looked into and told, never skipped.
 */
import { LogError, type OffsetRange } from '@tapeline/domain';
import type { Clock } from '@tapeline/runtime';
import type { ClusterView } from './cluster-view.ts';
import { BatchError } from './codecs.ts';
import { code, codeName, isAboutTopic, isForbidden } from './error-codes.ts';
import type { FetchReply, KafkaCalls } from './kafka-calls.ts';
import type { LogMetrics } from './log-metrics.ts';
import type { LogSettings } from './log-settings.ts';
import type { PartitionReader } from './partition-reader.ts';
import { readBatches, type ReadBatches } from './read-batches.ts';
import type { Diverging, FetchAnswer, FetchPart } from './wire-requests.ts';

/** What the fetches stand on. */
export type FetcherParts = {
  readonly calls: Pick<KafkaCalls, 'fetch'>;
  readonly view: Pick<ClusterView, 'leader' | 'place' | 'refresh' | 'replaced' | 'identity'>;
  readonly rangeOf: (topic: string, partition: number) => Promise<OffsetRange>;
  readonly clock: Clock;
  readonly settings: LogSettings;
  readonly metrics: LogMetrics;
};

type Node = { readonly ready: Set<PartitionReader>; readonly freeSlots: number[]; planned: boolean };

/** Partitions of one fetch. */
const partsMax = 500;
/** Looks in a row that have to see a position which is not of the log. */
const misplacedMin = 2;
/** They are this far apart, ms: a leader that has just begun may know of less. */
const misplacedMs = 200;
/** A share of the reply below this is copied, so that a slow reader does not keep the whole reply. */
const shareMin = 0.25;

/** The fetches of a log. */
export class Fetcher {
  readonly #parts: FetcherParts;
  readonly #nodes = new Map<number, Node>();
  readonly #stop = new AbortController();

  constructor(parts: FetcherParts) {
    this.#parts = parts;
  }

  /** Fetches for this reader until it is full, closed or failed. */
  want(reader: PartitionReader): void {
    if (reader.isBusy || !reader.isHungry || this.#stop.signal.aborted) return;
    const replaced = this.#parts.view.replaced(reader.topic);
    if (replaced !== undefined) return reader.fail(replaced);
    const leader = this.#parts.view.leader(reader);
    reader.isBusy = true;
    if (leader === undefined) void this.#later(reader, 'NO_LEADER', 'it has no leader');
    else this.#add(leader.node, reader, false);
  }

  /** Ends all fetching. */
  stop(): void {
    this.#stop.abort();
  }

  #add(nodeId: number, reader: PartitionReader, isFirst: boolean): void {
    const node = this.#nodeOf(nodeId);
    if (isFirst) {
      const others = [...node.ready];
      node.ready.clear();
      for (const other of [reader, ...others]) node.ready.add(other);
    } else node.ready.add(reader);
    if (node.planned) return;
    node.planned = true;
    // Readers that come in the same turn go into the same fetch.
    queueMicrotask(() => {
      node.planned = false;
      while (node.freeSlots.length > 0 && node.ready.size > 0) void this.#fetch(nodeId, node);
    });
  }

  async #fetch(nodeId: number, node: Node): Promise<void> {
    const { calls, clock, settings, metrics } = this.#parts;
    const slot = node.freeSlots.shift() as number;
    const readers = takeDistinct(node.ready);
    const startMs = clock.monotonicMs();
    try {
      const parts = readers.map((reader) => this.#partOf(reader));
      const reply = await calls.fetch(nodeId, slot, parts, {
        waitMs: settings.fetchWaitMs,
        bytesMax: settings.fetchBytes,
      });
      metrics.fetchTook((clock.monotonicMs() - startMs) / 1_000);
      await this.#handOver(nodeId, readers, reply);
    } catch (error) {
      for (const reader of readers) void this.#later(reader, 'connection', messageOf(error));
    } finally {
      node.freeSlots.push(slot);
      node.freeSlots.sort((left, right) => left - right);
      this.#goOn(nodeId, node);
    }
  }

  #goOn(nodeId: number, node: Node): void {
    const [waiting] = node.ready;
    if (waiting !== undefined) this.#add(nodeId, waiting, true);
  }

  #partOf(reader: PartitionReader): FetchPart {
    const { view, settings } = this.#parts;
    return {
      place: view.place(reader.topic, reader.partition),
      offset: reader.position,
      leaderEpoch: view.leader(reader)?.epoch ?? -1,
      lastEpoch: reader.lastEpoch,
      bytesMax: settings.fetchPartitionBytes,
    };
  }

  async #handOver(nodeId: number, readers: readonly PartitionReader[], reply: FetchReply): Promise<void> {
    const { view } = this.#parts;
    const byPlace = new Map(reply.answers.map((answer) => [`${answer.partition} ${answer.topicId}`, answer]));
    const outcomes = await Promise.all(
      readers.map(async (reader) => {
        const answer = byPlace.get(`${reader.partition} ${view.identity(reader.topic)}`);
        if (reply.code !== code.none || answer === undefined) {
          void this.#later(reader, codeName(reply.code), `a fetch was answered with ${codeName(reply.code)}`);
          return undefined;
        }
        return this.#handOne(reader, answer, reply.replyBytes);
      }),
    );
    for (const [index, reader] of readers.entries()) {
      if (outcomes[index] === 'starved' && reader.isHungry) {
        reader.isBusy = true;
        this.#add(nodeId, reader, true);
      } else if (outcomes[index] !== undefined) this.want(reader);
    }
  }

  /** Answers whether the reader goes on at once; `undefined` where something else sees to it. */
  async #handOne(
    reader: PartitionReader,
    answer: FetchAnswer,
    replyBytes: number,
  ): Promise<'fed' | 'starved' | undefined> {
    if (answer.code !== code.none) return this.#problem(reader, answer.code);
    if (answer.diverging !== undefined) return this.#wentBack(reader, answer.diverging);
    if (answer.bytes.length === 0) return this.#nothing(reader, answer.highWatermark);
    let read: ReadBatches;
    try {
      read = await readBatches(answer.bytes, reader.position, this.#parts.settings.checkCrc);
    } catch (error) {
      const text = `partition ${reader.partition} of ${reader.topic}: ${messageOf(error)}`;
      if (error instanceof BatchError && error.mayPass) void this.#later(reader, 'damaged', text);
      else this.#end(reader, `${text}; only this program may write to the topic`, error);
      return undefined;
    }
    if (read.records.length === 0 && read.gapTo === undefined) return this.#nothing(reader, answer.highWatermark);
    if (read.records.length === 0) {
      void this.#lookInto(reader, read.gapTo);
      return undefined;
    }
    this.#parts.metrics.fetched(reader.topic, read.records.length, read.valueBytes);
    reader.isBusy = false;
    reader.accept(read.viewBytes > 0 && read.viewBytes < replyBytes * shareMin ? copied(read) : read);
    return 'fed';
  }

  #nothing(reader: PartitionReader, highWatermark: number): 'fed' | 'starved' | undefined {
    reader.isBusy = false;
    if (highWatermark <= reader.position) {
      reader.progressed();
      return 'fed';
    }
    return this.#isStalled(reader, 'fetches bring nothing') ? undefined : 'starved';
  }

  #problem(reader: PartitionReader, answered: number): undefined {
    if (answered === code.offsetOutOfRange) void this.#lookInto(reader, undefined);
    else if (isForbidden(answered)) {
      this.#end(reader, `this client may not read topic ${reader.topic}; grant it Read on it`, undefined);
    } else {
      const hint = isAboutTopic(answered) ? ', so it may have been deleted' : '';
      void this.#later(reader, codeName(answered), `a fetch was answered with ${codeName(answered)}${hint}`);
    }
    return undefined;
  }

  /** A leader of now does not have what was handed out already; what it has in its place is another log's. */
  #wentBack(reader: PartitionReader, { epoch, endOffset }: Diverging): undefined {
    const { topic, partition, position, lastEpoch } = reader;
    const fact = `partition ${partition} of ${topic} went back: it ends at ${endOffset} in epoch ${epoch} of its leaders`;
    reader.isBusy = false;
    reader.fail(
      new LogError('LOG_REPLACED', `${fact}, and records of epoch ${lastEpoch} were read from it up to ${position}`),
    );
  }

  #end(reader: PartitionReader, message: string, cause: unknown): void {
    reader.isBusy = false;
    reader.fail(new LogError('LOG_UNAVAILABLE', message, { cause }));
  }

  /** Tries again after a wait and a look at the cluster; ends the reader where this goes on for too long. */
  async #later(reader: PartitionReader, name: string, problem: string): Promise<void> {
    const { clock, view, metrics } = this.#parts;
    metrics.retried('fetch', name);
    await clock.sleep(reader.backoff.nextMs(), this.#stop.signal);
    let seen = problem;
    await view.refresh().catch((error: unknown) => (seen = `${problem}; ${messageOf(error)}`));
    reader.isBusy = false;
    if (!this.#isStalled(reader, seen)) this.want(reader);
  }

  /** The offset is not there: tells which of the reasons it is. */
  async #lookInto(reader: PartitionReader, gapTo: number | undefined): Promise<void> {
    const { topic, partition, position } = reader;
    try {
      const { firstOffset, endOffset } = await this.#parts.rangeOf(topic, partition);
      const kept = `partition ${partition} of ${topic} keeps offsets from ${firstOffset} up to ${endOffset}`;
      if (position < firstOffset) {
        reader.fail(
          new LogError('OFFSET_BELOW_RETENTION', `${kept}, and ${position} has left: begin at ${firstOffset}`),
        );
      } else if (gapTo !== undefined && position <= endOffset) {
        const fact = `${kept}, but goes from ${position - 1} to ${gapTo}`;
        reader.fail(
          new LogError('LOG_REPLACED', `${fact}: records were taken out of it, so it is not the log that was written`),
        );
      } else if (position > endOffset || reader.lastEpoch >= 0) {
        reader.misplaced += 1;
        if (reader.misplaced < misplacedMin) await this.#parts.clock.sleep(misplacedMs, this.#stop.signal);
        else reader.fail(position > endOffset ? beyondEnd(reader, kept) : epochUnknown(reader, kept));
      }
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      if (error.code !== 'LOG_UNAVAILABLE') reader.fail(error);
    }
    if (reader.isLive) await this.#later(reader, 'OFFSET_OUT_OF_RANGE', `offset ${position} is out of range`);
    else reader.isBusy = false;
  }

  #isStalled(reader: PartitionReader, problem: string): boolean {
    const { clock, settings, metrics, view } = this.#parts;
    const hungryMs = clock.monotonicMs() - reader.hungrySinceMs;
    if (!reader.isLive || hungryMs < settings.stallMs || view.replaced(reader.topic) !== undefined) return false;
    metrics.stalled();
    const what = `partition ${reader.partition} of ${reader.topic} gave nothing for ${Math.floor(hungryMs)} ms`;
    reader.fail(new LogError('LOG_UNAVAILABLE', `${what} at offset ${reader.position}: ${problem}`));
    return true;
  }

  #nodeOf(id: number): Node {
    let node = this.#nodes.get(id);
    if (node === undefined) {
      const freeSlots = Array.from({ length: this.#parts.settings.fetchSlots }, (_, slot) => slot);
      node = { ready: new Set(), freeSlots, planned: false };
      this.#nodes.set(id, node);
    }
    return node;
  }
}

/** Takes readers of different partitions, oldest first: a fetch holds a partition once. */
function takeDistinct(ready: Set<PartitionReader>): PartitionReader[] {
  const places = new Set<string>();
  const taken: PartitionReader[] = [];
  for (const reader of ready) {
    const place = `${reader.partition} ${reader.topic}`;
    if (places.has(place)) continue;
    if (taken.length === partsMax) break;
    places.add(place);
    taken.push(reader);
    ready.delete(reader);
  }
  return taken;
}

function beyondEnd({ position }: PartitionReader, kept: string): LogError {
  const remedy = 'begin again without what was known of another one';
  return new LogError('OFFSET_BEYOND_END', `${kept}, so ${position} is not of this log: ${remedy}`);
}

/** A leader says out of range of an offset that it keeps only if it knows of no epoch as new as the one that was read. */
function epochUnknown({ position, lastEpoch }: PartitionReader, kept: string): LogError {
  const fact = `${kept}, but its leader knows nothing of epoch ${lastEpoch}, of which ${position - 1} was`;
  return new LogError('LOG_REPLACED', `${fact}: it is not the log that was read so far`);
}

/** The same records in memory of their own. */
function copied(read: ReadBatches): ReadBatches {
  const bytes = new Uint8Array(read.valueBytes);
  let start = 0;
  const records = read.records.map((record) => {
    bytes.set(record.bytes, start);
    start += record.bytes.length;
    return { ...record, bytes: bytes.subarray(start - record.bytes.length, start) };
  });
  return { ...read, records };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
