/**
 * A delivered log spread over partitions between which its instruments move. In: records, a configuration, a seed. Out: the same
 * ticks in the logs of several partitions, sent there by writers behind their maps, with Moves between them; folds that own the
 * partitions, slow, restarted and twice; what they send to each other, late and repeated; then calm.
 */
import {
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
  type PartitionFold,
  type TapeSegmentOut,
} from '@tapeline/domain';
import { firstDifference, type Random } from '@tapeline/simulation';
import { MovedPartition, type Sending } from './moved-partition.ts';
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
const tailStepMs = 2_000;
const stepsMax = 20_000;
const dayMs = 86_400_000;

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
    return this.#partitions.some(({ isBehind, outbox, made }) => isBehind || outbox.length + made.length > 0);
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
    if (random.chance(0.05) && sender.outbox.length + sender.made.length === 0) sender.save(random);
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
    if (this.#random.chance(0.5)) this.#makeAll(partition);
  }

  /** What was sent is made, long after its record or not. */
  #makeAll(partition: MovedPartition): void {
    for (const sending of partition.outbox) {
      for (const bytes of partition.make(sending, this.#random.choice([1, 300, 5_000, Infinity]))) {
        partition.made.push({ to: sending.emission.to, bytes });
        if (hasTradesBehindOthers(bytes)) this.goneAhead += 1;
      }
    }
    partition.outbox = [];
  }

  /** In order by target, which is all that is promised. */
  #sendOne(partition: MovedPartition): void {
    const { made } = partition;
    if (made.length === 0) {
      this.#makeAll(partition);
      return;
    }
    const to = this.#random.choice([...new Set(made.map((one) => one.to))]);
    const [next] = made.splice(
      made.findIndex((one) => one.to === to),
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
      for (const sending of sent) {
        for (const bytes of partition.make(sending, Infinity)) this.#append(sending.emission.to, bytes);
      }
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
        while (partition.outbox.length + partition.made.length > 0) this.#sendOne(partition);
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
