/**
 * Leads `control`: the coordinator of moves as a process. In: `control`, the log of ticks, the store, what a person wants. Out: maps and
 * Moves, a status, events, metrics. What it may do stands in `MoveCoordinator`; here its effects are done one after the other, rounds
 * are planned, and a token that is over is followed by a higher one. Law 7: every wait and every number of tries has an end.
 */
import {
  type ControlLog,
  type ControlLogRecord,
  type CoordinatorConfig,
  coordinatorDefaults,
  type CoordinatorEffect,
  type CoordinatorNews,
  type InstrumentPin,
  type LogError,
  type MergedRates,
  MoveCoordinator,
  MovesInFlight,
  type MoveInFlight,
  parseControlKey,
  type PlacementPolicy,
  type Plan,
  planNow,
  planRound,
  policyProblem,
  type ReportBoard,
  type Store,
  type TickLog,
} from '@tapeline/domain';
import { Backoff, type Metrics } from '@tapeline/runtime';
import { ControlFollower, type FollowedRecord } from './control-follower.ts';
import { PartitionCounting } from './lead-count.ts';
import { carryOut, type EffectParts } from './lead-effects.ts';
import { GrowthWishes } from './lead-growth.ts';
import { leadMetrics, type LeadMetrics } from './lead-metrics.ts';
import { decodePolicy, policyKey } from './lead-policy.ts';
import { type HeardReport, LeadReports } from './lead-reports.ts';
import { LeadRounds, ToldOnce } from './lead-rounds.ts';
import { KnownRows } from './lead-rows.ts';
import {
  endedMax,
  eventOf,
  fieldsOf,
  type LeadStatus,
  orderViolated,
  type PlacementEvent,
  type Steering,
} from './lead-status.ts';

/** What a leader tells while it runs; none of it may throw. */
export type LeadListener = {
  /** Once each, also while another process leads. */
  tell(event: PlacementEvent): void;
  /** The status changed. */
  changed?(): void;
  /** The pins that people keep in `control`, at each record of them. */
  pinsKept?(pins: readonly InstrumentPin[]): void;
  /** It can do nothing any more: the log was replaced, or it has a defect. */
  lost(error: unknown): void;
};

/** What a leader works with. */
export type LeadControlParts = Omit<EffectParts, 'control' | 'ticks' | 'store'> & {
  readonly control: ControlLog;
  readonly ticks: Pick<TickLog, 'append' | 'basePartitions' | 'partitionCount' | 'refreshPartitions'>;
  readonly store: Pick<Store, 'enterPins' | 'instrumentsNamed'>;
  readonly metrics: Metrics;
  /** Retention of the log of ticks, ms; infinite where ticks never leave unread. */
  readonly retentionMs: number;
  readonly coordinator?: Partial<CoordinatorConfig>;
  /** A label of the metrics, where one process leads several streams. */
  readonly stream?: string;
  /** A token to lead with, above the highest one read; `undefined` = this process shall not lead now. */
  readonly takeToken: (highestRead: number) => number | undefined;
  readonly listener: LeadListener;
};

/** How often it looks after what waits: while something is under way, and otherwise, ms. */
const busyLookMs = 100;
const idleLookMs = 1_000;
/** The status is told so often though nothing changed but ages and rates, ms. */
const tellEveryMs = 5_000;
/** Whom another one deposed stands back so long, and up to as long again by chance, so that two do not alternate fast, ms. */
const standBackMs = 30_000;
/** How long a stop waits for what is under way, ms. */
const stopMsMax = 5_000;

/** Leads, or follows until it may. */
export class LeadControl {
  /** What it reads by, for others of this process; it closes it. */
  readonly follower: ControlFollower;
  readonly #parts: LeadControlParts;
  readonly #coordinator: MoveCoordinator;
  readonly #reports: LeadReports;
  readonly #board: ReportBoard;
  readonly #moves: MovesInFlight;
  readonly #rows: KnownRows;
  readonly #rounds: LeadRounds;
  readonly #counting: PartitionCounting;
  readonly #defect: ToldOnce;
  readonly #metrics: LeadMetrics;
  readonly #backoff: Backoff;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  readonly #growth = new GrowthWishes();
  #steering: Steering;
  #isCaughtUp = false;
  #wake: () => void = () => undefined;
  #leadAtMs = 0;
  #tellAtMs = 0;
  #preparingSinceMs = 0;
  #ended: readonly MoveInFlight[] = [];

