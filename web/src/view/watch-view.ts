/**
 * The watchlist on the screen. In: rows and their changes. Out: the instrument that a person picks. Only rows that are on
 * the screen are elements; they are painted once a frame, and sorted anew every two seconds while values move.
 */
import { percentText, priceText, volumeText } from '../data/decimal-text.ts';
import { rowByKey, scrollTo, visibleRows } from '../data/visible-rows.ts';
import { ambiguousSymbols, nextOrder, orderRows, type WatchColumn, type WatchOrder } from '../data/watch-order.ts';
import type { RowChange, WatchRow, WatchRows } from '../data/watch-rows.ts';
import { byId, made, setAttribute, setText } from './element.ts';
import { oncePerFrame } from './frame.ts';
import { WatchRowView } from './watch-row-view.ts';

const sortEveryMs = 2_000;

/** The list, its filter and its head. */
export class WatchView {
  readonly #source: WatchRows;
  readonly #pick: (row: WatchRow) => void;
  readonly #host = byId('rows');
  readonly #space = byId('rows-space');
  readonly #foot = byId('watch-foot');
  readonly #filter = byId('filter') as HTMLInputElement;
  readonly #pool: WatchRowView[] = [];
  readonly #flashes = new Map<string, -1 | 1>();
  readonly #repaint = oncePerFrame(() => this.#paint());
  #order: WatchOrder = { column: 'symbol', isDescending: false };
  #shown: WatchRow[] = [];
  #selected = '';
  #isDirty = false;
  /** Symbols that more than one dataset has; only those say which. */
  #ambiguous: ReadonlySet<string> = new Set();

