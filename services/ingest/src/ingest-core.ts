/**
 * What the ways into ingest share: lanes, the memory of terms, readers, the streams that are open. In: the parts of
 * ingest. Out: one object that gRPC's handlers and the sink of the process work with.
 */
import {
  BoundedTermsMemory,
  homePartition,
  type InstrumentTerms,
  type LogError,
  noteDurable,
  PublishReaders,
  type PublishPart,
  StoreError,
  type TakeContext,
} from '@tapeline/domain';
import { PlacementInUse } from './follow-control.ts';
import { IngestMetrics } from './ingest-metrics.ts';
import { controlLost, mapNotRead, shuttingDown, storeRefusal, tooMany } from './ingest-refusal.ts';
import type { IngestParts, KnownInstrument } from './ingest-types.ts';
import { Lane, type LanePart } from './lane.ts';
import type { OpenStream } from './open-stream.ts';
import { SettledSequences } from './settled-sequences.ts';

/** Look-ups or claims in the store at once for one message. */
const lookUpsMax = 64;

/** A calendar that every dataset has where none is set. */
const calendarOfAll = '24/7';

/** What the owner of a part says and is told. */
export type PartOutcome = Pick<LanePart, 'isWanted' | 'dropped' | 'settled' | 'failed'>;

/** The inside of one ingest. */
export class IngestCore {
  readonly parts: IngestParts;
  readonly metrics: IngestMetrics;
  readonly placing: PlacementInUse;
  readonly terms: BoundedTermsMemory = new BoundedTermsMemory();
  readonly readers: PublishReaders = new PublishReaders();
  readonly settled: SettledSequences = new SettledSequences();
  readonly streams: Set<OpenStream> = new Set();
  /** PublishOnce calls that are under way. */
  readonly onceCalls: Set<Promise<unknown>> = new Set();
  /** Fires when ingest is told to stop. */
  readonly stopping: AbortController = new AbortController();
  readonly #lanes: Lane[] = [];

  constructor(parts: IngestParts) {
    this.parts = parts;
    this.metrics = new IngestMetrics(parts.metrics, parts.clock);
    const { log, control, clock, random, logger } = parts;
    this.#growLanes(log.partitionCount);
    this.placing = new PlacementInUse({
      control,
      log,
      clock,
      random,
      logger,
      metrics: this.metrics,
      onPartitions: (count) => this.#growLanes(count),
      onLost: (error) => this.#loseControl(error),
    });
  }

  /** One for each partition that the log is known to have. */
  get lanes(): readonly Lane[] {
    return this.#lanes;
  }

  #growLanes(count: number): void {
    const { log, clock, random, logger, config, onLogReplaced } = this.parts;
    const laneParts = { log, clock, random, logger, metrics: this.metrics, config, onLogReplaced };
    while (this.#lanes.length < count) this.#lanes.push(new Lane(this.#lanes.length, laneParts));
  }

