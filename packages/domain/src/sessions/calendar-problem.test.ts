/**
 * The refusal for each way in which the data of a calendar can be wrong: code, field and message. Whatever is passed,
 * the loader answers and does not throw.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { xnys } from './calendars/xnys.ts';
import { loadCalendar } from './calendar-loader.ts';
import type { CalendarProblem } from './calendar-problem.ts';
import { SessionCalendar } from './session-calendar.ts';

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri'];
const hours = { from: '2023-01-01', weekdays, open: '09:15', close: '15:30' };
const onChristmas = { name: 'Christmas', on: { kind: 'date', month: 12, day: 22 } };

/** Loads as it is; each test spoils something. */
const xbom = {
  name: 'XBOM',
  validFrom: '2023-01-01',
  validTo: '2023-12-31',
  zone: { name: 'Asia/Kolkata', eras: [{ fromYear: 1946, offset: '+05:30', transitions: [] }] },
  hours: [hours],
};

/** The problem of XBOM's data with some fields replaced. */
function problemWith(changes: object): CalendarProblem {
  const answer = loadCalendar({ ...xbom, ...changes });
  if (answer instanceof SessionCalendar) throw new Error('it loaded');
  return answer;
}

test('the data that the tests below spoil is itself good', () => {
  expect(loadCalendar(xbom)).toBeInstanceOf(SessionCalendar);
});

test('a problem names the calendar, the field, what stands there and what may', () => {
  expect(problemWith({ hours: [{ ...hours, open: '09:17' }] })).toEqual({
    code: 'OFF_GRID',
    calendar: 'XBOM',
    field: 'hours[0].open',
    value: '"09:17"',
    rule: expect.stringContaining('multiple of 5 minutes') as string,
    message: expect.stringMatching(
      /^calendar XBOM: hours\[0\]\.open is "09:17", but it must be a multiple of 5/,
    ) as string,
  });
});

/** A zone of one era, some of whose fields are given. */
function zoneWith(era: object): object {
  return { zone: { name: 'Z', eras: [{ fromYear: 1946, transitions: [], ...era }] } };
}

/** A zone that changes its clocks on 5 March, some of the change's fields given. */
function changing(transition: object): object {
  const on = { kind: 'date', month: 3, day: 5 };
  return zoneWith({
    offset: '+05:30',
    transitions: [{ on, at: '02:00', clock: 'wall', offset: '+06:30', ...transition }],
  });
}

