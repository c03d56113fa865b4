/**
 * A world in which instruments move, and what can be done in it, by name. In: a configuration, publishers, pins. Out: deeds: give,
 * send, land, lose, crash, take over. Nothing happens by itself, so a seeded scheduler (moved-world.ts) and a test that tells a
 * story use the same actors. Every state that a deed reaches is noted.
 */
import { decodeLogRecord, type FoldConfig } from '@tapeline/domain';
import { ControlFollower, MovedControl } from './moved-control.ts';
import { type CoordinatorPhase, MovedCoordinator } from './moved-coordinator.ts';
import { instrumentOfGiven } from './moved-given.ts';
import { MovedLog } from './moved-log.ts';
import { type KeptSnapshot, MovedOwner } from './moved-owner.ts';
import type { GivenBatch, MovedPublisher } from './moved-publisher.ts';
import type { MovedState } from './moved-states.ts';
import { MovedStore } from './moved-store.ts';
import { type Beginnings, type MovedRequest, MovedWriter, type WriterQuirk } from './moved-writer.ts';
import type { Random } from './random.ts';
import type { PublishedTick } from './simulated-publisher.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** How a stage is set. */
export type StageOptions = {
  readonly clock: VirtualClock;
  /** Without `basePartitions`; its own `partition` is not looked at. */
  readonly config: FoldConfig;
  readonly basePartitions: number;
  /** Partitions of the log, base ones and those that may be added. */
  readonly partitions: number;
  readonly pins: ReadonlyMap<string, number>;
  readonly retentionMs?: number;
};

/** A record that an owner believed lost and that lands yet. */
type LateCopy = { readonly to: number; readonly bytes: Uint8Array };

const deposedIn: Readonly<Record<Exclude<CoordinatorPhase, 'follower'>, MovedState>> = {
  claiming: 'deposedClaiming',
  idle: 'deposedIdle',
  preparing: 'deposedPreparing',
  publishing: 'deposedPublishing',
  moving: 'deposedMoving',
};

/** All actors, and the log, the control topic and the store between them. */
export class MovedStage {
  readonly clock: VirtualClock;
  /** The configuration of all owners; each puts its partition in. */
  readonly config: FoldConfig;
  readonly beginnings: Beginnings;
  readonly log: MovedLog;
  readonly control: MovedControl;
  readonly store: MovedStore = new MovedStore();
  readonly writers: MovedWriter[] = [];
  readonly publishers: MovedPublisher[] = [];
  readonly coordinators: MovedCoordinator[] = [];
  readonly owners: MovedOwner[] = [];
  /** By partition, oldest first. */
  readonly snapshots: KeptSnapshot[][];
  /** Requests that were given up or whose writer crashed, and emissions believed lost: they may land yet. */
  strays: { readonly request: MovedRequest; readonly of: 'crashed' | 'failed' }[] = [];
  lateCopies: LateCopy[] = [];
  readonly states: Set<MovedState> = new Set();
  /** Emissions that are durable, as `partition key`. */
  readonly delivered: Set<string> = new Set();
  /** What is in force by all of `control`. */
  readonly truth: ControlFollower;
  readonly #retentionMs: number | undefined;
  readonly #landed = new Set<PublishedTick>();
  /** Who sent an emission first. */
  readonly #senders = new Map<string, MovedOwner>();
  readonly #appendedMoves = new Map<string, MovedCoordinator>();
  #batches = 0;
  #tokens = 0;
  #isCompacted = false;

  constructor({ clock, config, basePartitions, partitions, pins, retentionMs }: StageOptions) {
    this.clock = clock;
    this.config = { ...config, basePartitions };
    this.#retentionMs = retentionMs;
    this.beginnings = { basePartitions, partitions, pins };
    const retention = retentionMs === undefined ? {} : { retentionMs };
    this.log = new MovedLog({ clock, partitions, config, basePartitions, ...retention });
    this.control = new MovedControl(basePartitions);
    this.truth = new ControlFollower(this.control);
    this.snapshots = Array.from({ length: partitions }, () => []);
    if (retentionMs !== undefined) for (let at = 0; at < partitions; at += 1) this.log.log.pin(at, 0);
  }