  /** Begins. Throws `RangeError` for a policy that has a problem. */
  constructor(parts: LeadControlParts, steering: Steering) {
    checkPolicy(steering.policy);
    this.#parts = parts;
    this.#steering = steering;
    const { control, ticks, clock, random, logger, retentionMs, metrics, stream } = parts;
    const config = { ...coordinatorDefaults, ...parts.coordinator };
    this.#coordinator = new MoveCoordinator(ticks.basePartitions, config, (news) => this.#hearNews(news));
    this.#reports = new LeadReports(retentionMs);
    this.#board = this.#reports.board;
    this.#moves = new MovesInFlight((news) => this.#hearMove(eventOf(news), news.move));
    this.#rows = new KnownRows(parts.store, logger);
    this.#rounds = new LeadRounds(this.#rows, logger, () => this.#wake());
    this.#counting = new PartitionCounting(ticks, logger, () => this.#wake());
    this.#defect = new ToldOnce(logger, 'what is next to be done to move instruments fails; it is tried again');
    this.#metrics = leadMetrics(metrics, stream);
    this.#backoff = new Backoff({ firstMs: 200, maxMs: 10_000, random });
    this.follower = new ControlFollower({
      log: control,
      basePartitions: ticks.basePartitions,
      clock,
      random,
      logger,
      keepsReports: true,
      onLost: (error: LogError) => this.#lost(error),
      hear: (followed) => this.#hear(followed),
    });
    this.#running = this.#run();
  }

  /** What it goes by from now on. Throws `RangeError` for a policy that has a problem. */
  steer(steering: Steering): void {
    checkPolicy(steering.policy);
    this.#steering = steering;
    if (steering.mode !== 'auto') this.#coordinator.dropPrepared();
    this.#rounds.soon();
    this.#wake();
  }

