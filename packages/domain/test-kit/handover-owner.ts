/**
 * An owner of a partition for the protocol of moves alone: ticks are numbers in chains, the state of an instrument is a list of
 * them. In: the records of one partition. Out: what it would append to others. It throws `RangeError` where a tick is applied
 * behind a later one of its publisher.
 */
import type { HandoverEvent } from '../src/placement/handover-events.ts';
import { HandoverPartition, type MovableInstrument } from '../src/placement/handover-partition.ts';
import type { HandoverPart } from '../src/placement/handover-parts.ts';
import { type InstrumentMove, placeAtFirstSight } from '../src/placement/handover-rules.ts';
import { Link } from '../src/tape/link.ts';
import { PartitionClock } from '../src/tape/partition-clock.ts';

/** A tick: publisher, sequence, link. */
export type WorldTick = {
  readonly by: number;
  readonly sequence: number;
  readonly link: number;
  readonly symbol: string;
};

/** What a record of the world's log says. */
export type WorldEntry =
  | { readonly kind: 'tick'; readonly tick: WorldTick; readonly mapEpoch: number }
  | { readonly kind: 'forward'; readonly tick: WorldTick; readonly epoch: number }
  | { readonly kind: 'move'; readonly symbol: string; readonly move: InstrumentMove }
  | { readonly kind: 'handover'; readonly symbol: string; readonly part: HandoverPart<string> }
  | { readonly kind: 'origin'; readonly symbol: string; readonly origin: number }
  | { readonly kind: 'time' };

/** A record: entries under one append time. */
export type WorldRecord = { readonly appendTimeMs: number; readonly entries: readonly WorldEntry[] };

/** Something to append to another partition. */
export type WorldEmission = { readonly to: number; readonly entry: WorldEntry };

/** What all owners of a world have in common. */
export type OwnerTraits = {
  readonly homes: ReadonlyMap<string, number>;
  /** Parts of a Handover, 1 or more. */
  readonly parts: number;
  readonly bounds: { readonly bytesMax: number; readonly msMax: number };
  readonly reached: (event: HandoverEvent) => void;
};

const form = '1.cafe';

/** The state of one instrument at one owner. */
export class WorldInstrument implements MovableInstrument {
  readonly symbol: string;
  place: MovableInstrument['place'];
  links: Link[] = [];
  applied: string[] = [];

  constructor(symbol: string, place: MovableInstrument['place']) {
    this.symbol = symbol;
    this.place = place;
  }

  /** Rules F1 to F4, by the chain that the fold has. */
  apply({ by, sequence, link: before }: WorldTick, sinceMs: number): void {
    const link = this.linkOf(by);
    const decision = link.decide(sequence, before);
    if (decision === 'hold') link.held.add({ sequence, link: before, sinceMs, firstAppendMs: 0 });
    else if (decision === 'apply') this.#take(link, sequence);
    for (let ready = link.nextReady(); ready !== undefined; ready = link.nextReady()) {
      if (ready.decision === 'apply') this.#take(link, ready.item.sequence);
    }
  }

  linkOf(by: number): Link {
    let link = this.links.find(({ publisher }) => publisher === by);
    if (link === undefined) this.links.push((link = new Link(by, 1)));
    return link;
  }

  #take(link: Link, sequence: number): void {
    if (sequence <= link.last) throw new RangeError(`${link.publisher}.${sequence} comes after ${link.last}`);
    link.accept(sequence);
    this.applied.push(`${link.publisher}.${sequence}`);
  }
}

/** One owner of a partition, from the first record on; an owner that begins at a snapshot is one that read up to there. */
export class WorldOwner {
  readonly partition: number;
  position = 0;
  readonly outbox: WorldEmission[] = [];
  readonly instruments: Map<string, WorldInstrument> = new Map();
  readonly machine: HandoverPartition<WorldInstrument, WorldTick, string>;
  readonly #clock = new PartitionClock();
  readonly #traits: OwnerTraits;

