/**
 * Decodes a `TickBlock` by hand into typed arrays, without allocation per tick. In: a slice of a log record. Out: the
 * columns filled, or a `MalformedError` that names what is wrong and the limit. A property test proves it equal to
 * the decoder that is generated from proto/tapeline/v1/log.proto. Columns must be packed and stand once, as our
 * encoder writes them.
 */
import { TickKind } from '../market/tick.ts';
import type { LogDictionary } from './log-dictionary.ts';
import { skipVarints, unpackMixed, unpackUnsigned, unpackZigzag } from './packed-columns.ts';
import { MalformedError } from './proto-reader.ts';
import type { PackedTerms } from './terms-dictionary.ts';
import { encodeText } from './text.ts';
import { Column, readFields } from './tick-block-fields.ts';
import { lastEventSec, type TickColumns } from './tick-columns.ts';

const safeMax = Number.MAX_SAFE_INTEGER;

/** Fills `out` from the block in `bytes[start, end)`. `dictionary` spares decoding what blocks repeat. */
export function decodeTickBlock(
  bytes: Uint8Array,
  start: number,
  end: number,
  dictionary: LogDictionary,
  out: TickColumns,
): void {
  dictionary.makeRoom();
  readFields(bytes, start, end, dictionary, out);
  readGroups(out);
  readTicks(out);
}

/**
 * Fills `out` with the ticks of one instrument alone, at the places that they have in the whole block; the groups are
 * all there, the other ticks are not. For a block that was decoded as a whole before, so that it is known to be valid.
 * False if the block has no tick of the instrument.
 */
export function decodeTicksOf(
  symbol: string,
  bytes: Uint8Array,
  start: number,
  end: number,
  dictionary: LogDictionary,
  out: TickColumns,
): boolean {
  const groups = decodeGroupsOf(symbol, bytes, start, end, dictionary, out);
  if (groups === undefined) return false;
  const { first, last } = groups;
  const from = out.groupStart[first]!;
  const to = out.groupStart[last + 1]!;
  const pricedFrom = out.onlyTrades ? from : countPriced(out, 0, from);
  const priced = out.onlyTrades ? to - from : countPriced(out, from, to);
  unpackRange(out, Column.timeSteps, from, to - from, out.timeNs.subarray(from));
  unpackRange(out, Column.priceSteps, pricedFrom, priced, out.price.subarray(from));
  unpackRange(out, Column.sizes, pricedFrom, priced, out.size.subarray(from));
  if (!out.onlyTrades) spreadPriced(out, from, to, priced);
  for (let group = first; group <= last; group += 1) {
    sumGroupTimes(out, out.timeNs, out.groupStart[group]!, out.groupStart[group + 1]!);
    sumGroupPrices(out, group);
  }
  return true;
}

/** Groups of a block, both within. */
export type GroupRange = { readonly first: number; readonly last: number };

/**
 * The part of `decodeTicksOf` that does not look at ticks: fills `out` with the groups, and with the attributes of the groups
 * from the first to the last of the instrument, or of all where some ticks are no trades. `undefined` if it has no tick there.
 */
export function decodeGroupsOf(
  symbol: string,
  bytes: Uint8Array,
  start: number,
  end: number,
  dictionary: LogDictionary,
  out: TickColumns,
): GroupRange | undefined {
  dictionary.makeRoom();
  readFields(bytes, start, end, dictionary, out, encodeText(symbol));
  const first = out.symbols.indexOf(symbol);
  if (first < 0) return undefined;
  const last = out.symbols.lastIndexOf(symbol);
  readGroups(out);
  const from = out.groupStart[first]!;
  const to = out.groupStart[last + 1]!;
  if (!out.onlyTrades) readAttributes(out);
  else if (out.columnEnd[Column.tickAttributes] === 0) out.attribute.fill(0, from, to);
  else unpackRange(out, Column.tickAttributes, from, to - from, out.attribute.subarray(from));
  return { first, last };
}

/** Unpacks `count` entries of a column, those after `from` others. */
function unpackRange(
  out: TickColumns,
  field: number,
  from: number,
  count: number,
  into: Float64Array | Int32Array,
): void {
  const columnEnd = out.columnEnd[field]!;
  const start = skipVarints(out.bytes, out.columnStart[field]!, columnEnd, from);
  const end = skipVarints(out.bytes, start, columnEnd, count);
  if (into instanceof Int32Array) unpackUnsigned(out.bytes, start, end, into);
  else if (field === Column.sizes) unpackMixed(out.bytes, start, end, into);
  else unpackZigzag(out.bytes, start, end, into);
}

