/**
 * One partition from its log to its outputs, for as long as it is owned. In: log, store, configuration. Out: bars,
 * tape, snapshots, forming bars, status. It reads only as fast as its outputs are written, gives the event loop its turn
 * between two steps, and stops for good where going on would lose or repeat records silently (laws 1 and 7).
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type LogRecordInput, type SnapshotClaim, StoreError } from '@tapeline/domain';
import { type Logger, systemRandom } from '@tapeline/runtime';
import type { MarketPace } from './market-pace.ts';
import { NoticeBook } from './notice-book.ts';
import { PacedTask } from './paced-task.ts';
import { PartitionEndedError } from './partition-ended-error.ts';
import { PartitionProgress } from './partition-progress.ts';
import { beginRunning, type Running } from './partition-running.ts';
import { PartitionStanding, type StandingListener } from './partition-standing.ts';
import type { PartitionProblem, PartitionStatus } from './partition-status.ts';
import { isTransient, PatientEffects } from './patient-effects.ts';
import { recordSteps } from './record-steps.ts';
import { recover, type Recovered } from './recovery.ts';
import { recoveriesMax, type RecoveryTurn, type RecoveryTurns } from './recovery-turns.ts';
import type { SnapshotToSave } from './snapshot-saves.ts';
import { TickReader } from './tick-reader.ts';
import { foldConfigOf, pauseMsMax } from './worker-config.ts';
import { PartitionMetrics } from './worker-metrics.ts';
import { failureOf, type WorkerFailedError, type WorkerParts } from './worker-types.ts';

/** Bytes of tape that are written in a ms, at most: a pause stretches with what the last write had. */
const tapeBytesPerMs = 4_096;
/** Above every partition's number. */
const partitionsEnd = 1_048_576;

/** What the loops of one worker have in common. */
export type LoopsShare = {
  readonly pace: MarketPace;
  readonly turns: RecoveryTurns;
  readonly count: (ticks: number, bars: number) => void;
};

/** Who hears what becomes of a partition. */
export type LoopEvents = {
  readonly standing: StandingListener;
  /** Why it cannot go on, once, if ever. */
  readonly failed: (error: WorkerFailedError) => void;
  /** Somebody else saves the snapshots now, once, if ever: this loop reads no more and is to be stopped. */
  readonly claimLost: () => void;
};

/** The loop of one partition, from the claim of its snapshots to its end. */
export class PartitionLoop {
  readonly #parts: WorkerParts;
  readonly #shared: LoopsShare;
  readonly #partition: number;
  readonly #events: LoopEvents;
  readonly #logger: Logger;
  readonly #metrics: PartitionMetrics;
  readonly #book: NoticeBook;
  readonly #standing: PartitionStanding;
  /** Fires when reading ends, and when nothing is tried any more. */
  readonly #stopping = new AbortController();
  readonly #abandoning = new AbortController();
  /** Recovering and reading, whose troubles end the turn to recover. */
  readonly #input: PatientEffects;
  /** What goes on beside it. */
  readonly #aside: PatientEffects;
  readonly #output: PatientEffects;
  readonly #progress: PartitionProgress;
  readonly #tapeWrites: PacedTask;
  #recovered: Promise<Running> | undefined;
  #running: Running | undefined;
  /** While it reads a snapshot and the records that come with it. */
  #turn: RecoveryTurn | undefined;
  #attempts = 0;
  #claim: SnapshotClaim | undefined;
  #reader: TickReader | undefined;
  #tapePauseMs = 0;
  #reading: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #hasLostClaim = false;
  /** Resolves at the end, for those who wait for a call that never answers. */
  readonly #over: Promise<PartitionEndedError>;

