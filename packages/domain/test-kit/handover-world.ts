/**
 * A small world in which instruments move, for the protocol alone. In: a seed. Out: writers behind their maps, requests that land
 * late, twice or never, a coordinator that repeats itself, owners that crash, come twice and send again; then calm, and at the end
 * every tick applied once, in its publisher's order, where the map says. `RangeError` otherwise. One thing happens after the other,
 * and the seed picks which.
 */
import type { HandoverEvent } from '../src/placement/handover-events.ts';
import {
  type OwnerTraits,
  type WorldEmission,
  type WorldEntry,
  WorldOwner,
  type WorldRecord,
  type WorldTick,
} from './handover-owner.ts';
import { drawFrom } from './draw-from.ts';

/** A map of the coordinator; `epoch` 0 = there is none. Symbols that are not in it are where they began. */
type WorldMap = {
  readonly epoch: number;
  readonly places: ReadonlyMap<string, { readonly to: number; readonly epoch: number }>;
};

/** `isOld`: it knows no maps, so it writes to where instruments began, without a word. `isWrong`: its hash is another one. */
type Writer = {
  mapAt: number;
  readonly isOld: boolean;
  readonly isWrong: boolean;
  readonly told: Set<string>;
  waiting: Sent[];
};
type Sent = { readonly tick: WorldTick; readonly connection: number };
type Request = {
  readonly writer: Writer;
  readonly to: number;
  readonly record: readonly WorldEntry[];
  readonly sent: readonly Sent[];
};
type WorldPublisher = {
  readonly ticks: readonly WorldTick[];
  next: number;
  unsettled: WorldTick[];
  writer: number;
  connection: number;
};

const partitions = 3;
const symbols = ['S', 'T', 'U'] as const;
const chaosSteps = 260;
const calmStepsMax = 6_000;

/** One world; `run` is its whole life. */
export class HandoverWorld {
  readonly #draw: (below: number) => number;
  readonly #homes = new Map<string, number>();
  /** Where symbols began that are pinned elsewhere. */
  readonly #pins = new Map<string, number>();
  readonly #traits: OwnerTraits;
  readonly #maps: WorldMap[] = [{ epoch: 0, places: new Map() }];
  readonly #logs: WorldRecord[][] = Array.from({ length: partitions }, () => []);
  readonly #owners: WorldOwner[] = [];
  readonly #snapshots: number[][] = Array.from({ length: partitions }, () => [0]);
  readonly #writers: Writer[] = [];
  readonly #publishers: WorldPublisher[] = [];
  /** On their way: one of each writer and partition, and those that were given up and may still land. */
  #requests: Request[] = [];
  #strayRequests: Request[] = [];
  /** Moves that are published and not appended yet, by symbol; those that were appended, which may be repeated. */
  readonly #unmoved = new Map<string, { from: number; entry: WorldEntry }>();
  readonly #moved: { from: number; entry: WorldEntry }[] = [];
  readonly #originTold = new Set<string>();
  readonly #contents = new Map<string, string>();
  #movesLeft: number;
  #nowMs = 1_000;
  #isCalm = false;

