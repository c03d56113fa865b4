/**
 * How a world's ticks reach the log. In: a world, chances of faults and a way for the clock to go. Out: the records of
 * one partition, and an account of what is in them, for the oracles. At the end the log settles: what waits is given
 * up, what was given up may still come, the streams end, and the clock passes every live bar.
 */
import { encodeLogRecord, type LogEntryToWrite, type LogRecordInput } from '@tapeline/domain';
import { cutAtRandom, type DeliveryFaults, interleave, type Landing, ship } from './faults.ts';
import { eventMsOf } from './market-tick.ts';
import { MemoryLog } from './memory-log.ts';
import type { Random } from './random.ts';
import { intervalNamed } from './market-scenes.ts';
import { referenceBucket } from './reference-bucket.ts';
import { isLive, type PublishedTick, type SimulatedPublisher } from './simulated-publisher.ts';
import type { SimulatedWorld } from './simulated-world.ts';
import { VirtualClock } from './virtual-clock.ts';

/** How append times go on: hardly at all, by up to 2.5 s a record, or with the event times, to the ms at edges. */
export type ClockGait = 'still' | 'stepping' | 'tracking';

/** The way of one delivery. */
export type DeliveryStyle = {
  readonly faults: DeliveryFaults;
  readonly gait: ClockGait;
  /** Records hold 1 to so many landings. */
  readonly landingsPerRecordMax: number;
  /** Whether delayed and replay publishers send Progress on their way, always true but where they please. */
  readonly progress: boolean;
  /** Whether everybody is silent once for so long that delayed and replay publishers are given up (T4). */
  readonly silence: boolean;
  /** Whether publishers take turns at random, or come one after the other. */
  readonly order: 'mixed' | 'oneByOne';
};

/** What is in one record, by publisher and in order. */
export type DeliveredRecord = {
  readonly offset: number;
  readonly appendTimeMs: number;
  readonly landings: readonly Landing[];
};

/** A log and its account. */
export type Delivery = {
  readonly log: MemoryLog;
  readonly records: readonly LogRecordInput[];
  readonly contents: readonly DeliveredRecord[];
  /** Published ticks that stand in the log at least once. */
  readonly landed: readonly PublishedTick[];
  /** The others: nobody acknowledged them. */
  readonly lost: readonly PublishedTick[];
  /** How many ticks and Voids the log holds, copies counted. */
  readonly tickCopies: number;
  readonly voidCopies: number;
};

const holdMs = 60_000;
const giveUpMs = 600_000;
/** So much of a step counts as waiting (rule K3). */
const stepMs = 2_000;
const dayMs = 86_400_000;

type Parcel = { readonly entry: LogEntryToWrite; readonly landing?: Landing };

/** Delivers a world. */
export function deliver(random: Random, world: SimulatedWorld, style: DeliveryStyle): Delivery {
  const writer = new RecordWriter(random, world, style);
  const shippings = world.publishers.map((publisher) => ({
    publisher,
    ...ship(random, publisher.published, style.faults),
  }));
  // An EndOfReplay may come early, as it waits for its tick. But a tick may come through a hole after it, and bars leave
  // with it, which another publisher's tick may still be for.
  const { giveUpLong, never, refuse } = style.faults;
  const endsEarly = world.publishers.length === 1 && giveUpLong + never + refuse === 0;
  const talk: Talk = !style.progress ? 'none' : endsEarly ? 'endToo' : 'progress';
  const lists = shippings.map(({ publisher, landings }) => parcelsOf(random, publisher, landings, talk));
  const parcels = style.order === 'mixed' ? interleave(random, lists) : random.shuffle(lists).flat();
  const pause = style.silence ? random.int(0, parcels.length) : parcels.length;
  writer.writeAll(parcels.slice(0, pause));
  if (style.silence) writer.wait(giveUpMs);
  writer.writeAll(parcels.slice(pause));
  const lost = shippings.flatMap((shipping) => shipping.lost);
  const tardy = shippings.map(({ publisher, tardy: late }) => parcelsOf(random, publisher, late, 'none'));
  if (tardy.some((list) => list.length > 0) || lost.length > 0) writer.wait(holdMs);
  writer.writeAll(interleave(random, tardy));
  if (tardy.some((list) => list.length > 0)) writer.wait(holdMs);
  writer.settle(lost);
  return { ...writer.finish(), lost };
}

/** What a delayed or replay publisher says between its ticks. */
type Talk = 'none' | 'progress' | 'endToo';

/** Landings as entries; with Progress between them that is true of what was published, wherever it stands. */
function parcelsOf(random: Random, publisher: SimulatedPublisher, landings: readonly Landing[], talk: Talk): Parcel[] {
  return landings.flatMap((landing): Parcel[] => {
    const entry =
      landing.kind === 'ticks'
        ? publisher.blockEntry(landing.ticks)
        : publisher.voidEntry(landing.tick, 'PRICE_OUT_OF_RANGE');
    const parcels: Parcel[] = [{ entry, landing }];
    if (talk === 'none' || isLive(publisher)) return parcels;
    if (random.chance(0.05)) parcels.push({ entry: { kind: 'alive', publisherIds: [publisher.id] } });
    if (!random.chance(0.2)) return parcels;
    const said = publisher.progressEntry(random.int(0, publisher.published.length));
    const progress = said ?? (talk === 'endToo' ? publisher.endEntry() : undefined);
    if (progress !== undefined) parcels.splice(random.int(0, 1), 0, { entry: progress });
    return parcels;
  });
}

