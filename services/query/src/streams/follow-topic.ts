/**
 * One stream, from its first event to its end. In: what to follow, a snapshot or a resume token. Out: events in the
 * order of the contract. The place in the topic is fixed first, then the snapshot is read, which workers write before
 * the topic; then the topic from that place up to the hub, its partitions merged by clock. So there is no gap, and a
 * reader that is slow before slows its own reading and needs no queue. Law 7: a hub that goes on as fast as it is
 * followed is joined after a few rounds all the same, and the queue takes what comes while the last stretch is read.
 */
import { MalformedError, type TickLog } from '@tapeline/domain';
import { RpcError } from '@tapeline/grpc';
import type { Clock } from '@tapeline/runtime';
import { refusal, shuttingDown } from '../refusal.ts';
import { checkPlace, resumeToken, type StreamKind, tokenPlace } from '../tokens/resume-token.ts';
import { readRange, type ReadBatch } from './read-range.ts';
import type { ReadTurns } from './read-turns.ts';
import type { Stretch } from './record-walk.ts';
import type { StreamBatch } from './stream-batch.ts';
import { StreamBeat } from './stream-beat.ts';
import type { Followed, ReadRecord, StreamEvent, StreamItem } from './stream-item.ts';
import type { StreamOrder } from './stream-order.ts';
import { StreamPlace } from './stream-place.ts';
import { StreamQueue } from './stream-queue.ts';
import type { TopicHub } from './topic-hub.ts';

/** What a stream sends besides the items of its topic. */
export type Companion<Item> = {
  /** Begins; `wake` lets the stream ask for `due`. */
  start(wake: () => void): void;
  /** What is to be sent now that everything before the place was sent. */
  due(place: StreamPlace): StreamEvent<Item>[];
  stop(): void;
};

/** One stream. */
export type Follow<Item extends StreamItem> = {
  readonly log: TickLog;
  readonly topic: 'bars' | 'tape';
  readonly turns: ReadTurns;
  readonly read: ReadRecord<Item>;
  readonly hub: TopicHub<Item>;
  readonly kind: StreamKind;
  readonly followed: Followed<Item>;
  /** Empty = with a snapshot. */
  readonly resumeToken: string;
  readonly snapshot: () => AsyncIterable<readonly Item[]>;
  /** The order in which items go out; `numbers` are what the resume token says of those that were sent. */
  readonly order: (numbers: readonly number[]) => StreamOrder<Item>;
  readonly companion?: Companion<Item>;
  /** Items of one event at most. */
  readonly itemsMax: number;
  readonly waitingBytesMax: number;
  readonly heartbeatMs: number;
  readonly clock: Clock;
  /** Fires when the reader is gone or the process ends; an `RpcError` as its reason is the stream's last word. */
  readonly signal: AbortSignal;
  readonly onProblem?: ((problem: RpcError) => void) | undefined;
};

/** Bytes of items in one event, so that a response stays well below what a message may have. */
const eventBytesMax = 1_048_576;
/** So often a stream reads up to where the hub was; then it joins with what came meanwhile still to be read. */
const meetingRoundsMax = 4;

/** A stream that runs. */
type Running<Item extends StreamItem> = Follow<Item> & {
  readonly place: StreamPlace;
  readonly sending: StreamOrder<Item>;
  readonly beat: StreamBeat<Item>;
  /** The resume token for the place. */
  readonly token: () => string;
};

