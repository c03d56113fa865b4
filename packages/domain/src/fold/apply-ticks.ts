/**
 * Applies ticks whose turn has come to the bars. In: a range of ticks of one group, in the publisher's order. Out: bars
 * folded, publisher times moved on, bars that may close by them closed. A run of trades in one bar is folded at once;
 * a run ends where the bar ends or where the publisher's time closes another bar.
 */
import { RowFlag } from '../bars/bar-rows.ts';
import type { InstrumentState } from '../bars/instrument-state.ts';
import { nanoOf, secondOf, type TickColumns } from '../log/tick-columns.ts';
import { TickKind } from '../market/tick.ts';
import type { Link } from '../tape/link.ts';
import { amend } from './amend.ts';
import { addPublisher, finestRowAt, markChanged } from './bar-rows-of-ticks.ts';
import { liveBit } from './bar-times.ts';
import { closeBars } from './close-bars.ts';
import { foldCells, run } from './fold-cells.ts';
import { noteFirst } from './first-trades.ts';
import type { FoldState } from './fold-state.ts';
import { sequenceIn, type TickSource } from './tick-source.ts';

const nsPerSec = 1_000_000_000;

/** Applies ticks `[from, to)`; their place in the chain is settled already. */
export function applyTicks(
  state: FoldState,
  instrument: InstrumentState,
  link: Link,
  source: TickSource,
  from: number,
  to: number,
): void {
  state.counters.applied += to - from;
  const { columns } = source;
  if (columns.onlyTrades) {
    applyTrades(state, instrument, link, source, from, to);
    return;
  }
  for (let index = from; index < to;) {
    const kind = kindAt(columns, index);
    let end = index + 1;
    while (kind === TickKind.trade && end < to && kindAt(columns, end) === kind) end += 1;
    if (kind === TickKind.trade) applyTrades(state, instrument, link, source, index, end);
    else applyOther(state, instrument, link, source, index);
    index = end;
  }
}

function kindAt(columns: TickColumns, index: number): number {
  return columns.attributes[columns.attribute[index]!]!.attributes.kind;
}

function applyTrades(
  state: FoldState,
  instrument: InstrumentState,
  link: Link,
  source: TickSource,
  from: number,
  to: number,
): void {
  const { columns } = source;
  const { timeNs } = columns;
  for (let index = from; index < to;) {
    const firstNs = timeNs[index]!;
    const row = finestRowAt(state, instrument, link, secondOf(columns, firstNs));
    if (row < 0) {
      number(state, instrument, link, source, index, index + 1, true);
      countLate(state, instrument, link, source, index);
      index += 1;
      continue;
    }
    const startNs = (state.rows.startSec[row]! - columns.baseSec) * nsPerSec - columns.baseNano;
    const limitNs = runLimitNs(state, link, columns, row);
    let lastNs = firstNs;
    let end = index + 1;
    for (; end < to && !isDue(state, link, row); end += 1) {
      const ns = timeNs[end]!;
      if (ns >= limitNs || ns < startNs) break;
      if (ns > lastNs) lastNs = ns;
    }
    number(state, instrument, link, source, index, end, false);
    run.from = index;
    run.to = end;
    run.barStartNs = startNs;
    run.publisher = link.publisher;
    run.sequenceBase = source.sequenceBase;
    foldTrades(state, instrument, link, columns, row, source.block);
    if (link.bit !== liveBit) moveOn(state, instrument, link, columns, lastNs);
    index = end;
  }
}

/** Gives trades, cancels or corrections the next numbers of their instrument's tape. */
function number(
  state: FoldState,
  instrument: InstrumentState,
  link: Link,
  source: TickSource,
  from: number,
  to: number,
  late: boolean,
): void {
  const { counted } = state;
  if (counted !== undefined) {
    counted.count(instrument, state.publishers.at(link.publisher).id, source, from, to, late);
  }
  instrument.lastNumber += to - from;
}

