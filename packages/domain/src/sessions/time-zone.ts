/**
 * Wall-clock time of one zone. In: the zone's eras, laid out into its changes of clocks over the years. Out: offsets,
 * local dates, and UTC seconds of wall-clock times. The rules are data of the calendar and not of the platform, so that
 * the same log gives the same bars on every machine (law 1).
 */
import type { CalendarProblems } from './calendar-problem.ts';
import type { CalendarRules, TransitionRules } from './calendar-rules.ts';
import { civilFromDays, formatDate } from './civil-date.ts';
import { dayOfRule } from './date-rule.ts';

/** Seconds of a UTC day. */
export const secPerDay = 86_400;

/** Largest change of clocks, seconds: a local date has at least 21 and at most 27 hours. */
export const clockChangeSecMax: number = 3 * 3_600;

/** One change of clocks: from `atSec` (UTC) on, the zone's offset is `afterSec`. */
export type ClockChange = { readonly atSec: number; readonly beforeSec: number; readonly afterSec: number };

/** A zone whose changes of clocks are known: at least a day apart, and never a local date twice. */
export class TimeZone {
  readonly name: string;
  /** In ascending order. */
  readonly changes: readonly ClockChange[];
  readonly #firstOffsetSec: number;
  #fromSec = Infinity;
  #toSec = -Infinity;
  #offsetSec = 0;

  /** `firstOffsetSec` holds before the first change, and the last change's offset for ever after it. */
  constructor(name: string, firstOffsetSec: number, changes: readonly ClockChange[]) {
    this.name = name;
    this.changes = changes;
    this.#firstOffsetSec = firstOffsetSec;
  }

  /** What the zone adds to UTC at a time, seconds. */
  offsetSecAt(epochSec: number): number {
    // Times come in order, nearly always from the same half year.
    if (epochSec >= this.#fromSec && epochSec < this.#toSec) return this.#offsetSec;
    const index = lastIndexWhere(this.changes, (change) => change.atSec <= epochSec);
    this.#fromSec = this.changes[index]?.atSec ?? -Infinity;
    this.#toSec = this.changes[index + 1]?.atSec ?? Infinity;
    this.#offsetSec = this.changes[index]?.afterSec ?? this.#firstOffsetSec;
    return this.#offsetSec;
  }

  /** The local date at a time, as days since 1970-01-01. */
  localDayAt(epochSec: number): number {
    return Math.floor((epochSec + this.offsetSecAt(epochSec)) / secPerDay);
  }

  /**
   * UTC seconds of the wall-clock time `localSecOfDay` (0 to 86,400) of a local date. A time that clocks going forward
   * skip is answered by the instant of the change; of a time that clocks going back show twice, the first is meant.
   * So the answer never falls as the wall-clock time rises.
   */
  utcSecFromLocal(day: number, localSecOfDay: number): number {
    const localSec = day * secPerDay + localSecOfDay;
    const index = lastIndexWhere(this.changes, (change) => change.atSec + change.beforeSec <= localSec);
    const change = this.changes[index];
    if (change === undefined) return localSec - this.#firstOffsetSec;
    return Math.max(change.atSec, localSec - change.afterSec);
  }
}

/**
 * Lays out a zone's eras from the first to the year after `validToDay`. Reports eras that do not join, changes out of
 * order, changes of more than 3 hours, and changes that bring a local date twice.
 */
export function expandZone(rules: CalendarRules, problems: CalendarProblems): TimeZone {
  const changes: ClockChange[] = [];
  const firstOffsetSec = rules.zoneEras[0]?.offsetSec ?? 0;
  // Two years on, so that the last valid date has a whole day and a local year around it in every zone.
  const yearEnd = civilFromDays(rules.validToDay).year + 2;
  let offsetSec = firstOffsetSec;
  for (const [index, era] of rules.zoneEras.entries()) {
    if (era.offsetSec !== offsetSec) {
      const rule =
        'it must be the offset that the era before it ends with; write the change as a transition of its year';
      era.field.at('offset').refuse('ZONE_ERA_MISMATCH', rule);
    }
    const eraYearEnd = Math.min(rules.zoneEras[index + 1]?.fromYear ?? yearEnd, yearEnd);
    for (let year = era.fromYear; year < eraYearEnd; year += 1) {
      for (const transition of era.transitions) {
        if (problems.first !== undefined) return new TimeZone(rules.zoneName, firstOffsetSec, changes);
        const change = changeInYear(transition, year, offsetSec);
        checkChange(transition, change, changes.at(-1));
        if (change.afterSec !== change.beforeSec) changes.push(change);
        offsetSec = change.afterSec;
      }
    }
  }
  return new TimeZone(rules.zoneName, firstOffsetSec, changes);
}

function changeInYear(transition: TransitionRules, year: number, beforeSec: number): ClockChange {
  const sec = dayOfRule(transition.on, year) * secPerDay + transition.atSec;
  return { atSec: transition.clock === 'utc' ? sec : sec - beforeSec, beforeSec, afterSec: transition.offsetSec };
}

function checkChange(transition: TransitionRules, change: ClockChange, last: ClockChange | undefined): void {
  const { atSec, beforeSec, afterSec } = change;
  const on = formatDate(Math.floor((atSec + beforeSec) / secPerDay));
  if (last !== undefined && atSec < last.atSec + secPerDay) {
    transition.field.at('on').refuse('OUT_OF_ORDER', `on ${on} it comes less than a day after the change before it`);
  }
  if (Math.abs(afterSec - beforeSec) > clockChangeSecMax) {
    transition.field.at('offset').refuse('OUT_OF_RANGE', `on ${on} the clocks would change by more than 3 hours`);
  }
  if (Math.floor((atSec - 1 + beforeSec) / secPerDay) > Math.floor((atSec + afterSec) / secPerDay)) {
    transition.field
      .at('at')
      .refuse(
        'DATE_REPEATED',
        `the clocks would go back from ${on} to the date before it, which would then come twice`,
      );
  }
}

/** Index of the last change for which `holds`, which is true up to some change and false after it; -1 if for none. */
function lastIndexWhere(changes: readonly ClockChange[], holds: (change: ClockChange) => boolean): number {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const change = changes[middle];
    if (change !== undefined && holds(change)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
