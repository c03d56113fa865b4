/**
 * Bars as columns, to cross a thread cheaply. In: bars. Out: one array of numbers that is handed over, the exact sums,
 * and the few texts that many bars share; and back. Law 6: sums beyond 64 bits stay exact, as text.
 */
import type { Bar } from '@tapeline/domain';

/** Numbers of one bar, in this order; `null` prices are NaN. The last two are indices into the texts. */
export const barNumbers = [
  'start_sec',
  'end_sec',
  'trading_date',
  'session',
  'open',
  'high',
  'low',
  'close',
  'trades',
  'revision',
  'fold_version',
  'state',
  'partition_number',
  'epoch',
  'record_offset',
  'price_exponent',
  'size_exponent',
  'instrument',
  'kind',
] as const;

/** How many numbers a bar has. */
export const barNumberCount: number = barNumbers.length;
/** Numbers that come from the bar itself; the two after them say which series it is of. */
export const barOwnNumberCount: number = barNumberCount - 2;

const sessions: readonly Bar['session'][] = ['pre', 'regular', 'post', 'closed'];
const states: readonly Bar['state'][] = ['forming', 'closed', 'revised'];

/** Bars of any series. `sums` holds volume and notional of each bar, one after the other. */
export type PackedBars = {
  readonly count: number;
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly sums: readonly (bigint | number | string)[];
  /** Pairs of dataset and symbol. */
  readonly instruments: readonly (readonly [dataset: string, symbol: string])[];
  /** Pairs of interval and profile. */
  readonly kinds: readonly (readonly [interval: string, profile: string])[];
};

/** Columns of bars. */
export function packBars(bars: readonly Bar[]): PackedBars {
  const numbers = new Float64Array(bars.length * barNumberCount);
  const sums: (bigint | string)[] = [];
  const instruments = new Pairs();
  const kinds = new Pairs();
  let at = 0;
  for (const bar of bars) {
    at = putNumbers(numbers, at, bar);
    numbers[at] = instruments.indexOf(bar.dataset, bar.symbol);
    numbers[at + 1] = kinds.indexOf(bar.interval, bar.profile);
    at += 2;
    sums.push(exactSum(bar.volume), exactSum(bar.notional));
  }
  return { count: bars.length, numbers, sums, instruments: instruments.list, kinds: kinds.list };
}

/** The bars of columns. */
export function unpackBars(packed: PackedBars): Bar[] {
  const bars: Bar[] = [];
  for (let index = 0; index < packed.count; index += 1) bars.push(unpackBar(packed, index));
  return bars;
}

function putNumbers(numbers: Float64Array, start: number, bar: Bar): number {
  let at = start;
  numbers[at++] = bar.startSec;
  numbers[at++] = bar.endSec;
  numbers[at++] = bar.tradingDate;
  numbers[at++] = sessions.indexOf(bar.session);
  numbers[at++] = bar.open ?? NaN;
  numbers[at++] = bar.high ?? NaN;
  numbers[at++] = bar.low ?? NaN;
  numbers[at++] = bar.close ?? NaN;
  numbers[at++] = bar.trades;
  numbers[at++] = bar.revision;
  numbers[at++] = bar.foldVersion;
  numbers[at++] = states.indexOf(bar.state);
  numbers[at++] = bar.position.partition;
  numbers[at++] = bar.position.epoch;
  numbers[at++] = bar.position.offset;
  numbers[at++] = bar.priceExponent;
  numbers[at++] = bar.sizeExponent;
  return at;
}

function unpackBar({ numbers, sums, instruments, kinds }: PackedBars, index: number): Bar {
  const at = index * barNumberCount;
  const number = (place: number): number => numbers[at + place] as number;
  const [dataset, symbol] = instruments[number(17)] as readonly [string, string];
  const [interval, profile] = kinds[number(18)] as readonly [string, Bar['profile']];
  return {
    dataset,
    symbol,
    interval,
    profile,
    startSec: number(0),
    endSec: number(1),
    tradingDate: number(2),
    session: sessions[number(3)] as Bar['session'],
    open: priceOf(number(4)),
    high: priceOf(number(5)),
    low: priceOf(number(6)),
    close: priceOf(number(7)),
    volume: BigInt(sums[index * 2] as bigint | number | string),
    notional: BigInt(sums[index * 2 + 1] as bigint | number | string),
    trades: number(8),
    revision: number(9),
    foldVersion: number(10),
    state: states[number(11)] as Bar['state'],
    position: { partition: number(12), epoch: number(13), offset: number(14) },
    priceExponent: number(15),
    sizeExponent: number(16),
  };
}

function priceOf(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

/** A sum as SQLite keeps it: a 64-bit integer where it fits, else its digits. */
function exactSum(sum: bigint): bigint | string {
  return BigInt.asIntN(64, sum) === sum ? sum : sum.toString();
}

/** Pairs of texts by index; bars of one pair mostly follow one another. */
class Pairs {
  readonly list: (readonly [string, string])[] = [];
  readonly #indexes = new Map<string, Map<string, number>>();
  #last = -1;

  indexOf(first: string, second: string): number {
    const last = this.list[this.#last];
    if (last !== undefined && last[0] === first && last[1] === second) return this.#last;
    let seconds = this.#indexes.get(first);
    if (seconds === undefined) this.#indexes.set(first, (seconds = new Map<string, number>()));
    let index = seconds.get(second);
    if (index === undefined) {
      index = this.list.push([first, second]) - 1;
      seconds.set(second, index);
    }
    this.#last = index;
    return index;
  }
}
