/**
 * The page of partitions. In: the placement every second. Out: figures of the whole, a bar of load for each partition with who lives
 * there, moves phase by phase, and the place of the instrument that is searched for. It is painted only while it is open.
 */
import { countText } from '../data/decimal-text.ts';
import type { InstrumentPlace, PlacementFacts } from '../data/placement.ts';
import { PlacementFeed } from '../placement-feed.ts';
import { byId, made, setText } from './element.ts';
import { moveItem } from './placement-moves.ts';
import { PartitionBars } from './placement-partitions.ts';

/** The part of the address that opens it. */
const address = '#/placement';
const searchAfterMs = 250;
const recentShown = 12;

/** The page and its button. */
export class PlacementView {
  readonly #dialog = byId('placement') as HTMLDialogElement;
  readonly #search = byId('placement-search') as HTMLInputElement;
  readonly #bars = new PartitionBars(byId('placement-partitions'), (text) => this.#look(text));
  readonly #feed = new PlacementFeed({
    onFacts: (facts) => this.#paint(facts),
    onProblem: (text, isAboutSymbol) => this.#tell(text, isAboutSymbol),
  });
  #timer: ReturnType<typeof setTimeout> | undefined;
  #addressBefore = '';

  constructor() {
    byId('placement-button').addEventListener('click', () => this.#open());
    byId('placement-close').addEventListener('click', () => this.#dialog.close());
    this.#dialog.addEventListener('close', () => this.#onClose());
    this.#search.addEventListener('input', () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#feed.search(this.#search.value), searchAfterMs);
    });
    addEventListener('hashchange', () => this.#onAddress());
    document.addEventListener('visibilitychange', () => {
      if (!this.#dialog.open) return;
      if (document.hidden) this.#feed.stop();
      else this.#feed.start();
    });
  }

  /** Opens it if the address says so. */
  start(): void {
    this.#onAddress();
  }

  #onAddress(): void {
    if (location.hash === address) this.#open();
  }

  #open(): void {
    if (this.#dialog.open) return;
    if (location.hash !== address) {
      this.#addressBefore = location.hash;
      history.replaceState(null, '', address);
    }
    this.#dialog.showModal();
    this.#feed.start();
  }

  #onClose(): void {
    this.#feed.stop();
    // The chart may have written its own meanwhile.
    if (location.hash !== address) return;
    history.replaceState(null, '', this.#addressBefore === '' ? location.pathname : this.#addressBefore);
  }

  #look(text: string): void {
    this.#search.value = text;
    this.#feed.search(text);
  }

  #tell(text: string, isAboutSymbol: boolean): void {
    const note = byId(isAboutSymbol ? 'placement-found' : 'placement-note');
    note.hidden = false;
    note.replaceChildren(made('p', isAboutSymbol ? 'quiet' : 'bad', text));
  }

  #paint(facts: PlacementFacts): void {
    const { epoch, basePartitions, partitionCount, overrides, skew, declaredGaps, orderViolations } = facts;
    const added = partitionCount - basePartitions;
    setText(byId('placement-epoch'), String(epoch));
    setText(byId('placement-count'), added > 0 ? `${basePartitions} + ${added}` : String(partitionCount));
    setText(byId('placement-moved'), countText(overrides));
    setText(byId('placement-rate'), countText(Math.round(facts.ticksPerSecond)));
    setText(byId('placement-skew'), Number.isNaN(skew) ? '–' : `${skew.toFixed(2)}×`);
    figure('placement-gaps', declaredGaps, 'warn');
    figure('placement-violations', orderViolations, 'bad');
    byId('placement-note').hidden = facts.hasMap;
    if (!facts.hasMap) byId('placement-note').replaceChildren(...noMap(facts));
    this.#bars.paint(facts);
    const found = facts.instrument;
    if (found !== undefined) byId('placement-found').replaceChildren(...placeParts(found));
    if (found !== undefined || this.#search.value.trim() === '') byId('placement-found').hidden = found === undefined;
    paintMoves('placement-moves', facts.moves, 'No instrument is on its way.');
    paintMoves('placement-recent', facts.recent.slice(0, recentShown), 'None since this server began to look.');
  }
}

/** A count that should be 0. */
function figure(id: string, count: number, tone: 'warn' | 'bad'): void {
  const element = byId(id);
  setText(element, countText(count));
  element.dataset['tone'] = count === 0 ? 'good' : tone;
}

function noMap({ basePartitions }: PlacementFacts): HTMLElement[] {
  const homes = basePartitions === 1 ? 'the one partition' : `${basePartitions} partitions`;
  return [
    made('h3', '', 'No map yet'),
    made(
      'p',
      '',
      `Every instrument is where its name puts it, at its home among ${homes}; nothing was ever moved. The first ` +
        'process that leads moves writes a map. Until then this is all there is to see.',
    ),
  ];
}

function placeParts(place: InstrumentPlace): HTMLElement[] {
  const { dataset, symbol, partition, epoch, firstPartition, standing, ticksPerSecond, moves } = place;
  const title = made('h3', '');
  title.append(made('strong', '', symbol), made('span', 'quiet', ` ${dataset}`));
  const since =
    epoch === 0
      ? 'it was never moved'
      : `since epoch ${epoch}, ${standingText(standing)}; first it was in ${firstPartition}`;
  const text = made('p', '');
  text.append(made('b', '', `Partition ${partition}`), `, ${since} · ${countText(Math.round(ticksPerSecond))} ticks/s`);
  if (moves.length === 0) return [title, text, made('p', 'quiet', 'This server has seen no move of it.')];
  const list = made('ol', 'moves');
  list.append(...moves.map(moveItem));
  return [title, text, list];
}

function standingText(standing: string): string {
  if (standing === 'dedicated') return 'as a hot one';
  if (standing === 'pinned') return 'as it is pinned there';
  return 'to even out loads';
}

function paintMoves(id: string, moves: PlacementFacts['moves'], none: string): void {
  const list = byId(id);
  list.replaceChildren(...(moves.length === 0 ? [made('li', 'none', none)] : moves.map(moveItem)));
}
