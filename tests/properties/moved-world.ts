/**
 * A delivered log spread over partitions between which its instruments move. In: records, a configuration, a seed. Out: the same
 * ticks in the logs of several partitions, sent there by writers behind their maps, with Moves between them; folds that own the
 * partitions, slow, restarted and twice; what they send to each other, late and repeated; then calm. Whatever two owners put out or
 * send at one record is compared here: it must be equal.
 */
import {
  CountedTape,
  decodeEntryOfMoves,
  decodeLogRecord,
  encodeLogRecord,
  type Bar,
  type FoldConfig,
  type HandoverEvent,
  homePartition,
  type LogEntryToWrite,
  type LogRecordInput,
  type Notice,
  PartitionFold,
  type SnapshotInProgress,
  type TapeSegmentOut,
} from '@tapeline/domain';
import { firstDifference, outputTexts, type Random } from '@tapeline/simulation';
import { instrumentsOf, partsOf } from './strayed-log.ts';

/** How much moves and fails. */
export type MovedStyle = {
  /** 2 or more. */
  readonly partitions: number;
  /** Moves that are published at most. */
  readonly moves: number;
  /** Chance that a deed is a disturbance: a restart, a second owner, a repeated Move. */
  readonly disturbance: number;
};

type Place = { readonly to: number; readonly epoch: number };
type Instrument = { readonly dataset: string; readonly symbol: string };
type WorldMap = { readonly epoch: number; readonly places: ReadonlyMap<string, Place> };
type Outcome = {
  readonly texts: readonly string[];
  readonly tape: readonly Uint8Array[];
  readonly emissions: readonly string[];
};
type Saved = { readonly snapshot: Uint8Array };
type Sending = { readonly to: number; readonly bytes: Uint8Array };

const tailStepMs = 2_000;
const stepsMax = 20_000;
const dayMs = 86_400_000;

/** One partition: its log, its owner, and what came of each record the first time. */
class MovedPartition {
  readonly config: FoldConfig;
  readonly log: LogRecordInput[] = [];
  readonly outcomes: Outcome[] = [];
  readonly saved: Saved[] = [];
  outbox: Sending[] = [];
  fold: PartitionFold;
  readonly #tape = new CountedTape();
  #writing: { readonly whole: Uint8Array; readonly progress: SnapshotInProgress } | undefined;

  constructor(config: FoldConfig) {
    this.config = config;
    this.fold = PartitionFold.start(config);
  }

  get isBehind(): boolean {
    return this.fold.nextOffset < this.log.length;
  }

