/**
 * What the owner of a partition reports to whoever places instruments. In: a fold, its rates, what came and went. Out: the report
 * within its bounds: the heaviest instruments one by one and the others as a sum, the newest steps. It is for plans and people; no
 * rule reads it (ADR 21).
 */
import {
  type FoldConfig,
  InstrumentMap,
  type PartitionFold,
  type PartitionReport,
  reportedRatesMax,
  reportedStepsMax,
  type RateReport,
  reportedForm,
  type StepOfMove,
} from '@tapeline/domain';

/** What of a fold is reported. */
export type FoldToReport = Pick<PartitionFold, 'nextOffset' | 'counters' | 'handovers' | 'parked' | 'heldTicks'>;

/** What a report is made of. */
export type ReportParts = {
  readonly partition: number;
  readonly worker: string;
  readonly form: string;
  readonly fold: FoldToReport;
  readonly rates: RateReport;
  /** How long ago the next record was appended, ms; 0 = there is none. */
  readonly lagMs: number;
  /** In any order. */
  readonly steps: readonly StepOfMove[];
};

/** The report. */
export function reportOf({ fold, rates, steps, ...rest }: ReportParts): PartitionReport {
  const { nextOffset, counters, handovers, parked, heldTicks } = fold;
  return {
    ...rest,
    nextOffset,
    rates: heaviest(rates, reportedRatesMax),
    steps: newestSteps(steps, reportedStepsMax).map(({ dataset, symbol, epoch, step, logTimeMs }) => {
      return { dataset, symbol, epoch, step, logTimeMs };
    }),
    declaredGaps: counters.gapsDeclared,
    orderViolations: handovers.contradicted,
    strays:
      handovers.strayForwarded +
      handovers.sentHomeForRoom +
      handovers.sentHomeForAge +
      handovers.sentOnForRoom +
      handovers.sentOnForAge,
    parkedEntries: parked.count,
    parkedBytes: parked.bytes,
    heldTicks,
  };
}

/** In which form states of instruments leave and come: folds of equal forms take each other's. */
export function formOf(config: FoldConfig): string {
  return reportedForm(config);
}

/** The newest steps, the oldest of them first. */
export function newestSteps(steps: readonly StepOfMove[], count: number): readonly StepOfMove[] {
  return steps.toSorted((one, other) => one.offset - other.offset).slice(-count);
}

/** Arrivals of before its own time that an owner tells at most: those of the last moments are among the newest. */
export const arrivalsToldMax = 64;

/**
 * What an owner tells that takes a partition over: the newest arrivals that the fold knows of, at its clock of now. Its predecessor may
 * have ended after they were in a snapshot and before it told them, and then nobody else can.
 */
export function arrivalsOf(fold: Pick<PartitionFold, 'ownArrivals' | 'clockMs'>): readonly StepOfMove[] {
  const { clockMs: logTimeMs } = fold;
  const newest = fold
    .ownArrivals()
    .toSorted((one, other) => one.epoch - other.epoch)
    .slice(-arrivalsToldMax);
  // Before every record that is still to be read.
  return newest.map((one) => ({ ...one, step: 'arrived', offset: -1, logTimeMs, movedAtMs: logTimeMs }));
}

/** At most so many instruments; the ticks of the others are told as forgotten, so the sum stays. */
export function heaviest(rates: RateReport, count: number): RateReport {
  if (rates.ticks.size <= count) return rates;
  const all = rates.ticks.sorted().toSorted((one, other) => other.value - one.value);
  const ticks = new InstrumentMap<number>();
  for (const { dataset, symbol, value } of all.slice(0, count)) ticks.set(dataset, symbol, value);
  const forgottenTicks = all.slice(count).reduce((sum, { value }) => sum + value, rates.forgottenTicks);
  return { ...rates, ticks, forgottenTicks };
}