  constructor(parts: WorkerParts, shared: LoopsShare, partition: number, events: LoopEvents) {
    const { clock, logger, metrics, config } = parts;
    this.#parts = parts;
    this.#shared = shared;
    this.#partition = partition;
    this.#events = events;
    this.#logger = logger.child({ partition });
    this.#metrics = new PartitionMetrics(metrics, partition);
    this.#book = new NoticeBook(clock, this.#logger, (code) => this.#metrics.notice(code));
    this.#standing = new PartitionStanding(this.#logger, events.standing);
    this.#over = new Promise((resolve) => {
      const end = (): void => resolve(new PartitionEndedError('the partition ended'));
      this.#abandoning.signal.addEventListener('abort', end, { once: true });
    });
    // A partition whose log or store is away does not keep the others from recovering.
    this.#input = this.#effects(this.#stopping.signal, () => this.#turn?.end());
    this.#aside = this.#effects(this.#stopping.signal);
    this.#output = this.#effects(this.#abandoning.signal);
    this.#progress = new PartitionProgress({
      parts,
      partition,
      metrics: this.#metrics,
      standing: this.#standing,
      effects: this.#aside,
      stop: this.#stopping.signal,
      failed: (error) => this.#stopForGood(error),
    });
    this.#tapeWrites = this.#paced(
      () => Math.min(pauseMsMax, Math.max(config.tapeIntervalMs, this.#tapePauseMs)),
      () => {
        this.#tapePauseMs = (this.#running?.folding.writeTape() ?? 0) / tapeBytesPerMs;
      },
    );
  }

  /** Begins. */
  start(): void {
    this.#reading ??= this.#run();
  }

  /** Where the log ends now. Rejects as `durableUpTo` does. */
  async endNow(): Promise<number> {
    const { log } = this.#parts;
    const look = this.#aside.run('looking at the log', () => log.range('ticks', this.#partition));
    return (await this.#unlessEnded(look)).endOffset;
  }

  /**
   * Resolves once everything before the offset is durable. Rejects with `WorkerFailedError` when the partition fails
   * before, with `PartitionEndedError` when it ends before.
   */
  async durableUpTo(nextOffset: number): Promise<void> {
    const { outbox } = await this.#unlessEnded((this.#recovered ??= this.#recover()));
    await this.#unlessEnded(outbox.durableUpTo(nextOffset));
  }

  /** See `Worker.status`. */
  status(): PartitionStatus {
    const { fold, outbox } = this.#running ?? {};
    const nextOffset = outbox?.durableOffset ?? 0;
    return {
      partition: this.#partition,
      ...this.#standing.now,
      clockMs: fold?.clockMs ?? 0,
      nextOffset,
      endOffset: Math.max(this.#progress.endOffset, nextOffset),
      ...this.#progress.lag(),
      ticks: fold?.counters.applied ?? 0,
      bars: fold?.counters.barsEmitted ?? 0,
      problems: [...this.#book.problems],
    };
  }

  /** Whether it has the instrument now; no before recovery. */
  hasInstrument(dataset: string, symbol: string): boolean {
    return this.#running?.fold.owns(dataset, symbol) === true;
  }

  /** Ticks a second, as `Ownership.noteRate` was told. */
  get ticksPerSecond(): number {
    return this.#progress.ticksPerSecond;
  }

  /**
   * Stops reading, settles outputs and saves a snapshot, all within `stopWaitMs`; whatever hangs on beyond that has no
   * effect any more, but for writes that store or log have already.
   */
  async stop(): Promise<void> {
    this.#stopped ??= this.#end();
    await this.#stopped;
  }

  async #unlessEnded<Value>(work: Promise<Value>): Promise<Value> {
    try {
      const value = await Promise.race([work, this.#over]);
      if (value instanceof PartitionEndedError) throw value;
      return value;
    } catch (error) {
      if (this.#standing.failure !== undefined) throw this.#standing.failure;
      if (this.#stopping.signal.aborted) throw new PartitionEndedError('the partition ended', { cause: error });
      throw failureOf(this.#partition, error);
    }
  }

  async #recover(): Promise<Running> {
    const { claim, recovered } = await this.#input.run('recovering', () => this.#recoverInTurn());
    // Whoever was stopped meanwhile must not put anything out.
    if (this.#stopping.signal.aborted) throw new PartitionEndedError('the partition ended while it recovered');
    this.#running = this.#begin(recovered, claim);
    return this.#running;
  }

  /** Where log or store are away it begins anew, with another turn. */
  async #recoverInTurn(): Promise<{ readonly claim: SnapshotClaim; readonly recovered: Recovered }> {
    const { log, store, clock, config } = this.#parts;
    const fold = foldConfigOf(config, this.#partition, log.basePartitions);
    const stop = this.#stopping.signal;
    const tell = (problem: PartitionProblem): void => this.#book.note(problem, 'a snapshot is not used');
    // Who has failed goes behind those who have not tried as often.
    const rank = this.#partition + partitionsEnd * this.#attempts;
    this.#attempts += 1;
    this.#turn = await this.#shared.turns.take(rank, stop, () => {
      this.#logger.info('recovery waits for its turn');
      this.#standing.recovering(`waits for its turn, ${recoveriesMax} partitions recover at once`);
    });
    this.#standing.recovering('looks for a snapshot');
    // A log that is away is noticed before anything is claimed or read.
    await log.range('ticks', this.#partition);
    // One claim however often it is tried: another one would take it from whoever saves meanwhile.
    const claim = (this.#claim ??= await store.claimSnapshots(this.#partition));
    return { claim, recovered: await recover({ log, store, fold, clock, stop, tell }) };
  }

  async #run(): Promise<void> {
    try {
      await this.#read(await (this.#recovered ??= this.#recover()));
    } catch (error) {
      this.#stopForGood(error);
    }
  }

  #begin(recovered: Recovered, claim: SnapshotClaim): Running {
    const { fold, range, snapshotBytes } = recovered;
    const { nextOffset, retainFromOffset } = fold;
    const { endOffset } = range;
    const { epoch } = claim;
    this.#metrics.beginAt(fold);
    this.#logger.info('partition begins', { nextOffset, retainFromOffset, endOffset, snapshotBytes, epoch });
    const { pace } = this.#shared;
    return beginRunning(
      {
        parts: this.#parts,
        partition: this.#partition,
        claim,
        pace,
        logger: this.#logger,
        metrics: this.#metrics,
        book: this.#book,
        effects: this.#output,
        stop: this.#stopping.signal,
        isWaiting: () => this.#reader?.isWaiting === true,
        behindMs: () => this.#progress.behindMs(),
        appendTime: (bytes) => this.#appendTime(bytes),
        saved: (snapshot) => this.#saved(snapshot),
        isGivenUp: () => this.#abandoning.signal.aborted || this.#standing.failure !== undefined || this.#hasLostClaim,
        failed: (error) => this.#stopForGood(error),
      },
      recovered,
    );
  }

  async #read(running: Running): Promise<void> {
    const { log, config } = this.#parts;
    const { fold, outbox, quiet } = running;
    const reader = new TickReader(log, this.#partition, fold.retainFromOffset, this.#input);
    this.#reader = reader;
    this.#progress.begin(fold, outbox, running.range);
    quiet.noteRecords();
    if (!fold.isRecovering) this.#turn?.end();
    while (!this.#stopping.signal.aborted) {
      const batch = await reader.next();
      if (batch === undefined) return;
      for (const records of recordSteps(batch, config.stepBytesMax)) {
        await outbox.room();
        if (this.#stopping.signal.aborted) return;
        this.#step(running, records);
        await nextTurn();
      }
    }
  }

  #step(running: Running, records: readonly LogRecordInput[]): void {
    const { clock } = this.#parts;
    const { fold, folding, snapshots, quarantine, quiet } = running;
    const { applied, barsEmitted } = fold.counters;
    const startedMs = clock.monotonicMs();
    folding.step(records);
    quarantine.endStep();
    this.#shared.count(fold.counters.applied - applied, fold.counters.barsEmitted - barsEmitted);
    this.#metrics.step(fold, clock.monotonicMs() - startedMs);
    this.#progress.stepped(records[0]?.appendTimeMs ?? 0);
    quiet.noteRecords();
    // What is read again, or was missed, says nothing of how the market moves now.
    if (!this.#standing.isRecovering) this.#shared.pace.note(records);
    if (this.#parts.config.tape === 'on') this.#tapeWrites.arm();
    snapshots.arm();
    if (!fold.isRecovering) this.#turn?.end();
  }

  #saved({ stored, retainFromOffset }: SnapshotToSave): void {
    const { bytes, nextOffset } = stored;
    this.#metrics.snapshot(bytes.length, this.#running?.snapshots.tookMs ?? 0);
    this.#logger.debug('snapshot saved', { nextOffset, retainFromOffset, bytes: bytes.length });
    // The store keeps this one and the one before, which may be needed if this one is damaged.
    const neededFrom = this.#progress.saved(retainFromOffset);
    this.#parts.log.pin?.('ticks', this.#partition, neededFrom);
  }

  async #appendTime(bytes: Uint8Array): Promise<void> {
    await this.#aside.run('appending to ticks', () => this.#parts.log.append('ticks', this.#partition, bytes));
    this.#metrics.timeRecord();
  }

  /** Whatever is under way ends: outputs are written, what is new goes into a snapshot, all within the time for it. */
  async #end(): Promise<void> {
    this.#stopping.abort();
    const { clock, config } = this.#parts;
    const over = new AbortController();
    const settled = this.#settle().catch((error: unknown) => this.#stopForGood(error));
    await Promise.race([settled, clock.sleep(config.stopWaitMs, over.signal)]);
    over.abort();
    this.#abandoning.abort();
    const { outbox, saves } = this.#running ?? {};
    if (outbox !== undefined && this.#standing.failure === undefined && !this.#hasLostClaim) {
      const { durableOffset, bytes } = outbox;
      if (bytes > 0 || saves?.isBusy === true) {
        const message = 'stopped with outputs unwritten; they come again after the next start';
        this.#logger.warn(message, { durableOffset, bytes });
      }
      this.#progress.tell();
    }
    outbox?.abandon(new PartitionEndedError('the partition ended'));
    this.#book.flush();
    this.#metrics.end();
    this.#standing.stopped();
  }

  async #settle(): Promise<void> {
    this.#running?.outbox.stopWaiting();
    await this.#reader?.close();
    await this.#reading;
    const running = this.#running;
    // One that was begun is finished, and stands for all: what came after is read again.
    const isWriting = running?.folding.isWritingSnapshot === true;
    const tasks = [this.#progress, this.#tapeWrites];
    const more = running === undefined ? [] : [running.forming, running.quiet, running.snapshots, running.reports];
    await Promise.all([...tasks, ...more].map(async (task) => task?.settled()));
    if (running === undefined || this.#standing.failure !== undefined || this.#hasLostClaim) return;
    if (!running.fold.isRecovering && !isWriting) await running.snapshots.make();
    await Promise.all([running.outbox.idle(), running.saves.idle()]);
  }

  #stopForGood(error: unknown): void {
    if (this.#standing.failure !== undefined || this.#hasLostClaim) return;
    const isEnding = this.#stopping.signal.aborted;
    // An effect that was given up at the end is no failure: `#end` says what was not written.
    if (isEnding && (isTransient(error) || error instanceof PartitionEndedError)) return;
    if (error instanceof StoreError && error.code === 'CLAIM_LOST') {
      this.#loseClaim(error, isEnding);
      return;
    }
    const failure = failureOf(this.#partition, error);
    this.#logger.error('partition stops', { error: failure });
    this.#standing.failed(failure);
    this.#stopping.abort();
    this.#running?.outbox.abandon(failure);
    this.#events.failed(failure);
  }

  /** Whoever has the claim goes on from the last snapshot; what is not written here, it writes. */
  #loseClaim(error: StoreError, isEnding: boolean): void {
    this.#hasLostClaim = true;
    this.#stopping.abort();
    this.#running?.outbox.drop(new PartitionEndedError('the claim was lost', { cause: error }));
    // At the end it is the rule: the next owner claimed before the last snapshot of this one came.
    if (isEnding) return;
    this.#logger.warn('another worker saves the snapshots of this partition now: it is let go', { error });
    this.#metrics.claimLost();
    this.#events.claimLost();
  }

  #effects(giveUp: AbortSignal, heldBack: () => void = nothing): PatientEffects {
    const { clock, random = systemRandom } = this.#parts;
    return new PatientEffects({
      clock,
      random,
      giveUp,
      waiting: (what, error) => {
        heldBack();
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

function nothing(): void {}
