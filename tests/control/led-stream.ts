/**
 * A stream whose moves are coordinated, over simulated logs and a clock that a test moves. In: leaders, reports of owners, faults. Out:
 * what was appended to `ticks`, what was told, the map that a reader of `control` has in the end.
 */
import {
  type ControlView,
  emptyControlView,
  type EntryOfMoves,
  decodeEntryOfMoves,
  decodeLogRecord,
  followControl,
  InstrumentMap,
  type InstrumentPin,
  LogError,
  type PartitionReport,
  type Placement,
  placementPolicyDefaults,
  reportEveryMs,
  type StoredInstrument,
} from '@tapeline/domain';
import {
  decodeControl,
  encodePartitionReport,
  encodeWriterReport,
  LeadControl,
  type PlacementEvent,
  type Steering,
} from '@tapeline/control';
import { createMetrics, ManualClock, type Metrics, type RandomSource, silentLogger } from '@tapeline/runtime';
import { ControlFaultSource, SimulatedControlLog, VirtualClock } from '@tapeline/simulation';

/** A process that leads or follows. */
export type Led = {
  readonly lead: LeadControl;
  readonly faults: ControlFaultSource;
  readonly events: PlacementEvent[];
  readonly lost: unknown[];
  readonly kept: (readonly InstrumentPin[])[];
  readonly metrics: Metrics;
};

/** Log time when the clock is at 0; owners have measured for a half-life then. */
const startMs = 1_700_000_000_000;
const terms = { priceScale: 4, sizeScale: 0, tickSize: 1, lotSize: 1 };

/** The stream. */
export class LedStream {
  readonly clock: ManualClock = new ManualClock(1_000);
  readonly control: SimulatedControlLog;
  /** Entries of moves in the order in which they landed, with their partition. */
  readonly moves: (EntryOfMoves & { readonly partition: number })[] = [];
  /** Ticks a second that owners report, by symbol, in the partition where each lives. */
  readonly rates: Map<string, number> = new Map();
  /** Partitions that take no record now. */
  readonly down: Set<number> = new Set();
  readonly steps: PartitionReport['steps'][number][] = [];
  /** What owners report beside the rest. */
  facts: Partial<PartitionReport> = {};
  partitions = 2;
  /** How long a leader that begins waits for trades that are sent ahead. */
  prepareMsMax = 0;
  refusesPartitions = false;
  /** What adding partitions fails with, where that is no refusal of the log. */
  defect: Error | undefined;
  /** How many partitions the log tells, where that is not how many it has. */
  toldPartitions: number | undefined;
  /** What never answers now. */
  hangs: 'rows' | 'count' | undefined;
  /** What was told for people to know. */
  readonly told: string[] = [];
  /** What was told as an error. */
  readonly errors: string[] = [];
  readonly #random: RandomSource;
  readonly #led: Led[] = [];

  constructor(random: RandomSource = { next: () => 0 } as RandomSource) {
    this.#random = random;
    this.control = new SimulatedControlLog({ clock: new VirtualClock(0) });
  }

