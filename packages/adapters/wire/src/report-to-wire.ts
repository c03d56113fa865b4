/**
 * Reports of workers and ingests between the domain and the contract. In: a report in one form. Out: the same in the other, or
 * why it cannot be read. Of rates only the heaviest instruments go out; the others are in the sum of the forgotten.
 */
import {
  epochMax,
  InstrumentMap,
  partitionsMax,
  type PartitionReport,
  type RateReport,
  type ReportedStep,
  reportedRatesMax,
  reportedStepsMax,
  type WriterReport,
} from '@tapeline/domain';
import { FieldReader } from './field-reader.ts';
import {
  type DatasetRates,
  type InstrumentRates,
  MoveStep,
  type PartitionReport as WirePartitionReport,
  type RatesReport as WireRatesReport,
  type ReportedStep as WireReportedStep,
  type WriterReport as WireWriterReport,
} from './gen/tapeline/v1/control.ts';
import { fieldMalformed, fieldMissing, type WireFault } from './wire-fault.ts';

const numberOfStep: Readonly<Record<ReportedStep['step'], MoveStep>> = {
  prepared: MoveStep.MOVE_STEP_PREPARED,
  left: MoveStep.MOVE_STEP_LEFT,
  arrived: MoveStep.MOVE_STEP_ARRIVED,
};

const stepOfNumber: ReadonlyMap<number, ReportedStep['step']> = new Map(
  (['prepared', 'left', 'arrived'] as const).map((step) => [numberOfStep[step], step]),
);

/** The wire form of a partition's report, whose rates are of the same partition. */
export function partitionReportToWire(report: PartitionReport): WirePartitionReport {
  const { partition, worker, lagMs, form } = report;
  return {
    partition,
    worker,
    nextOffset: BigInt(report.nextOffset),
    lagMs,
    form,
    rates: ratesToWire(report.rates),
    steps: report.steps.slice(-reportedStepsMax).map(stepToWire),
    declaredGaps: BigInt(report.declaredGaps),
    orderViolations: BigInt(report.orderViolations),
    strays: BigInt(report.strays),
    parkedEntries: BigInt(report.parkedEntries),
    parkedBytes: BigInt(report.parkedBytes),
    heldTicks: BigInt(report.heldTicks),
  };
}

/** The report of a wire message, or its first fault. */
export function partitionReportFromWire(wire: WirePartitionReport): PartitionReport | WireFault {
  const read = new FieldReader();
  if (wire.rates === undefined) return fieldMissing('rates');
  const partition = read.integer('partition', wire.partition, 0, partitionsMax - 1);
  const report: PartitionReport = {
    partition,
    worker: read.exactName('worker', wire.worker),
    nextOffset: read.integer('next_offset', wire.nextOffset, 0),
    lagMs: amountOf(read, 'lag_ms', wire.lagMs),
    form: read.exactName('form', wire.form),
    rates: ratesFromWire(read, wire.rates, partition),
    steps: wire.steps.slice(-reportedStepsMax).map((step) => stepFromWire(read, step)),
    declaredGaps: read.integer('declared_gaps', wire.declaredGaps, 0),
    orderViolations: read.integer('order_violations', wire.orderViolations, 0),
    strays: read.integer('strays', wire.strays, 0),
    parkedEntries: read.integer('parked_entries', wire.parkedEntries, 0),
    parkedBytes: read.integer('parked_bytes', wire.parkedBytes, 0),
    heldTicks: read.integer('held_ticks', wire.heldTicks, 0),
  };
  return read.fault ?? report;
}

/** The wire form of the rates of all instruments of a partition. */
export function ratesReportToWire(rates: RateReport): WireRatesReport {
  return { partition: rates.partition, rates: ratesToWire(rates) };
}

/** The rates of a wire message, or its first fault. */
export function ratesReportFromWire(wire: WireRatesReport): RateReport | WireFault {
  const read = new FieldReader();
  if (wire.rates === undefined) return fieldMissing('rates');
  const rates = ratesFromWire(read, wire.rates, read.integer('partition', wire.partition, 0, partitionsMax - 1));
  return read.fault ?? rates;
}