/** Whether an open bar is due by this publisher already, so that it closes after the first tick of a run. */
function isDue(state: FoldState, link: Link, row: number): boolean {
  const { rows, config } = state;
  if (link.bit === liveBit || rows.has(row, RowFlag.closed)) return false;
  return link.timeMs >= rows.endSec[row]! * 1000 + config.latenessReplayMs;
}

/** Where a run in this bar ends at the latest, ns from the base instant: the bar's end, or the next bar to close. */
function runLimitNs(state: FoldState, link: Link, columns: TickColumns, row: number): number {
  const endNs = (state.rows.endSec[row]! - columns.baseSec) * nsPerSec - columns.baseNano;
  if (link.bit === liveBit || link.dueMs === Infinity) return endNs;
  const dueNs = (link.dueMs - columns.baseSec * 1000) * 1_000_000 - columns.baseNano;
  return Math.min(endNs, dueNs);
}

/** Folds `run` into every profile's cell of the row. */
function foldTrades(
  state: FoldState,
  instrument: InstrumentState,
  link: Link,
  columns: TickColumns,
  row: number,
  block: number,
): void {
  const { rows, profiles } = state;
  foldCells(state, columns, row);
  rows.events[row]! += run.to - run.from;
  addPublisher(state, instrument, row, link);
  if (block < rows.firstBlock[row]!) rows.firstBlock[row] = block;
  if (block > rows.lastBlock[row]!) rows.lastBlock[row] = block;
  markChanged(state, instrument, row);
  for (let profile = 0; profile < profiles.length; profile += 1) {
    if (profiles[profile] !== 'all') noteFirst(state, instrument, row, profile);
  }
}

function countLate(state: FoldState, instrument: InstrumentState, link: Link, source: TickSource, index: number): void {
  const sequence = sequenceIn(source, index);
  state.counters.late += 1;
  state.retained.exclude(source.block, source.firstPlace + index);
  state.notice('LATE', {
    dataset: instrument.dataset,
    symbol: instrument.symbol,
    publisherId: state.publishers.at(link.publisher).id,
    sequence,
    detail: `its bar of ${state.levels[0]!.interval.name} is final: the revision horizon is ${state.config.horizonMs} ms`,
  });
}

/** Moves the time of a delayed or replay publisher on, and closes what may close by it. */
function moveOn(state: FoldState, instrument: InstrumentState, link: Link, columns: TickColumns, ns: number): void {
  const sec = secondOf(columns, ns);
  const nano = nanoOf(columns, ns, sec);
  moveOnTo(state, instrument, link, sec * 1000 + Math.floor(nano / 1_000_000));
}

/** The same by a time in ms since the Unix epoch. */
export function moveOnTo(state: FoldState, instrument: InstrumentState, link: Link, ms: number): void {
  if (ms > link.timeMs) link.timeMs = ms;
  // A bar that a late tick opened may be due already.
  if (link.timeMs >= link.dueMs) closeBars(state, instrument);
}

/** Every other kind moves the publisher's time on; then cancels and corrections amend a trade. */
function applyOther(
  state: FoldState,
  instrument: InstrumentState,
  link: Link,
  source: TickSource,
  index: number,
): void {
  const { columns } = source;
  const { attributes } = columns.attributes[columns.attribute[index]!]!;
  if (link.bit !== liveBit) moveOn(state, instrument, link, columns, columns.timeNs[index]!);
  const reference = source.referenceAt(index);
  if (reference !== undefined) {
    number(state, instrument, link, source, index, index + 1, false);
    const eventSec = secondOf(columns, columns.timeNs[index]!);
    amend(state, instrument, {
      publisher: link.publisher,
      sequence: sequenceIn(source, index),
      eventSec,
      eventNano: nanoOf(columns, columns.timeNs[index]!, eventSec),
      price: columns.price[index]!,
      size: columns.size[index]!,
      attributes,
      tradeId: source.tradeIdAt(index),
      reference,
      block: source.block,
    });
  }
}