  /** Begins a process; without `takeToken` it takes the highest token and one. */
  begin(steering: Partial<Steering> = {}, takeToken = (highest: number): number | undefined => highest + 1): Led {
    const faults = new ControlFaultSource();
    const led = { faults, events: [], lost: [], kept: [], metrics: createMetrics({ ofProcess: false }) };
    const { clock } = this;
    const lead = new LeadControl(
      {
        control: this.control.beside(faults),
        ticks: this.#ticks(),
        partitions: { addPartitions: async (count) => this.#add(count) },
        store: {
          instrumentsNamed: async (symbol, dataset) => {
            if (this.hangs === 'rows') await new Promise<never>(() => undefined);
            return this.#rows(symbol, dataset);
          },
        },
        clock,
        random: this.#random,
        logger: {
          ...silentLogger,
          info: (message: string) => void this.told.push(message),
          error: (message: string) => void this.errors.push(message),
        },
        metrics: led.metrics,
        retentionMs: Infinity,
        coordinator: { prepareMsMax: this.prepareMsMax },
        takeToken,
        listener: {
          tell: (event) => void (led.events as PlacementEvent[]).push(event),
          pinsKept: (pins) => void (led.kept as (readonly InstrumentPin[])[]).push(pins),
          lost: (error) => void (led.lost as unknown[]).push(error),
        },
      },
      { mode: 'auto', policy: placementPolicyDefaults, ...steering },
    );
    const begun = { lead, ...led };
    this.#led.push(begun);
    return begun;
  }

  /** Lets `ms` pass; owners and a writer report every ten seconds and when a second is over. */
  async pass(ms: number, reports = true): Promise<void> {
    for (let passed = 0; passed < ms; passed += 100) {
      if (reports && passed % 1_000 === 0) await this.report();
      await this.clock.advance(100);
    }
  }

  /** Every owner and a writer that has the newest map report. */
  async report(): Promise<void> {
    const { placement } = this.view();
    for (let partition = 0; partition < this.partitions; partition += 1) {
      const { key, bytes } = encodePartitionReport(this.#reportOf(partition, placement));
      await this.control.append(key, bytes);
    }
    const { key, bytes } = encodeWriterReport({ writer: 'w', mapEpoch: placement.epoch });
    await this.control.append(key, bytes);
  }

  /** What a reader of `control` has who reads all that is kept. */
  view(): ControlView {
    let view = emptyControlView(2);
    for (const { key, bytes } of this.control.records) {
      const entry = bytes === undefined ? undefined : decodeControl(key, bytes);
      if (entry?.kind === 'record') view = followControl(view, entry.record).view;
    }
    return view;
  }

  /** Ends all processes. */
  async end(): Promise<void> {
    for (const { lead } of this.#led) {
      const stopped = lead.stop();
      await this.clock.advance(6_000);
      await stopped;
    }
  }

  #ticks() {
    let known = this.partitions;
    const { moves, down } = this;
    const refreshPartitions = async (): Promise<number> => {
      if (this.hangs === 'count') await new Promise<never>(() => undefined);
      return (known = this.toldPartitions ?? this.partitions);
    };
    return {
      basePartitions: 2,
      get partitionCount() {
        return known;
      },
      refreshPartitions,
      append: async (_: string, partition: number, bytes: Uint8Array) => {
        if (down.has(partition)) throw new LogError('LOG_UNAVAILABLE', 'the partition takes nothing');
        for (const entry of decodeLogRecord(bytes)) {
          if (!('start' in entry) || entry.kind === 'tickBlock') continue;
          moves.push({ ...decodeEntryOfMoves(bytes, entry), partition });
        }
        return { offset: moves.length, appendTimeMs: 0 };
      },
    };
  }

  #add(count: number): number {
    if (this.defect !== undefined) throw this.defect;
    if (this.refusesPartitions) throw new LogError('PARTITIONS_REFUSED', 'the log has enough');
    this.partitions = Math.max(this.partitions, count);
    return this.partitions;
  }

  #rows(symbol: string, dataset = 'd'): StoredInstrument[] {
    return symbol.startsWith('unseen')
      ? []
      : [{ dataset, symbol, terms: terms as unknown as StoredInstrument['terms'] }];
  }

  #reportOf(partition: number, placement: Placement): PartitionReport {
    const ticks = new InstrumentMap<number>();
    const halfLifeMs = 30_000;
    for (const [symbol, rate] of this.rates) {
      const lives = placement.lookUp({ dataset: 'd', symbol }).partition;
      if (lives === partition) ticks.set('d', symbol, (rate / 1_000) * (halfLifeMs / Math.LN2));
    }
    // A worker whose partition never had a record has no clock.
    const logTimeMs = ticks.size === 0 ? 0 : startMs + this.clock.nowMs();
    const sinceMs = ticks.size === 0 ? 0 : startMs - halfLifeMs;
    const rates = { partition, logTimeMs, sinceMs, halfLifeMs, ticks, forgottenTicks: 0 };
    const counts = { declaredGaps: 0, orderViolations: 0, strays: 0, parkedEntries: 0, parkedBytes: 0, heldTicks: 0 };
    const own = { partition, worker: 'w', nextOffset: 0, lagMs: 0, form: 'v1' };
    return { ...own, rates, steps: this.steps, ...counts, ...this.facts };
  }
}

/** How long a report counts, and a second more. */
export const reportsOverMs: number = 3 * reportEveryMs + 1_000;