/** The wire form of an ingest's report. */
export function writerReportToWire({ writer, mapEpoch }: WriterReport): WireWriterReport {
  return { writer, mapEpoch };
}

/** The report of a wire message, or its first fault. */
export function writerReportFromWire(wire: WireWriterReport): WriterReport | WireFault {
  const read = new FieldReader();
  const writer = read.exactName('writer', wire.writer);
  const mapEpoch = read.integer('map_epoch', wire.mapEpoch, 0, epochMax);
  return read.fault ?? { writer, mapEpoch };
}

function ratesToWire({ logTimeMs, sinceMs, halfLifeMs, ticks, forgottenTicks }: RateReport): InstrumentRates {
  const all = ticks.sorted();
  const heaviest = all.length <= reportedRatesMax ? all : all.toSorted((one, other) => other.value - one.value);
  const kept = new InstrumentMap<number>();
  for (const { dataset, symbol, value } of heaviest.slice(0, reportedRatesMax)) kept.set(dataset, symbol, value);
  const left = heaviest.slice(reportedRatesMax).reduce((sum, { value }) => sum + value, 0);
  const datasets: DatasetRates[] = [];
  for (const { dataset, symbol, value } of kept.sorted()) {
    let group = datasets.at(-1);
    if (group?.dataset !== dataset) datasets.push((group = { dataset, symbols: [], ticks: [] }));
    group.symbols.push(symbol);
    group.ticks.push(value);
  }
  const times = { logTimeMs: BigInt(logTimeMs), sinceMs: BigInt(sinceMs) };
  return { ...times, halfLifeMs, datasets, forgottenTicks: forgottenTicks + left };
}

function ratesFromWire(read: FieldReader, wire: InstrumentRates, partition: number): RateReport {
  const ticks = new InstrumentMap<number>();
  for (const { dataset, symbols, ticks: counts } of wire.datasets) {
    const name = read.exactName('rates.datasets.dataset', dataset);
    if (counts.length !== symbols.length) {
      const expected = `as long as symbols, ${symbols.length}`;
      read.note(fieldMalformed('rates.datasets.ticks', `${counts.length} entries`, expected));
    }
    for (const [place, symbol] of symbols.entries()) {
      const count = amountOf(read, 'rates.datasets.ticks', counts[place] ?? 0);
      ticks.set(name, read.exactName('rates.datasets.symbols', symbol), count);
    }
  }
  if (ticks.size > reportedRatesMax) {
    read.note(fieldMalformed('rates.datasets', `${ticks.size} instruments`, `of ${reportedRatesMax} at most`));
  }
  if (!(wire.halfLifeMs > 0)) read.note(fieldMalformed('rates.half_life_ms', `${wire.halfLifeMs}`, 'above 0'));
  return {
    partition,
    logTimeMs: read.integer('rates.log_time_ms', wire.logTimeMs),
    sinceMs: read.integer('rates.since_ms', wire.sinceMs),
    halfLifeMs: amountOf(read, 'rates.half_life_ms', wire.halfLifeMs),
    ticks,
    forgottenTicks: amountOf(read, 'rates.forgotten_ticks', wire.forgottenTicks),
  };
}

/** A number that is 0 or more, and finite. */
function amountOf(read: FieldReader, field: string, value: number): number {
  if (!(value >= 0 && value < Infinity)) read.note(fieldMalformed(field, `${value}`, 'a finite number from 0 on'));
  return value;
}

function stepToWire({ dataset, symbol, epoch, step, logTimeMs }: ReportedStep): WireReportedStep {
  return { dataset, symbol, epoch, step: numberOfStep[step], logTimeMs: BigInt(logTimeMs) };
}

function stepFromWire(read: FieldReader, wire: WireReportedStep): ReportedStep {
  return {
    dataset: read.exactName('steps.dataset', wire.dataset),
    symbol: read.exactName('steps.symbol', wire.symbol),
    epoch: read.integer('steps.epoch', wire.epoch, 1, epochMax),
    step: read.meaning('steps.step', wire.step, stepOfNumber, 'left'),
    logTimeMs: read.integer('steps.log_time_ms', wire.logTimeMs),
  };
}
