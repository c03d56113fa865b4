/**
 * Several ingests on one log, one store and one `control`, whose maps change while publishers send over bad lines. In: chance. Out: a
 * world that is driven until its publishers are settled, and everything that lies in its log then, with the maps that were in force.
 */
import { type InstrumentName, homePartition, Placement } from '@tapeline/domain';
import { createIngest, type Ingest, ingestConfigDefaults, knownInStore } from '@tapeline/ingest';
import { createMetrics, ManualClock, silentLogger } from '@tapeline/runtime';
import {
  drawWorld,
  FaultSource,
  type PublishedTick,
  type Random,
  type SimulatedControlLog,
  SimulatedLog,
  type SimulatedPublisher,
  SimulatedStore,
  type SimulatedWorld,
  VirtualClock,
} from '@tapeline/simulation';
import { basePartitions, CoordinatedLog, followerOf } from '../control/coordinated-log.ts';
import { pumped, risingRandom } from './ingest-rig.ts';
import { type LandedEntry, LandedEntries } from './landed-entries.ts';
import { ResendingCaller } from './resending-caller.ts';

type Writer = { readonly name: string; readonly ingest: Ingest; readonly control: SimulatedControlLog };

const stepsMax = 30_000;
/** Nobody publishes of these, so that maps change and instruments stay at their pins. */
const othersThatMove = Array.from({ length: 6 }, (_, index) => ({ dataset: 'other', symbol: `M${index}` }));

/** The world of one seed. */
export class MovingWorld {
  readonly clock: ManualClock;
  readonly control: CoordinatedLog;
  readonly world: SimulatedWorld;
  /** Every map that was ever in force, by epoch. */
  readonly maps: Map<number, Placement> = new Map([[0, Placement.atHome(basePartitions)]]);
  /** What was acknowledged and is not in the log then. */
  readonly missing: string[] = [];
  readonly writers: Writer[] = [];
  /** Those that were pinned before anything was published, by dataset and symbol. */
  readonly pinned: Set<string> = new Set();
  /** By the name of an ingest, the newest map when it began. */
  readonly beganAt: Map<string, number> = new Map();
  readonly #random: Random;
  readonly #log: SimulatedLog;
  readonly #store = new SimulatedStore(new FaultSource());
  readonly #observer;
  readonly #ids = risingRandom();
  readonly #landed: LandedEntries;
  readonly #bad: Set<PublishedTick>;

