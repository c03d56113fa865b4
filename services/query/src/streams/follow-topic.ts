/**
 * One stream, from its first event to its end. In: what to follow, a snapshot or a resume token. Out: events in the
 * order of the contract. The place in the topic is fixed first, then the snapshot is read, which workers write before
 * the topic; then the topic from that place up to the hub. So there is no gap, whatever happens in between, and a
 * reader that is slow before slows its own reading and needs no queue. Law 7: a hub that goes on as fast as it is
 * followed is joined after a few rounds all the same, and the queue takes what comes while the last stretch is read.
 */
import { MalformedError, type TickLog } from '@tapeline/domain';
import { RpcError } from '@tapeline/grpc';
import type { Clock } from '@tapeline/runtime';
import { refusal, shuttingDown } from '../refusal.ts';
import { checkPositions, positionsOf, resumeToken, type StreamKind } from '../tokens/resume-token.ts';
import { readRange, type ReadBatch } from './read-range.ts';
import type { ReadTurns } from './read-turns.ts';
import { StreamBeat } from './stream-beat.ts';
import type { Followed, ReadRecord, StreamEvent, StreamItem } from './stream-item.ts';
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
  /** Whether an item says something that was not sent; it counts as sent from then on. */
  readonly isNew: (item: Item) => boolean;
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

/** The events of a stream; throws the `RpcError` with which it ends. */
export async function* followTopic<Item extends StreamItem>(follow: Follow<Item>): AsyncGenerator<StreamEvent<Item>> {
  const { hub, followed, kind, signal } = follow;
  checkRunning(follow);
  const [from, ends] = await firstPlace(follow);
  const place = new StreamPlace(from);
  const beat = new StreamBeat(follow, place);
  if (follow.resumeToken === '') {
    for await (const items of follow.snapshot()) {
      checkSignal(signal);
      yield* eventsOf(follow, items.filter(follow.isNew));
    }
  } else {
    yield* readUpTo(follow, place, beat, ends);
  }
  yield { kind: 'snapshotEnd', token: resumeToken(kind, followed.digest, place.at) };
  yield* meetHub(follow, place, beat);
  const { waitingBytesMax: bytesMax, onProblem } = follow;
  const joinedAt = [...hub.positions];
  // A token of another process may be ahead of this one's hub.
  const starts = joinedAt.map((position, partition) => Math.max(position, place.at[partition] as number));
  const queue = new StreamQueue<Item>({ bytesMax, starts, onProblem });
  const wake = (): void => queue.wake();
  hub.join(followed, queue);
  follow.companion?.start(wake);
  signal.addEventListener('abort', wake, { once: true });
  try {
    yield* readUpTo(follow, place, beat, joinedAt);
    yield* live(follow, place, beat, queue);
  } finally {
    signal.removeEventListener('abort', wake);
    follow.companion?.stop();
    hub.leave(followed, queue);
  }
}

/** Where the stream begins, and where what it missed ends. */
async function firstPlace<Item extends StreamItem>(
  follow: Follow<Item>,
): Promise<readonly [from: readonly number[], ends: readonly number[]]> {
  const { hub, kind, followed, log, topic } = follow;
  if (follow.resumeToken === '') return [hub.positions, hub.positions];
  const positions = positionsOf(kind, followed.digest, follow.resumeToken);
  return [positions, await checkPositions(log, topic, positions)];
}

/** What the stream follows from its place up to these offsets of the partitions. */
async function* readUpTo<Item extends StreamItem>(
  follow: Follow<Item>,
  place: StreamPlace,
  beat: StreamBeat<Item>,
  ends: readonly number[],
): AsyncGenerator<StreamEvent<Item>> {
  for (const [partition, to] of ends.entries()) {
    const from = place.at[partition] as number;
    if (from >= to) continue;
    const batches = readable(follow, partition, from, to);
    try {
      for (;;) {
        const reading = batches.next();
        yield* beat.during(reading);
        const read = await reading;
        checkRunning(follow);
        if (read.done === true) break;
        const { batch, latenessMs } = read.value;
        place.advance(partition, batch.nextOffset, batch.clockNs, latenessMs);
        yield* eventsOf(follow, batch.items.filter(follow.isNew));
        if (beat.isDue()) yield beat.event();
      }
    } finally {
      await batches.return(undefined);
    }
  }
}

/** The stretch; bytes that hold no record end the stream, since going on would leave a gap. */
async function* readable<Item extends StreamItem>(
  follow: Follow<Item>,
  partition: number,
  from: number,
  to: number,
): AsyncGenerator<ReadBatch<Item>> {
  try {
    yield* readRange(follow, partition, from, to);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    const facts = { partition: `${partition}` };
    throw refusal('LOG_UNAVAILABLE', `partition ${partition} has a damaged record: ${error.message}`, facts);
  }
}

async function* meetHub<Item extends StreamItem>(
  follow: Follow<Item>,
  place: StreamPlace,
  beat: StreamBeat<Item>,
): AsyncGenerator<StreamEvent<Item>> {
  const { positions } = follow.hub;
  const isBehind = (): boolean => positions.some((position, partition) => (place.at[partition] as number) < position);
  for (let round = 0; round < meetingRoundsMax && isBehind(); round += 1) {
    yield* readUpTo(follow, place, beat, [...positions]);
  }
}

async function* live<Item extends StreamItem>(
  follow: Follow<Item>,
  place: StreamPlace,
  beat: StreamBeat<Item>,
  queue: StreamQueue<Item>,
): AsyncGenerator<StreamEvent<Item>> {
  for (;;) {
    checkSignal(follow.signal);
    if (queue.problem !== undefined) throw queue.problem;
    yield* takeWaiting(follow, place, queue);
    if (queue.isEmpty && queue.problem === undefined) {
      place.meet(follow.hub);
      yield* follow.companion?.due(place) ?? [];
    }
    if (beat.isDue()) yield beat.event();
    if (queue.isEmpty && queue.problem === undefined) await queue.wait();
  }
}

/** One event with what waits, as much as fits; a record that stands alone goes out in the frame that all share. */
function* takeWaiting<Item extends StreamItem>(
  follow: Follow<Item>,
  place: StreamPlace,
  queue: StreamQueue<Item>,
): Generator<StreamEvent<Item>> {
  const first = queue.take();
  if (first === undefined) return;
  place.advance(first.partition, first.nextOffset, first.clockNs);
  const items = first.items.filter(follow.isNew);
  if (queue.isEmpty && items.length === first.items.length && isOneEvent(follow, items.length, first.bytes)) {
    yield { kind: 'items', items, frame: () => first.frame() };
    return;
  }
  let bytes = first.bytes;
  while (items.length < follow.itemsMax && bytes < eventBytesMax) {
    const batch = queue.take();
    if (batch === undefined) break;
    place.advance(batch.partition, batch.nextOffset, batch.clockNs);
    bytes += batch.bytes;
    for (const item of batch.items) if (follow.isNew(item)) items.push(item);
  }
  yield* eventsOf(follow, items);
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
