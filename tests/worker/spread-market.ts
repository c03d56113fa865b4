/**
 * A market over several partitions whose writers do not all know where instruments are. In: a seed. Out: records in the order in
 * which they reach the partitions, with pins told by `Origin`s, strays of writers that are behind, and, where they are asked for,
 * Moves; and the same ticks as they were delivered, for who counts them on one partition.
 */
import {
  decodeLogRecord,
  encodeLogRecord,
  type FoldConfig,
  homePartition,
  type LogEntryToWrite,
  type LogRecordInput,
  TimeDomain,
} from '@tapeline/domain';
import { deliver, drawWorld, type Random } from '@tapeline/simulation';
import { drawStyle, nothingGivenUp } from '../properties/fault-mixes.ts';
import { instrumentsOf, partsOf } from '../properties/strayed-log.ts';

/** A record that reaches a partition. */
export type Arrival = { readonly partition: number; readonly record: LogRecordInput };

/** An instrument and the partition in which it begins. */
export type Begun = { readonly dataset: string; readonly symbol: string; readonly partition: number };

/** What reaches the log. */
export type SpreadMarket = {
  readonly fold: FoldConfig;
  readonly firstMs: number;
  readonly arrivals: readonly Arrival[];
  /** The same ticks on one partition. */
  readonly delivered: readonly LogRecordInput[];
  readonly instruments: readonly Begun[];
  readonly moves: number;
};

type Place = { readonly to: number; readonly epoch: number };
/** Where instruments are by one map; a writer that knows no pin has homes alone. */
type WorldMap = { readonly epoch: number; readonly places: ReadonlyMap<string, Place> };

const { live, delayed, replay } = TimeDomain;

/** Draws a market of so many partitions in which at most so many moves are made. */
export function drawSpreadMarket(random: Random, partitions: number, movesMax: number): SpreadMarket {
  // The end of a replay makes its bars final, so which ticks of others are late would depend on their order.
  const domains = random.choice([[live], [live, live], [live, live, live], [delayed], [replay]]);
  const world = drawWorld(random, { horizon: 'wide', trades: random.int(10, 40), domains });
  const delivered = deliver(random, world, drawStyle(random, nothingGivenUp)).records;
  const spread = new Spread(random, delivered, { partitions, movesMax });
  const { arrivals, moves } = spread.run(delivered);
  return { fold: world.config, firstMs: world.firstMs, arrivals, delivered, instruments: spread.instruments, moves };
}

class Spread {
  readonly instruments: readonly Begun[];
  readonly #random: Random;
  readonly #partitions: number;
  readonly #arrivals: Arrival[] = [];
  readonly #maps: WorldMap[];
  readonly #writers: number[] = [0, 0, 0];
  #nowMs: number;
  #movesLeft: number;
  #moves = 0;
  /** Published and not appended yet. */
  #unmoved: { readonly from: number; readonly entry: LogEntryToWrite; readonly name: string }[] = [];
  readonly #appended: { readonly from: number; readonly entry: LogEntryToWrite }[] = [];