  /** What it knows; `undefined` before it read `control` to its end. */
  status(): LeadStatus | undefined {
    if (!this.#isCaughtUp) return undefined;
    const nowMs = this.#nowMs();
    const { view, state, token, preparing } = this.#coordinator;
    const partitions = this.#partitions;
    return {
      ...this.#steering,
      state,
      token,
      placement: view.placement,
      partitions,
      preparing,
      preparingSinceMs: this.#preparingSinceMs,
      moves: this.#moves.moves,
      ended: this.#ended,
      planned: this.#rounds.planned,
      rates: this.#board.rates(),
      unfit: this.#board.unfit(partitions, nowMs),
      reports: this.#board.fresh(nowMs),
    };
  }

  /** What the planner would do now under a policy, with so many partitions. Throws `RangeError` for a policy that has a problem. */
  async dryRun(policy: PlacementPolicy, partitions: number): Promise<Plan> {
    const rates = this.#board.rates();
    await this.#rows.learn(policy.pins, rates.ticksPerSec);
    const count = Math.max(partitions, this.#partitions);
    // Partitions that are not there yet have nobody who could be silent.
    const unfit = this.#board.unfit(this.#partitions, this.#nowMs());
    return planNow({ ...this.#roundFacts(rates), policy, partitions: count, unfit });
  }

  /** Wants so many partitions; resolves with how many the map knows then. Rejects where they cannot be had, or nobody leads here. */
  grow(count: number): Promise<number> {
    if (this.#coordinator.state === 'follower') {
      return Promise.reject(new Error('another process coordinates moves now; ask that one'));
    }
    const grown = this.#growth.wait(count);
    this.#coordinator.grow(count);
    this.#growth.reached(this.#coordinator.view.placement.partitions);
    this.#wake();
    return grown;
  }

  /** Gives the token up and lets go of everything, within five seconds; may be called twice. */
  async stop(): Promise<void> {
    this.#coordinator.resign();
    this.#stopping.abort();
    this.#wake();
    const over = new AbortController();
    const ended = this.#running.finally(() => over.abort());
    await Promise.race([ended, this.#parts.clock.sleep(stopMsMax, over.signal)]);
    this.#growth.refuse('the coordinator of moves ends');
    await this.follower.close();
  }

  get #partitions(): number {
    return Math.max(this.#parts.ticks.partitionCount, this.#coordinator.view.placement.partitions);
  }

  #nowMs(): number {
    return this.#parts.clock.monotonicMs();
  }

  async #run(): Promise<void> {
    const stop = this.#stopping.signal;
    const effects = { ...this.#parts, growthRefused: (error: LogError) => this.#growth.refuse(error.message) };
    try {
      await this.follower.caughtUp();
      this.#caughtUp();
      while (!stop.aborted) {
        this.#counting.look(this.#nowMs());
        this.#lead();
        this.#see();
        const effect = this.#next();
        if (effect !== undefined) {
          const result = await carryOut(effect, effects, stop);
          this.#coordinator.done(effect, result, this.#nowMs());
          this.#told();
        } else if (this.#isRoundDue()) this.#plan();
        else await this.#pause();
      }
    } catch (error) {
      // A log that was replaced was told by the follower.
      if (!stop.aborted) this.#lost(error);
    }
  }

  #lost(error: unknown): void {
    this.#growth.refuse('the coordinator of moves can do nothing any more');
    this.#parts.listener.lost(error);
  }

  /** A map that is refused is a defect of what it is made of; what else is under way goes on, and whoever waits for partitions hears it. */
  #next(): CoordinatorEffect | undefined {
    const refuse = (why: string): void => this.#growth.refuse(`no map can be published: ${why}`);
    return this.#defect.try(() => this.#coordinator.next(this.#nowMs()), refuse);
  }

  /** What was read so far is history: it is known, and nothing of it is news. */
  #caughtUp(): void {
    const nowMs = this.#nowMs();
    this.#moves.follow(this.#coordinator.view.placement, nowMs);
    this.#reports.begin(this.follower.reports);
    for (const { report } of this.follower.reports.partitions) this.#moves.report(report, nowMs);
    this.#isCaughtUp = true;
  }

  #lead(): void {
    const { state, view } = this.#coordinator;
    if (state !== 'follower' || this.#nowMs() < this.#leadAtMs || this.#stopping.signal.aborted) return;
    const token = this.#parts.takeToken(view.token);
    if (token === undefined) this.#leadAtMs = this.#nowMs() + idleLookMs;
    else this.#coordinator.lead(token);
  }

  #see(): void {
    const nowMs = this.#nowMs();
    if (this.#coordinator.state !== 'preparing') this.#preparingSinceMs = nowMs;
    this.#coordinator.see({
      partitions: this.#parts.ticks.partitionCount,
      logTimeMs: this.#board.rates().logTimeMs,
      unfit: this.#board.unfit(this.#partitions, nowMs),
      writers: this.#board.writers(nowMs),
      reports: this.#board.fresh(nowMs),
    });
    this.#moves.look((partition) => this.#board.reportOf(partition)?.form, nowMs);
    if (nowMs >= this.#tellAtMs) this.#told();
  }

  /** Only where nothing is under way: what is planned meanwhile could not be made. */
  #isRoundDue(): boolean {
    if (this.#coordinator.state !== 'idle') return false;
    return this.#rounds.isDue(this.#steering.policy, () => this.#board.rates().ticksPerSec, this.#nowMs());
  }

  #plan(): void {
    const { mode, policy } = this.#steering;
    const { partitionCount: partitions } = this.#parts.ticks;
    const unfit = this.#board.unfit(partitions, this.#nowMs());
    const facts = { mode, policy, ...this.#roundFacts(this.#board.rates()), partitions, unfit };
    const planned = this.#rounds.plan(() => planRound(facts), this.#nowMs());
    if (planned !== undefined) this.#coordinator.want(planned.wanted);
    this.#told();
  }

  #roundFacts(rates: MergedRates) {
    const rowOf = (dataset: string, symbol: string) => this.#rows.rowOf(dataset, symbol);
    return { placement: this.#coordinator.view.placement, rates, halfLifeMs: this.#board.halfLifeMs, rowOf };
  }

  async #pause(): Promise<void> {
    const { state } = this.#coordinator;
    const restMs = state === 'idle' ? this.#rounds.restMs(this.#nowMs()) : Infinity;
    const lookMs = state === 'idle' || state === 'follower' ? idleLookMs : busyLookMs;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await this.#parts.clock.sleep(Math.min(lookMs, restMs), woken.signal);
    this.#wake = () => undefined;
  }

  #told(): void {
    this.#tellAtMs = this.#nowMs() + tellEveryMs;
    const status = this.status();
    if (status !== undefined) this.#metrics.set(status, this.#nowMs());
    this.#parts.listener.changed?.();
  }