  constructor(seed: number, reached: (event: HandoverEvent) => void) {
    this.#draw = drawFrom(seed);
    for (const symbol of symbols) {
      this.#homes.set(symbol, this.#draw(partitions));
      const pin = this.#draw(partitions);
      if (this.#draw(3) === 0 && pin !== this.#homes.get(symbol)) this.#pins.set(symbol, pin);
    }
    const bounds = { bytesMax: [0, 20, 1e6][this.#draw(3)] as number, msMax: [2_000, 10_000][this.#draw(2)] as number };
    this.#traits = { homes: this.#homes, parts: 1 + this.#draw(3), bounds, reached };
    this.#movesLeft = this.#draw(8);
    for (let partition = 0; partition < partitions; partition += 1)
      this.#owners.push(new WorldOwner(partition, this.#traits));
    const isOld = this.#draw(4) === 0;
    for (let writer = 0; writer < 3; writer += 1) {
      // One that has no map has the right hash: it is from before there were maps.
      const isWrong = writer === 2 && this.#draw(3) === 0;
      this.#writers.push({ mapAt: 0, isOld: isOld && writer === 0, isWrong, told: new Set(), waiting: [] });
    }
    if (this.#writers.some(({ isWrong }) => isWrong) || this.#draw(2) === 0)
      this.#maps.push({ epoch: 1, places: new Map() });
    for (let by = 0; by < 2; by += 1) this.#publishers.push(this.#publisher(by));
  }

  /** Chaos, then calm, then the accounts. */
  run(): void {
    for (let step = 0; step < chaosSteps; step += 1) this.#act();
    this.#isCalm = true;
    for (let step = 0; this.#act(); step += 1)
      if (step > calmStepsMax) throw new RangeError('it does not come to rest');
    this.#checkAtRest();
  }

  #publisher(by: number): WorldPublisher {
    const lasts = new Map<string, number>();
    const ticks = Array.from({ length: 3 + this.#draw(8) }, (_, place): WorldTick => {
      const symbol = symbols[this.#draw(symbols.length)] as string;
      const link = lasts.get(symbol) ?? 0;
      lasts.set(symbol, place + 1);
      return { by, sequence: place + 1, link, symbol };
    });
    return { ticks, next: 0, unsettled: [], writer: by, connection: 0 };
  }

  /** Does one thing that can be done; false if there is none. */
  #act(): boolean {
    const deeds = [...this.#deeds()];
    const deed = deeds[this.#draw(Math.max(1, deeds.length))];
    deed?.();
    return deed !== undefined;
  }

  *#deeds(): Generator<() => void> {
    for (const publisher of this.#publishers) yield* this.#publisherDeeds(publisher);
    for (const writer of this.#writers) yield* this.#writerDeeds(writer);
    for (const request of this.#requests) yield* this.#requestDeeds(request);
    for (const request of this.#strayRequests) yield () => this.#land(request, true);
    yield* this.#coordinatorDeeds();
    for (const owner of this.#owners) yield* this.#ownerDeeds(owner);
    if (!this.#isCalm) yield () => void (this.#nowMs += [1, 900, 2_500][this.#draw(3)] as number);
  }

  *#publisherDeeds(publisher: WorldPublisher): Generator<() => void> {
    const { ticks, next, unsettled, writer, connection } = publisher;
    const tick = ticks[next];
    if (tick !== undefined && unsettled.length < 4) {
      yield () => {
        publisher.next += 1;
        unsettled.push(tick);
        this.#writers[writer]?.waiting.push({ tick, connection });
      };
    }
    if (this.#isCalm || unsettled.length === 0 || this.#draw(4) > 0) return;
    yield () => this.#reconnect(publisher, this.#draw(this.#writers.length));
  }

  /** Rule P2: all that is not settled is sent again, from the oldest. */
  #reconnect(publisher: WorldPublisher, writer: number): void {
    publisher.writer = writer;
    publisher.connection += 1;
    const { connection } = publisher;
    for (const tick of publisher.unsettled) this.#writers[writer]?.waiting.push({ tick, connection });
  }

  *#writerDeeds(writer: Writer): Generator<() => void> {
    const first = this.#maps[1]?.places.size === 0 ? 1 : 0;
    if (writer.isWrong && writer.mapAt < first) writer.mapAt = first;
    if (!writer.isOld && writer.mapAt < this.#maps.length - 1) yield () => void (writer.mapAt += 1);
    for (let to = 0; to < partitions; to += 1) {
      const sent = writer.waiting.filter(({ tick }) => this.#placeAt(writer, tick.symbol) === to);
      if (sent.length === 0 || this.#requests.some((other) => other.writer === writer && other.to === to)) continue;
      yield () => {
        writer.waiting = writer.waiting.filter((one) => !sent.includes(one));
        this.#requests.push({ writer, to, record: this.#entriesOf(writer, to, sent), sent });
      };
    }
  }

  #placeAt({ mapAt, isWrong }: Writer, symbol: string): number {
    const override = this.#maps[mapAt]?.places.get(symbol);
    if (override !== undefined) return override.to;
    // Pins stand in the row that every writer reads; only the hash can be another one.
    return isWrong && !this.#pins.has(symbol)
      ? ((this.#homes.get(symbol) as number) + 1) % partitions
      : this.#beginning(symbol);
  }

  #beginning(symbol: string): number {
    return this.#pins.get(symbol) ?? (this.#homes.get(symbol) as number);
  }

  /** Rule B1: until one of its records with it is durable, a writer says of a pinned symbol that it began there. */
  #entriesOf({ mapAt, isOld, told }: Writer, to: number, sent: readonly Sent[]): WorldEntry[] {
    const mapEpoch = this.#maps[mapAt]?.epoch ?? 0;
    const entries: WorldEntry[] = [];
    for (const symbol of new Set(sent.map(({ tick }) => tick.symbol))) {
      const isOrigin = this.#pins.get(symbol) === to && !isOld && !told.has(symbol);
      if (isOrigin) entries.push({ kind: 'origin', symbol, origin: to });
    }
    return [...entries, ...sent.map(({ tick }): WorldEntry => ({ kind: 'tick', tick, mapEpoch }))];
  }

  *#requestDeeds(request: Request): Generator<() => void> {
    const end = (): void => void (this.#requests = this.#requests.filter((other) => other !== request));
    yield () => {
      end();
      this.#land(request, false);
    };
    if (this.#isCalm || this.#draw(6) > 0) return;
    // Given up: it may have landed, may land yet, or never; its publishers send again.
    yield () => {
      end();
      if (this.#draw(3) === 0) this.#append(request.to, request.record);
      else if (this.#draw(2) === 0) this.#strayRequests.push(request);
      for (const publisher of this.#publishers) {
        const isHit = request.sent.some(
          ({ tick, connection }) => publisher.ticks.includes(tick) && connection === publisher.connection,
        );
        if (isHit) this.#reconnect(publisher, this.#draw(this.#writers.length));
      }
    };
  }

  #land(request: Request, isStray: boolean): void {
    this.#append(request.to, request.record);
    this.#strayRequests = this.#strayRequests.filter((other) => other !== request);
    if (isStray) return;
    for (const entry of request.record) if (entry.kind === 'origin') request.writer.told.add(entry.symbol);
    for (const { tick, connection } of request.sent) {
      const publisher = this.#publishers[tick.by] as WorldPublisher;
      if (publisher.connection === connection) publisher.unsettled = publisher.unsettled.filter((one) => one !== tick);
    }
  }

  *#coordinatorDeeds(): Generator<() => void> {
    for (const [symbol, move] of this.#unmoved) {
      yield () => {
        this.#unmoved.delete(symbol);
        this.#moved.push(move);
        this.#append(move.from, [move.entry]);
      };
    }
    const repeated = this.#moved[this.#draw(Math.max(1, this.#moved.length))];
    if (!this.#isCalm && repeated !== undefined && this.#draw(8) === 0)
      yield () => this.#append(repeated.from, [repeated.entry]);
    const symbol = symbols[this.#draw(symbols.length)] as string;
    // Rule C5: the next move of a symbol is published once the one before is appended.
    if (this.#isCalm || this.#movesLeft === 0 || this.#unmoved.has(symbol)) return;
    yield () => this.#publish(symbol, this.#draw(partitions));
  }

  #publish(symbol: string, to: number): void {
    const map = this.#maps.at(-1) as WorldMap;
    const before = map.places.get(symbol) ?? { to: this.#beginning(symbol), epoch: 0 };
    if (before.to === to) return;
    const home = this.#homes.get(symbol) as number;
    // Before its first move the home of a pinned symbol is told where it began.
    if (this.#pins.has(symbol) && !this.#originTold.has(symbol)) {
      this.#append(home, [{ kind: 'origin', symbol, origin: this.#beginning(symbol) }]);
      this.#originTold.add(symbol);
    }
    this.#movesLeft -= 1;
    const epoch = map.epoch + 1;
    this.#maps.push({ epoch, places: new Map(map.places).set(symbol, { to, epoch }) });
    const move = { epoch, fromEpoch: before.epoch, to };
    this.#unmoved.set(symbol, { from: before.to, entry: { kind: 'move', symbol, move } });
  }

  *#ownerDeeds(owner: WorldOwner): Generator<() => void> {
    const { partition, position, outbox } = owner;
    const log = this.#logs[partition] as WorldRecord[];
    const record = log[position];
    if (record !== undefined) yield () => owner.step(record);
    const [emission] = outbox;
    if (emission !== undefined) {
      yield () => {
        outbox.shift();
        this.#send(emission);
      };
      if (!this.#isCalm && this.#draw(10) === 0) yield () => this.#send(emission);
    }
    // Rule O5; in calm it is what lets the time of the log go on.
    if (record === undefined && outbox.length === 0 && owner.waits) {
      yield () => {
        this.#nowMs += this.#isCalm ? 2_000 : 1;
        this.#append(partition, [{ kind: 'time' }]);
      };
    }
    if (this.#isCalm || this.#draw(5) > 0) return;
    // Rule O2.
    if (outbox.length === 0) yield () => void this.#snapshots[partition]?.push(position);
    yield () => this.#replace(owner);
    if (this.#owners.length < partitions + 2) yield () => void this.#owners.push(this.#fromSnapshot(partition));
  }

  #replace(owner: WorldOwner): void {
    this.#owners[this.#owners.indexOf(owner)] = this.#fromSnapshot(owner.partition);
  }

  #fromSnapshot(partition: number): WorldOwner {
    const offsets = this.#snapshots[partition] as number[];
    return this.#read(partition, offsets[this.#draw(offsets.length)] as number);
  }

  /** An owner as a snapshot has it: everything before it is durable, so nothing of it is sent again (O3). */
  #read(partition: number, to: number): WorldOwner {
    const owner = new WorldOwner(partition, { ...this.#traits, reached: () => undefined });
    for (const record of (this.#logs[partition] as WorldRecord[]).slice(0, to)) owner.step(record);
    owner.outbox.length = 0;
    return owner;
  }

  #send({ to, entry }: WorldEmission): void {
    if (entry.kind === 'handover') {
      const { epoch, part, content } = entry.part;
      const key = `${entry.symbol} ${epoch} ${part}`;
      const known = this.#contents.get(key) ?? content;
      if (known !== content) throw new RangeError(`part ${key} is '${known}' and '${content}'`);
      this.#contents.set(key, content);
    }
    this.#append(to, [entry]);
  }

  #append(partition: number, entries: readonly WorldEntry[]): void {
    this.#logs[partition]?.push({ appendTimeMs: this.#nowMs, entries });
  }

  #checkAtRest(): void {
    const fresh = this.#logs.map((log, partition) => this.#read(partition, log.length));
    for (const owner of this.#owners) {
      if (owner.text !== fresh[owner.partition]?.text)
        throw new RangeError(`an owner of ${owner.partition} is not what its log gives`);
    }
    for (const { machine } of fresh)
      if (machine.parking.count > 0) throw new RangeError('something is parked for ever');
    for (const symbol of symbols) this.#checkSymbol(symbol, fresh);
  }

  #checkSymbol(symbol: string, fresh: readonly WorldOwner[]): void {
    const published = this.#publishers.flatMap(({ ticks }) => ticks.filter((tick) => tick.symbol === symbol));
    const having = fresh.filter(({ instruments }) => instruments.get(symbol)?.applied.length);
    const override = this.#maps.at(-1)?.places.get(symbol);
    const expected = override?.to ?? this.#beginning(symbol);
    if (having.some(({ partition }) => partition !== expected))
      throw new RangeError(`${symbol} is not where the map says`);
    const owning = fresh.filter(({ instruments }) => instruments.get(symbol)?.place.kind === 'own');
    if (override !== undefined && owning.length !== 1) throw new RangeError(`${symbol} has ${owning.length} owners`);
    const applied = fresh[expected]?.instruments.get(symbol)?.applied ?? [];
    const names = published.map(({ by, sequence }) => `${by}.${sequence}`);
    if (applied.toSorted().join() !== names.toSorted().join())
      throw new RangeError(`of ${names.join()} it has ${applied.join()}`);
  }
}