  constructor(
    random: Random,
    delivered: readonly LogRecordInput[],
    { partitions, movesMax }: { readonly partitions: number; readonly movesMax: number },
  ) {
    this.#random = random;
    this.#partitions = partitions;
    this.#movesLeft = movesMax;
    this.#nowMs = delivered[0]?.appendTimeMs ?? 0;
    this.instruments = instrumentsOf(delivered).map((one) => {
      const home = homePartition(one.dataset, one.symbol, partitions);
      const partition = random.chance(0.5) ? home : random.int(0, partitions - 1);
      return { ...one, partition };
    });
    const pins = this.instruments.map((one): [string, Place] => [nameOf(one), { to: one.partition, epoch: 0 }]);
    // Of homes alone, with and without a map's epoch; then what is so.
    this.#maps = [
      { epoch: 0, places: new Map() },
      { epoch: 1, places: new Map() },
      { epoch: 2, places: new Map(pins) },
    ];
  }

  run(delivered: readonly LogRecordInput[]): { arrivals: readonly Arrival[]; moves: number } {
    const random = this.#random;
    for (const { dataset, symbol, partition } of this.instruments) {
      const home = homePartition(dataset, symbol, this.#partitions);
      if (home === partition) continue;
      for (const at of [home, partition]) this.#append(at, { kind: 'origin', dataset, symbol, partition });
    }
    for (const record of delivered) {
      if (random.chance(0.5)) this.#writers[random.int(0, 2)] = random.int(0, this.#maps.length - 1);
      if (this.#movesLeft > 0 && random.chance(0.3)) this.#publish(random.choice(this.instruments));
      if (random.chance(0.4)) this.#move();
      this.#deliver(record);
    }
    while (this.#unmoved.length > 0) this.#move();
    return { arrivals: this.#arrivals, moves: this.#moves };
  }

  /** Every writer has its own map; a record of the delivery is a few of them, each to where its map says. */
  #deliver({ appendTimeMs, bytes }: LogRecordInput): void {
    this.#nowMs = Math.max(this.#nowMs, appendTimeMs);
    const records = new Map<number, LogEntryToWrite[]>();
    for (const entry of decodeLogRecord(bytes)) {
      const map = this.#maps[this.#random.choice(this.#writers)] as WorldMap;
      for (const { dataset, symbol, part } of partsOf(bytes, entry, map.epoch, true)) {
        const targets =
          dataset === undefined
            ? Array.from({ length: this.#partitions }, (_, to) => to)
            : [this.#place({ dataset, symbol }, map).to];
        for (const to of targets) {
          const entries = records.get(to);
          if (entries === undefined) records.set(to, [part]);
          else entries.push(part);
        }
      }
    }
    for (const [partition, entries] of records) {
      this.#arrivals.push({ partition, record: { offset: 0, appendTimeMs, bytes: encodeLogRecord(entries) } });
    }
  }

  #place(one: Omit<Begun, 'partition'>, { places }: WorldMap = this.#maps.at(-1) as WorldMap): Place {
    const home = homePartition(one.dataset, one.symbol, this.#partitions);
    return places.get(nameOf(one)) ?? { to: home, epoch: 0 };
  }

  /** The next move of an instrument is published once the one before was appended (C5). */
  #publish({ dataset, symbol }: Begun): void {
    const name = nameOf({ dataset, symbol });
    if (this.#unmoved.some((move) => move.name === name)) return;
    const { epoch: before, places } = this.#maps.at(-1) as WorldMap;
    const { to: from, epoch: fromEpoch } = this.#place({ dataset, symbol });
    const to = (from + this.#random.int(1, this.#partitions - 1)) % this.#partitions;
    const epoch = before + 1;
    this.#movesLeft -= 1;
    this.#maps.push({ epoch, places: new Map([...places, [name, { to, epoch }]]) });
    this.#unmoved.push({ from, name, entry: { kind: 'move', dataset, symbol, epoch, fromEpoch, to } });
  }

  #move(): void {
    const random = this.#random;
    const [move] = this.#unmoved.splice(random.int(0, Math.max(0, this.#unmoved.length - 1)), 1);
    if (move !== undefined) {
      this.#moves += 1;
      this.#appended.push(move);
      this.#append(move.from, move.entry);
    }
    // Another coordinator does it again.
    const again = random.chance(0.2) ? this.#appended.at(-1) : undefined;
    if (again !== undefined) this.#append(again.from, again.entry);
  }

  #append(partition: number, entry: LogEntryToWrite): void {
    const record = { offset: 0, appendTimeMs: this.#nowMs, bytes: encodeLogRecord([entry]) };
    this.#arrivals.push({ partition, record });
  }
}

function nameOf({ dataset, symbol }: Omit<Begun, 'partition'>): string {
  return `${dataset} ${symbol}`;
}