test.each<[string, object, string, string]>([
  ['a missing name', { name: undefined }, 'FIELD_MISSING', 'name'],
  ['a name of 33 characters', { name: 'X'.repeat(33) }, 'FIELD_MALFORMED', 'name'],
  ['a misspelt field', { holyday: [] }, 'FIELD_UNKNOWN', 'holyday'],
  ['a field of a prototype', { ['__proto__x']: 1 }, 'FIELD_UNKNOWN', '__proto__x'],
  ['a date that is none', { validFrom: '2023-02-30' }, 'FIELD_MALFORMED', 'validFrom'],
  ['a date before 1600', { validFrom: '1500-01-01' }, 'OUT_OF_RANGE', 'validFrom'],
  ['an end before the beginning', { validTo: '2022-12-31' }, 'OUT_OF_ORDER', 'validTo'],
  ['no hours', { hours: [] }, 'FIELD_MALFORMED', 'hours'],
  ['hours that begin too late', { hours: [{ ...hours, from: '2023-01-02' }] }, 'RANGE_NOT_COVERED', 'hours[0].from'],
  ['hours out of order', { hours: [hours, hours] }, 'OUT_OF_ORDER', 'hours[1].from'],
  ['a time off 5 minutes', { hours: [{ ...hours, close: '15:31' }] }, 'OFF_GRID', 'hours[0].close'],
  ['a time with seconds', { hours: [{ ...hours, close: '15:30:00' }] }, 'FIELD_MALFORMED', 'hours[0].close'],
  ['a time after 24:00', { hours: [{ ...hours, close: '24:05' }] }, 'FIELD_MALFORMED', 'hours[0].close'],
  ['a close before the open', { hours: [{ ...hours, close: '09:15' }] }, 'OUT_OF_ORDER', 'hours[0].close'],
  ['a pre-market after the open', { hours: [{ ...hours, preOpen: '09:20' }] }, 'OUT_OF_ORDER', 'hours[0].open'],
  [
    'a post-market before the close',
    { hours: [{ ...hours, postClose: '15:25' }] },
    'OUT_OF_ORDER',
    'hours[0].postClose',
  ],
  ['a weekday in full', { hours: [{ ...hours, weekdays: ['monday'] }] }, 'FIELD_MALFORMED', 'hours[0].weekdays[0]'],
  ['a null', { holidays: null }, 'FIELD_MALFORMED', 'holidays'],
  [
    'a 29 February as a rule',
    { holidays: [{ name: 'L', on: { kind: 'date', month: 2, day: 29 } }] },
    'OUT_OF_RANGE',
    'holidays[0].on.day',
  ],
  [
    'a fifth Monday',
    { holidays: [{ name: 'L', on: { kind: 'nthWeekday', nth: 5, weekday: 'mon', month: 2 } }] },
    'OUT_OF_RANGE',
    'holidays[0].on.nth',
  ],
  [
    'an unknown kind of rule',
    { holidays: [{ name: 'L', on: { kind: 'moon' } }] },
    'FIELD_MALFORMED',
    'holidays[0].on.kind',
  ],
  [
    'a field of another kind',
    { holidays: [{ name: 'L', on: { kind: 'easter', month: 2 } }] },
    'FIELD_UNKNOWN',
    'holidays[0].on.month',
  ],
  [
    'years that end early',
    { holidays: [{ ...onChristmas, fromYear: 2020, toYear: 2019 }] },
    'OUT_OF_ORDER',
    'holidays[0].toYear',
  ],
  [
    'a year with a fraction',
    { holidays: [{ ...onChristmas, fromYear: 2020.5 }] },
    'OUT_OF_RANGE',
    'holidays[0].fromYear',
  ],
  ['a shift of a week', { holidays: [{ ...onChristmas, shift: { sat: 7 } }] }, 'OUT_OF_RANGE', 'holidays[0].shift.sat'],
  [
    'an early close off 5 minutes',
    { earlyCloses: [{ ...onChristmas, close: '13:01' }] },
    'OFF_GRID',
    'earlyCloses[0].close',
  ],
  [
    'an early close at the open',
    { earlyCloses: [{ ...onChristmas, close: '09:15' }] },
    'EARLY_CLOSE_CONFLICT',
    'earlyCloses[0].close',
  ],
  [
    'an early close after the close',
    { earlyCloses: [{ ...onChristmas, close: '16:00' }] },
    'EARLY_CLOSE_CONFLICT',
    'earlyCloses[0].close',
  ],
  [
    'two early closes of one date',
    {
      earlyCloses: [{ ...onChristmas, close: '13:00' }],
      oneOffEarlyCloses: [{ name: 'Z', dates: ['2023-12-22'], close: '12:00' }],
    },
    'EARLY_CLOSE_CONFLICT',
    'oneOffEarlyCloses[0].close',
  ],
  ['no zone eras', { zone: { name: 'Z', eras: [] } }, 'FIELD_MALFORMED', 'zone.eras'],
  [
    'a zone that begins too late',
    zoneWith({ fromYear: 2024, offset: '+05:30' }),
    'RANGE_NOT_COVERED',
    'zone.eras[0].fromYear',
  ],
  ['an offset off 15 minutes', zoneWith({ offset: '+05:20' }), 'OFF_GRID', 'zone.eras[0].offset'],
  ['an offset without a sign', zoneWith({ offset: '05:30' }), 'FIELD_MALFORMED', 'zone.eras[0].offset'],
  ['an offset beyond 14 hours', zoneWith({ offset: '+14:15' }), 'OUT_OF_RANGE', 'zone.eras[0].offset'],
  ['a change of clocks off 15 minutes', changing({ at: '02:05' }), 'OFF_GRID', 'zone.eras[0].transitions[0].at'],
  [
    'a change of clocks of 4 hours',
    changing({ offset: '+09:30' }),
    'OUT_OF_RANGE',
    'zone.eras[0].transitions[0].offset',
  ],
  [
    'clocks that go back over midnight',
    changing({ at: '00:30', offset: '+04:30' }),
    'DATE_REPEATED',
    'zone.eras[0].transitions[0].at',
  ],
  [
    'two changes of clocks on one day',
    zoneWith({
      offset: '+05:30',
      transitions: [
        { on: { kind: 'date', month: 3, day: 5 }, at: '02:00', clock: 'wall', offset: '+06:30' },
        { on: { kind: 'date', month: 3, day: 5 }, at: '12:00', clock: 'wall', offset: '+05:30' },
      ],
    }),
    'OUT_OF_ORDER',
    'zone.eras[0].transitions[1].on',
  ],
  [
    'an era that does not join the one before',
    {
      zone: {
        name: 'Z',
        eras: [
          { fromYear: 1946, offset: '+05:30', transitions: [] },
          { fromYear: 2000, offset: '+05:45', transitions: [] },
        ],
      },
    },
    'ZONE_ERA_MISMATCH',
    'zone.eras[1].offset',
  ],
  [
    'a session that a change of clocks swallows',
    {
      ...zoneWith({
        fromYear: 2023,
        offset: '+05:30',
        transitions: [{ on: { kind: 'date', month: 3, day: 5 }, at: '09:15', clock: 'wall', offset: '+06:30' }],
      }),
      hours: [{ ...hours, weekdays: ['sun'], close: '10:00' }],
    },
    'SESSION_EMPTY',
    'hours',
  ],
  [
    'a session that a change of clocks over midnight swallows at the end of its date',
    {
      ...zoneWith({
        fromYear: 2023,
        offset: '+05:30',
        transitions: [{ on: { kind: 'date', month: 3, day: 5 }, at: '23:00', clock: 'wall', offset: '+07:30' }],
      }),
      hours: [{ ...hours, weekdays: ['sun'], open: '23:00', close: '24:00' }],
    },
    'SESSION_EMPTY',
    'hours',
  ],
])('%s is refused', (_what, changes, code, field) => {
  const problem = problemWith(changes);
  expect([problem.code, problem.field]).toEqual([code, field]);
  expect(problem.message).toContain(`: ${field} is `);
});

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['text', 'XBOM'],
  ['a list', []],
  ['an object without fields', {}],
])('%s is no calendar', (_what, definition) => {
  const problem = loadCalendar(definition);
  expect(problem).not.toBeInstanceOf(SessionCalendar);
  expect(problem).toMatchObject({ calendar: '?', message: expect.stringMatching(/^calendar \?: \w+ is /) as string });
});

