/**
 * A small world with several coordinators, for C0 to C7 alone. In: a seed. Out: processes that stand still, are deposed at any step, lose
 * replies, and whose records land late or never, over a `control` that is compacted at any time; then calm, and at the end
 * nothing listed and nothing stale. `RangeError` as soon as a rule is broken. The log is judged as it grows: what a process believes
 * does not count.
 */
import { type ControlKey, controlKeyOf, controlKeyText } from '../src/placement/control-keys.ts';
import {
  type ControlRecord,
  type ControlView,
  emptyControlView,
  followControl,
} from '../src/placement/control-view.ts';
import {
  type CoordinatorConfig,
  type CoordinatorEffect,
  type CoordinatorNews,
  coordinatorDefaults,
  type CoordinatorState,
  type EffectResult,
} from '../src/placement/coordinator-types.ts';
import { homePartition } from '../src/placement/home.ts';
import { MoveCoordinator } from '../src/placement/move-coordinator.ts';
import { CoordinatorOracle } from './coordinator-oracle.ts';
import { drawFrom } from './draw-from.ts';

/** What a world tells of what it met. */
export type CoordinatorMet = (
  met: { readonly news: CoordinatorNews } | { readonly state: CoordinatorState; readonly during: 'deposed' | 'any' },
) => void;

type Logged = { readonly offset: number; readonly key: ControlKey; readonly record: ControlRecord | undefined };
type Fate = 'done' | 'lost' | 'lost-reply' | 'late';
type UnderWay = { readonly effect: CoordinatorEffect; readonly fate: Fate };
type Process = {
  readonly coordinator: MoveCoordinator;
  readOffset: number;
  view: ControlView;
  underWay: UnderWay | undefined;
  /** Results that the process has not heard of yet. */
  replies: { readonly effect: CoordinatorEffect; readonly result: EffectResult }[];
  isStanding: boolean;
};

const basePartitions = 3;
const symbols = ['S', 'T', 'U'] as const;
const chaosSteps = 400;
const calmStepsMax = 2_000;

/** One world; `run` is its whole life. */
export class CoordinatorWorld {
  readonly #draw: (below: number) => number;
  readonly #met: CoordinatorMet;
  readonly #processes: Process[] = [];
  readonly #oracle: CoordinatorOracle;
  readonly #config: CoordinatorConfig;
  /** Everything that was appended, and what compaction left. */
  readonly #all: Logged[] = [];
  #kept: Logged[] = [];
  readonly #orphans: (() => void)[] = [];
  /** Without leases a process takes the highest token that it read and one: two may take the same. */
  readonly #hasLeases: boolean;
  #tokens = 0;
  #partitions = basePartitions;
  #nowMs = 0;
  #isCalm = false;