  constructor(source: WatchRows, pick: (row: WatchRow) => void) {
    this.#source = source;
    this.#pick = pick;
    this.#host.addEventListener('scroll', this.#repaint, { passive: true });
    this.#host.addEventListener('keydown', (event) => this.#onKey(event));
    this.#host.addEventListener('click', (event) => this.#onClick(event));
    this.#filter.addEventListener('input', () => this.#sort(true));
    this.#filter.addEventListener('keydown', (event) => this.#onFilterKey(event));
    document.addEventListener('keydown', (event) => this.#onSlash(event));
    new ResizeObserver(this.#repaint).observe(this.#host);
    for (const button of byId('watch-head').querySelectorAll('button')) {
      button.addEventListener('click', () => this.#sortBy(button.dataset['column'] as WatchColumn));
    }
    // Rows that jump under the pointer at every tick cannot be hit.
    setInterval(() => {
      if (this.#isDirty && this.#order.column !== 'symbol' && !this.#host.matches(':hover')) this.#sort(false);
    }, sortEveryMs);
    this.#paintHead();
  }

  /** Instruments came. */
  onRows(): void {
    this.#ambiguous = ambiguousSymbols(this.#source.rows);
    this.#sort(false);
  }

  /** A row has new values. */
  onChange({ row, direction }: RowChange): void {
    this.#isDirty = true;
    if (direction !== 0) this.#flashes.set(row.key, direction);
    this.#repaint();
  }

  /** Marks the row that the chart shows. */
  select(key: string): void {
    this.#selected = key;
    this.#show(this.#shown.findIndex((row) => row.key === key));
  }

  #sortBy(column: WatchColumn): void {
    this.#order = nextOrder(this.#order, column);
    this.#paintHead();
    this.#sort(true);
  }

  #sort(toTop: boolean): void {
    this.#shown = orderRows(this.#source.rows, this.#filter.value, this.#order);
    this.#isDirty = false;
    if (toTop) this.#host.scrollTop = 0;
    this.#repaint();
  }

  #show(index: number): void {
    const to = scrollTo(index, this.#host.scrollTop, this.#host.clientHeight, this.#rowHeight());
    if (index >= 0 && to !== undefined) this.#host.scrollTop = to;
    this.#repaint();
  }

  #paintHead(): void {
    for (const button of byId('watch-head').querySelectorAll('button')) {
      const isColumn = button.dataset['column'] === this.#order.column;
      button.setAttribute('aria-pressed', String(isColumn));
      if (isColumn) button.dataset['direction'] = this.#order.isDescending ? 'down' : 'up';
      else delete button.dataset['direction'];
    }
  }

  #paint(): void {
    const { scrollTop, clientHeight } = this.#host;
    const rowHeight = this.#rowHeight();
    const { first, end } = visibleRows(scrollTop, clientHeight, rowHeight, this.#shown.length);
    const height = `${this.#shown.length * rowHeight}px`;
    if (this.#space.style.height !== height) this.#space.style.height = height;
    while (this.#pool.length < end - first) this.#addRow();
    this.#pool.forEach((view, slot) => {
      // Rows keep their element while the list scrolls: element n shows the rows n, n + size, n + 2 × size …
      const size = this.#pool.length;
      const index = first + ((((slot - first) % size) + size) % size);
      const row = index < end ? this.#shown[index] : undefined;
      if (row === undefined) view.hide();
      else this.#paintRow(view, row, index, rowHeight);
    });
    this.#flashes.clear();
    const active = this.#shown.findIndex((row) => row.key === this.#selected);
    setAttribute(this.#host, 'aria-activedescendant', active >= first && active < end ? `row-${active}` : '');
    this.#paintFoot();
  }

  #paintRow(view: WatchRowView, row: WatchRow, index: number, rowHeight: number): void {
    view.show(
      {
        key: row.key,
        symbol: row.symbol,
        dataset: this.#ambiguous.has(row.symbol) ? row.dataset : '',
        last: row.last === null ? '–' : priceText(row.last, row.decimals),
        change: percentText(row.changePercent),
        direction: Math.sign(row.changePercent ?? 0),
        volume: row.day === undefined ? '–' : volumeText(row.day.volume),
        isSelected: row.key === this.#selected,
      },
      { index, count: this.#shown.length, top: index * rowHeight },
    );
    const flash = this.#flashes.get(row.key);
    if (flash !== undefined) view.flash(flash);
  }

  #paintFoot(): void {
    const all = this.#source.size;
    const count = this.#shown.length === all ? `${all}` : `${this.#shown.length} of ${all}`;
    const leftOut = this.#source.leftOut > 0 ? `, ${this.#source.leftOut} more not listed` : '';
    setText(
      this.#foot,
      `${count} ${all === 1 ? 'instrument' : 'instruments'}${leftOut}. Change is since the day’s first price.`,
    );
  }

  #addRow(): void {
    const element = made('div', 'row');
    this.#space.append(element);
    this.#pool.push(new WatchRowView(element));
  }

  #rowHeight(): number {
    return Number.parseFloat(getComputedStyle(this.#host).getPropertyValue('--row')) || 34;
  }

  #onClick(event: MouseEvent): void {
    const element = event.target instanceof Element ? event.target.closest<HTMLElement>('.row') : null;
    const row = this.#shown.find(({ key }) => key === element?.dataset['key']);
    if (row !== undefined) this.#pickRow(row);
  }

  #onKey(event: KeyboardEvent): void {
    const index = this.#shown.findIndex(({ key }) => key === this.#selected);
    const pageRows = Math.max(1, Math.floor(this.#host.clientHeight / this.#rowHeight()) - 1);
    const target = rowByKey(event.key, index, this.#shown.length, pageRows);
    const row = target === undefined ? undefined : this.#shown[target];
    if (row === undefined) return;
    event.preventDefault();
    this.#pickRow(row);
  }

  #onFilterKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') {
      this.#filter.value = '';
      this.#sort(true);
    } else if (event.key === 'ArrowDown' || event.key === 'Enter') {
      event.preventDefault();
      this.#host.focus();
      const [row] = this.#shown;
      if (row !== undefined) this.#pickRow(row);
    }
  }

  #onSlash(event: KeyboardEvent): void {
    if (event.key !== '/' || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    this.#filter.focus();
  }

  #pickRow(row: WatchRow): void {
    this.select(row.key);
    this.#pick(row);
  }
}