test('whatever is passed, a calendar or a problem comes back, and nothing is thrown', () => {
  const anything = fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true, withMap: true });
  const oneFieldReplaced = fc.tuple(fc.nat(), anything).map(([index, value]) => replacedAt(xnys, index, value));
  fc.assert(
    fc.property(fc.oneof(anything, oneFieldReplaced), (definition) => {
      const answer = loadCalendar(definition);
      expect(answer instanceof SessionCalendar || answer.message.length > 0).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

/** A copy of plain data in which one value, at any depth, is another: the `index`th, counted from the outside. */
function replacedAt(data: object, index: number, value: unknown): unknown {
  const copy: unknown = structuredClone(data);
  const places: { readonly holder: { [key: string]: unknown }; readonly key: string }[] = [];
  const visit = (holder: unknown): void => {
    if (typeof holder !== 'object' || holder === null) return;
    const fields = holder as { [key: string]: unknown };
    for (const key of Object.keys(fields)) {
      places.push({ holder: fields, key });
      visit(fields[key]);
    }
  };
  visit(copy);
  const place = places[index % places.length];
  if (place !== undefined) place.holder[place.key] = value;
  return copy;
}

test('a long value is cut in the message', () => {
  const problem = problemWith({ validFrom: '2'.repeat(10_000) });
  expect(problem.value.length).toBeLessThanOrEqual(80);
});

test('a list of more than 10,000 entries is refused', () => {
  const dates = Array.from({ length: 10_001 }, () => '2023-03-07');
  expect(problemWith({ closures: [{ name: 'many', dates }] })).toMatchObject({ field: 'closures[0].dates' });
});
