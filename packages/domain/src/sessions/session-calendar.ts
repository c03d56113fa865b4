/**
 * The sessions of one market. In: a time in whole seconds since the Unix epoch, or a local date. Out: trading dates,
 * day bounds, sessions and the stretch of one session that a time falls in. Pure: the answers of the last date are
 * kept, which changes how fast an answer comes and never what it is. Every bound is a multiple of 5 minutes.
 */
import { localHoursOf } from './session-days.ts';
import type { SessionDays } from './session-days.ts';
import { secPerDay } from './time-zone.ts';
import type { TimeZone } from './time-zone.ts';

/** `pre` and `post` are the extended sessions before and after the regular one; `closed` is everything else. */
export type SessionName = 'pre' | 'regular' | 'post' | 'closed';

/** The local date `[startSec, endSec)` in UTC seconds: 23 to 25 hours where clocks change by one. */
export type DayBounds = { readonly startSec: number; readonly endSec: number };

/** A stretch `[startSec, endSec)` of one session within one local date, UTC seconds; never empty. */
export type SessionSegment = { readonly session: SessionName; readonly startSec: number; readonly endSec: number };

/**
 * A date's session in UTC seconds: pre `[preOpenSec, openSec)`, regular `[openSec, closeSec)`, post
 * `[closeSec, postCloseSec)`. Where a market has no pre or post session, those two bounds are equal.
 */
export type SessionTimes = {
  readonly openSec: number;
  readonly closeSec: number;
  readonly preOpenSec: number;
  readonly postCloseSec: number;
};

/** Everything about one local date. */
type DayView = DayBounds & {
  readonly day: number;
  readonly session: SessionTimes | undefined;
  /** In order of time, without a gap, from `startSec` to `endSec`; a stretch that the market does not have is empty. */
  readonly segments: readonly SessionSegment[];
};

/** A calendar that has been loaded; see `loadCalendar` and `calendarNamed`. */
export class SessionCalendar {
  /** The name in its definition, such as XNYS or 24/7. */
  readonly name: string;
  readonly zone: TimeZone;
  /** First and last date that the data answers for, days since 1970-01-01; outside every time is `closed`. */
  readonly validFromDay: number;
  readonly validToDay: number;
  readonly #days: SessionDays;
  #view: DayView;
  #segment: SessionSegment;

  constructor(name: string, zone: TimeZone, days: SessionDays) {
    this.name = name;
    this.zone = zone;
    this.validFromDay = days.validFromDay;
    this.validToDay = days.validToDay;
    this.#days = days;
    this.#view = this.#viewOf(days.validFromDay);
    this.#segment = segmentIn(this.#view, this.#view.startSec);
  }

  /** The local date at a time, as days since 1970-01-01, also outside sessions, on holidays and outside the valid dates. */
  tradingDateAt(epochSec: number): number {
    return this.#viewAt(epochSec).day;
  }

  /** UTC seconds of the first instant of a local date and of the next. */
  dayBounds(day: number): DayBounds {
    const { startSec, endSec } = this.#viewOfDay(day);
    return { startSec, endSec };
  }

  /** The session at a time. */
  sessionAt(epochSec: number): SessionName {
    return this.segmentAt(epochSec).session;
  }

  /** The stretch of one session that contains a time; closed stretches are cut at local midnight. */
  segmentAt(epochSec: number): SessionSegment {
    const last = this.#segment;
    if (epochSec >= last.startSec && epochSec < last.endSec) return last;
    this.#segment = segmentIn(this.#viewAt(epochSec), epochSec);
    return this.#segment;
  }

  /** The session of a local date; `undefined` if it has none. */
  sessionOf(day: number): SessionTimes | undefined {
    return this.#viewOfDay(day).session;
  }

  /** UTC seconds of a wall-clock time; see `TimeZone.utcSecFromLocal` for times that clocks skip or show twice. */
  utcSecFromLocal(day: number, localSecOfDay: number): number {
    return this.zone.utcSecFromLocal(day, localSecOfDay);
  }

  #viewAt(epochSec: number): DayView {
    const view = this.#view;
    if (epochSec >= view.startSec && epochSec < view.endSec) return view;
    return this.#viewOfDay(this.zone.localDayAt(epochSec));
  }

  #viewOfDay(day: number): DayView {
    if (day !== this.#view.day) this.#view = this.#viewOf(day);
    return this.#view;
  }

  #viewOf(day: number): DayView {
    const zone = this.zone;
    const startSec = zone.utcSecFromLocal(day, 0);
    const endSec = zone.utcSecFromLocal(day, secPerDay);
    const hours = localHoursOf(this.#days, day);
    if (hours === undefined) {
      return { day, startSec, endSec, session: undefined, segments: [{ session: 'closed', startSec, endSec }] };
    }
    const preOpenSec = zone.utcSecFromLocal(day, hours.preOpenSec);
    const openSec = zone.utcSecFromLocal(day, hours.openSec);
    const closeSec = zone.utcSecFromLocal(day, hours.closeSec);
    const postCloseSec = zone.utcSecFromLocal(day, hours.postCloseSec);
    const segments: readonly SessionSegment[] = [
      { session: 'closed', startSec, endSec: preOpenSec },
      { session: 'pre', startSec: preOpenSec, endSec: openSec },
      { session: 'regular', startSec: openSec, endSec: closeSec },
      { session: 'post', startSec: closeSec, endSec: postCloseSec },
      { session: 'closed', startSec: postCloseSec, endSec },
    ];
    return { day, startSec, endSec, session: { openSec, closeSec, preOpenSec, postCloseSec }, segments };
  }
}

function segmentIn(view: DayView, epochSec: number): SessionSegment {
  const segment = view.segments.find((candidate) => epochSec < candidate.endSec);
  // Segments fill the date, so only a time that is no number finds none. An empty one ends where it starts and is passed over.
  if (segment === undefined) throw new RangeError(`${epochSec} is no time in seconds since the Unix epoch`);
  return segment;
}