/** The events of a stream; throws the `RpcError` with which it ends. */
export async function* followTopic<Item extends StreamItem>(follow: Follow<Item>): AsyncGenerator<StreamEvent<Item>> {
  const { hub, followed, signal } = follow;
  checkRunning(follow);
  const [running, stretches] = await begun(follow);
  const { place, sending, token } = running;
  if (follow.resumeToken === '') {
    for await (const items of follow.snapshot()) {
      checkSignal(signal);
      yield* eventsOf(follow, sending.ofSnapshot(items));
    }
  } else {
    yield* readUpTo(running, stretches);
  }
  yield { kind: 'snapshotEnd', token: token() };
  yield* meetHub(running);
  const { waitingBytesMax: bytesMax, onProblem } = follow;
  const joinedAt = [...hub.positions];
  // A token of another process may be ahead of this one's hub.
  const starts = joinedAt.map((position, partition) => Math.max(position, place.of(partition)));
  const queue = new StreamQueue<Item>({ bytesMax, starts, onProblem });
  const wake = (): void => queue.wake();
  hub.join(followed, queue);
  follow.companion?.start(wake);
  signal.addEventListener('abort', wake, { once: true });
  try {
    yield* readUpTo(running, upTo(place, joinedAt));
    yield* live(running, queue);
  } finally {
    signal.removeEventListener('abort', wake);
    follow.companion?.stop();
    hub.leave(followed, queue);
  }
}

/** The stream where it begins, and the stretches that it missed. */
async function begun<Item extends StreamItem>(follow: Follow<Item>): Promise<[Running<Item>, readonly Stretch[]]> {
  const { hub, kind, followed, log, topic } = follow;
  const from =
    follow.resumeToken === ''
      ? { positions: hub.positions, numbers: [] }
      : tokenPlace(kind, followed.digest, follow.resumeToken);
  const ends = follow.resumeToken === '' ? [] : await checkPlace(log, topic, hub, from.positions);
  const place = new StreamPlace(from.positions, hub.homesOf(followed));
  const sending = follow.order(from.numbers);
  const token = (): string =>
    resumeToken(kind, followed.digest, place.tokenAt(sending.waitsFrom()), sending.sentNumbers());
  const { clock, heartbeatMs } = follow;
  const beat = new StreamBeat<Item>({ token, clock, heartbeatMs }, place);
  return [{ ...follow, place, sending, beat, token }, upTo(place, ends)];
}

/** What lies between a place and these offsets of the partitions. */
function upTo(place: StreamPlace, ends: readonly number[]): readonly Stretch[] {
  return ends
    .map((to, partition) => ({ partition, from: place.of(partition), to }))
    .filter(({ from, to }) => from < to);
}

/** What the stream follows in these stretches, merged by clock. */
async function* readUpTo<Item extends StreamItem>(
  running: Running<Item>,
  stretches: readonly Stretch[],
): AsyncGenerator<StreamEvent<Item>> {
  if (stretches.length === 0) return;
  const { beat, sending } = running;
  const batches = readable(running, stretches);
  try {
    for (;;) {
      const reading = batches.next();
      yield* beat.during(reading);
      const read = await reading;
      checkRunning(running);
      if (read.done === true) return;
      yield* eventsOf(running, takeRead(running, read.value));
      const problem = sending.problem();
      if (problem !== undefined) throw problem;
      if (beat.isDue()) yield beat.event();
    }
  } finally {
    await batches.return(undefined);
  }
}

/** What goes out of a batch that the stream read by itself; the place is behind it. */
function takeRead<Item extends StreamItem>(
  { place, sending }: Running<Item>,
  { parts, latenessMs, hasMoves }: ReadBatch<Item>,
): readonly Item[] {
  if (hasMoves) place.claimNoMore();
  const items: Item[] = [];
  for (const part of parts) {
    const passed = sending.pass(part.items, part.partition, place.of(part.partition), part.clockNs);
    for (const item of passed) items.push(item);
    place.read(part.partition, part.nextOffset, part.clockNs, latenessMs);
  }
  return items;
}

/** The stretches; bytes that hold no record end the stream, since going on would leave a gap. */
async function* readable<Item extends StreamItem>(
  follow: Follow<Item>,
  stretches: readonly Stretch[],
): AsyncGenerator<ReadBatch<Item>> {
  try {
    yield* readRange(follow, stretches);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw refusal('LOG_UNAVAILABLE', `the log has a damaged record: ${error.message}`, { topic: follow.topic });
  }
}

