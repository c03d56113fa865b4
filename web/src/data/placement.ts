/**
 * The placement of instruments on partitions, `/v1/placement`. In: JSON of whatever version of the server. Out: what the page shows;
 * fields that are missing are empty, so that a page that is older or newer than its server still works.
 */

/** How far a move is, in this order. */
export const phases = ['published', 'moved', 'handed-over', 'arrived'] as const;

/** One of them. */
export type Phase = (typeof phases)[number];

/** An instrument with its rate. */
export type RatedInstrument = { readonly dataset: string; readonly symbol: string; readonly ticksPerSecond: number };

/** A partition; NaN for numbers that nobody reported. */
export type PartitionLoad = {
  readonly partition: number;
  readonly role: string;
  readonly worker: string;
  readonly isSilent: boolean;
  readonly ticksPerSecond: number;
  readonly lagMs: number;
  readonly instruments: number;
  readonly top: readonly RatedInstrument[];
  readonly parkedEntries: number;
  readonly heldTicks: number;
  readonly declaredGaps: number;
  readonly orderViolations: number;
};

/** A move; `pauseMs` = from its departure to its arrival, NaN if that was not seen. */
export type Move = {
  readonly dataset: string;
  readonly symbol: string;
  readonly epoch: number;
  /** NaN = not known. */
  readonly from: number;
  readonly to: number;
  readonly phase: Phase;
  readonly ageMs: number;
  readonly phaseAgeMs: number;
  readonly pauseMs: number;
};

/** Where one instrument lives. */
export type InstrumentPlace = {
  readonly dataset: string;
  readonly symbol: string;
  readonly partition: number;
  readonly epoch: number;
  readonly firstPartition: number;
  readonly standing: string;
  readonly ticksPerSecond: number;
  readonly moves: readonly Move[];
};

/** The placement. */
export type PlacementFacts = {
  readonly hasMap: boolean;
  readonly epoch: number;
  readonly basePartitions: number;
  readonly partitionCount: number;
  readonly overrides: number;
  /** NaN before rates are known. */
  readonly skew: number;
  readonly ticksPerSecond: number;
  readonly declaredGaps: number;
  readonly orderViolations: number;
  readonly partitions: readonly PartitionLoad[];
  readonly moves: readonly Move[];
  readonly recent: readonly Move[];
  readonly instrument: InstrumentPlace | undefined;
};

type Row = Readonly<Record<string, unknown>>;

/** Reads the answer; undefined where it is no object. */
export function readPlacement(value: unknown): PlacementFacts | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const row = value as Row;
  return {
    hasMap: row['hasMap'] === true,
    epoch: countOf(row['epoch']),
    basePartitions: countOf(row['basePartitions']),
    partitionCount: countOf(row['partitionCount']),
    overrides: countOf(row['overrides']),
    skew: numberOf(row['skew']),
    ticksPerSecond: countOf(row['ticksPerSecond']),
    declaredGaps: countOf(row['declaredGaps']),
    orderViolations: countOf(row['orderViolations']),
    partitions: listOf(row['partitions']).map(readPartition),
    moves: listOf(row['moves']).map(readMove),
    recent: listOf(row['recent']).map(readMove),
    instrument: typeof row['instrument'] === 'object' ? readPlace(rowOf(row['instrument'])) : undefined,
  };
}

function readPartition(value: unknown): PartitionLoad {
  const row = rowOf(value);
  return {
    partition: countOf(row['partition']),
    role: textOf(row['role']),
    worker: textOf(row['worker']),
    isSilent: row['silent'] === true,
    ticksPerSecond: countOf(row['ticksPerSecond']),
    lagMs: numberOf(row['lagMs']),
    instruments: countOf(row['instruments']),
    top: listOf(row['top']).map((one) => {
      const { dataset, symbol, ticksPerSecond } = rowOf(one);
      return { dataset: textOf(dataset), symbol: textOf(symbol), ticksPerSecond: countOf(ticksPerSecond) };
    }),
    parkedEntries: countOf(row['parkedEntries']),
    heldTicks: countOf(row['heldTicks']),
    declaredGaps: countOf(row['declaredGaps']),
    orderViolations: countOf(row['orderViolations']),
  };
}

function readMove(value: unknown): Move {
  const row = rowOf(value);
  return {
    dataset: textOf(row['dataset']),
    symbol: textOf(row['symbol']),
    epoch: countOf(row['epoch']),
    from: numberOf(row['from']),
    to: countOf(row['to']),
    phase: phases.find((phase) => phase === row['phase']) ?? 'published',
    ageMs: numberOf(row['ageMs']),
    phaseAgeMs: numberOf(row['phaseAgeMs']),
    pauseMs: Math.max(0, numberOf(row['arrivedMs']) - numberOf(row['leftMs'])),
  };
}

function readPlace(row: Row): InstrumentPlace {
  return {
    dataset: textOf(row['dataset']),
    symbol: textOf(row['symbol']),
    partition: countOf(row['partition']),
    epoch: countOf(row['epoch']),
    firstPartition: countOf(row['firstPartition']),
    standing: textOf(row['standing']),
    ticksPerSecond: countOf(row['ticksPerSecond']),
    moves: listOf(row['moves']).map(readMove),
  };
}

function rowOf(value: unknown): Row {
  return typeof value === 'object' && value !== null ? (value as Row) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN;
}

function countOf(value: unknown): number {
  const number = numberOf(value);
  return Number.isNaN(number) ? 0 : number;
}
