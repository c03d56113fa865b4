/**
 * The server's report on itself, `/v1/status`. In: JSON of whatever version of the server. Out: what the page shows;
 * fields that are missing are empty, so that a page that is older or newer than its server still works.
 */

/** One source of ticks. */
export type FeedStatus = {
  readonly name: string;
  readonly state: string;
  readonly detail: string;
  readonly ticks: number;
  readonly gaps: number;
  readonly refused: number;
};

/** One partition of the log. */
export type PartitionStatus = {
  readonly partition: number;
  readonly nextOffset: string;
  readonly endOffset: string;
  readonly lagMs: number;
};

/** The whole report; NaN for numbers that the server does not know. */
export type ServerStatus = {
  readonly version: string;
  readonly startedAt: string;
  readonly limits: readonly string[];
  readonly ticksPerSecond: number;
  readonly ticksTotal: number;
  readonly barsTotal: number;
  readonly lagMs: number;
  /** Port of gRPC, if the server says; 50051 otherwise. */
  readonly grpcPort: number;
  readonly feeds: readonly FeedStatus[];
  readonly partitions: readonly PartitionStatus[];
};

/** Reads the report; undefined where it is no object. */
export function readStatus(value: unknown): ServerStatus | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const row = value as Row;
  return {
    version: textOf(row['version']),
    startedAt: textOf(row['startedAt']),
    limits: listOf(row['limits']).map(textOf),
    ticksPerSecond: numberOf(row['ticksPerSecond']),
    ticksTotal: numberOf(row['ticksTotal']),
    barsTotal: numberOf(row['barsTotal']),
    lagMs: numberOf(row['lagMs']),
    grpcPort: typeof row['grpcPort'] === 'number' ? row['grpcPort'] : 50_051,
    feeds: listOf(row['feeds']).map(readFeed),
    partitions: listOf(row['partitions']).map(readPartition),
  };
}

type Row = Readonly<Record<string, unknown>>;

function readFeed(value: unknown): FeedStatus {
  const row = rowOf(value);
  return {
    name: textOf(row['name']),
    state: textOf(row['state']),
    detail: textOf(row['detail']),
    ticks: countOf(row['ticks']),
    gaps: countOf(row['gaps']),
    refused: countOf(row['refused']),
  };
}

function readPartition(value: unknown): PartitionStatus {
  const row = rowOf(value);
  return {
    partition: countOf(row['partition']),
    nextOffset: textOf(row['nextOffset']),
    endOffset: textOf(row['endOffset']),
    lagMs: numberOf(row['lagMs']),
  };
}

function rowOf(value: unknown): Row {
  return typeof value === 'object' && value !== null ? (value as Row) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function numberOf(value: unknown): number {
  const isNumber = typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value));
  return isNumber ? Number(value) : Number.NaN;
}

function countOf(value: unknown): number {
  const number = numberOf(value);
  return Number.isNaN(number) ? 0 : number;
}