  #hear(followed: FollowedRecord): void {
    const { logged, folded, view } = followed;
    const nowMs = this.#nowMs();
    if (logged.key === policyKey) this.#hearPolicy(logged);
    const key = parseControlKey(logged.key);
    if (key?.kind === 'claim' || key?.kind === 'map') {
      const isTakenOut = logged.bytes === undefined;
      const { record, outcome } = folded ?? { record: undefined, outcome: undefined };
      this.#coordinator.read({ offset: logged.offset, key, isTakenOut, record, outcome, view }, nowMs);
      if (this.#isCaughtUp) this.#moves.follow(view.placement, nowMs);
      this.#growth.reached(view.placement.partitions);
      this.#told();
    }
    const heard = this.#reports.hear(followed, this.follower.reports, nowMs);
    if (heard !== undefined) this.#hearReport(heard, nowMs);
    this.#wake();
  }

  #hearReport({ report, newViolations }: HeardReport, nowMs: number): void {
    this.#moves.report(report, nowMs);
    if (newViolations > 0) this.#tell(orderViolated(report.partition, newViolations));
  }

  #hearPolicy({ bytes, offset }: ControlLogRecord): void {
    const pins = bytes === undefined ? [] : decodePolicy(bytes);
    if ('message' in pins) {
      this.#parts.logger.error(`the pins in control are passed over: ${pins.message}`, { offset });
      return;
    }
    this.#parts.listener.pinsKept?.(pins);
  }

  #hearNews(news: CoordinatorNews): void {
    const { event, moves, end } = news;
    const { logger } = this.#parts;
    const nowMs = this.#nowMs();
    if (event === 'moved') this.#moves.moved(listedOf(this.#coordinator, moves), nowMs);
    if (event === 'claimed') this.#backoff.reset();
    if (event === 'growthFailed') this.#growth.refuse('the log did not add the partitions; its log line says why');
    const fields = fieldsOf(news);
    if (event === 'dropped') {
      const { mode } = this.#steering;
      return logger.info(`moves that were prepared and in no map yet are dropped, by mode ${mode}`, fields);
    }
    if (event !== 'ended') return logger.debug('the coordinator of moves goes on', fields);
    const pauseMs =
      end === 'deposed' ? standBackMs * (1 + this.#parts.random.next()) : Math.max(busyLookMs, this.#backoff.nextMs());
    this.#leadAtMs = nowMs + pauseMs;
    this.#growth.refuse('another process coordinates moves now, or the log does not answer; try again');
    if (end !== 'resigned') logger.warn('this process does not coordinate moves any more', { end: end ?? '', pauseMs });
  }

  #hearMove(event: PlacementEvent, move: MoveInFlight): void {
    if (event.kind === 'Arrived') this.#ended = [...this.#ended, move].slice(-endedMax);
    if (this.#isCaughtUp) this.#tell(event);
  }

  #tell(event: PlacementEvent): void {
    const { logger, listener } = this.#parts;
    const line = `${event.kind}: ${event.message}`;
    if (event.isWarning) logger.warn(line);
    else logger.info(line);
    listener.tell(event);
  }
}

function checkPolicy(policy: PlacementPolicy): void {
  const problem = policyProblem(policy);
  if (problem !== undefined) throw new RangeError(`${problem.field} of the policy ${problem.problem}`);
}

/** The listed moves that a piece of news is about. */
function listedOf({ view }: MoveCoordinator, moves: CoordinatorNews['moves']) {
  return moves.flatMap(({ dataset, symbol }) => view.placement.moveOf(dataset, symbol) ?? []);
}
