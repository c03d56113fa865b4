/**
 * What stands above and below the chart. In: the selection, its row of the watchlist, the bar under the pointer. Out:
 * texts of even width, so that nothing moves while numbers do; and the interval or profile that a person chooses.
 */
import { grouped, percentText, priceText, volumeText } from '../data/decimal-text.ts';
import { type ChartSelection, intervals, profiles } from '../data/selection.ts';
import { barTimeText, axisSecond } from '../data/time-text.ts';
import type { ViewBar } from '../data/view-bar.ts';
import type { WatchRow } from '../data/watch-rows.ts';
import { byId, made, setText } from './element.ts';

type LegendCell = {
  readonly name: string;
  readonly className: string;
  readonly text: (bar: ViewBar, decimals: number) => string;
};

const legendCells: readonly LegendCell[] = [
  {
    name: '',
    className: 'time',
    text: (bar) => barTimeText(axisSecond(bar.startSec, bar.endSec, bar.interval === '1d'), bar.interval === '1d'),
  },
  { name: 'O', className: 'price', text: (bar, decimals) => orDash(bar.open, decimals) },
  { name: 'H', className: 'price', text: (bar, decimals) => orDash(bar.high, decimals) },
  { name: 'L', className: 'price', text: (bar, decimals) => orDash(bar.low, decimals) },
  { name: 'C', className: 'price', text: (bar, decimals) => orDash(bar.close, decimals) },
  { name: 'Vol', className: '', text: (bar) => volumeText(bar.volume) },
  {
    name: 'VWAP',
    className: 'extra',
    text: (bar, decimals) => (bar.vwap === null ? '–' : averageText(bar.vwap, decimals)),
  },
  { name: 'Trades', className: 'extra', text: (bar) => grouped(String(bar.trades)) },
  { name: 'Revision', className: 'extra', text: (bar) => `${grouped(String(bar.revision))} ${bar.state}` },
];

/** Makes a group of choices, one of which holds, and tells when a person takes another. */
export function makeChoice(
  hostId: string,
  name: string,
  values: readonly string[],
  onChoice: (value: string) => void,
): void {
  const host = byId(hostId);
  for (const value of values) {
    const label = made('label', '');
    const input = made('input', '');
    Object.assign(input, { type: 'radio', name, value });
    input.addEventListener('change', () => onChoice(value));
    label.append(input, made('span', '', value === 'all' ? 'All' : value === 'sip' ? 'SIP' : value));
    host.append(label);
  }
}

/** Head, legend and foot of the chart. */
export class TitleView {
  readonly #cells: readonly { readonly cell: LegendCell; readonly element: HTMLElement }[];

  constructor(onInterval: (name: string) => void, onProfile: (name: string) => void) {
    makeChoice('intervals', 'interval', intervals, onInterval);
    makeChoice('profiles', 'profile', profiles, onProfile);
    byId('profiles').title = 'All trades, or those that the rules of the US consolidated tapes let set each value';
    const legend = byId('legend');
    this.#cells = legendCells.map((cell) => {
      const [group, element] = [made('div', cell.className), made('dd', '')];
      if (cell.name !== '') group.append(made('dt', '', cell.name));
      group.append(element);
      legend.append(group);
      return { cell, element };
    });
  }

  showSelection({ dataset, symbol, interval, profile }: ChartSelection): void {
    setText(byId('title-symbol'), symbol);
    setText(byId('title-dataset'), dataset);
    for (const input of document.querySelectorAll<HTMLInputElement>('.choice input')) {
      input.checked = input.value === (input.name === 'interval' ? interval : profile);
    }
    document.title = `${symbol} · Tapeline`;
  }

  showPrice(row: WatchRow | undefined): void {
    const change = byId('title-change');
    const last = row?.last ?? null;
    setText(byId('title-price'), last === null ? '' : priceText(last, row?.decimals ?? 0));
    setText(change, row === undefined ? '' : percentText(row.changePercent));
    const percent = row?.changePercent ?? 0;
    change.className = `change ${percent > 0 ? 'up' : percent < 0 ? 'down' : ''}`;
  }

  showBar(bar: ViewBar | undefined, decimals: number): void {
    for (const { cell, element } of this.#cells) setText(element, bar === undefined ? '' : cell.text(bar, decimals));
    const isDown = bar !== undefined && bar.open !== null && bar.close !== null && Number(bar.close) < Number(bar.open);
    byId('legend').dataset['direction'] = isDown ? 'down' : 'up';
  }

  showFacts(text: string): void {
    setText(byId('chart-facts'), text);
  }

  /** A sentence in the middle of the chart; empty = none. */
  showNote(text: string): void {
    const note = byId('chart-note');
    note.hidden = text === '';
    setText(note, text);
  }
}

function orDash(price: string | null, decimals: number): string {
  return price === null ? '–' : priceText(price, decimals);
}

/** An average has nine decimals and more; two beyond the usual are enough to read. */
function averageText(text: string, decimals: number): string {
  const [whole = '', fraction = ''] = text.split('.');
  return priceText(`${whole}.${fraction.slice(0, decimals + 2)}`.replace(/\.$/, ''), decimals);
}
