/**
 * A market whose instruments move between partitions, as workers leave it in store and topics. In: chances. Out: trades with
 * numbers, bars that close by the clock of where their instrument is, departures, arrivals, repeats of a worker that starts again,
 * partitions that are added; in any order that workers may make: everything of a partition before its departure, then the arrival.
 */
import type { Bar } from '@tapeline/domain';
import { encodeTapeRecord } from '@tapeline/domain';
import type { Random } from '@tapeline/simulation';
import { wireOutput } from '@tapeline/wire';
import type { ScriptedPlacement } from '../../services/query/test-kit/scripted-placement.ts';
import { barOf, barRecord, type Moved, type QueryRig } from './query-rig.ts';
import { chunkOf, type SceneTick, segmentOf, tapeStartNs } from './tape-scenes.ts';

/** Where the first bar begins, seconds since the Unix epoch, and how long each is, s. */
export const firstSec: number = Number(tapeStartNs / 1_000_000_000n);
export const barSec = 5;
const latenessSec = 2;
const nsPerSec = 1_000_000_000n;

type Instrument = {
  readonly symbol: string;
  partition: number;
  /** Of its last map. */
  epoch: number;
  /** Where it goes; absent = it is in `partition`. */
  to: number | undefined;
  departedSec: number;
  /** Its last trade's number. */
  number: number;
  /** Bars that were closed, from the first one on. */
  closedBars: number;
  readonly revisions: Map<number, number>;
};

/** The market and what it put out. */
export class MovingMarket {
  readonly instruments: Instrument[];
  /** Seconds since the Unix epoch. */
  nowSec: number = firstSec;
  readonly #random: Random;
  readonly #rig: QueryRig;
  readonly #control: ScriptedPlacement;
  readonly #clocks: number[] = [];
  /** What each partition put out last into each topic. */
  readonly #last = new Map<string, Uint8Array[]>();
  /** How far the clock of each partition's broker is from ours, s. */
  readonly #skews: number[] = [];
  /** How long an instrument may be under way, s. */
  readonly #awaySecMax: number;

  constructor(
    random: Random,
    rig: QueryRig,
    control: ScriptedPlacement,
    symbols: readonly string[],
    awaySecMax: number,
  ) {
    this.#random = random;
    this.#awaySecMax = awaySecMax;
    this.#rig = rig;
    this.#control = control;
    this.instruments = symbols.map((symbol) => ({
      symbol,
      partition: rig.homeOf({ dataset: 'd', symbol }),
      epoch: 0,
      to: undefined,
      departedSec: 0,
      number: 0,
      closedBars: 0,
      revisions: new Map(),
    }));
  }

  /** Something is in every partition: an empty one goes with the highest clock, which brokers' clocks here are too far apart for. */
  async begin(): Promise<void> {
    for (let partition = 0; partition < this.#rig.log.partitionCount; partition += 1) {
      await this.#rig.log.append('ticks', partition, Uint8Array.of(0));
    }
  }

  /** One more thing happens. */
  async step(): Promise<void> {
    const random = this.#random;
    const instrument = random.choice(this.instruments);
    const chance = random.int(0, 99) / 100;
    if (chance < 0.4) await this.#trade(random.int(0, this.#rig.log.partitionCount - 1));
    else if (chance < 0.65) await this.#advance(random.int(0, this.#rig.log.partitionCount - 1));
    else if (chance < 0.72) await this.#revise(instrument);
    else if (chance < 0.92) await this.#move(instrument);
    else if (chance < 0.97) await this.#startAgain(random.int(0, this.#rig.log.partitionCount - 1));
    else await this.#grow();
  }

  /** Everything arrives, and every clock goes on to the end. */
  async settle(): Promise<void> {
    for (const instrument of this.instruments) if (instrument.to !== undefined) await this.#arrive(instrument);
    this.nowSec += 10;
    for (let partition = 0; partition < this.#rig.log.partitionCount; partition += 1) await this.#advance(partition);
  }

  /** The start of every bar that is closed, with its last revision. */
  bars(): Map<string, number> {
    const bars = new Map<string, number>();
    for (const { symbol, revisions } of this.instruments) {
      for (const [startSec, revision] of revisions) bars.set(`${symbol} ${startSec}`, revision);
    }
    return bars;
  }

  async #trade(partition: number): Promise<void> {
    const segments: Uint8Array[] = [];
    for (const instrument of this.instruments) {
      if (!isAt(instrument, partition) || this.#random.chance(0.3)) continue;
      for (let count = this.#random.int(1, 3); count > 0; count -= 1) {
        instrument.number += 1;
        const { symbol, number, epoch } = instrument;
        const tick: SceneTick = { kind: 'trade', publisher: 1n, sequence: number, atNs: number };
        await this.#rig.store.writeTape([chunkOf([tick], number, symbol)]);
        segments.push(segmentOf(tick, number, symbol, { partition, epoch }));
      }
    }
    await this.#putTape(partition, segments);
  }

  async #advance(partition: number): Promise<void> {
    this.nowSec += this.#random.int(0, 2);
    for (const instrument of this.instruments) {
      if (instrument.to !== undefined && this.nowSec > instrument.departedSec + this.#awaySecMax)
        await this.#arrive(instrument);
    }
    this.#clocks[partition] = Math.max(this.#clocks[partition] ?? 0, this.nowSec + this.#skewOf(partition));
    const bars = this.instruments.flatMap((instrument) =>
      isAt(instrument, partition) ? this.#closed(instrument) : [],
    );
    await this.#putBars(partition, bars);
    await this.#putTape(partition, []);
  }

  /** Bars that the clock of its partition closes. */
  #closed(instrument: Instrument): Bar[] {
    const bars: Bar[] = [];
    for (;;) {
      const startSec = firstSec + barSec * instrument.closedBars;
      if (startSec + barSec + latenessSec > this.#clockOf(instrument.partition)) return bars;
      instrument.closedBars += 1;
      bars.push(this.#next(instrument, startSec));
    }
  }

  #next(instrument: Instrument, startSec: number): Bar {
    const revision = (instrument.revisions.get(startSec) ?? 0) + 1;
    instrument.revisions.set(startSec, revision);
    const { symbol, partition, epoch } = instrument;
    const state = revision === 1 ? 'closed' : 'revised';
    return barOf(startSec, {
      symbol,
      interval: '5s',
      endSec: startSec + barSec,
      revision,
      state,
      position: { partition, epoch, offset: 0 },
    });
  }

  async #revise(instrument: Instrument): Promise<void> {
    if (instrument.to !== undefined || instrument.closedBars === 0) return;
    const startSec = firstSec + barSec * this.#random.int(0, instrument.closedBars - 1);
    await this.#putBars(instrument.partition, [this.#next(instrument, startSec)]);
  }