  /** Notes that a state is reached. */
  reach(state: MovedState): void {
    this.states.add(state);
  }

  // Publishers and writers.

  /** Starts a writer. */
  addWriter(quirk: WriterQuirk = 'none'): MovedWriter {
    const writer = new MovedWriter(quirk, this.control, this.beginnings);
    this.writers.push(writer);
    if (this.#isCompacted && quirk !== 'noMap') this.reach('joinedAfterCompaction');
    return writer;
  }

  /** A publisher gives its next batch to its writer. */
  give(publisher: MovedPublisher): boolean {
    if (!publisher.isWaiting) return false;
    this.#hand(publisher, publisher.next());
    return true;
  }

  /** Rule P2: a publisher connects to a writer and gives what is not settled again. */
  reconnect(random: Random, publisher: MovedPublisher, writer: number): void {
    if (publisher.writer !== writer && publisher.unsettledCount > 0) this.reach('resentElsewhere');
    for (const batch of publisher.reconnect(random, writer)) this.#hand(publisher, batch);
  }

  #hand(from: MovedPublisher, batch: GivenBatch): void {
    this.#batches += 1;
    const { connection } = from;
    this.writers[from.writer]?.take(batch.map((given) => ({ given, from, connection, batch: this.#batches })));
  }

  /** Ticks that stand in the log at least once. */
  landedTicks(): readonly PublishedTick[] {
    return [...this.#landed];
  }

  /** A request lands and its reply comes. */
  land(request: MovedRequest): void {
    this.#append(request);
    request.writer.end(request, true);
    for (const { given, from, connection } of request.sent) from.settle(given, connection);
  }

  /** A request lands, and nobody hears of it; publishers of it connect anew. */
  landUnheard(random: Random, request: MovedRequest): void {
    this.reach('replyLost');
    this.#append(request);
    this.#fail(random, request);
  }

  /** A request is given up; it may land yet, or never. */
  giveUp(random: Random, request: MovedRequest, landsYet: boolean): void {
    if (landsYet) this.strays.push({ request, of: 'failed' });
    else this.reach('requestLost');
    this.#fail(random, request);
  }

  /** Rule W5: the streams of a failed batch are closed, so that their publishers send again. */
  #fail(random: Random, request: MovedRequest): void {
    request.writer.end(request, false);
    const hit = request.sent.filter(({ from, connection }) => from.connection === connection);
    for (const publisher of new Set(hit.map(({ from }) => from))) {
      request.writer.closeStream(publisher);
      this.reconnect(random, publisher, random.int(0, this.writers.length - 1));
    }
  }

  /** A writer crashes with its requests on the wire, and another one starts in its place. */
  crashWriter(random: Random, place: number, landsYet: (request: MovedRequest) => boolean): void {
    const writer = this.writers[place];
    if (writer === undefined) return;
    this.reach('writerCrashed');
    for (const request of writer.requests) if (landsYet(request)) this.strays.push({ request, of: 'crashed' });
    this.writers[place] = new MovedWriter(writer.quirk, this.control, this.beginnings);
    if (this.#isCompacted && writer.quirk !== 'noMap') this.reach('joinedAfterCompaction');
    for (const publisher of this.publishers) {
      if (publisher.writer === place) this.reconnect(random, publisher, random.int(0, this.writers.length - 1));
    }
  }

  /** A request lands that nobody waits for any more. */
  landStray(place: number): void {
    const [stray] = this.strays.splice(place, 1);
    if (stray === undefined) return;
    this.reach(stray.of === 'crashed' ? 'crashedRequestLanded' : 'failedBatchLanded');
    const ticks = stray.request.sent.flatMap(({ given }) => (given.kind === 'tick' ? [given.tick] : []));
    if (ticks.length > 0 && ticks.every((tick) => this.#landed.has(tick))) this.reach('landedAfterResend');
    this.#append(stray.request);
  }

  #append(request: MovedRequest): void {
    const { writer, to, sent, origins } = request;
    this.truth.readAll();
    if (origins.length > 0) this.reach('originTold');
    for (const { given } of sent) {
      const instrument = instrumentOfGiven(given);
      const override = this.truth.view.placement.overrideOf(instrument.dataset, instrument.symbol);
      if (given.kind === 'tick') this.#landed.add(given.tick);
      else if (given.kind === 'void') this.reach(this.#landed.has(given.tick) ? 'refusedAndAccepted' : 'refusedTick');
      if (writer.quirk === 'wrongHash' && override === undefined) this.reach('writerOfWrongHash');
      if (override === undefined || override.partition === to) continue;
      this.reach(writer.quirk === 'noMap' ? 'writerWithoutMap' : 'writerBehindMap');
    }
    this.log.appendLanding(to, request.entries);
  }

  // Coordinators.

  /** Starts a coordinator, which follows. */
  addCoordinator(): MovedCoordinator {
    const coordinator = new MovedCoordinator(this.control, this.beginnings);
    this.coordinators.push(coordinator);
    return coordinator;
  }

  /** A coordinator takes the lead, whatever the others think. */
  lead(coordinator: MovedCoordinator): void {
    this.#tokens += 1;
    coordinator.lead(this.#tokens);
  }

  /** A coordinator reads its next record. */
  readControl(coordinator: MovedCoordinator): boolean {
    const before = coordinator.phase;
    if (!coordinator.read()) return false;
    if (before !== 'follower' && coordinator.phase === 'follower') this.reach(deposedIn[before]);
    return true;
  }

  /** A coordinator appends what it has to; with `unheard` it does not learn that it landed, and will append it again. */
  appendOf(coordinator: MovedCoordinator, unheard: boolean = false): boolean {
    const effect = coordinator.effect();
    if (effect === undefined) return false;
    const before = this.#appendedMoves.get(effect.name);
    if (before !== undefined && coordinator.phase === 'moving') {
      this.reach(before === coordinator ? 'moveAppendedTwice' : 'moveOfPredecessor');
    }
    this.#appendedMoves.set(effect.name, coordinator);
    this.log.append(effect.to, effect.bytes);
    if (!unheard) effect.done();
    return true;
  }

  /** A coordinator publishes its map. */
  publish(coordinator: MovedCoordinator): boolean {
    this.truth.readAll();
    const { placement: before } = this.truth.view;
    if (!coordinator.publish(this.log.highestMs)) return false;
    this.truth.read();
    const { placement } = this.truth.view;
    if (placement === before) {
      this.reach('voidRecord');
      return true;
    }
    if (placement.partitions > before.partitions) this.reach('partitionAdded');
    const fresh = placement.moves.filter(({ epoch }) => epoch === placement.epoch);
    if (fresh.length > 1) this.reach('movedTogether');
    if (fresh.some((one) => fresh.some((other) => one.to === other.from && one.from === other.to)))
      this.reach('crossed');
    if (fresh.some(({ to }) => to >= placement.basePartitions)) this.reach('movedToAddedPartition');
    if (fresh.some(({ fromEpoch }) => fromEpoch > 0)) this.reach('movedTwice');
    return true;
  }

  /** Keys are taken out of `control`. */
  noteCompaction(): void {
    this.#isCompacted = true;
    this.reach('controlCompacted');
  }

  // Owners.

  /** Starts an owner of a partition, from a snapshot or from the first record. */
  addOwner(partition: number, from?: KeptSnapshot): MovedOwner {
    const { config, log, store } = this;
    const owner = new MovedOwner({ partition, config, log, store, from });
    this.owners.push(owner);
    this.#pin(partition);
    return owner;
  }

  /** Starts an owner of another configuration: what it emits of states is of another form. */
  addForeignOwner(partition: number): MovedOwner {
    const config = { ...this.config, retainedBytesMax: this.config.retainedBytesMax + 1 };
    const owner = new MovedOwner({ partition, config, log: this.log, store: undefined });
    this.owners.push(owner);
    this.#pin(partition);
    this.reach('foreignOwner');
    return owner;
  }

  /**
   * Ends the owners of another configuration. As long as one lives that does not take an instrument back, since its state is of
   * another form, it sends on what comes for it, and that comes round for ever.
   */
  endForeignOwners(partition: number): void {
    for (const owner of this.owners.filter((one) => one.partition === partition && one.isForeign)) {
      this.owners.splice(this.owners.indexOf(owner), 1);
    }
  }

  /** Snapshots of a partition that can still be used. */
  usableSnapshots(partition: number): KeptSnapshot[] {
    const { firstOffset } = this.log.log.range(partition);
    return (this.snapshots[partition] ?? []).filter(({ retainFromOffset }) => retainFromOffset >= firstOffset);
  }

  /** An owner ends, and another one takes its place. */
  replaceOwner(owner: MovedOwner, from: KeptSnapshot | undefined): MovedOwner {
    this.owners.splice(this.owners.indexOf(owner), 1);
    this.#noteStart(from);
    return this.addOwner(owner.partition, from);
  }

  /** A second owner of a partition starts beside the first. */
  doubleOwner(partition: number, from: KeptSnapshot | undefined): MovedOwner {
    this.reach('ownerTwice');
    this.#noteStart(from);
    return this.addOwner(partition, from);
  }

  #noteStart(from: KeptSnapshot | undefined): void {
    this.reach(from === undefined ? 'ownerFromZero' : 'ownerFromSnapshot');
    if (from?.parked === true) this.reach('ownerFromParked');
  }

  /** An owner sends its next record for a partition. Its reply may be lost: then it sends it again, and this one may land late. */
  send(owner: MovedOwner, to: number, fate: 'durable' | 'unheard' | 'late' = 'durable'): boolean {
    const outgoing = owner.outgoing(to);
    if (outgoing === undefined) return false;
    const { bytes, key } = outgoing;
    const name = `${owner.partition} ${key}`;
    if (fate === 'late') {
      this.lateCopies.push({ to, bytes });
      return true;
    }
    const first = this.#senders.get(name);
    if (first === undefined) this.#senders.set(name, owner);
    else if (first === owner) this.reach('emissionRepeated');
    else {
      this.reach('emissionOfTwoOwners');
      if (decodeLogRecord(bytes).some(({ kind }) => kind === 'handover')) this.reach('handoverOfTwoOwners');
    }
    this.log.append(to, bytes);
    if (fate === 'unheard') return true;
    if (!owner.isForeign) this.delivered.add(name);
    owner.sent(to);
    this.keepSnapshots(owner);
    return true;
  }

  /** An emission lands that its owner believed lost. */
  landCopy(place: number): void {
    const [copy] = this.lateCopies.splice(place, 1);
    if (copy === undefined) return;
    this.reach('emissionLate');
    this.log.append(copy.to, copy.bytes);
  }

  /** An owner puts out the bars and the tape of its oldest step. */
  storeOf(owner: MovedOwner): boolean {
    if (!owner.store()) return false;
    if (this.store.repeats > 0) this.reach('outputRepeated');
    this.keepSnapshots(owner);
    return true;
  }

  /** Keeps the snapshots of an owner that may be kept (O2), and lets retention have what nobody needs. */
  keepSnapshots(owner: MovedOwner): void {
    const kept = owner.isForeign ? [] : owner.kept();
    const { partition } = owner;
    this.snapshots[partition]?.push(...kept);
    if (this.#retentionMs === undefined || kept.length === 0) return;
    this.#pin(partition);
    this.log.log.retain();
    if (this.log.log.range(partition).firstOffset > 0) this.reach('retentionPassed');
  }

  /** What the newest snapshot and every owner still have to read stays. */
  #pin(partition: number): void {
    if (this.#retentionMs === undefined) return;
    const needs = this.owners.filter((one) => one.partition === partition).map(({ fold }) => fold.nextOffset);
    const newest = this.snapshots[partition]?.at(-1)?.retainFromOffset ?? 0;
    this.log.log.pin(partition, Math.min(newest, ...needs));
  }
}
