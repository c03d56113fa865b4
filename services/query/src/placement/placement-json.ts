/**
 * The placement as JSON. In: the map in force, the newest reports, moves that were seen. Out: what `GET /v1/placement` answers,
 * but for a single instrument. Pure; a rate is counted where its instrument lives by the map.
 */
import type { KeptReport } from '@tapeline/control';
import { type InstrumentMap, mergeRates, type PartitionReport, type Placement, reportEveryMs } from '@tapeline/domain';
import type { SeenMove } from './move-history.ts';
import type { PlacementSource } from './placement-source.ts';

/** An instrument with its rate. */
export type RatedJson = {
  readonly dataset: string;
  readonly symbol: string;
  readonly ticksPerSecond: number;
  /** 0 = it was never moved. */
  readonly epoch: number;
  /** first, spread, dedicated or pinned. */
  readonly standing: string;
};

/** A partition; what its owner did not report is `null`. */
export type PlacementPartitionJson = {
  readonly partition: number;
  /** base, added, or dedicated to a hot instrument. */
  readonly role: 'base' | 'added' | 'dedicated';
  readonly worker: string | null;
  /** How long ago its owner reported, ms. */
  readonly reportAgeMs: number | null;
  /** Whether that is too long ago. */
  readonly silent: boolean;
  readonly ticksPerSecond: number;
  readonly lagMs: number | null;
  readonly instruments: number;
  /** The busiest, the busiest first. */
  readonly top: readonly RatedJson[];
  readonly parkedEntries: number;
  readonly parkedBytes: number;
  readonly heldTicks: number;
  readonly declaredGaps: number;
  readonly orderViolations: number;
  readonly strays: number;
};

/** A move; `ageMs` since it was published or first seen, until now or its end. */
export type MoveJson = SeenMove & {
  readonly phase: 'published' | 'moved' | 'handed-over' | 'arrived';
  readonly ageMs: number;
  readonly phaseAgeMs: number;
};

/** What `GET /v1/placement` answers. */
export type PlacementJson = {
  /** Whether there is a map at all; without one everything is where it was first. */
  readonly hasMap: boolean;
  readonly epoch: number;
  readonly basePartitions: number;
  readonly partitionCount: number;
  /** Instruments that were ever moved. */
  readonly overrides: number;
  /** The busiest partition as a multiple of the mean, those of one instrument alone left out; `null` before rates are known. */
  readonly skew: number | null;
  readonly ticksPerSecond: number;
  readonly declaredGaps: number;
  readonly orderViolations: number;
  readonly partitions: readonly PlacementPartitionJson[];
  /** Moves under way, the oldest first. */
  readonly moves: readonly MoveJson[];
  /** Moves that are over, the newest first. */
  readonly recent: readonly MoveJson[];
};

const topShown = 5;
const recentShown = 50;

type Load = { ticksPerSecond: number; readonly rated: RatedJson[]; isDedicated: boolean };

/** The placement at this time, ms since the Unix epoch. */
export function placementJson(
  { view, reports }: Pick<PlacementSource, 'view' | 'reports'>,
  seen: readonly SeenMove[],
  nowMs: number,
): PlacementJson {
  const { placement } = view;
  const byPartition = new Map<number, KeptReport<PartitionReport>>();
  for (const received of reports.partitions) byPartition.set(received.report.partition, received);
  const loads = loadsOf(placement, byPartition);
  const partitions = loads.map((load, partition) =>
    partitionJson(placement, load, byPartition.get(partition), partition, nowMs),
  );
  const shared = loads.filter(({ isDedicated }) => !isDedicated).map(({ ticksPerSecond }) => ticksPerSecond);
  const mean = sum(shared) / Math.max(1, shared.length);
  const moves = seen.map((move) => moveJson(move, nowMs));
  return {
    hasMap: view.mapToken > 0,
    epoch: placement.epoch,
    basePartitions: placement.basePartitions,
    partitionCount: placement.partitions,
    overrides: placement.overrideCount,
    skew: mean > 0 ? rounded(Math.max(...shared) / mean) : null,
    ticksPerSecond: rounded(sum(loads.map(({ ticksPerSecond }) => ticksPerSecond))),
    declaredGaps: sum(partitions.map(({ declaredGaps }) => declaredGaps)),
    orderViolations: sum(partitions.map(({ orderViolations }) => orderViolations)),
    partitions,
    moves: moves.filter(({ phase }) => phase !== 'arrived').toReversed(),
    recent: moves.filter(({ phase }) => phase === 'arrived').slice(0, recentShown),
  };
}

