/**
 * The sizes as a table of Markdown, as it stands in docs/operator.md. In: figures. Out: lines, a case a line. A case whose
 * outputs fell behind says so, and what it says of cores is then what the machine had, not what the market needs.
 */
import { caseText } from './sizing-cases.ts';
import type { SizingFigures, StoredBytes } from './sizing-run.ts';
import type { ByProcess, SizingMeasure } from './sizing-task.ts';

const head = [
  'ticks/s, symbols, workers',
  'ingest, CPU',
  'workers, CPU',
  'query, CPU',
  'Kafka, CPU',
  'Cassandra, CPU',
  'memory of each worker, MiB',
  'log, bytes a tick: ticks, bars, tape',
  'log, GB a day',
  'bars/s',
  'Cassandra, GB a day: bars, history, tape',
  'age of outputs p99; tick to reader p50, p99',
  'kept up',
];
const mebibyte = 1_048_576;
const gigabyte = 1e9;
const daySeconds = 86_400;
/** Outputs that are older at the end of the load are behind, and a reader whose median tick is. */
const behindMs = 1_000;

/** The table; no lines without figures. */
export function sizingTable(figures: readonly SizingFigures[]): string[] {
  if (figures.length === 0) return [];
  return [line(head), line(head.map(() => '---')), ...figures.map((one) => line(cellsOf(one)))];
}

/** Why a case did not keep up; `undefined` if it did. */
export function whyBehind({ outputLag, reader }: Pick<SizingMeasure, 'outputLag' | 'reader'>): string | undefined {
  const reasons = [
    ...(outputLag.endMs <= behindMs ? [] : [`outputs ${secondsText(outputLag.endMs)} old in the end`]),
    ...(reader.latencyMs.p50 <= behindMs ? [] : [`a tick shows after ${secondsText(reader.latencyMs.p50)}`]),
    ...(reader.unshownTicks === 0 ? [] : [`${reader.unshownTicks} followed ticks in no bar after 10 s`]),
  ];
  return reasons.length === 0 ? undefined : reasons.join(', ');
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function cellsOf({ case: one, measure, storedBytesPerTick }: SizingFigures): string[] {
  const { ticksPerSecond, instruments, workers } = one;
  const name = [ticksPerSecond, instruments, workers].map(grouped).join(', ');
  if (measure === undefined) {
    const rest = head.slice(2).map(() => '–');
    return [name, ...rest, `**no**: ${caseText(one)} ended with an error`];
  }
  const { cores, rssBytes, outputLag, reader } = measure;
  const perTick = Object.values(measure.logBytesPerTick);
  const { ticks, bars, tape } = measure.logBytesPerTick;
  const aDay = (bytes: number): string => digits((bytes * measure.ticksPerSecond * daySeconds) / gigabyte);
  return [
    name,
    cores.ingest.toFixed(2),
    workersText(cores.workers),
    cores.query.toFixed(2),
    cores.kafka.toFixed(2),
    cores.cassandra.toFixed(2),
    rssBytes.workers.map((bytes) => (bytes / mebibyte).toFixed(0)).join(', '),
    `${digits(sum(perTick))}: ${[ticks, bars, tape].map(digits).join(', ')}`,
    aDay(sum(perTick)),
    grouped(Math.round(measure.barsPerSecond)),
    storedBytesPerTick === undefined ? '–' : storedParts(storedBytesPerTick).map(aDay).join(', '),
    `${ms(outputLag.p99Ms)}; ${ms(reader.latencyMs.p50)}, ${ms(reader.latencyMs.p99)}`,
    keptUp(measure),
  ];
}

function keptUp(measure: SizingMeasure): string {
  const busy = `${busyCores(measure.cores).toFixed(1)} cores busy, the client with ${measure.cores.client.toFixed(1)}`;
  const offered = `${grouped(Math.round(measure.ticksPerSecond))}/s durable`;
  const why = whyBehind(measure);
  return why === undefined ? `yes: ${offered}; ${busy}` : `**no**: ${why}; ${offered}; ${busy}`;
}

function busyCores({ ingest, workers, query, kafka, cassandra, client }: SizingMeasure['cores']): number {
  return ingest + sum(workers) + query + kafka + cassandra + client;
}

function workersText(cores: ByProcess['workers']): string {
  const each = cores.map((one) => one.toFixed(2));
  return each.length === 1 ? each.join('') : `${sum(cores).toFixed(2)}: ${each.join(', ')}`;
}

/** Bars with the index of them, their history, the tape with its indexes. */
function storedParts(bytes: StoredBytes): readonly number[] {
  return [
    bytes.bars + bytes.bar_buckets,
    bytes.bar_revisions,
    bytes.tape_chunks + bytes.tape_index + bytes.tape_buckets,
  ];
}

/** Two digits that mean something, and all before the point. */
function digits(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toFixed(value >= 1 ? 1 : 2);
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}

function secondsText(value: number): string {
  return `${(value / 1_000).toFixed(1)} s`;
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
