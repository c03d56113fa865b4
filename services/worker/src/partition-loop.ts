/**
 * One partition from its log to its outputs, for as long as the worker runs. In: log, store, configuration. Out: bars,
 * tape, snapshots, forming bars, status. It reads only as fast as its outputs are written, gives the event loop its turn
 * between two steps, and stops for good where going on would lose or repeat records silently (laws 1 and 7).
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LogReader, LogRecordInput, Notice } from '@tapeline/domain';
import { type Logger, systemRandom } from '@tapeline/runtime';
import { Folding } from './folding.ts';
import { FormingRounds } from './forming-rounds.ts';
import type { MarketPace } from './market-pace.ts';
import { NoticeBook } from './notice-book.ts';
import { Outbox, type SnapshotToSave } from './outbox.ts';
import { PacedTask } from './paced-task.ts';
import { PartitionStanding, type StandingListener } from './partition-standing.ts';
import type { PartitionProblem, PartitionStatus } from './partition-status.ts';
import { isTransient, PatientEffects } from './patient-effects.ts';
import { QuietWatch } from './quiet-watch.ts';
import { recover, type Recovered } from './recovery.ts';
import { pauseMsMax } from './worker-config.ts';
import { PartitionMetrics } from './worker-metrics.ts';
import { failureOf, type WorkerFailedError, type WorkerParts } from './worker-types.ts';

/** How often the end of the log is looked at while records come, ms. */
const positionIntervalMs = 1_000;
/** Bytes of tape that are written in a ms, at most: a pause stretches with what the last write had. */
const tapeBytesPerMs = 4_096;
/** A snapshot takes a twentieth of the time at most. */
const snapshotPauseFactor = 20;

/** What runs once a partition has recovered. */
type Running = {
  readonly fold: Recovered['fold'];
  readonly outbox: Outbox;
  readonly folding: Folding;
  readonly forming: FormingRounds;
  readonly quiet: QuietWatch;
  readonly tapeWrites: PacedTask;
  readonly snapshots: PacedTask;
  /** Where the log ended when reading began: until then the partition recovers. */
  readonly caughtUpAt: number;
};

/** The loop of one partition. */
export class PartitionLoop {
  readonly #parts: WorkerParts;
  readonly #partition: number;
  readonly #pace: MarketPace;
  readonly #logger: Logger;
  readonly #metrics: PartitionMetrics;
  readonly #book: NoticeBook;
  readonly #standing: PartitionStanding;
  /** Fires when reading ends, and when nothing is tried any more. */
  readonly #stopping = new AbortController();
  readonly #abandoning = new AbortController();
  readonly #input: PatientEffects;
  readonly #output: PatientEffects;
  readonly #positions: PacedTask;
  #recovered: Promise<Running> | undefined;
  #running: Running | undefined;
  #reader: LogReader | undefined;
  #isWaiting = false;
  #endOffset = 0;
  #tapePauseMs = 0;
  #snapshotTookMs = 0;
  /** The first record that a restart from the last saved snapshot reads again. */
  #retainBefore = 0;
  #reading: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #fail: (error: WorkerFailedError) => void = () => undefined;