function readGroups(out: TickColumns): void {
  const groups = out.symbols.length;
  const base = out.groupSequence[0]!;
  out.reserveGroups(groups);
  out.groupCount = groups;
  const counts = out.groupStart;
  unsigned(out, Column.groupCounts, counts, groups, 'group_counts');
  zigzag(out, Column.groupSequences, out.groupSequence, groups, 'group_sequences');
  unsigned(out, Column.groupLinks, out.groupLink, groups, 'group_links');
  if (out.columnEnd[Column.groupTerms]! > 0) unsigned(out, Column.groupTerms, out.groupTerms, groups, 'group_terms');
  else out.groupTerms.fill(0, 0, groups);
  let ticks = 0;
  for (let group = 0; group < groups; group += 1) {
    const count = counts[group]!;
    if (count < 1) throw new MalformedError('a group has no ticks');
    if (out.groupTerms[group]! >>> 0 >= out.terms.length)
      throw new MalformedError('group_terms names an entry that is not there');
    counts[group] = ticks;
    ticks += count;
  }
  // An entry takes a byte at least: so a count that lies cannot make us reserve memory.
  const timesBytes = out.columnEnd[Column.timeSteps]! - out.columnStart[Column.timeSteps]!;
  if (ticks > timesBytes)
    throw new MalformedError(`group_counts add up to ${ticks} ticks in ${timesBytes} bytes of time_steps`);
  counts[groups] = ticks;
  out.tickCount = ticks;
  out.reserveTicks(ticks);
  readSequences(out, base);
}

function readSequences(out: TickColumns, base: number): void {
  out.consecutive = out.columnEnd[Column.sequenceSteps] === 0;
  if (!out.consecutive) {
    unsigned(out, Column.sequenceSteps, out.size, out.tickCount - out.groupCount, 'sequence_steps');
  }
  let last = base;
  // Sizes are unpacked last, so their memory serves for the steps meanwhile.
  const steps = out.size;
  let step = 0;
  for (let group = 0; group < out.groupCount; group += 1) {
    const first = last + out.groupSequence[group]!;
    const link = out.groupLink[group]! === 0 ? 0 : first - out.groupLink[group]!;
    if (first < 1 || first > safeMax || link < 0) throw new MalformedError('a sequence is not between 1 and 2^53 - 1');
    out.groupSequence[group] = first;
    out.groupLink[group] = link;
    const from = out.groupStart[group]!;
    const to = out.groupStart[group + 1]!;
    last = out.consecutive ? first + (to - from - 1) : first;
    if (!out.consecutive) {
      out.sequence[from] = first;
      for (let index = from + 1; index < to; index += 1) {
        const rise = steps[step]!;
        if (rise < 1) throw new MalformedError('a sequence does not rise inside its group');
        step += 1;
        last += rise;
        out.sequence[index] = last;
      }
    }
    if (last > safeMax) throw new MalformedError('a sequence is not between 1 and 2^53 - 1');
  }
}

function readTicks(out: TickColumns): void {
  const { tickCount } = out;
  zigzag(out, Column.timeSteps, out.timeNs, tickCount, 'time_steps');
  sumTimes(out);
  readAttributes(out);
  const priced = out.onlyTrades ? tickCount : countPriced(out, 0, tickCount);
  zigzag(out, Column.priceSteps, out.price, priced, 'price_steps');
  mixed(out, Column.sizes, out.size, priced, 'sizes');
  if (!out.onlyTrades) spreadPriced(out, 0, tickCount, priced);
  sumPrices(out);
}

function sumTimes(out: TickColumns): void {
  out.lowNs = Infinity;
  out.highNs = -Infinity;
  for (let group = 0; group < out.groupCount; group += 1) {
    sumGroupTimes(out, out.timeNs, out.groupStart[group]!, out.groupStart[group + 1]!);
  }
  const lowest = Math.max(-safeMax, -(out.baseSec * 1e9 + out.baseNano));
  const highest = Math.min(safeMax, (lastEventSec - out.baseSec) * 1e9);
  if (out.highNs > highest || out.lowNs < lowest) {
    throw new MalformedError('an event time is not between 1970 and 2262, or over 2^53 ns (104 days) from base_time');
  }
}

