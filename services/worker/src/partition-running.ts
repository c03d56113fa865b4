/**
 * What runs once a partition has recovered. In: the fold where its snapshot left it, and what the loop of the partition
 * does with what happens. Out: the parts of a running partition, wired: outputs, snapshots, quarantine, forming bars, the
 * watch over quiet. Nothing is read here.
 */
import type { Notice, OffsetRange, SnapshotClaim } from '@tapeline/domain';
import { Folding } from './folding.ts';
import { FormingRounds } from './forming-rounds.ts';
import type { MarketPace } from './market-pace.ts';
import type { NoticeBook } from './notice-book.ts';
import { Outbox } from './outbox.ts';
import type { PatientEffects } from './patient-effects.ts';
import { Quarantine } from './quarantine.ts';
import { QuietWatch } from './quiet-watch.ts';
import type { Recovered } from './recovery.ts';
import { SnapshotRounds } from './snapshot-rounds.ts';
import { SnapshotSaves, type SnapshotToSave } from './snapshot-saves.ts';
import { TapeChunks } from './tape-chunks.ts';
import type { PartitionMetrics } from './worker-metrics.ts';
import type { WorkerParts } from './worker-types.ts';

/** A recovered partition's parts. */
export type Running = {
  readonly fold: Recovered['fold'];
  readonly outbox: Outbox;
  readonly saves: SnapshotSaves;
  readonly folding: Folding;
  readonly snapshots: SnapshotRounds;
  readonly quarantine: Quarantine;
  readonly forming: FormingRounds;
  readonly quiet: QuietWatch;
  /** What the log kept when the partition recovered. */
  readonly range: OffsetRange;
};

/** What a running partition needs. */
export type RunningConfig = {
  readonly parts: WorkerParts;
  readonly partition: number;
  readonly claim: SnapshotClaim;
  readonly pace: MarketPace;
  readonly metrics: PartitionMetrics;
  readonly book: NoticeBook;
  /** How outputs are written. */
  readonly effects: PatientEffects;
  /** Fires when reading ends. */
  readonly stop: AbortSignal;
  readonly isWaiting: () => boolean;
  readonly appendTime: (bytes: Uint8Array) => Promise<unknown>;
  readonly saved: (snapshot: SnapshotToSave) => void;
  /** See `SnapshotRoundsConfig`. */
  readonly isGivenUp: () => boolean;
  readonly failed: (error: unknown) => void;
};

/** Wires the parts; from here on readers are told where the partition stands. */
export function beginRunning(config: RunningConfig, { fold, chunks, range, logIdentity }: Recovered): Running {
  const { parts, partition, claim, pace, metrics, book, effects, stop, failed } = config;
  const { log, store, clock, config: settings } = parts;
  const { nextOffset, clockMs } = fold;
  const outbox = new Outbox({
    log,
    store,
    partition,
    latenessLiveMs: settings.fold.latenessLiveMs,
    bytesMax: settings.heldBackBytesMax,
    effects,
    from: { clockMs, nextOffset },
    failed,
  });
  const saves = new SnapshotSaves({ store, outbox, claim, effects, saved: config.saved, failed });
  if (clockMs > 0) outbox.addMark();
  const forming = new FormingRounds({
    forming: parts.forming,
    fold,
    clock,
    stop,
    intervalMs: settings.formingIntervalMs,
    failed,
  });
  for (const { dataset, symbol } of fold.instruments(0)) forming.changed(dataset, symbol);
  const quiet = new QuietWatch({
    fold,
    clock,
    stop,
    quietMs: settings.quietMs,
    pace,
    isWaiting: config.isWaiting,
    append: config.appendTime,
    failed,
  });
  stop.addEventListener(
    'abort',
    pace.listen(() => quiet.noteOthers()),
    { once: true },
  );
  const quarantine = new Quarantine(partition, (records) => {
    metrics.quarantined(records.length);
    outbox.addQuarantine(records);
  });
  const folding = new Folding({
    partition,
    partitions: log.partitionCount,
    fold,
    // Chunks that nothing is added to any more would go on with numbers of ticks that came much later.
    chunks: settings.tape === 'on' ? chunks : new TapeChunks(),
    outbox,
    saves,
    tape: settings.tape,
    logIdentity,
    notice: (notice: Notice, record) => {
      book.note(notice);
      quarantine.note(notice, record);
    },
    changed: (dataset, symbol) => forming.changed(dataset, symbol),
  });
  const snapshots = new SnapshotRounds({
    folding,
    saves,
    clock,
    stop,
    intervalMs: settings.snapshotIntervalMs,
    isGivenUp: config.isGivenUp,
    failed,
  });
  return { fold, outbox, saves, folding, snapshots, quarantine, forming, quiet, range };
}