  constructor(partition: number, traits: OwnerTraits) {
    this.partition = partition;
    this.#traits = traits;
    const { parts: count, homes, bounds, reached } = traits;
    this.machine = new HandoverPartition(
      partition,
      {
        home: ({ symbol }) => homes.get(symbol) as number,
        isFresh: ({ links }) => links.length === 0,
        begin: () => undefined,
        apply: (instrument, tick, { waitedMs }) => instrument.apply(tick, waitedMs),
        useOf: (of) => (of === form ? 'now' : 'elsewhere'),
        bytesOf: (content) => content.length,
        crowded: () => undefined,
        give: (instrument) => giveAway(instrument, count),
        take: (instrument, _epoch, contents) => {
          takeOver(instrument, contents);
          return undefined;
        },
        handOver: ({ symbol }, { epoch, to }, contents) => {
          for (const [part, content] of contents.entries()) {
            this.#emit(to, { kind: 'handover', symbol, part: { epoch, form, part, parts: contents.length, content } });
          }
        },
        forward: (_instrument, { to, epoch }, tick) => this.#emit(to, { kind: 'forward', tick, epoch }),
        reached: (_instrument, event) => reached(event),
      },
      bounds,
    );
  }

  /** Reads the next record. */
  step({ appendTimeMs, entries }: WorldRecord): void {
    this.position += 1;
    this.#clock.advance(appendTimeMs);
    const { nowMs, waitedMs } = this.#clock;
    const at = { nowMs, waitedMs };
    this.machine.passTime(at);
    for (const entry of entries) {
      if (entry.kind === 'time') continue;
      const instrument = this.#instrument(
        entry.kind === 'tick' || entry.kind === 'forward' ? entry.tick.symbol : entry.symbol,
      );
      if (entry.kind === 'tick') {
        this.machine.entry(instrument, { entry: entry.tick, epoch: entry.mapEpoch, isForwarded: false, bytes: 10, at });
      } else if (entry.kind === 'forward') {
        this.machine.entry(instrument, { entry: entry.tick, epoch: entry.epoch, isForwarded: true, bytes: 10, at });
      } else if (entry.kind === 'move') this.machine.move(instrument, entry.move);
      else if (entry.kind === 'handover') this.machine.handover(instrument, entry.part);
      else this.machine.origin(instrument, entry.origin);
    }
  }

  /** Whether something waits for log time. */
  get waits(): boolean {
    return this.machine.parking.dueMs < Infinity;
  }

  /** Everything that two owners at one position must have in common. */
  get text(): string {
    const instruments = [...this.instruments.values()].map(({ symbol, place, links, applied }) => ({
      symbol,
      place,
      links,
      applied,
    }));
    return JSON.stringify([instruments, this.machine.parking.count, this.machine.parking.bytes]);
  }

  #instrument(symbol: string): WorldInstrument {
    let instrument = this.instruments.get(symbol);
    if (instrument === undefined) {
      const isHome = this.#traits.homes.get(symbol) === this.partition;
      this.instruments.set(symbol, (instrument = new WorldInstrument(symbol, placeAtFirstSight(isHome))));
    }
    return instrument;
  }

  #emit(to: number, entry: WorldEntry): void {
    this.outbox.push({ to, entry });
  }
}

function giveAway(instrument: WorldInstrument, count: number): { state: string[]; held: WorldTick[] } {
  const { symbol, links, applied } = instrument;
  const held = links.flatMap(({ publisher, held: items }) =>
    items.all().map(({ sequence, link }) => ({ by: publisher, sequence, link, symbol })),
  );
  const fields = [
    ['lasts', links.map(({ publisher, last }) => [publisher, last])],
    ['applied', applied],
  ];
  const parts = Array.from({ length: count }, (_, part) =>
    JSON.stringify(Object.fromEntries(fields.filter((_field, place) => place % count === part))),
  );
  instrument.links = [];
  instrument.applied = [];
  return { state: parts, held };
}

function takeOver(instrument: WorldInstrument, contents: readonly string[]): void {
  const state: { lasts?: [number, number][]; applied?: string[] } = {};
  for (const content of contents) Object.assign(state, JSON.parse(content));
  instrument.links = (state.lasts ?? []).map(([by, last]) => {
    const link = new Link(by, 1);
    link.last = last;
    return link;
  });
  instrument.applied = state.applied ?? [];
}