class RecordWriter {
  readonly #random: Random;
  readonly #world: SimulatedWorld;
  readonly #style: DeliveryStyle;
  readonly #clock: VirtualClock;
  readonly #log: MemoryLog;
  readonly #contents: DeliveredRecord[] = [];
  #highestMs = 0;

  constructor(random: Random, world: SimulatedWorld, style: DeliveryStyle) {
    this.#random = random;
    this.#world = world;
    this.#style = style;
    // Replays may be appended long after their event times; identities are good for 8 days.
    const startMs = world.publishers.some(isLive) ? world.firstMs : world.firstMs + random.int(0, 3 * dayMs);
    this.#clock = new VirtualClock(startMs);
    this.#log = new MemoryLog({ clock: this.#clock, partitions: 1 });
  }

  /** Writes parcels in this order, several a record. */
  writeAll(parcels: readonly Parcel[]): void {
    for (const part of cutAtRandom(this.#random, parcels, this.#style.landingsPerRecordMax)) {
      this.#moveClock(part);
      this.#write(part);
    }
  }

  /** Lets the partition wait for so many ms of its waiting clock, on Time records. */
  wait(ms: number): void {
    // Where the clock had stepped back, the partition's clock stands until it is caught up with.
    this.#clock.advanceTo(this.#highestMs);
    for (let waitedMs = 0; waitedMs < ms; waitedMs += stepMs) {
      this.#clock.advanceBy(stepMs);
      this.#write([{ entry: { kind: 'time' } }]);
    }
  }

  /** Ends every stream and passes every bar. A stream whose last tick was lost is waited for until it is given up. */
  settle(lost: readonly PublishedTick[]): void {
    const { config, publishers, lastMs } = this.#world;
    if (publishers.some(isLive)) this.#clock.advanceTo(lastMs + 2 * dayMs + config.latenessLiveMs);
    const ending = publishers.filter((publisher) => !isLive(publisher));
    const ends = ending.flatMap((publisher) => publisher.endEntry() ?? []);
    for (const entry of this.#random.shuffle(ends)) this.#write([{ entry }]);
    this.#write([{ entry: { kind: 'time' } }]);
    const missing = new Set(lost);
    if (ending.some((publisher) => publisher.lastTicks().some((tick) => missing.has(tick)))) this.wait(giveUpMs);
  }

  finish(): Omit<Delivery, 'lost'> {
    const records = this.#log.read(0, 0);
    if ('code' in records) throw new RangeError(records.message);
    const landings = this.#contents.flatMap((record) => record.landings);
    const ticks = landings.flatMap((landing) => (landing.kind === 'ticks' ? landing.ticks : []));
    return {
      log: this.#log,
      records,
      contents: this.#contents,
      landed: [...new Set(ticks)],
      tickCopies: ticks.length,
      voidCopies: landings.length - landings.filter(({ kind }) => kind === 'ticks').length,
    };
  }

  #write(parcels: readonly Parcel[]): void {
    const entries = parcels.map(({ entry }) => entry);
    const { offset, appendTimeMs } = this.#log.append(0, encodeLogRecord(entries));
    this.#highestMs = Math.max(this.#highestMs, appendTimeMs);
    this.#contents.push({ offset, appendTimeMs, landings: parcels.flatMap(({ landing }) => landing ?? []) });
  }

  #moveClock(parcels: readonly Parcel[]): void {
    const random = this.#random;
    if (this.#style.gait === 'tracking') {
      const ticks = parcels.flatMap(({ landing }) => (landing?.kind === 'ticks' ? landing.ticks : []));
      if (ticks.length > 0) this.#clock.advanceTo(this.#timeFor(random.choice(ticks)));
    } else this.#clock.advanceBy(random.int(0, this.#style.gait === 'stepping' && random.chance(0.5) ? 2_500 : 5));
    if (random.chance(0.03)) this.#clock.stepBackBy(random.int(0, 3_000));
  }

  /** A time at which the tick may arrive: soon, or a ms around an edge of its bar. */
  #timeFor(tick: PublishedTick): number {
    const random = this.#random;
    const { finest, scene, edgesMs } = this.#world;
    const eventMs = eventMsOf(tick.row);
    if (edgesMs.length === 0 || random.chance(0.6)) return eventMs + random.int(0, 2_000);
    const bucket = referenceBucket(intervalNamed(finest), scene.calendar, Math.floor(eventMs / 1000));
    return bucket.endSec * 1000 + random.choice(edgesMs) + random.int(-1, 1);
  }
}
