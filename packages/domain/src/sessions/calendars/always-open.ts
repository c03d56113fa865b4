/**
 * A market that never closes, as data: crypto exchanges and anything else without sessions. Dates are those of UTC, and
 * all of every date is the regular session. In: nothing. Source: the convention of such exchanges, whose daily candles begin at
 * 00:00 UTC. The valid dates are all that nanoseconds since 1970 in 64 bits can name.
 */
import type { CalendarDefinition } from '../calendar-definition.ts';

/** The calendar 24/7. */
export const alwaysOpen: CalendarDefinition = {
  name: '24/7',
  validFrom: '1677-09-21',
  validTo: '2262-04-11',
  zone: { name: 'UTC', eras: [{ fromYear: 1677, offset: '+00:00', transitions: [] }] },
  hours: [
    {
      from: '1677-09-21',
      weekdays: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
      open: '00:00',
      close: '24:00',
    },
  ],
};