  constructor(seed: number, met: CoordinatorMet) {
    this.#draw = drawFrom(seed);
    this.#met = met;
    this.#hasLeases = this.#draw(3) > 0;
    const prepareMsMax = this.#draw(2) * 30_000;
    this.#config = { ...coordinatorDefaults, prepareMsMax, batchMovesMax: 1 + this.#draw(3), staleKeysMax: 3 };
    const rows = new Map<string, number | undefined>();
    for (const symbol of symbols) {
      const drawn = this.#draw(3);
      if (drawn === 0) rows.set(symbol, undefined);
      if (drawn === 1) rows.set(symbol, this.#draw(basePartitions));
    }
    this.#oracle = new CoordinatorOracle(basePartitions, rows);
    for (let count = 2 + this.#draw(2); count > 0; count -= 1) this.#processes.push(this.#process());
  }

  /** Chaos, then calm, then the accounts. */
  run(): void {
    for (let step = 0; step < chaosSteps; step += 1) this.#act();
    this.#calm();
    for (let step = 0; !this.#isAtRest(); step += 1) {
      if (step > calmStepsMax) throw new RangeError('it does not come to rest');
      this.#nowMs += 5_000;
      const [leader] = this.#processes;
      if (leader !== undefined) this.#actOf(leader);
    }
    this.#checkAtRest();
  }

  #process(): Process {
    const hear = (news: CoordinatorNews): void => {
      this.#met({ news });
      const isDeposed = news.event === 'ended' && news.end === 'deposed';
      if (isDeposed) this.#met({ state: this.#before, during: 'deposed' });
    };
    const coordinator = new MoveCoordinator(basePartitions, this.#config, hear);
    const view = emptyControlView(basePartitions);
    return { coordinator, readOffset: 0, view, underWay: undefined, replies: [], isStanding: false };
  }

  /** The state of the process that acts, before it acts. */
  #before: CoordinatorState = 'follower';

  #act(): void {
    const drawn = this.#draw(100);
    this.#nowMs += [0, 10, 500, 3_000][this.#draw(4)] ?? 0;
    if (drawn < 3 && this.#hasLeases) return this.#compact();
    if (drawn < 8) return this.#orphans.splice(this.#draw(this.#orphans.length), 1)[0]?.();
    if (drawn < 10) {
      this.#partitions = Math.min(6, this.#partitions + 1);
      return;
    }
    const process = this.#processes[this.#draw(this.#processes.length)];
    if (process === undefined) return;
    if (this.#draw(25) === 0) process.isStanding = !process.isStanding;
    if (!process.isStanding) this.#actOf(process);
  }

  #actOf(process: Process): void {
    const { coordinator } = process;
    this.#before = coordinator.state;
    this.#met({ state: coordinator.state, during: 'any' });
    const drawn = this.#draw(10);
    if (drawn < 3) this.#read(process);
    else if (drawn < 5) this.#ask(process);
    else if (drawn < 8) this.#land(process);
    else this.#reply(process);
    this.#before = coordinator.state;
  }

  #ask(process: Process): void {
    const { coordinator } = process;
    if (coordinator.state === 'follower') {
      // Seldom, so that coordinators get something done before the next one deposes them.
      if (this.#isCalm || this.#draw(12) === 0) this.#lead(process);
      return;
    }
    if (!this.#isCalm && this.#draw(60) === 0) return coordinator.resign();
    if (!this.#isCalm && this.#draw(60) === 0) coordinator.dropPrepared();
    this.#see(process);
    if (!this.#isCalm && coordinator.state === 'idle') {
      coordinator.want(this.#wantedMoves());
      if (this.#draw(9) === 0) coordinator.grow(Math.min(6, this.#partitions + 1));
    }
    const effect = coordinator.next(this.#nowMs);
    if (effect !== undefined) process.underWay = { effect, fate: this.#fate() };
  }

  #lead(process: Process): void {
    this.#tokens += 1;
    process.underWay = undefined;
    process.replies = [];
    process.coordinator.lead(this.#hasLeases ? this.#tokens : process.view.token + 1);
  }

  #fate(): Fate {
    return this.#isCalm ? 'done' : ((['lost', 'lost-reply', 'late'] as const)[this.#draw(24)] ?? 'done');
  }

  #wantedMoves() {
    return Array.from({ length: this.#draw(4) }, () => {
      const symbol = symbols[this.#draw(symbols.length)] ?? 'S';
      const standing = (['spread', 'dedicated', 'pinned'] as const)[this.#draw(3)] ?? 'spread';
      return { dataset: 'd', symbol, to: this.#draw(this.#partitions + 1), standing };
    });
  }

  #see({ coordinator, view }: Process): void {
    const reasons = ['lagging', 'behind'] as const;
    const isUnfit = !this.#isCalm && this.#draw(8) === 0;
    const { epoch } = view.placement;
    const steps = this.#oracle.prepares.map(({ symbol, epoch: at }) => {
      return { dataset: 'd', symbol, epoch: at, step: 'prepared' as const, logTimeMs: 0 };
    });
    coordinator.see({
      partitions: this.#partitions,
      logTimeMs: this.#nowMs,
      unfit: isUnfit ? new Map([[this.#draw(this.#partitions), reasons[this.#draw(2)] ?? 'lagging']]) : new Map(),
      writers: this.#draw(3) === 0 ? [] : [{ writer: 'w', mapEpoch: epoch - this.#draw(2) }],
      reports: [{ partition: 0, steps: this.#draw(2) === 0 ? steps : [] }],
    });
  }

  #read(process: Process): void {
    for (let count = this.#isCalm ? Infinity : 1 + this.#draw(4); count > 0; count -= 1) {
      const logged = this.#kept.find(({ offset }) => offset >= process.readOffset);
      if (logged === undefined) return;
      process.readOffset = logged.offset + 1;
      const { offset, key, record } = logged;
      const followed = record === undefined ? undefined : followControl(process.view, record);
      process.view = followed?.view ?? process.view;
      const { view } = process;
      const read = { offset, key, isTakenOut: record === undefined, record, outcome: followed?.outcome, view };
      process.coordinator.read(read, this.#nowMs);
    }
  }

  #land(process: Process): void {
    const { underWay } = process;
    if (underWay === undefined) return;
    process.underWay = undefined;
    const { effect, fate } = underWay;
    if (fate === 'late') this.#orphans.push(() => void this.#carryOut(effect));
    const result = fate === 'done' || fate === 'lost-reply' ? this.#carryOut(effect) : undefined;
    const isControl = effect.kind === 'append-control' || effect.kind === 'take-out';
    const nothing: EffectResult = isControl ? { kind: 'unknown' } : { kind: 'failed' };
    process.replies.push({ effect, result: fate === 'done' && result !== undefined ? result : nothing });
  }

  #reply({ replies, coordinator }: Process): void {
    const reply = replies.shift();
    if (reply !== undefined) coordinator.done(reply.effect, reply.result, this.#nowMs);
  }

  #carryOut(effect: CoordinatorEffect): EffectResult {
    switch (effect.kind) {
      case 'append-control':
        return this.#append({ key: controlKeyOf(effect.record), record: effect.record });
      case 'take-out':
        return this.#append({ key: effect.key, record: undefined });
      case 'settle':
        return { kind: 'settled', held: this.#oracle.settle(effect.homes) };
      case 'append-entries': {
        // Some partitions may be out of reach.
        const reached = effect.records.filter(() => this.#isCalm || this.#draw(6) > 0);
        for (const { partition, entries } of reached) this.#oracle.appended(partition, entries);
        return { kind: 'entries', durable: reached.map(({ partition }) => partition) };
      }
      case 'add-partitions':
        if (!this.#isCalm && this.#draw(3) === 0) return { kind: 'failed' };
        this.#partitions = Math.max(this.#partitions, effect.count);
        return { kind: 'grown', partitions: this.#partitions };
    }
  }

  #append(entry: Omit<Logged, 'offset'>): EffectResult {
    const logged = { offset: this.#all.length, ...entry };
    this.#all.push(logged);
    this.#kept.push(logged);
    if (entry.record !== undefined) this.#oracle.control(entry.record);
    return { kind: 'appended', offset: logged.offset };
  }

  /** The cleaner works from the front up to some place; the newest record of all stays. */
  #compact(): void {
    const upTo = this.#draw(this.#kept.length);
    const last = new Map(this.#kept.slice(0, upTo).map(({ key, offset }) => [controlKeyText(key), offset]));
    const isCleaned = ({ key, offset }: Logged, index: number): boolean =>
      index < upTo && last.get(controlKeyText(key)) !== offset;
    this.#kept = this.#kept.filter((logged, index) => !isCleaned(logged, index));
  }

  #calm(): void {
    this.#isCalm = true;
    for (const land of this.#orphans.splice(0)) land();
    // The others are gone; the first one comes anew.
    this.#processes.splice(0, Infinity, this.#process());
    const highest = this.#all.reduce((most, { key }) => Math.max(most, key.token), this.#tokens);
    this.#tokens = highest;
    for (const process of this.#processes) {
      this.#read(process);
      this.#lead(process);
    }
  }

  /** Whether the one that leads has nothing more to do. */
  #isAtRest(): boolean {
    const [leader] = this.#processes;
    if (leader?.coordinator.state !== 'idle' || leader.underWay !== undefined || leader.replies.length > 0)
      return false;
    if (leader.readOffset < this.#all.length) return false;
    this.#ask(leader);
    return leader.underWay === undefined;
  }

  #checkAtRest(): void {
    this.#oracle.checkAtRest(this.#partitions);
    const last = new Map(this.#all.map(({ key, record }) => [controlKeyText(key), { key, record }]));
    const left = [...last.values()].filter(({ record }) => record !== undefined);
    const [leader] = this.#processes;
    const isStale = left.some(({ key }) => key.token !== leader?.coordinator.token) && left.length > 6;
    if (isStale) throw new RangeError(`stale keys are left: ${left.map(({ key }) => controlKeyText(key)).join(' ')}`);
    const late = left.length === 0 ? undefined : this.#kept.reduce(follow, emptyControlView(basePartitions));
    const early = this.#all.reduce(follow, emptyControlView(basePartitions));
    // B1: by now every writer stamps an epoch.
    if (late?.mapToken === 0) throw new RangeError('there is no map at rest');
    if (late !== undefined && JSON.stringify(late.placement.parts()) !== JSON.stringify(early.placement.parts())) {
      throw new RangeError('who reads what compaction left has another map');
    }
  }
}

function follow(view: ControlView, { record }: Logged): ControlView {
  return record === undefined ? view : followControl(view, record).view;
}

/** The home of a symbol of these worlds. */
export function homeInWorld(symbol: string): number {
  return homePartition('d', symbol, basePartitions);
}
