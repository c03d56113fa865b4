/**
 * What runs once a partition has recovered. In: the fold where its snapshot left it, and what the loop of the partition
 * does with what happens. Out: the parts of a running partition, wired: outputs, snapshots, quarantine, forming bars, the
 * watch over quiet, reports. Nothing is read here.
 */
import { type Notice, type OffsetRange, RatesRhythm, type SnapshotClaim, type StepOfMove } from '@tapeline/domain';
import type { Logger } from '@tapeline/runtime';
import { Folding } from './folding.ts';
import { FormingRounds } from './forming-rounds.ts';
import { InstrumentRates } from './instrument-rates.ts';
import type { MarketPace } from './market-pace.ts';
import type { NoticeBook } from './notice-book.ts';
import { Outbox } from './outbox.ts';
import { PartitionReports } from './partition-reports.ts';
import type { PatientEffects } from './patient-effects.ts';
import { Quarantine } from './quarantine.ts';
import { QuietWatch } from './quiet-watch.ts';
import type { Recovered } from './recovery.ts';
import { arrivalsOf, formOf, reportOf } from './report-of-partition.ts';
import { SnapshotRounds } from './snapshot-rounds.ts';
import { SnapshotSaves, type SnapshotToSave } from './snapshot-saves.ts';
import { TapeChunks } from './tape-chunks.ts';
import { foldConfigOf } from './worker-config.ts';
import type { PartitionMetrics } from './worker-metrics.ts';
import type { WorkerParts } from './worker-types.ts';

/** What waits is to be written within so much of the time for a stop, so that a last snapshot has time as well. */
const windowShare = 0.4;

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
  /** Absent where nobody places instruments. */
  readonly reports: PartitionReports | undefined;
  /** What the log kept when the partition recovered. */
  readonly range: OffsetRange;
};

/** What a running partition needs. */
export type RunningConfig = {
  readonly parts: WorkerParts;
  readonly partition: number;
  readonly claim: SnapshotClaim;
  readonly pace: MarketPace;
  readonly logger: Logger;
  readonly metrics: PartitionMetrics;
  readonly book: NoticeBook;
  /** How outputs are written. */
  readonly effects: PatientEffects;
  /** Fires when reading ends. */
  readonly stop: AbortSignal;
  readonly isWaiting: () => boolean;
  /** See `PartitionProgress.behindMs`. */
  readonly behindMs: () => number;
  readonly appendTime: (bytes: Uint8Array) => Promise<unknown>;
  readonly saved: (snapshot: SnapshotToSave) => void;
  /** See `SnapshotRoundsConfig`. */
  readonly isGivenUp: () => boolean;
  readonly failed: (error: unknown) => void;
};

/** Wires the parts; from here on readers are told where the partition stands. */
export function beginRunning(config: RunningConfig, { fold, chunks, range, logIdentity }: Recovered): Running {
  const { parts, partition, claim, metrics, book, effects, stop, failed } = config;
  const { log, store, clock, config: settings } = parts;
  const { nextOffset, clockMs } = fold;
  const outbox = new Outbox({
    log,
    store,
    partition,
    latenessLiveMs: settings.fold.latenessLiveMs,
    bytesMax: settings.heldBackBytesMax,
    windowMs: settings.stopWaitMs * windowShare,
    effects,
    clock,
    from: { clockMs, nextOffset },
    sent: (record) => metrics.moves.sent(record),
    failed,
  });
  const saves = new SnapshotSaves({ store, outbox, claim, effects, saved: config.saved, failed });
  if (clockMs > 0) outbox.addMark();
  const intervalMs = settings.formingIntervalMs;
  const forming = new FormingRounds({ forming: parts.forming, fold, clock, stop, intervalMs, failed });
  for (const { dataset, symbol } of fold.ownInstruments()) forming.changed(dataset, symbol);
  const rates = new InstrumentRates(partition, clockMs);
  const rhythm = new RatesRhythm();
  const reports = reportsOf(config, { fold, outbox, rates, rhythm });
  const quiet = quietOf(config, fold);
  const quarantine = new Quarantine(partition, (records) => {
    metrics.quarantined(records.length);
    outbox.addQuarantine(records);
  });
  const folding = new Folding({
    partition,
    basePartitions: log.basePartitions,
    fold,
    // Chunks that nothing is added to any more would go on with numbers of ticks that came much later.
    chunks: settings.tape === 'on' ? chunks : new TapeChunks(),
    outbox,
    saves,
    tape: settings.tape,
    logIdentity,
    rates,
    notice: (notice: Notice, record) => {
      book.note(notice);
      quarantine.note(notice, record);
    },
    changed: (dataset, symbol) => forming.changed(dataset, symbol),
    moved: (steps) => {
      for (const one of steps) follow(one, forming, metrics);
      rhythm.moved();
      reports?.note(steps);
    },
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
  reports?.note(arrivalsOf(fold));
  reports?.begin();
  return { fold, outbox, saves, folding, snapshots, quarantine, forming, quiet, reports, range };
}

function quietOf(
  { parts, pace, stop, isWaiting, appendTime: append, failed }: RunningConfig,
  fold: Recovered['fold'],
): QuietWatch {
  const { clock, config } = parts;
  const quiet = new QuietWatch({ fold, clock, stop, quietMs: config.quietMs, pace, isWaiting, append, failed });
  const unlisten = pace.listen(() => quiet.noteOthers());
  stop.addEventListener('abort', unlisten, { once: true });
  return quiet;
}

/** Forming bars of an instrument are given out where it is. */
function follow(one: StepOfMove, forming: FormingRounds, metrics: PartitionMetrics): void {
  if (one.step === 'left') forming.drop(one.dataset, one.symbol);
  if (one.step !== 'arrived') return;
  forming.changed(one.dataset, one.symbol);
  metrics.moves.arrived(one);
}

function reportsOf(
  { parts, partition, stop, logger, metrics, behindMs, failed }: RunningConfig,
  {
    fold,
    outbox,
    rates,
    rhythm,
  }: Pick<Running, 'fold' | 'outbox'> & { readonly rates: InstrumentRates; readonly rhythm: RatesRhythm },
): PartitionReports | undefined {
  const { control, clock, config, log } = parts;
  if (control === undefined) return undefined;
  const { worker } = control;
  const form = formOf(foldConfigOf(config, partition, log.basePartitions));
  return new PartitionReports({
    clock,
    stop,
    logger,
    outbox,
    make: (steps) => reportOf({ partition, worker, form, fold, rates: rates.report(), lagMs: behindMs(), steps }),
    put: (report) => {
      const { all, brief } = rhythm.tell(report.rates, clock.monotonicMs());
      return control.report({ ...report, rates: brief }, all);
    },
    dropped: () => metrics.reportDropped(),
    failed,
  });
}
