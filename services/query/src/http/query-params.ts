/**
 * Parameters of a URL, checked. In: the query of a URL and the names that a route knows. Out: values; a name that is not
 * known, or is there twice, is refused, so that nothing that was typed is silently left out.
 */
import { daysFromCivil, daysInMonth } from '@tapeline/domain';
import { fieldInvalid } from '../refusal.ts';

const nsPerSec = 1_000_000_000n;
const nsMax = (1n << 63n) - 1n;

/** The parameters of one request. */
export class QueryParams {
  readonly #values: ReadonlyMap<string, string>;

  /** `known` are the names that the route takes. */
  constructor(params: URLSearchParams, known: readonly string[]) {
    const values = new Map<string, string>();
    for (const [name, value] of params) {
      if (!known.includes(name))
        throw fieldInvalid(
          name,
          value,
          known.length === 0
            ? 'nothing can be given here; leave it away'
            : `there is no such parameter; there are ${known.join(', ')}`,
        );
      if (values.has(name)) throw fieldInvalid(name, value, 'it is there twice; give it once');
      values.set(name, value);
    }
    this.#values = values;
  }

  /** A text; `otherwise` if it is absent. */
  text(name: string, otherwise: string = ''): string {
    return this.#values.get(name) ?? otherwise;
  }

  /** `true` or `false`; absent = false. */
  flag(name: string): boolean {
    const value = this.text(name, 'false');
    if (value === 'true' || value === '1') return true;
    if (value === 'false' || value === '0') return false;
    throw fieldInvalid(name, value, 'give true or false');
  }

  /** A number of entries; absent = 0. One that no number can hold is as good as the largest. */
  count(name: string): number {
    const value = this.text(name, '0');
    if (/^\d+$/.test(value)) return Math.min(Number(value), Number.MAX_SAFE_INTEGER);
    throw fieldInvalid(name, value, 'give a whole number, 0 or more');
  }

  /** A time, as RFC 3339 or ns since the Unix epoch; absent or empty = none. */
  timeNs(name: string): bigint | undefined {
    const value = this.text(name);
    if (value === '') return undefined;
    const ns = /^-?\d{1,19}$/.test(value) ? BigInt(value) : instantOf(value);
    if (ns !== undefined && ns <= nsMax && ns >= -nsMax) return ns;
    throw fieldInvalid(name, value, 'give RFC 3339, such as 2013-10-08T13:30:00Z, or nanoseconds since 1970');
  }
}

const instantForm = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/** ns since the Unix epoch of an RFC 3339 text; `undefined` if it is none. A plus sign may have become a blank. */
function instantOf(text: string): bigint | undefined {
  const parts = instantForm.exec(text.replace(/ (\d\d:\d\d)$/, '+$1'));
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  // A leap second is the last moment of its minute, as nearly all clocks have it.
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const [fraction = '', sign, offsetHour = '0', offsetMinute = '0'] = parts.slice(7) as (string | undefined)[];
  if (Number(offsetHour) > 23 || Number(offsetMinute) > 59) return undefined;
  const offsetSec = (sign === '-' ? -1 : 1) * (Number(offsetHour) * 3_600 + Number(offsetMinute) * 60);
  const sec = daysFromCivil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + Math.min(second, 59) - offsetSec;
  return BigInt(sec) * nsPerSec + BigInt(fraction.padEnd(9, '0'));
}