  async #move(instrument: Instrument): Promise<void> {
    if (instrument.to !== undefined) await this.#arrive(instrument);
    else await this.#depart(instrument);
  }

  async #depart(instrument: Instrument): Promise<void> {
    const { symbol, partition } = instrument;
    const to = this.#random.int(0, this.#control.view.placement.partitions - 1);
    if (to === partition) return;
    const before = this.#control.view.placement;
    const epoch = before.epoch + 1;
    const others = before.overrides.filter((one) => one.symbol !== symbol);
    this.#control.put({
      epoch,
      overrides: [...others, { dataset: 'd', symbol, partition: to, epoch, standing: 'spread' }],
    });
    instrument.to = to;
    instrument.departedSec = this.nowSec;
    instrument.epoch = epoch;
    const mark = { instrument: { dataset: 'd', symbol }, epoch, toPartition: to };
    const clockTimeNs = BigInt(this.#clockOf(partition)) * nsPerSec;
    // The clock goes on in the record that tells of it, and closes nothing of what left.
    this.#clocks[partition] = Math.max(this.#clockOf(partition), this.nowSec + this.#skewOf(partition));
    const bars = this.instruments.flatMap((one) => (isAt(one, partition) ? this.#closed(one) : []));
    const moved: Moved = { departures: [{ ...mark, clockTimeNs }], arrivals: [] };
    await this.#putBars(partition, bars, moved);
    await this.#putTape(partition, [], moved);
  }

  async #arrive(instrument: Instrument): Promise<void> {
    const { symbol, epoch, to = 0 } = instrument;
    instrument.partition = to;
    instrument.to = undefined;
    this.#clocks[to] = Math.max(this.#clockOf(to), this.nowSec + this.#skewOf(to));
    const arrivals = [{ instrument: { dataset: 'd', symbol }, epoch }];
    const bars = this.instruments.flatMap((one) => (isAt(one, to) ? this.#closed(one) : []));
    await this.#putBars(to, bars, { departures: [], arrivals });
    await this.#putTape(to, [], { departures: [], arrivals });
  }

  /** A worker tells its last records again. */
  async #startAgain(partition: number): Promise<void> {
    for (const topic of ['bars', 'tape'] as const) {
      for (const bytes of this.#last.get(`${topic} ${partition}`) ?? [])
        await this.#rig.log.append(topic, partition, bytes);
    }
  }

  async #grow(): Promise<void> {
    const { log } = this.#rig;
    if (log.partitionCount >= 5) return;
    await log.addPartitions(log.partitionCount + 1);
    const partitions = await log.refreshPartitions();
    await log.append('ticks', partitions - 1, Uint8Array.of(0));
    this.#control.put({ partitions });
  }

  #clockOf(partition: number): number {
    return this.#clocks[partition] ?? 0;
  }

  #skewOf(partition: number): number {
    this.#skews[partition] ??= this.#random.int(0, 2);
    return this.#skews[partition];
  }

  async #putBars(partition: number, bars: readonly Bar[], moved?: Moved): Promise<void> {
    for (const bar of bars) await this.#rig.store.writeBars([bar]);
    await this.#put('bars', partition, barRecord(bars, this.#clockOf(partition), moved));
  }

  async #putTape(partition: number, segments: readonly Uint8Array[], moved: Partial<Moved> = {}): Promise<void> {
    const record = encodeTapeRecord(
      segments.map((bytes) => ({ bytes })),
      this.#clockOf(partition) * 1_000,
    );
    const marks = wireOutput.TapeRecord.encode(wireOutput.TapeRecord.fromPartial(moved)).finish();
    await this.#put('tape', partition, Buffer.concat([record, marks]));
  }

  async #put(topic: 'bars' | 'tape', partition: number, bytes: Uint8Array): Promise<void> {
    const key = `${topic} ${partition}`;
    this.#last.set(key, [...(this.#last.get(key) ?? []), bytes].slice(-3));
    await this.#rig.log.append(topic, partition, bytes);
  }
}

function isAt(instrument: Instrument, partition: number): boolean {
  return instrument.partition === partition && instrument.to === undefined;
}