  constructor(random: Random) {
    this.#random = random;
    this.world = drawWorld(random, { horizon: 'wide', amendments: false, trades: random.int(20, 120) });
    const nowMs = this.world.lastMs + 1_000;
    this.clock = new ManualClock(nowMs);
    this.#log = new SimulatedLog({ clock: new VirtualClock(nowMs), partitions: basePartitions });
    this.#landed = new LandedEntries(this.#log);
    const chance = random.choice([0, 0.1]);
    const isPriced = ({ row }: PublishedTick): boolean => row.attributes.kind === 1;
    this.#bad = new Set(this.world.published.filter((tick) => isPriced(tick) && random.chance(chance)));
    this.control = new CoordinatedLog(random.fork(), {
      faults: { lost: 0.03, lostReply: 0.03, late: 0.04 },
      instruments: [...this.instruments, ...othersThatMove],
      growth: 0.3,
      addPartitions: async (count) => void (await this.#log.addPartitions(count)),
      pinOf: (instrument) => this.rowOf(instrument),
    });
    this.#observer = followerOf(this.control.log.beside(), this.control.clock, ({ folded, view }) => {
      if (folded?.outcome.kind === 'adopted') this.maps.set(view.placement.epoch, view.placement);
    });
  }

  /** All that something is published of. */
  get instruments(): InstrumentName[] {
    const names = new Map<string, InstrumentName>();
    for (const { dataset, published } of this.world.publishers) {
      for (const { row } of published) names.set(`${dataset} ${row.symbol}`, { dataset, symbol: row.symbol });
    }
    return [...names.values()];
  }

  /** The pin of the instrument's row, which is settled by that; `undefined` = it lives at home. */
  async rowOf({ dataset, symbol }: InstrumentName): Promise<number | undefined> {
    const partition = homePartition(dataset, symbol, basePartitions);
    const [pin] = await this.#store.enterPins([{ dataset, symbol, partition }]);
    return pin;
  }

  /** Publishes everything while maps change, ends it, and stops the ingests. */
  async run(): Promise<readonly LandedEntry[]> {
    const random = this.#random;
    for (const { dataset, symbol } of this.instruments) {
      if (!random.chance(0.6)) continue;
      await this.#store.enterPins([{ dataset, symbol, partition: random.int(0, basePartitions - 1) }]);
      this.pinned.add(`${dataset} ${symbol}`);
    }
    for (let step = random.int(0, 12); step > 0; step -= 1) await this.control.step();
    for (let count = 2; count > 0; count -= 1) await pumped(this.clock, this.#addIngest());
    const callers = this.world.publishers.map(
      (publisher) =>
        new ResendingCaller(this.#anyIngest(publisher), publisher, (tick) => this.#bad.has(tick), random.fork()),
    );
    await this.#driven(Promise.all(callers.map((caller) => caller.publishAll())));
    await this.#driven(Promise.all(callers.map((caller) => caller.endAll())));
    return this.#landed.scan();
  }

  /** Everybody reads to the end; answers the epochs that the ingests report, and stops them. */
  async settle(): Promise<{ readonly newest: number; readonly reported: readonly number[]; readonly left: number }> {
    this.control.settle();
    for (const { control } of this.writers) control.faults.break(undefined);
    await this.clock.advance(15_000);
    await this.#observer.caughtUp();
    const newest = this.#observer.view.placement.epoch;
    const reported = [...this.#observer.reports.writers].map(({ report }) => report.mapEpoch);
    await pumped(this.clock, Promise.all(this.writers.map(({ ingest }) => ingest.stop())));
    await this.#observer.caughtUp();
    const left = [...this.#observer.reports.writers].length;
    await this.#observer.close();
    await this.control.close();
    return { newest, reported, left };
  }

  async #addIngest(): Promise<void> {
    await this.#observer.caughtUp();
    const name = `w${this.beganAt.size}`;
    this.beganAt.set(name, this.#observer.view.placement.epoch);
    const control = this.control.log.beside();
    const faults = new FaultSource(this.#random.fork(), { full: 0.02, unavailable: 0.05, landedUnknown: 0.08 });
    const options = { clock: new VirtualClock(this.world.lastMs + 1_000), partitions: basePartitions, faults };
    const ingest = createIngest({
      log: this.#landed.noting(name, new SimulatedLog(options, this.#log)),
      control: { log: control, writer: name },
      knownInstruments: knownInStore(this.#store),
      clock: this.clock,
      random: this.#ids,
      logger: silentLogger,
      metrics: createMetrics({ ofProcess: false }),
      config: { ...ingestConfigDefaults, lingerMs: this.#random.choice([0, 1, 5]), ackIntervalMs: 0 },
    });
    await ingest.ready();
    this.writers.push({ name, ingest, control });
  }

  /** An ingest whose streams are each of another one; what it acknowledges is looked for in the log. */
  #anyIngest(publisher: SimulatedPublisher): Pick<Ingest, 'service'> {
    const pick = (): Ingest => this.#random.choice(this.writers).ingest;
    const landed = this.#landed;
    const { missing } = this;
    async function* checked(responses: ReturnType<Ingest['service']['publish']>): typeof responses {
      for await (const one of responses) {
        const acked = one.response?.$case === 'ack' ? Number(one.response.value.sequence) : 0;
        const there = acked === 0 ? undefined : await landed.sequencesOf(publisher.id);
        for (const { row } of publisher.published) {
          if (row.sequence <= acked && there?.has(row.sequence) !== true)
            missing.push(`${publisher.id} ${row.sequence}`);
        }
        yield one;
      }
    }
    const { service } = pick();
    const publish: typeof service.publish = (requests, call) => checked(pick().service.publish(requests, call));
    return { service: { ...service, publish } };
  }

  async #driven(work: Promise<unknown>): Promise<void> {
    let isOver = false;
    const watched = Promise.allSettled([work]).then(() => {
      isOver = true;
    });
    for (let step = 0; !isOver; step += 1) {
      if (step > stepsMax) throw new RangeError(`not settled after ${stepsMax} ms of the clock`);
      await this.clock.advance(1);
      await this.#happen();
    }
    await watched;
    await work;
  }

  async #happen(): Promise<void> {
    const random = this.#random;
    if (random.chance(0.25)) await this.control.step();
    // It stands still for a while, or reads on.
    if (random.chance(0.03)) random.choice(this.writers).control.faults.break('down');
    if (random.chance(0.03)) random.choice(this.writers).control.faults.break(undefined);
    if (this.writers.length < 4 && random.chance(0.01)) await pumped(this.clock, this.#addIngest());
  }
}
