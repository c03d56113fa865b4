/**
 * A story of moves that a test tells by hand, with the actors of the simulation. In: instruments by their homes, and deeds one by one.
 * Out: at the end everybody alive does what is left, and what the partitions put out is judged by one fold that had the same landings
 * in one partition. Every trade is one event of each of its bars, so revisions are equal too.
 */
import { foldConfigDefaults, homePartition, type InstrumentTerms, Tape, TickKind, TimeDomain } from '@tapeline/domain';
import {
  actorsOf,
  drawMovedStyle,
  endBatchOf,
  faultsOfRun,
  instrumentKey,
  isLive,
  type MarketTick,
  type MovedCoordinator,
  type MovedOwner,
  MovedPublisher,
  MovedStage,
  type MovedRequest,
  type MovedState,
  type MovedWriter,
  type MoveWish,
  Random,
  SimulatedPublisher,
  StageRest,
  VirtualClock,
} from '@tapeline/simulation';

/** How many trades of each, by which publisher, to which writer; 1, the first and the first. */
export type Giving = { readonly count?: number; readonly writer?: number; readonly publisher?: number };

/** Who is on the stage. */
export type SceneOptions = {
  readonly basePartitions?: number;
  /** Partitions of the log; as many as base partitions unless said. */
  readonly partitions?: number;
  /** Partition of each instrument by its name in the story; see `Scene.symbol`. */
  readonly homes: Readonly<Record<string, number>>;
  /** Where instruments are pinned, by their names in the story. */
  readonly pins?: Readonly<Record<string, number>>;
  readonly writers?: number;
  readonly domains?: readonly TimeDomain[];
  readonly retentionMs?: number;
};

const dataset = 'story';
const issueDay = 19_752;
const baseSec = issueDay * 86_400;
const terms: InstrumentTerms = { priceExponent: -2, sizeExponent: 0, calendar: '24/7', currency: 'USD', tickSize: 1 };
const attributes = { kind: TickKind.trade, venue: 'V', tape: Tape.unknown, conditions: [], side: 0, flags: 0 } as const;

/** One story. */
export class Scene {
  readonly stage: MovedStage;
  readonly coordinator: MovedCoordinator;
  readonly #random = new Random(1);
  readonly #symbols = new Map<string, string>();
  readonly #rest: StageRest;
  #ticks = 0;

