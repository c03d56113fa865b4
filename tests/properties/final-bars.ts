/**
 * Compares what a fold left of every bar with the reference. In: a world, a delivery, a trace. Out: the differences in
 * words, none where all is right. Ticks that the fold told of as late, final or unknown are taken from the set first:
 * that these are the right ones is another property (late.property.test.ts).
 */
import { type Bar, formatPublisherId, type Notice } from '@tapeline/domain';
import {
  barKey,
  barTextWithoutPosition,
  barValuesText,
  type Delivery,
  type FoldTrace,
  MemoryStore,
  type PublishedTick,
  type ReferenceBar,
  referenceBars,
  type SimulatedWorld,
} from '@tapeline/simulation';

/** The highest revision of each bar by key. Throws where one revision has two contents, or a revision does not rise. */
export function finalBars(bars: readonly Bar[]): Map<string, Bar> {
  const store = new MemoryStore();
  store.write(bars);
  const [violation] = store.violations;
  if (violation !== undefined) throw new RangeError(violation.message);
  if (store.lowerRefused > 0) throw new RangeError(`${store.lowerRefused} revisions went down`);
  return new Map(store.bars().map((bar) => [barKey(bar), bar]));
}

/** All final bars as text, with revision and state, without position; in the order of their keys. */
export function finalTexts(bars: readonly Bar[]): string[] {
  return [...finalBars(bars).values()].map(barTextWithoutPosition).toSorted();
}

/**
 * The same, but only what bars say of the market, without bars that no trade stands in: whether a correction that was
 * itself corrected has opened one depends on which of the two came first.
 */
export function finalValues(bars: readonly Bar[]): string[] {
  return [...finalBars(bars).values()]
    .filter((bar) => !isEmpty(bar))
    .map(barValuesText)
    .toSorted();
}

function isEmpty(bar: Bar): boolean {
  return bar.trades === 0 && bar.volume === 0n && bar.high === null && bar.open === null;
}

/** Names a tick as notices do. */
export function tickName(about: Pick<Notice, 'dataset' | 'symbol' | 'publisher' | 'sequence'>): string {
  return `${about.dataset} ${about.symbol} ${about.publisher} ${about.sequence}`;
}

/** The same for a published tick. */
export function nameOf(tick: PublishedTick): string {
  const { symbol, sequence } = tick.row;
  return tickName({ dataset: tick.dataset, symbol, publisher: formatPublisherId(tick.publisherId), sequence });
}

const excluding: readonly Notice['code'][] = ['LATE', 'ORIGINAL_FINAL', 'ORIGINAL_UNKNOWN', 'HOLE_FORGOTTEN'];

/** The ticks that the fold says it counted. */
export function countedTicks(delivery: Delivery, trace: FoldTrace): PublishedTick[] {
  const excluded = new Set(trace.notices.filter(({ code }) => excluding.includes(code)).map(tickName));
  return delivery.landed.filter((tick) => !excluded.has(nameOf(tick)));
}

/** Where the final bars differ from the reference over `counted`. */
export function differences(world: SimulatedWorld, trace: FoldTrace, counted: readonly PublishedTick[]): string[] {
  const reference = referenceBars(counted, world.config);
  const found = finalBars(trace.bars);
  const out: string[] = [];
  for (const expected of reference.bars) {
    const bar = found.get(barKey(expected));
    found.delete(barKey(expected));
    out.push(...differencesOfBar(expected, bar));
  }
  for (const bar of found.values()) {
    if (!isEmpty(bar) || !reference.mayBeEmpty(bar)) out.push(`a bar too many: ${barValuesText(bar)}`);
  }
  return out;
}

function differencesOfBar(expected: ReferenceBar, bar: Bar | undefined): string[] {
  const text = barValuesText({ ...expected, foldVersion: bar?.foldVersion ?? 0 });
  if (bar === undefined) return [`a bar is missing: ${text}`];
  const out: string[] = [];
  if (barValuesText(bar) !== text) out.push(`found    ${barValuesText(bar)}\nexpected ${text}`);
  if (bar.state === 'forming') out.push(`a bar is still forming: ${text}`);
  if (bar.revision < expected.tradesPublished + 1) {
    out.push(`revision ${bar.revision} is below the ${expected.tradesPublished} trades and the closing of ${text}`);
  }
  return out;
}
