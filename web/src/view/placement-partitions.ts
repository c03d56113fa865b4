/**
 * Partitions side by side. In: the placement. Out: for each a bar as high as its load, its rate, who lives there, its owner and what
 * is out of order; on a phone the same as rows. Elements stay from one second to the next, so that bars grow and shrink.
 */
import { countText } from '../data/decimal-text.ts';
import type { PartitionLoad, PlacementFacts, RatedInstrument } from '../data/placement.ts';
import { durationText } from '../data/time-text.ts';
import { made, setAttribute, setText } from './element.ts';

type Parts = {
  readonly item: HTMLElement;
  readonly role: HTMLElement;
  readonly bar: HTMLElement;
  readonly rate: HTMLElement;
  readonly facts: HTMLElement;
  readonly top: HTMLElement;
};

const topShown = 3;
const laggingMs = 1_000;

/** The bars. */
export class PartitionBars {
  readonly #list: HTMLElement;
  readonly #onPick: (symbol: string) => void;
  readonly #parts: Parts[] = [];

  /** `onPick` hears `dataset/symbol` of an instrument that is clicked. */
  constructor(list: HTMLElement, onPick: (symbol: string) => void) {
    this.#list = list;
    this.#onPick = onPick;
  }

  paint({ partitions, instrument, moves }: PlacementFacts): void {
    while (this.#parts.length > partitions.length) this.#parts.pop()?.item.remove();
    while (this.#parts.length < partitions.length) this.#parts.push(this.#made());
    const most = Math.max(1, ...partitions.map(({ ticksPerSecond }) => ticksPerSecond));
    for (const [index, load] of partitions.entries()) {
      const parts = this.#parts[index] as Parts;
      paintPartition(parts, load, most);
      this.#paintTop(parts.top, load.top.slice(0, topShown));
      setAttribute(parts.item, 'data-found', String(instrument?.partition === load.partition));
      const isMoving = moves.some(({ from, to }) => from === load.partition || to === load.partition);
      setAttribute(parts.item, 'data-moving', String(isMoving));
    }
  }

  #made(): Parts {
    const item = made('li', 'partition');
    const head = made('div', 'partition-head');
    const [number, role] = [made('b', '', String(this.#parts.length)), made('span', 'role')];
    head.append(number, role);
    const [track, bar] = [made('div', 'track'), made('div', 'bar')];
    track.append(bar);
    const [rate, facts, top] = [made('div', 'rate'), made('div', 'facts'), made('ul', 'top-symbols')];
    item.append(head, track, rate, facts, top);
    this.#list.append(item);
    return { item, role, bar, rate, facts, top };
  }

  #paintTop(list: HTMLElement, top: readonly RatedInstrument[]): void {
    const texts = top.map(({ symbol, ticksPerSecond }) => `${symbol} ${Math.round(ticksPerSecond)}`).join();
    if (list.dataset['texts'] === texts) return;
    list.dataset['texts'] = texts;
    list.replaceChildren(
      ...top.map(({ dataset, symbol, ticksPerSecond }) => {
        const item = made('li', '');
        const button = made('button', '', symbol);
        button.type = 'button';
        button.addEventListener('click', () => this.#onPick(`${dataset}/${symbol}`));
        item.append(button, made('small', '', countText(Math.round(ticksPerSecond))));
        return item;
      }),
    );
  }
}

function paintPartition({ item, role, bar, rate, facts }: Parts, load: PartitionLoad, most: number): void {
  setText(role, load.role);
  bar.style.setProperty('--load', `${Math.round((load.ticksPerSecond / most) * 1_000) / 10}%`);
  setText(rate, `${countText(Math.round(load.ticksPerSecond))}/s`);
  // A fact is not parted at the end of a line.
  setText(
    facts,
    factsOf(load)
      .map((fact) => fact.replaceAll(' ', '\u00a0'))
      .join(' · '),
  );
  const isBad = load.orderViolations > 0;
  const isWarned = load.isSilent || load.lagMs > laggingMs || load.declaredGaps > 0;
  setAttribute(item, 'data-tone', isBad ? 'bad' : isWarned ? 'warn' : 'good');
  setAttribute(item, 'title', load.worker === '' ? 'nobody has reported on it' : `owned by ${load.worker}`);
}

function factsOf(load: PartitionLoad): string[] {
  const facts = [`${countText(load.instruments)} ${load.instruments === 1 ? 'symbol' : 'symbols'}`];
  if (load.worker === '') facts.push('no owner');
  else if (load.isSilent) facts.push('silent');
  else facts.push(`lag ${durationText(load.lagMs)}`);
  if (load.parkedEntries > 0) facts.push(`${countText(load.parkedEntries)} parked`);
  if (load.heldTicks > 0) facts.push(`${countText(load.heldTicks)} held`);
  if (load.declaredGaps > 0) facts.push(`${countText(load.declaredGaps)} gaps`);
  if (load.orderViolations > 0) facts.push(`${countText(load.orderViolations)} violations`);
  return facts;
}