// A group a call: a short loop inside a long one makes the engine leave its optimized code at the end of each group.
function sumGroupTimes(out: TickColumns, timeNs: Float64Array, from: number, to: number): void {
  const unitNs = out.timeUnitNs;
  let { lowNs, highNs } = out;
  let sum = 0;
  for (let index = from; index < to; index += 1) {
    sum += timeNs[index]! * unitNs;
    if (sum < lowNs) lowNs = sum;
    if (sum > highNs) highNs = sum;
    timeNs[index] = sum;
  }
  out.lowNs = lowNs;
  out.highNs = highNs;
}

function countPriced(out: TickColumns, from: number, to: number): number {
  let count = 0;
  for (let index = from; index < to; index += 1) if (isPriced(out, index)) count += 1;
  return count;
}

function isPriced(out: TickColumns, index: number): boolean {
  const kind = out.attributes[out.attribute[index]!]!.attributes.kind;
  return kind === TickKind.trade || kind === TickKind.correction;
}

/**
 * Moves the `priced` dense entries of trades and corrections among ticks `[from, to)` from the front of the range to
 * their ticks, from the end so that nothing is overwritten.
 */
function spreadPriced(out: TickColumns, from: number, to: number, priced: number): void {
  let dense = from + priced;
  for (let index = to - 1; index >= from; index -= 1) {
    const has = isPriced(out, index);
    if (has) dense -= 1;
    out.price[index] = has ? out.price[dense]! : 0;
    out.size[index] = has ? out.size[dense]! : 0;
  }
}

function sumPrices(out: TickColumns): void {
  for (let group = 0; group < out.groupCount; group += 1) sumGroupPrices(out, group);
}

function sumGroupPrices(out: TickColumns, group: number): void {
  const terms = out.terms[out.groupTerms[group]!]!;
  const from = out.groupStart[group]!;
  const to = out.groupStart[group + 1]!;
  if (out.onlyTrades) {
    sumGroup(out.price, out.size, from, to, terms);
    return;
  }
  let sum = 0;
  for (let index = from; index < to; index += 1) {
    if (!isPriced(out, index)) continue;
    sum += out.price[index]! * terms.priceScale;
    out.price[index] = sum;
    out.size[index]! *= terms.sizeScale;
    checkUnits(sum, out.size[index]!);
  }
}

function sumGroup(price: Float64Array, size: Float64Array, from: number, to: number, terms: PackedTerms): void {
  const { priceScale, sizeScale } = terms;
  let sum = 0;
  for (let index = from; index < to; index += 1) {
    sum += price[index]! * priceScale;
    const shares = size[index]! * sizeScale;
    checkUnits(sum, shares);
    price[index] = sum;
    size[index] = shares;
  }
}

function checkUnits(price: number, size: number): void {
  if (price > safeMax || price < -safeMax)
    throw new MalformedError('PRICE_OUT_OF_RANGE: a price is beyond 2^53 - 1 units');
  if (size < 1 || size > safeMax)
    throw new MalformedError('SIZE_OUT_OF_RANGE: a size is not between 1 and 2^53 - 1 units');
}

function readAttributes(out: TickColumns): void {
  if (out.columnEnd[Column.tickAttributes]! > 0) {
    unsigned(out, Column.tickAttributes, out.attribute, out.tickCount, 'tick_attributes');
  } else out.attribute.fill(0, 0, out.tickCount);
  checkAttributes(out);
}

function checkAttributes(out: TickColumns): void {
  const { attribute } = out;
  const known = out.attributes.length;
  for (let index = 0; index < out.tickCount; index += 1) {
    if (attribute[index]! >>> 0 >= known) throw new MalformedError('tick_attributes names an entry that is not there');
  }
}

/** Unpacks a column. Entries beyond the room of `into`, which is at least `entries`, are counted and not stored. */
function unsigned(
  out: TickColumns,
  field: number,
  into: Float64Array | Int32Array,
  entries: number,
  name: string,
): void {
  const count = unpackUnsigned(out.bytes, out.columnStart[field]!, out.columnEnd[field]!, into);
  if (count !== entries) throw new MalformedError(`${name} has ${count} entries for ${entries}`);
}

function zigzag(out: TickColumns, field: number, into: Float64Array, entries: number, name: string): void {
  const count = unpackZigzag(out.bytes, out.columnStart[field]!, out.columnEnd[field]!, into);
  if (count !== entries) throw new MalformedError(`${name} has ${count} entries for ${entries}`);
}

function mixed(out: TickColumns, field: number, into: Float64Array, entries: number, name: string): void {
  const count = unpackMixed(out.bytes, out.columnStart[field]!, out.columnEnd[field]!, into);
  if (count !== entries) throw new MalformedError(`${name} has ${count} entries for ${entries}`);
}