  #loseControl(error: LogError): void {
    for (const stream of this.streams) stream.end(controlLost(error));
    if (error.code === 'LOG_REPLACED') this.parts.onLogReplaced?.(error);
  }

  /** Throws SHUTTING_DOWN once ingest was told to stop. */
  checkOpen(): void {
    if (this.stopping.signal.aborted) throw shuttingDown();
  }

  /** Throws LOG_UNAVAILABLE where it is not known yet, or not any more, where ticks go. */
  checkMap(): void {
    const { lost, isReady } = this.placing;
    if (lost !== undefined) throw controlLost(lost);
    if (!isReady) throw mapNotRead();
  }

  /** Enters a stream. Throws SHUTTING_DOWN, LOG_UNAVAILABLE or STREAMS_TOO_MANY. */
  enter(stream: OpenStream): void {
    this.checkOpen();
    this.checkMap();
    const { streamsMax } = this.parts.config;
    if (this.streams.size >= streamsMax) throw tooMany('STREAMS_TOO_MANY', streamsMax);
    this.streams.add(stream);
    this.metrics.streams(this.streams.size);
  }

  /** Takes it out again; may be called twice. */
  leave(stream: OpenStream): void {
    this.streams.delete(stream);
    this.metrics.streams(this.streams.size);
  }

  /** What messages of a dataset are judged by. */
  context(
    dataset: string,
    unknown: ReadonlySet<string>,
    { claims, placed }: Pick<TakeContext, 'claims' | 'placed'> = {},
  ): TakeContext {
    const { clock, config } = this.parts;
    return {
      nowNs: clock.nowNs(),
      aheadMsMax: config.aheadMsMax,
      terms: this.terms,
      placement: this.placing.placement,
      partitions: this.#lanes.length,
      calendar: config.calendars.get(dataset) ?? calendarOfAll,
      unknown,
      claims,
      placed,
    };
  }

  /**
   * Takes a message, asking the store for instruments that nobody here knows, and entering there what is new before any
   * of it is taken: terms and places hold for every ingest or for none. `take` is called once to three times, and again where the
   * clock lets a tick in that it kept out before. Throws what it throws, STORE_UNAVAILABLE and STORE_UNFIT.
   */
  async withTerms<Taken extends object>(
    dataset: string,
    take: (context: TakeContext) => Taken | { readonly missing: readonly string[] },
  ): Promise<Taken> {
    const unknown = new Set<string>();
    const placed = new Map<string, number | undefined>();
    for (;;) {
      const claims =
        unknown.size > 0 && this.parts.knownInstruments.claim !== undefined
          ? new Map<string, InstrumentTerms | undefined>()
          : undefined;
      const taken = take(this.context(dataset, unknown, { claims, placed }));
      if (!('missing' in taken)) return taken;
      if (claims !== undefined && claims.size > 0) await this.#claim(dataset, claims, placed);
      else await this.#lookUp(dataset, taken.missing, unknown);
    }
  }

  /** Adds a part of a message to its lane, once there is room; one that is not wanted any more is dropped. */
  async add(part: PublishPart, outcome: PartOutcome): Promise<void> {
    const { partition, pieces, bytes } = part;
    const lane = this.#lanes[partition] as Lane;
    const dropped = (): void => {
      endUses(part, false);
      outcome.dropped();
    };
    await lane.room(outcome.isWanted);
    if (!outcome.isWanted()) {
      dropped();
      return;
    }
    lane.add({
      pieces,
      bytes,
      isWanted: outcome.isWanted,
      dropped,
      settled: (appended) => {
        endUses(part, true);
        noteDurable(part);
        outcome.settled(appended);
      },
      failed: (error) => {
        endUses(part, mayHaveLanded(error));
        outcome.failed(error);
      },
    });
  }

  /** Something is not wanted any more: if it waits for room, it waits no longer. */
  dropUnwanted(): void {
    for (const lane of this.lanes) lane.recheck();
  }

  /** Enters terms in the store and remembers those that hold there; where there are none, only the place is settled. */
  async #claim(
    dataset: string,
    claims: ReadonlyMap<string, InstrumentTerms | undefined>,
    placed: Map<string, number | undefined>,
  ): Promise<void> {
    const { knownInstruments } = this.parts;
    const [terms, homes]: [[string, InstrumentTerms][], [string, number][]] = [[], []];
    for (const [symbol, first] of claims) {
      if (first === undefined) homes.push([symbol, homePartition(dataset, symbol, this.parts.log.basePartitions)]);
      else terms.push([symbol, first]);
    }
    await inGroups(terms, async (some) => {
      const held = await knownInstruments.claim?.(dataset, new Map(some));
      for (const [symbol, known] of held ?? []) await this.#remember(dataset, symbol, known);
    });
    await inGroups(homes, async (some) => {
      const pins = await knownInstruments.place?.(dataset, new Map(some));
      for (const [symbol] of some) placed.set(symbol, await this.#checkedPin(dataset, symbol, pins?.get(symbol)));
    });
  }

  async #lookUp(dataset: string, symbols: readonly string[], unknown: Set<string>): Promise<void> {
    const { knownInstruments } = this.parts;
    await inGroups(symbols, async (some) => {
      const found = await Promise.all(some.map((symbol) => knownInstruments.find(dataset, symbol)));
      for (const [place, symbol] of some.entries()) {
        const known = found[place];
        if (known === undefined) unknown.add(symbol);
        else await this.#remember(dataset, symbol, known);
      }
    });
  }

  async #remember(dataset: string, symbol: string, { terms, pin }: KnownInstrument): Promise<void> {
    this.terms.remember(dataset, symbol, terms, await this.#checkedPin(dataset, symbol, pin));
  }

  async #checkedPin(dataset: string, symbol: string, pin: number | undefined): Promise<number | undefined> {
    if (pin === undefined || pin < this.#lanes.length) return pin;
    // Partitions may have been added that no map told of.
    this.#growLanes(await this.parts.log.refreshPartitions());
    if (pin < this.#lanes.length) return pin;
    const message = `${symbol} in ${dataset} is pinned to partition ${pin}, and the stream has ${this.#lanes.length}`;
    throw new StoreError('STORE_UNFIT', `${message}; the keyspace is of another stream, give this one its own`);
  }
}

/** Does it with up to `lookUpsMax` at once. Throws STORE_UNAVAILABLE or STORE_UNFIT, as a refusal. */
async function inGroups<Item>(items: readonly Item[], work: (some: readonly Item[]) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += lookUpsMax) {
    try {
      await work(items.slice(at, at + lookUpsMax));
    } catch (error) {
      throw storeRefusal(error);
    }
  }
}

/** A part's ticks are in the log, or may be, and their terms stay; or they never will be. */
export function endUses({ uses }: PublishPart, mayBeInLog: boolean): void {
  for (const use of uses) {
    if (mayBeInLog) use.keep();
    else use.release();
  }
}

/** Whether what was to be appended may be in the log though the append failed. */
export function mayHaveLanded({ code }: LogError): boolean {
  return code === 'LOG_UNAVAILABLE';
}
