/**
 * A stream of bars. In: a selection and what the reader wants of it. Out: events in the order of the contract, for gRPC
 * and HTTP alike.
 */
import { builtInCalendarNames, type StoredInstrument } from '@tapeline/domain';
import type { RpcError } from '@tapeline/grpc';
import type { QueryParts } from '../query-parts.ts';
import { instrumentKey } from '../requests/instrument-key.ts';
import type { InstrumentName } from '../requests/request-fields.ts';
import type { Selection } from '../requests/selection.ts';
import { BucketEnds } from '../streams/bucket-ends.ts';
import { followTopic } from '../streams/follow-topic.ts';
import type { Followed, StreamEvent } from '../streams/stream-item.ts';
import { asTheyCome } from '../streams/stream-order.ts';
import { BarCompanion } from './bar-companion.ts';
import { barSnapshot } from './bar-snapshot.ts';
import type { FormingPublication } from './forming-publication.ts';
import { FormingQueue } from './forming-queue.ts';
import type { LiveBar } from './live-bar.ts';
import { readBarRecord } from './read-bar-record.ts';
import { SentRevisions } from './sent-revisions.ts';

/** What a reader wants. */
export type BarFollow = {
  readonly selection: Selection;
  /** The selected instruments; absent where all are selected. */
  readonly instruments: readonly StoredInstrument[] | undefined;
  /** The snapshot begins with bars that start at this second or later; absent = with the last one of each series. */
  readonly startSec: number | undefined;
  readonly includeForming: boolean;
  /** Empty = with a snapshot. */
  readonly resumeToken: string;
  /** Fires when the reader is gone, or with the `RpcError` that ends the stream. */
  readonly signal: AbortSignal;
  readonly onProblem?: (problem: RpcError) => void;
};

/** Bars of one event at most. */
export const barsPerEventMax = 1_000;

/** The events of the stream. */
export async function* followBars(parts: QueryParts, follow: BarFollow): AsyncGenerator<StreamEvent<LiveBar>> {
  const { config, clock, relay } = parts;
  const { selection, signal, includeForming } = follow;
  const sent = new SentRevisions(config.sentBarsMax);
  const isNew = (bar: LiveBar): boolean => sent.isNew(bar);
  const hasSeries = (key: string): boolean => selection.hasSeries(key);
  const forming = includeForming ? formingQueue(parts) : undefined;
  const release = forming === undefined ? undefined : hearForming(parts, follow, forming);
  const companion = new BarCompanion({
    ends: new BucketEnds(selection.intervals, calendarsOf(follow)),
    forming,
    isNew,
    itemsMax: barsPerEventMax,
  });
  try {
    yield* followTopic({
      log: parts.log,
      topic: 'bars',
      turns: parts.turns,
      read: readBarRecord,
      hub: parts.bars,
      kind: 'bar-stream',
      followed: followedBars(follow),
      resumeToken: follow.resumeToken,
      snapshot: () =>
        barSnapshot({
          store: parts.store,
          instruments: namesOf(parts, follow),
          intervals: selection.intervals,
          profiles: selection.profiles,
          startSec: follow.startSec,
          forming: (name) => (includeForming ? relay.known(name, hasSeries) : []),
          prepare: async (names) => (includeForming ? relay.ask(names, config.formingWaitMs) : undefined),
        }),
      // The highest revision of a bar wins, whichever partition put it out; equal ones are the same bytes.
      order: () => asTheyCome(isNew),
      companion,
      itemsMax: barsPerEventMax,
      waitingBytesMax: config.waitingBytesMax,
      heartbeatMs: config.heartbeatMs,
      clock,
      signal,
      onProblem: follow.onProblem,
    });
  } finally {
    forming?.stop();
    release?.();
  }
}

function followedBars({ selection, instruments }: BarFollow): Followed<LiveBar> {
  const named = (instrument: StoredInstrument): [string, StoredInstrument] => [
    instrumentKey(instrument.dataset, instrument.symbol),
    instrument,
  ];
  return {
    digest: selection.digest,
    instruments: instruments && new Map(instruments.map(named)),
    wantsInstrument: (key, dataset) => selection.hasInstrument(key, dataset),
    wants: (bar) => selection.hasSeries(bar.series) && selection.hasInstrument(bar.instrument, bar.dataset),
  };
}

function calendarsOf({ instruments }: BarFollow): readonly string[] {
  return instruments?.map(({ terms }) => terms.calendar) ?? builtInCalendarNames;
}

async function* namesOf(
  { directory }: QueryParts,
  { instruments, selection }: BarFollow,
): AsyncGenerator<readonly InstrumentName[]> {
  if (instruments === undefined) yield* directory.all(selection.dataset);
  else yield instruments;
}

function formingQueue({ clock, config, metrics }: QueryParts): FormingQueue {
  return new FormingQueue({
    clock,
    everyMs: config.formingEveryMs,
    barsMax: config.formingBarsMax,
    onConflated: () => metrics.conflated.add(),
  });
}

/** Puts forming bars of the selection into the queue, of all instruments also those of later, until the end is called. */
function hearForming({ relay, watch }: QueryParts, { selection }: BarFollow, queue: FormingQueue): () => void {
  const releases: (() => void)[] = [];
  const hasSeries = (key: string): boolean => selection.hasSeries(key);
  const hear = (bars: FormingPublication): void => queue.offer(bars.of(hasSeries));
  const add = (names: readonly InstrumentName[]): void => {
    for (const name of names) releases.push(relay.follow(name, hear));
  };
  if (selection.instruments !== undefined) add(selection.instruments);
  else {
    releases.push(
      watch.listen((instruments) =>
        add(instruments.filter(({ dataset }) => selection.dataset === undefined || selection.dataset === dataset)),
      ),
    );
  }
  return () => {
    for (const release of releases) release();
  };
}