  constructor(parts: WorkerParts, partition: number, pace: MarketPace, tell: StandingListener) {
    const { clock, logger, metrics } = parts;
    this.#parts = parts;
    this.#partition = partition;
    this.#pace = pace;
    this.#logger = logger.child({ partition });
    this.#metrics = new PartitionMetrics(metrics, partition);
    this.#book = new NoticeBook(clock, this.#logger, (code) => this.#metrics.notice(code));
    this.#standing = new PartitionStanding(this.#logger, tell);
    this.#input = this.#effects(this.#stopping.signal);
    this.#output = this.#effects(this.#abandoning.signal);
    this.#positions = this.#paced(
      () => positionIntervalMs,
      () => this.#lookAtEnd(),
    );
  }

  /** Begins; `fail` hears once why the partition cannot go on, if ever. */
  start(fail: (error: WorkerFailedError) => void): void {
    this.#fail = fail;
    this.#reading ??= this.#run();
  }

  /** See `Worker.caughtUp`. */
  async caughtUp(): Promise<void> {
    const { log } = this.#parts;
    const { endOffset } = await this.#input.run('looking at the log', () => log.range('ticks', this.#partition));
    const { outbox } = await (this.#recovered ??= this.#recover());
    await outbox.durableUpTo(endOffset);
  }

  /** See `Worker.status`. */
  status(): PartitionStatus {
    const { fold, outbox } = this.#running ?? {};
    const { lagRecords, lagMs } = this.#lag();
    const nextOffset = outbox?.durableOffset ?? 0;
    return {
      partition: this.#partition,
      ...this.#standing.now,
      clockMs: fold?.clockMs ?? 0,
      nextOffset,
      endOffset: Math.max(this.#endOffset, nextOffset),
      lagRecords,
      lagMs,
      ticks: fold?.counters.applied ?? 0,
      bars: fold?.counters.barsEmitted ?? 0,
      problems: [...this.#book.problems],
    };
  }

  /** See `Worker.stop`. */
  async stop(): Promise<void> {
    this.#stopped ??= this.#end();
    await this.#stopped;
  }

  async #recover(): Promise<Running> {
    const { log, store, config } = this.#parts;
    const fold = { ...config.fold, partition: this.#partition };
    const tell = (problem: PartitionProblem): void => this.#book.note(problem, 'a snapshot is not used');
    this.#running = this.#begin(await recover({ log, store, fold, effects: this.#input, tell }));
    return this.#running;
  }

  async #run(): Promise<void> {
    try {
      await this.#read(await (this.#recovered ??= this.#recover()));
    } catch (error) {
      if (this.#stopping.signal.aborted && isTransient(error)) return;
      this.#stopForGood(error);
    }
  }

  #begin({ fold, chunks, endOffset, snapshotBytes }: Recovered): Running {
    const { log, store, config, clock, forming: listeners } = this.#parts;
    const { nextOffset, retainFromOffset, clockMs } = fold;
    const stop = this.#stopping.signal;
    const failed = (error: unknown): void => this.#stopForGood(error);
    this.#endOffset = endOffset;
    this.#retainBefore = retainFromOffset;
    this.#metrics.beginAt(fold.counters);
    this.#logger.info('partition begins', { nextOffset, retainFromOffset, endOffset, snapshotBytes });
    const outbox = new Outbox({
      log,
      store,
      partition: this.#partition,
      latenessLiveMs: config.fold.latenessLiveMs,
      bytesMax: config.heldBackBytesMax,
      effects: this.#output,
      from: { clockMs, nextOffset },
      failed,
      saved: (snapshot) => this.#saved(snapshot),
    });
    if (clockMs > 0) outbox.addMark();
    const forming = new FormingRounds({
      forming: listeners,
      fold,
      clock,
      stop,
      intervalMs: config.formingIntervalMs,
      failed,
    });
    for (const { dataset, symbol } of fold.instruments(0)) forming.changed(dataset, symbol);
    const quiet = new QuietWatch({
      fold,
      clock,
      stop,
      quietMs: config.quietMs,
      pace: this.#pace,
      isWaiting: () => this.#isWaiting,
      append: (bytes) => this.#appendTime(bytes),
      failed,
    });
    this.#pace.listen(() => quiet.noteOthers());
    const notice = (one: Notice): void => this.#book.note(one);
    const changed = (dataset: string, symbol: string): void => forming.changed(dataset, symbol);
    const folding = new Folding({ partition: this.#partition, fold, chunks, outbox, notice, changed });
    const tapeWrites = this.#paced(
      () => Math.min(pauseMsMax, Math.max(config.tapeIntervalMs, this.#tapePauseMs)),
      () => {
        this.#tapePauseMs = folding.writeTape() / tapeBytesPerMs;
      },
    );
    const snapshots = this.#paced(
      () => Math.max(config.snapshotIntervalMs, this.#snapshotTookMs * snapshotPauseFactor),
      () => this.#snapshot(),
    );
    return { fold, outbox, folding, forming, quiet, tapeWrites, snapshots, caughtUpAt: endOffset };
  }

  async #read(running: Running): Promise<void> {
    const { log, config } = this.#parts;
    const { fold, outbox, quiet } = running;
    let position = fold.retainFromOffset;
    this.#reader = log.open('ticks', this.#partition, position);
    this.#noteProgress(running);
    quiet.noteRecords();
    while (!this.#stopping.signal.aborted) {
      const batch = await this.#nextBatch(position);
      if (batch === undefined) return;
      for (const records of stepsOf(batch, config.stepBytesMax)) {
        await outbox.room();
        if (this.#stopping.signal.aborted) return;
        this.#step(running, records);
        await nextTurn();
      }
      position = (batch.at(-1)?.offset ?? position - 1) + 1;
    }
  }

  async #nextBatch(position: number): Promise<readonly LogRecordInput[] | undefined> {
    const { log } = this.#parts;
    return this.#input.run('reading the log', async () => {
      this.#isWaiting = true;
      try {
        return await this.#reader?.next();
      } catch (error) {
        if (isTransient(error)) {
          await this.#reader?.close();
          this.#reader = log.open('ticks', this.#partition, position);
        }
        throw error;
      } finally {
        this.#isWaiting = false;
      }
    });
  }

  #step(running: Running, records: readonly LogRecordInput[]): void {
    const { clock } = this.#parts;
    const { fold, folding, quiet, tapeWrites, snapshots } = running;
    const startedMs = clock.monotonicMs();
    folding.step(records);
    this.#metrics.step(fold.counters, clock.monotonicMs() - startedMs);
    this.#noteProgress(running);
    quiet.noteRecords();
    // What is read again, or was missed, says nothing of how the market moves now.
    if (!this.#standing.isRecovering) this.#pace.note(records);
    tapeWrites.arm();
    snapshots.arm();
    this.#positions.arm();
  }

  #noteProgress({ fold, caughtUpAt }: Running): void {
    if (this.#standing.isRecovering && !fold.isRecovering && fold.nextOffset >= caughtUpAt) this.#standing.running();
  }

  #snapshot(): void {
    if (this.#running === undefined) return;
    const { outbox, folding, snapshots } = this.#running;
    // One at a time: while store or log are away, none is made in vain.
    if (outbox.hasSnapshot) {
      snapshots.arm();
      return;
    }
    const { clock } = this.#parts;
    const startedMs = clock.monotonicMs();
    folding.snapshot();
    this.#snapshotTookMs = clock.monotonicMs() - startedMs;
  }

  #saved({ stored, retainFromOffset }: SnapshotToSave): void {
    const { bytes, nextOffset } = stored;
    this.#metrics.snapshot(bytes.length, this.#snapshotTookMs);
    this.#logger.debug('snapshot saved', { nextOffset, retainFromOffset, bytes: bytes.length });
    // The store keeps this one and the one before, which may be needed if this one is damaged.
    this.#parts.log.pin?.('ticks', this.#partition, Math.min(this.#retainBefore, retainFromOffset));
    this.#retainBefore = retainFromOffset;
  }

  async #appendTime(bytes: Uint8Array): Promise<void> {
    await this.#input.run('appending to ticks', () => this.#parts.log.append('ticks', this.#partition, bytes));
    this.#metrics.timeRecord();
  }

  async #lookAtEnd(): Promise<void> {
    const { log } = this.#parts;
    const { endOffset } = await this.#input.run('looking at the log', () => log.range('ticks', this.#partition));
    this.#endOffset = endOffset;
    const { fold, outbox, caughtUpAt } = this.#running ?? {};
    if (this.#standing.isRecovering && fold !== undefined) {
      this.#standing.recovering(`counted up to record ${fold.nextOffset} of ${caughtUpAt}`);
    }
    const replayRecords = fold?.isRecovering === true ? fold.nextOffset - fold.retainFromOffset : 0;
    this.#metrics.position({ ...this.#lag(), replayRecords, heldBackBytes: outbox?.bytes ?? 0 });
    if (this.#lag().lagRecords > 0) this.#positions.arm();
  }

  #lag(): { readonly lagRecords: number; readonly lagMs: number } {
    const { fold, outbox } = this.#running ?? {};
    const lagRecords = Math.max(0, this.#endOffset - (outbox?.durableOffset ?? 0));
    const behindMs = this.#parts.clock.nowMs() - (fold?.clockMs ?? 0);
    return { lagRecords, lagMs: lagRecords > 0 && fold !== undefined ? Math.max(0, behindMs) : 0 };
  }

  /** Whatever is under way ends: outputs are written, what is new goes into a snapshot, all within the time for it. */
  async #end(): Promise<void> {
    this.#stopping.abort();
    this.#running?.outbox.stopWaiting();
    await this.#reader?.close();
    await this.#reading;
    const running = this.#running;
    if (running !== undefined && this.#standing.failure === undefined) {
      const { outbox, folding, forming, quiet, tapeWrites, snapshots } = running;
      await Promise.all([forming.settled(), quiet.settled(), tapeWrites.settled(), snapshots.settled()]);
      if (!running.fold.isRecovering) folding.snapshot();
      const over = new AbortController();
      const { clock, config } = this.#parts;
      await Promise.race([outbox.idle(), clock.sleep(config.stopWaitMs, over.signal)]);
      over.abort();
      if (outbox.bytes > 0 || outbox.hasSnapshot) {
        const { durableOffset, bytes } = outbox;
        this.#logger.warn('stopped with outputs unwritten; they come again after the next start', {
          durableOffset,
          bytes,
        });
      }
      this.#abandoning.abort();
      outbox.abandon(failureOf(this.#partition, 'the worker was stopped'));
    }
    await this.#positions.settled();
    this.#book.flush();
    this.#standing.stopped();
  }

  #stopForGood(error: unknown): void {
    if (this.#standing.failure !== undefined) return;
    // An effect that was given up at the end is no failure: `#end` says what was not written.
    if (this.#stopping.signal.aborted && isTransient(error)) return;
    const failure = failureOf(this.#partition, error);
    this.#logger.error('partition stops', { error: failure });
    this.#standing.failed(failure);
    this.#stopping.abort();
    this.#running?.outbox.abandon(failure);
    this.#fail(failure);
  }

  #effects(giveUp: AbortSignal): PatientEffects {
    const { clock, random = systemRandom } = this.#parts;
    return new PatientEffects({
      clock,
      random,
      giveUp,
      waiting: (what, error) => {
        this.#metrics.retry();
        this.#standing.heldBack(what, error);
      },
      through: (what) => this.#standing.through(what),
    });
  }

  #paced(pauseMs: () => number, run: () => Promise<void> | void): PacedTask {
    const { clock } = this.#parts;
    const failed = (error: unknown): void => this.#stopForGood(error);
    return new PacedTask({ clock, stop: this.#stopping.signal, pauseMs, run, failed });
  }
}

/** The records cut into steps of so many bytes, at least one record each. */
function* stepsOf(records: readonly LogRecordInput[], bytesMax: number): Generator<readonly LogRecordInput[]> {
  let from = 0;
  let bytes = 0;
  for (const [index, record] of records.entries()) {
    if (index > from && bytes + record.bytes.length > bytesMax) {
      yield records.slice(from, index);
      from = index;
      bytes = 0;
    }
    bytes += record.bytes.length;
  }
  if (from < records.length) yield records.slice(from);
}
