/**
 * One row of the watchlist as an element that is used again for other rows. In: texts. Out: nothing. It touches only what
 * differs from what it shows, and flashes when a price moved.
 */
import { made, setAttribute, setText } from './element.ts';

/** What a row shows. */
export type RowTexts = {
  readonly key: string;
  readonly symbol: string;
  /** Empty where all rows are of one dataset. */
  readonly dataset: string;
  readonly last: string;
  readonly change: string;
  readonly direction: number;
  readonly volume: string;
  readonly isSelected: boolean;
};

/** Where it stands: `top` is in px. */
export type RowPlace = { readonly index: number; readonly count: number; readonly top: number };

const flashMs = 700;

/** A row. */
export class WatchRowView {
  readonly #element: HTMLElement;
  readonly #symbol = made('b', '');
  readonly #dataset = made('small', '');
  readonly #last = made('span', 'last');
  readonly #change = made('span', 'change');
  readonly #volume = made('span', 'volume');
  #flash: Animation | undefined;
  #top = -1;

  constructor(element: HTMLElement) {
    this.#element = element;
    element.setAttribute('role', 'option');
    const name = made('span', 'name');
    name.append(this.#symbol, this.#dataset);
    element.append(name, this.#last, this.#change, this.#volume);
  }

  hide(): void {
    this.#element.hidden = true;
  }

  show(texts: RowTexts, { index, count, top }: RowPlace): void {
    const element = this.#element;
    if (element.dataset['key'] !== texts.key) {
      element.dataset['key'] = texts.key;
      // The flash belongs to the row that was here.
      this.#flash?.cancel();
    }
    element.hidden = false;
    if (this.#top !== top) {
      this.#top = top;
      element.style.transform = `translateY(${top}px)`;
      element.id = `row-${index}`;
    }
    setAttribute(element, 'aria-posinset', String(index + 1));
    setAttribute(element, 'aria-setsize', String(count));
    setAttribute(element, 'aria-selected', String(texts.isSelected));
    setText(this.#symbol, texts.symbol);
    setText(this.#dataset, texts.dataset);
    setText(this.#last, texts.last);
    setText(this.#change, texts.change);
    setText(this.#volume, texts.volume);
    const tone = texts.direction > 0 ? 'up' : texts.direction < 0 ? 'down' : 'level';
    this.#change.className = `change ${tone}`;
  }

  /** The price rose (1) or fell (-1). */
  flash(direction: -1 | 1): void {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    const colour = getComputedStyle(this.#element).getPropertyValue(direction > 0 ? '--flash-up' : '--flash-down');
    this.#flash?.cancel();
    this.#flash = this.#last.animate([{ backgroundColor: colour }, { backgroundColor: 'transparent' }], {
      duration: flashMs,
      easing: 'ease-out',
    });
  }
}