  /** A fold from one of the snapshots, or from the first record on, that has read the retained records again. */
  restored(saved: Saved | undefined): PartitionFold {
    if (saved === undefined) return PartitionFold.start(this.config);
    const fold = PartitionFold.restore(this.config, saved.snapshot);
    if ('code' in fold) throw new RangeError(fold.message);
    const again = fold.step(this.log.slice(fold.retainFromOffset, fold.nextOffset), this.#tape);
    if (again.bars.length + again.notices.length + again.emissions.length + this.#tape.take().length > 0)
      throw new RangeError('records that are read again put something out');
    return fold;
  }

  /** Keeps a snapshot of this moment, written at once or in slices while the fold goes on. */
  save(random: Random): void {
    const whole = this.fold.snapshot();
    if (random.chance(0.5)) this.saved.push({ snapshot: whole });
    else if (this.#writing === undefined) this.#writing = { whole, progress: this.fold.beginSnapshot() };
  }

  /** Writes the snapshot on by some `bytes`; it must be what a snapshot of its moment was. */
  write(bytes: number): void {
    if (this.#writing?.progress.work(bytes) !== true) return;
    const { whole, progress } = this.#writing;
    this.#writing = undefined;
    const snapshot = Uint8Array.from(progress.parts.flatMap((part) => [...part]));
    const difference = firstDifference(whole, snapshot);
    if (difference !== undefined) throw new RangeError(`a snapshot in slices: ${difference}`);
    this.saved.push({ snapshot });
  }

  /** Takes another fold for the owner. */
  replace(fold: PartitionFold): void {
    this.#writing?.progress.abandon();
    this.#writing = undefined;
    this.outbox = [];
    this.fold = fold;
  }

  /** Applies the next record by this fold; what it brings must be what it brought before. Answers what is new. */
  apply(fold: PartitionFold): { bars: Bar[]; notices: Notice[]; segments: TapeSegmentOut[]; sent: Sending[] } {
    const record = this.log[fold.nextOffset] as LogRecordInput;
    const { bars, notices, emissions } = fold.step([record], this.#tape);
    const segments = this.#tape.take();
    const sent = emissions.flatMap(({ to, records }) => records().map((bytes) => ({ to, bytes })));
    const texts = outputTexts({ bars, notices });
    const outcome: Outcome = {
      texts: [...texts.bars, ...texts.notices],
      tape: segments.map(({ bytes }) => bytes),
      emissions: sent.map(({ to, bytes }) => `${to} ${Buffer.from(bytes).toString('hex')}`),
    };
    const known = this.outcomes[record.offset];
    if (known === undefined) {
      this.outcomes.push(outcome);
      return { bars, notices, segments, sent };
    }
    const text = (one: Outcome): string =>
      JSON.stringify([one.texts, one.tape.map((bytes) => Buffer.from(bytes).toString('hex')), one.emissions]);
    if (text(known) !== text(outcome)) {
      throw new RangeError(
        `record ${record.offset} of partition ${this.config.partition} brought\n${text(known)}\nand then\n${text(outcome)}`,
      );
    }
    return { bars: [], notices: [], segments: [], sent };
  }
}

/** So much later nothing of before can be amended, ms. */
export function pastHorizonMs(horizonMs: number): number {
  return horizonMs + 2 * dayMs;
}

/** One world; `run` is its whole life. */
export class MovedWorld {
  readonly bars: Bar[] = [];
  readonly notices: Notice[] = [];
  readonly segments: (TapeSegmentOut & { readonly partition: number })[] = [];
  /** Where each instrument was at each of its epochs, by `dataset symbol epoch`. */
  readonly placeAt: Map<string, number> = new Map();
  /** How often a fold went on from a snapshot in which instruments had moved. */
  restarts = 0;
  /** How often a move had trades to send behind those that a Prepare had sent ahead. */
  goneAhead = 0;
  readonly #random: Random;
  readonly #style: MovedStyle;
  readonly #partitions: MovedPartition[];
  readonly #instruments: readonly Instrument[];
  readonly #maps: WorldMap[] = [{ epoch: 0, places: new Map() }];
  /** Where instruments go next for which a Prepare was appended. */
  readonly #intended = new Map<string, number>();
  readonly #writers: number[] = [0, 0, 0];
  #waiting: LogRecordInput[];
  #nowMs: number;
  readonly #horizonMs: number;
  #movesLeft: number;
  #disturbancesLeft = 8;
  /** Published and not appended yet, and those that were appended. */
  #unmoved: { from: number; entry: LogEntryToWrite; name: string }[] = [];
  readonly #moved: { from: number; entry: LogEntryToWrite }[] = [];

  constructor(random: Random, config: FoldConfig, delivered: readonly LogRecordInput[], style: MovedStyle) {
    const { partitions, moves } = style;
    this.#random = random;
    this.#style = style;
    this.#waiting = [...delivered];
    this.#nowMs = delivered[0]?.appendTimeMs ?? 0;
    this.#movesLeft = moves;
    this.#horizonMs = config.horizonMs;
    this.#instruments = instrumentsOf(delivered);
    this.#partitions = Array.from(
      { length: partitions },
      (_, partition) => new MovedPartition({ ...config, partition, basePartitions: partitions }),
    );
    for (const one of this.#instruments) this.placeAt.set(`${nameOf(one)} 0`, this.#place(one).to);
  }

  /** Chaos, then calm. Throws `RangeError` where two owners differ, or it does not come to rest. */
  run(): this {
    for (let step = 0; this.#waiting.length + this.#unmoved.length > 0 || this.#isUnderWay; step += 1) {
      if (step > stepsMax) throw new RangeError('it does not come to rest');
      this.#act();
    }
    for (let step = 0; this.#partitions.some(({ fold }) => fold.waitLeftMs !== undefined) && step < 800; step += 1) {
      this.#pass();
    }
    // Cancels and corrections of live publishers that wait for a trade do so for the horizon.
    this.#nowMs += pastHorizonMs(this.#horizonMs);
    this.#pass();
    for (const partition of this.#partitions) this.#compareOwners(partition);
    return this;
  }

  /** A total over all partitions. */
  total(count: (fold: PartitionFold) => number): number {
    return this.#partitions.reduce((sum, { fold }) => sum + count(fold), 0);
  }

  /** How often something happened. */
  event(name: HandoverEvent): number {
    return this.total(({ handovers }) => handovers[name]);
  }

  get #isUnderWay(): boolean {
    return this.#partitions.some(({ isBehind, outbox }) => isBehind || outbox.length > 0);
  }

  #act(): void {
    const random = this.#random;
    const isCalm = this.#waiting.length + this.#unmoved.length === 0;
    if (!isCalm && this.#disturbancesLeft > 0 && random.chance(this.#style.disturbance)) {
      this.#disturbancesLeft -= 1;
      this.#disturb(random.choice(this.#partitions));
    }
    if (this.#waiting.length > 0 && random.chance(0.35)) this.#deliver(this.#waiting.shift() as LogRecordInput);
    if (this.#movesLeft > 0 && random.chance(0.1)) this.#prepare(random.choice(this.#instruments));
    if (this.#movesLeft > 0 && random.chance(0.12)) this.#publish(random.choice(this.#instruments));
    if (this.#unmoved.length > 0 && random.chance(0.3)) this.#move();
    if (random.chance(0.2)) {
      const writer = random.int(0, this.#writers.length - 1);
      this.#writers[writer] = random.int(this.#writers[writer] as number, this.#maps.length - 1);
    }
    const partition = random.choice(this.#partitions);
    if (partition.isBehind && random.chance(0.8)) {
      for (let count = random.int(1, 4); count > 0 && partition.isBehind; count -= 1) this.#step(partition);
    }
    const sender = random.choice(this.#partitions);
    for (let count = random.int(0, 3); count > 0; count -= 1) this.#sendOne(sender);
    if (random.chance(0.05) && sender.outbox.length === 0) sender.save(random);
  }

  /** Every writer has its own map; a record of the delivery is a few of them, each to where its map says. */
  #deliver({ appendTimeMs, bytes }: LogRecordInput): void {
    const random = this.#random;
    this.#nowMs = Math.max(this.#nowMs, appendTimeMs);
    const records = new Map<number, LogEntryToWrite[]>();
    const add = (to: number, entry: LogEntryToWrite): void => {
      const entries = records.get(to);
      if (entries === undefined) records.set(to, [entry]);
      else entries.push(entry);
    };
    for (const entry of decodeLogRecord(bytes)) {
      const map = this.#maps[random.choice(this.#writers)] as WorldMap;
      const parts = partsOf(bytes, entry, map.epoch, true);
      const targets = new Set(parts.map((part) => (part.dataset === undefined ? -1 : this.#place(part, map).to)));
      const [only = -1] = targets;
      if (targets.size === 1 && only >= 0 && random.chance(0.7)) {
        for (const { part } of partsOf(bytes, entry, map.epoch, false)) add(only, part);
        continue;
      }
      for (const part of parts) {
        if (part.dataset !== undefined) add(this.#place(part, map).to, part.part);
        else for (let to = 0; to < this.#partitions.length; to += 1) add(to, part.part);
      }
    }
    for (let to = 0; to < this.#partitions.length; to += 1) {
      const entries = records.get(to);
      if (entries !== undefined) this.#append(to, encodeLogRecord(entries), appendTimeMs);
      else if (random.chance(0.3)) this.#append(to, encodeLogRecord([{ kind: 'time' }]));
    }
  }

  #place(one: Instrument, map: WorldMap = this.#maps.at(-1) as WorldMap): Place {
    const home = homePartition(one.dataset, one.symbol, this.#style.partitions);
    return map.places.get(nameOf(one)) ?? { to: home, epoch: 0 };
  }

  /** The next move of an instrument is published once the one before was appended (C5). */
  #publish(one: Instrument): void {
    const name = nameOf(one);
    if (this.#unmoved.some((move) => move.name === name)) return;
    const { epoch: before, places } = this.#maps.at(-1) as WorldMap;
    const { to: from, epoch: fromEpoch } = this.#place(one);
    const to = this.#intended.get(name) ?? this.#otherThan(from);
    this.#intended.delete(name);
    const epoch = before + 1;
    this.#movesLeft -= 1;
    this.#maps.push({ epoch, places: new Map([...places, [name, { to, epoch }]]) });
    this.placeAt.set(`${name} ${epoch}`, to);
    this.#unmoved.push({ from, name, entry: { kind: 'move', ...one, epoch, fromEpoch, to } });
  }

  /** A move is intended: its trades may go ahead. It may be another that comes, or another epoch. */
  #prepare(one: Instrument): void {
    const name = nameOf(one);
    if (this.#unmoved.some((move) => move.name === name)) return;
    const { to: from } = this.#place(one);
    const to = this.#otherThan(from);
    if (this.#random.chance(0.8)) this.#intended.set(name, to);
    const { epoch } = this.#maps.at(-1) as WorldMap;
    this.#append(from, encodeLogRecord([{ kind: 'prepare', ...one, epoch: epoch + 1, to }]));
  }

  #otherThan(from: number): number {
    return (from + this.#random.int(1, this.#style.partitions - 1)) % this.#style.partitions;
  }

  #move(): void {
    const [move] = this.#unmoved.splice(this.#random.int(0, this.#unmoved.length - 1), 1);
    if (move === undefined) return;
    this.#moved.push(move);
    this.#append(move.from, encodeLogRecord([move.entry]));
  }

  #append(to: number, bytes: Uint8Array, appendTimeMs: number = this.#nowMs): void {
    const { log } = this.#partitions[to] as MovedPartition;
    log.push({ offset: log.length, appendTimeMs, bytes });
  }

  #step(partition: MovedPartition): void {
    const { bars, notices, segments, sent } = partition.apply(partition.fold);
    partition.write(this.#random.int(1, 400));
    this.bars.push(...bars);
    this.notices.push(...notices);
    this.segments.push(...segments.map((segment) => ({ ...segment, partition: partition.config.partition })));
    partition.outbox.push(...sent);
    if (sent.some(({ bytes }) => hasTradesBehindOthers(bytes))) this.goneAhead += 1;
  }

  /** In order by target, which is all that is promised. */
  #sendOne({ outbox }: MovedPartition): void {
    const targets = [...new Set(outbox.map(({ to }) => to))];
    if (targets.length === 0) return;
    const to = this.#random.choice(targets);
    const [next] = outbox.splice(
      outbox.findIndex((sending) => sending.to === to),
      1,
    );
    if (next !== undefined) this.#append(to, next.bytes);
  }

  #disturb(partition: MovedPartition): void {
    const random = this.#random;
    const repeated = random.choice(this.#moved.length === 0 ? [undefined] : this.#moved);
    if (random.chance(0.3) && repeated !== undefined) this.#append(repeated.from, encodeLogRecord([repeated.entry]));
    const saved = random.chance(0.9) ? random.choice([undefined, ...partition.saved]) : undefined;
    const fold = partition.restored(saved);
    if (saved !== undefined) this.restarts += 1;
    if (random.chance(0.5)) {
      // A second owner: it sends what the first one sends, and goes.
      const sent: Sending[] = [];
      while (fold.nextOffset < partition.fold.nextOffset) sent.push(...partition.apply(fold).sent);
      expectEqual(partition, fold);
      for (const { to, bytes } of sent) this.#append(to, bytes);
      return;
    }
    // The owner itself: what it had not sent goes with it, and comes again by what it reads again (O2).
    const { nextOffset } = partition.fold;
    partition.replace(fold);
    if (random.chance(0.5)) while (fold.nextOffset < nextOffset) this.#step(partition);
  }

  /** Two seconds on all clocks. */
  #pass(): void {
    this.#nowMs += tailStepMs;
    for (let to = 0; to < this.#partitions.length; to += 1) this.#append(to, encodeLogRecord([{ kind: 'time' }]));
    while (this.#isUnderWay) {
      for (const partition of this.#partitions) {
        while (partition.isBehind) this.#step(partition);
        while (partition.outbox.length > 0) this.#sendOne(partition);
      }
    }
  }

  /** At rest an owner from any snapshot, or from the first record on, has the state of the one that is there. */
  #compareOwners(partition: MovedPartition): void {
    const fold = partition.restored(this.#random.choice([undefined, ...partition.saved]));
    while (fold.nextOffset < partition.log.length) partition.apply(fold);
    expectEqual(partition, fold);
  }
}

function expectEqual({ fold, config }: MovedPartition, other: PartitionFold): void {
  const difference = firstDifference(fold.snapshot(), other.snapshot());
  if (difference !== undefined && fold.nextOffset === other.nextOffset)
    throw new RangeError(
      `two owners of partition ${config.partition} differ at offset ${fold.nextOffset}: ${difference}`,
    );
}

function hasTradesBehindOthers(bytes: Uint8Array): boolean {
  return decodeLogRecord(bytes).some((slice) => {
    const entry = slice.kind === 'trades' ? decodeEntryOfMoves(bytes, slice) : undefined;
    return entry?.kind === 'trades' && entry.first > 0;
  });
}

/** Names an instrument. */
export function nameOf({ dataset, symbol }: Instrument): string {
  return `${dataset} ${symbol}`;
}