/** The rate of every instrument that one is known of. */
export function ratesOf({ reports }: Pick<PlacementSource, 'reports'>): InstrumentMap<number> {
  return mergeRates(Array.from(reports.partitions, ({ report }) => report.rates)).ticksPerSec;
}

/** A move with its phase. */
export function moveJson(move: SeenMove, nowMs: number): MoveJson {
  const { publishedMs, movedMs, leftMs, arrivedMs } = move;
  const phase =
    arrivedMs !== null ? 'arrived' : leftMs !== null ? 'handed-over' : movedMs !== null ? 'moved' : 'published';
  const beganMs = publishedMs ?? movedMs ?? leftMs ?? arrivedMs ?? nowMs;
  const phaseMs = arrivedMs ?? leftMs ?? movedMs ?? beganMs;
  return {
    ...move,
    phase,
    ageMs: Math.max(0, (arrivedMs ?? nowMs) - beganMs),
    phaseAgeMs: Math.max(0, nowMs - phaseMs),
  };
}

function loadsOf(placement: Placement, reports: ReadonlyMap<number, KeptReport<PartitionReport>>): Load[] {
  const count = Math.max(placement.partitions, ...[...reports.keys()].map((partition) => partition + 1));
  const loads = Array.from({ length: count }, (): Load => ({ ticksPerSecond: 0, rated: [], isDedicated: false }));
  placement.forEachOverride(({ partition, standing }) => {
    const load = loads[partition];
    if (load !== undefined && standing === 'dedicated') load.isDedicated = true;
  });
  const seenIn = placesOfRates(reports);
  const rates = mergeRates(Array.from(reports.values(), ({ report }) => report.rates)).ticksPerSec;
  rates.forEach((ticksPerSecond, dataset, symbol) => {
    const override = placement.overrideOf(dataset, symbol);
    const load = loads[override?.partition ?? seenIn.get(`${dataset} ${symbol}`) ?? -1];
    if (load === undefined) return;
    load.ticksPerSecond += ticksPerSecond;
    const standing = override?.standing ?? 'first';
    load.rated.push({
      dataset,
      symbol,
      ticksPerSecond: rounded(ticksPerSecond),
      epoch: override?.epoch ?? 0,
      standing,
    });
  });
  return loads;
}

/** Where each instrument was counted, which is where it lives unless it was moved. */
function placesOfRates(reports: ReadonlyMap<number, KeptReport<PartitionReport>>): Map<string, number> {
  const places = new Map<string, number>();
  for (const [partition, { report }] of reports) {
    report.rates.ticks.forEach((_, dataset, symbol) => void places.set(`${dataset} ${symbol}`, partition));
  }
  return places;
}

function partitionJson(
  { basePartitions }: Placement,
  { ticksPerSecond, rated, isDedicated }: Load,
  received: KeptReport<PartitionReport> | undefined,
  partition: number,
  nowMs: number,
): PlacementPartitionJson {
  const report = received?.report;
  const reportAgeMs = received === undefined ? null : Math.max(0, nowMs - received.appendTimeMs);
  return {
    partition,
    role: isDedicated ? 'dedicated' : partition < basePartitions ? 'base' : 'added',
    worker: report?.worker ?? null,
    reportAgeMs,
    silent: reportAgeMs === null || reportAgeMs > 3 * reportEveryMs,
    ticksPerSecond: rounded(ticksPerSecond),
    lagMs: report?.lagMs ?? null,
    instruments: rated.length,
    top: rated.toSorted((one, other) => other.ticksPerSecond - one.ticksPerSecond).slice(0, topShown),
    parkedEntries: report?.parkedEntries ?? 0,
    parkedBytes: report?.parkedBytes ?? 0,
    heldTicks: report?.heldTicks ?? 0,
    declaredGaps: report?.declaredGaps ?? 0,
    orderViolations: report?.orderViolations ?? 0,
    strays: report?.strays ?? 0,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
