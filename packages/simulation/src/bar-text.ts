/**
 * Bars as text, to compare them whole. In: a bar. Out: a key that names it, and its contents as one canonical line.
 * Equal lines mean equal bytes wherever the bar is written (law 5).
 */
import type { Bar } from '@tapeline/domain';

/** What names a bar: its instrument, interval, profile and start. */
export function barKey(bar: Pick<Bar, 'dataset' | 'symbol' | 'interval' | 'profile' | 'startSec'>): string {
  return `${bar.dataset} ${bar.symbol} ${bar.interval} ${bar.profile} ${bar.startSec}`;
}

/** Every field of the bar but its position in the log. */
export function barTextWithoutPosition(bar: Bar): string {
  return `${barValuesText(bar)} revision ${bar.revision} ${bar.state}`;
}

/** Every field of the bar. */
export function barText(bar: Bar): string {
  const { partition, epoch, offset } = bar.position;
  return `${barTextWithoutPosition(bar)} at ${partition}/${epoch}/${offset}`;
}

/** What the bar says of the market: all fields but revision, state and position. */
export function barValuesText(bar: Omit<Bar, 'revision' | 'state' | 'position'>): string {
  const { open, high, low, close, volume, notional, trades } = bar;
  const { endSec, tradingDate, session, priceExponent, sizeExponent, foldVersion } = bar;
  return (
    `${barKey(bar)} to ${endSec} date ${tradingDate} ${session} open ${open} high ${high} low ${low} close ${close} ` +
    `volume ${volume} notional ${notional} trades ${trades} exponents ${priceExponent} ${sizeExponent} fold ${foldVersion}`
  );
}