  constructor(options: SceneOptions) {
    const { basePartitions = 2, homes, pins = {}, writers = 2, domains = [TimeDomain.live], retentionMs } = options;
    const partitions = options.partitions ?? basePartitions;
    for (const [name, home] of Object.entries(homes)) this.#symbols.set(name, symbolAt(name, home, basePartitions));
    this.stage = new MovedStage({
      clock: new VirtualClock(baseSec * 1000),
      config: { ...foldConfigDefaults, partition: 0, intervals: ['1s', '1m'], horizonMs: 864_000_000 },
      basePartitions,
      partitions,
      pins: new Map(Object.entries(pins).map(([name, pin]) => [instrumentKey(this.instrument(name)), pin])),
      ...(retentionMs === undefined ? {} : { retentionMs }),
    });
    for (let at = 0; at < writers; at += 1) this.stage.addWriter();
    for (const [at, domain] of domains.entries()) {
      const source = new SimulatedPublisher({ dataset, domain, issueDay, draw: BigInt(at + 1) });
      this.stage.publishers.push(new MovedPublisher(source, 0, []));
    }
    for (let at = 0; at < partitions; at += 1) this.stage.addOwner(at);
    this.coordinator = this.stage.addCoordinator();
    const style = drawMovedStyle(this.#random, { oneOrder: true });
    this.#rest = new StageRest(this.stage, actorsOf(this.stage, this.#random, style, []), this.#random);
  }

  /** The instrument that the story calls by that name. Throws `RangeError` for one that it does not have. */
  instrument(name: string): { readonly dataset: string; readonly symbol: string } {
    const symbol = this.#symbols.get(name);
    if (symbol === undefined) throw new RangeError(`the story has no instrument ${name}`);
    return { dataset, symbol };
  }

  /** A writer; they are numbered from 0. */
  writer(at: number): MovedWriter {
    const writer = this.stage.writers[at];
    if (writer === undefined) throw new RangeError(`there is no writer ${at}`);
    return writer;
  }

  /** The first owner of a partition. */
  owner(partition: number): MovedOwner {
    const owner = this.stage.owners.find((one) => one.partition === partition);
    if (owner === undefined) throw new RangeError(`partition ${partition} has no owner`);
    return owner;
  }

  /** A publisher gives trades of an instrument, as one batch, to a writer, to which it reconnects if it has another one. */
  give(name: string, { count = 1, writer = 0, publisher = 0 }: Giving = {}): void {
    this.giveAll([name], { count, writer, publisher });
  }

  /** The same of several instruments in one batch. */
  giveAll(names: readonly string[], { count = 1, writer = 0, publisher: at = 0 }: Giving = {}): void {
    const publisher = this.stage.publishers[at] as MovedPublisher;
    if (publisher.writer !== writer) this.stage.reconnect(this.#random, publisher, writer);
    const ticks = names.flatMap((name) => Array.from({ length: count }, () => this.#tick(name)));
    publisher.add([publisher.source.publish(ticks).map((tick) => ({ kind: 'tick', tick }))]);
    this.stage.give(publisher);
  }

  /** A writer refuses the next trade of an instrument, and says why at length. */
  refuse(name: string, reason: string, writer = 0): void {
    const publisher = this.stage.publishers[0] as MovedPublisher;
    if (publisher.writer !== writer) this.stage.reconnect(this.#random, publisher, writer);
    publisher.add([publisher.source.publish([this.#tick(name)]).map((tick) => ({ kind: 'void', tick, reason }))]);
    this.stage.give(publisher);
  }

  /** A writer sends what waits, and it lands. */
  land(writer = 0): void {
    const one = this.writer(writer);
    for (const to of one.lanes()) one.send(to);
    for (const request of one.requests) this.stage.land(request);
  }

  /** Trades of an instrument from the publisher to the log. */
  write(name: string, options: { count?: number; writer?: number; publisher?: number } = {}): void {
    this.give(name, options);
    this.land(options.writer);
  }

  /** A request is given up and never lands; its publisher connects anew. */
  lose(request: MovedRequest): void {
    this.stage.giveUp(this.#random, request, false);
  }

  /** A writer reads `control` to its end. */
  follow(writer: number): void {
    while (this.writer(writer).follow());
  }

  /** A coordinator becomes the one, and has read everything. */
  lead(coordinator: MovedCoordinator = this.coordinator): void {
    this.stage.lead(coordinator);
    coordinator.claim();
    while (this.stage.readControl(coordinator));
  }

  /** Moves are published and read back; their `Move`s are not in the log yet. */
  publish(
    to: Readonly<Record<string, number>>,
    partitions = 0,
    coordinator: MovedCoordinator = this.coordinator,
  ): void {
    if (coordinator.phase === 'follower') this.lead(coordinator);
    const wishes: MoveWish[] = Object.entries(to).map(([name, place]) => ({ ...this.instrument(name), to: place }));
    if (!coordinator.want(wishes, partitions)) throw new RangeError('there is nothing to publish');
    while (this.stage.appendOf(coordinator));
    this.#publishAndRead(coordinator);
  }

  /** The `Move`s of what is published are appended, and the map without them is published. */
  appendMoves(coordinator: MovedCoordinator = this.coordinator): void {
    while (this.stage.appendOf(coordinator));
    this.#publishAndRead(coordinator);
  }

  /** Both. */
  move(to: Readonly<Record<string, number>>, partitions = 0): void {
    this.publish(to, partitions);
    this.appendMoves();
  }

  #publishAndRead(coordinator: MovedCoordinator): void {
    this.stage.publish(coordinator);
    while (this.stage.readControl(coordinator));
  }

  /** An owner reads its log to the end and puts everything out. */
  drain(owner: MovedOwner): void {
    while (owner.step(1) || this.flush(owner));
  }

  /** An owner puts out what it has. */
  flush(owner: MovedOwner): boolean {
    if (this.stage.storeOf(owner)) return true;
    const [to] = owner.targets();
    return to !== undefined && this.stage.send(owner, to);
  }

  /** Owners read their logs to the end and put everything out, until none has anything left; nobody else does anything. */
  work(): void {
    const { owners } = this.stage;
    while (owners.some((owner) => owner.step(1) || this.flush(owner)));
  }

  /** Everybody alive does what there is to do; no time passes. */
  flow(): void {
    this.#rest.flow();
  }

  /** Partitions wait for so long by their waiting clocks, ms. */
  wait(ms: number): void {
    this.#rest.wait(ms);
  }

  /** Every stream ends, every bar is passed. Out: what is wrong then. */
  faults(): string[] {
    const { stage } = this;
    this.#rest.calm();
    if (stage.publishers.some(({ source }) => isLive(source))) stage.clock.advanceBy(86_400_000);
    for (const publisher of stage.publishers) publisher.add(endBatchOf(publisher.source));
    this.#rest.calm();
    this.#rest.time();
    this.#rest.calm();
    return faultsOfRun({ stage }, { values: true, revisions: true, everything: false });
  }

  /** What the story has reached so far: deeds of the stage, and what the partitions' folds counted. */
  events(): Set<MovedState> {
    const events = new Set<MovedState>(this.stage.states);
    for (const { fold } of this.stage.log.witnesses) {
      for (const [event, count] of Object.entries(fold.handovers)) {
        if (count > 0 && event !== 'contradicted') events.add(event as MovedState);
      }
    }
    return events;
  }

  /** How many trades of an instrument the store has on its tape. */
  counted(name: string): number {
    return this.stage.store.tapes.get(instrumentKey(this.instrument(name)))?.length ?? 0;
  }

  #tick(name: string): MarketTick {
    this.#ticks += 1;
    const { symbol } = this.instrument(name);
    const price = 10_000 + this.#ticks;
    const at = { eventSec: baseSec + Math.floor(this.#ticks / 4), eventNano: 0 };
    return { source: 0, symbol, terms, ...at, attributes, price, size: 1, tradeId: '' };
  }
}

/** A symbol that begins with `name` and has that home. */
function symbolAt(name: string, home: number, basePartitions: number): string {
  for (let at = 0; ; at += 1) {
    const symbol = `${name}${at}`;
    if (homePartition(dataset, symbol, basePartitions) === home) return symbol;
  }
}