async function* meetHub<Item extends StreamItem>(running: Running<Item>): AsyncGenerator<StreamEvent<Item>> {
  const { hub, place } = running;
  for (let round = 0; round < meetingRoundsMax; round += 1) {
    const stretches = upTo(place, hub.positions);
    if (stretches.length === 0) return;
    yield* readUpTo(running, stretches);
  }
}

async function* live<Item extends StreamItem>(
  running: Running<Item>,
  queue: StreamQueue<Item>,
): AsyncGenerator<StreamEvent<Item>> {
  const { place, sending, beat, hub, followed, clock } = running;
  const isAmidMove = (instrument: string): boolean => hub.isAmidMove(instrument);
  for (;;) {
    checkSignal(running.signal);
    if (queue.problem !== undefined) throw queue.problem;
    yield* takeWaiting(running, queue);
    // What the hub says of moves holds for what it has read.
    if (isUsedUp(queue) && !place.isAheadOf(hub.positions)) yield* eventsOf(running, sending.settled(isAmidMove));
    // Looked at again: more may have come while the reader took that.
    if (isUsedUp(queue)) {
      place.meet(hub.placeOf(followed));
      yield* running.companion?.due(place) ?? [];
    }
    const problem = sending.problem(queue.isEmpty ? clock.monotonicMs() : undefined);
    if (problem !== undefined) throw problem;
    if (beat.isDue()) yield beat.event();
    if (isUsedUp(queue)) await queue.wait();
  }
}

/** Whether all was taken that came, and not let go of. */
function isUsedUp<Item extends StreamItem>({ isEmpty, problem }: StreamQueue<Item>): boolean {
  return isEmpty && problem === undefined;
}

/** One event with what waits, as much as fits; a record that stands alone goes out in the frame that all share. */
function* takeWaiting<Item extends StreamItem>(
  running: Running<Item>,
  queue: StreamQueue<Item>,
): Generator<StreamEvent<Item>> {
  const first = queue.take();
  if (first === undefined) return;
  const passed = passBatch(running, first);
  if (queue.isEmpty && passed === first.items && isOneEvent(running, passed.length, first.bytes)) {
    yield { kind: 'items', items: passed, frame: () => first.frame() };
    return;
  }
  const items = [...passed];
  let bytes = first.bytes;
  while (items.length < running.itemsMax && bytes < eventBytesMax) {
    const batch = queue.take();
    if (batch === undefined) break;
    bytes += batch.bytes;
    for (const item of passBatch(running, batch)) items.push(item);
  }
  yield* eventsOf(running, items);
}

function passBatch<Item extends StreamItem>(
  { place, sending }: Running<Item>,
  { items, partition, nextOffset }: StreamBatch<Item>,
): readonly Item[] {
  const passed = sending.pass(items, partition, place.of(partition));
  place.advance(partition, nextOffset);
  return passed;
}

function isOneEvent<Item extends StreamItem>({ itemsMax }: Follow<Item>, items: number, bytes: number): boolean {
  return items > 0 && items <= itemsMax && bytes <= eventBytesMax;
}

/** Items in events of a bounded size. */
function* eventsOf<Item extends StreamItem>(
  { itemsMax }: Follow<Item>,
  items: readonly Item[],
): Generator<StreamEvent<Item>> {
  let from = 0;
  let bytes = 0;
  for (const [index, item] of items.entries()) {
    if (index > from && (index - from >= itemsMax || bytes + item.bytes.length > eventBytesMax)) {
      yield { kind: 'items', items: items.slice(from, index) };
      [from, bytes] = [index, 0];
    }
    bytes += item.bytes.length;
  }
  if (from < items.length) yield { kind: 'items', items: from === 0 ? items : items.slice(from) };
}

function checkRunning<Item extends StreamItem>({ signal, hub }: Follow<Item>): void {
  checkSignal(signal);
  if (hub.problem !== undefined) throw hub.problem;
}

function checkSignal(signal: AbortSignal): void {
  if (signal.aborted) throw signal.reason instanceof RpcError ? signal.reason : shuttingDown();
}
