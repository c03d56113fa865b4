/**
 * Reads what a `TickBlock` says once: header, dictionaries, names, and where its columns lie. In: a slice of a log
 * record. Out: those fields of `TickColumns`, or a `MalformedError` that names what is wrong and the limit.
 */
import { TickKind } from '../market/tick.ts';
import { KeptBigint } from './kept-bigint.ts';
import type { LogDictionary } from './log-dictionary.ts';
import { MalformedError, ProtoReader, WireType } from './proto-reader.ts';
import type { PackedTerms } from './terms-dictionary.ts';
import { type TickColumns, type TimeDomain, tickBlockFieldMax } from './tick-columns.ts';

/** The block layout that this decoder reads. */
export const tickBlockFormatVersion = 1;

/** Field numbers of the columns of `TickBlock`. */
export const Column = {
  groupTerms: 13,
  groupCounts: 14,
  groupSequences: 15,
  groupLinks: 16,
  sequenceSteps: 17,
  timeSteps: 18,
  tickAttributes: 19,
  priceSteps: 20,
  sizes: 21,
  receiveDelays: 22,
  venueSequenceSteps: 23,
  tradeIdSteps: 24,
  tradeIds: 25,
  originals: 26,
  bidPriceSteps: 27,
  bidSizes: 28,
  askPriceSteps: 29,
  askSizes: 30,
  tradingStates: 31,
} as const;

const nsPerSec = 1_000_000_000;
const nsEnd: number = 2 ** 63;
const reader = new ProtoReader(new Uint8Array(0), 0, 0);
const ids = new KeptBigint();
const receiveTimes = new KeptBigint();

/** Fills the fields; with `wanted`, the bytes of a symbol, other symbols are left empty. */
export function readFields(
  bytes: Uint8Array,
  start: number,
  end: number,
  dictionary: LogDictionary,
  out: TickColumns,
  wanted?: Uint8Array,
): void {
  out.bytes = bytes;
  out.serial += 1;
  out.columnStart.fill(0);
  out.columnEnd.fill(0);
  out.terms.length = 0;
  out.attributes.length = 0;
  out.symbols.length = 0;
  out.onlyTrades = true;
  out.publisherId = 0n;
  out.mapEpoch = 0;
  out.receiveTimeNs = 0n;
  out.dataset = '';
  let [version, domain, unitNs, baseSequence] = [0, 0, 0, 0];
  let baseTime: number | bigint = 0;
  reader.reset(bytes, start, end);
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 98) out.symbols.push(isOther(reader, wanted) ? '' : nameAt(reader, dictionary));
    else if (tag === 90) addAttributes(reader, dictionary, out);
    else if (tag >= 106 && tag % 8 === WireType.bytes && tag >> 3 <= tickBlockFieldMax)
      markColumn(reader, tag >> 3, out);
    else if (tag === 82) out.terms.push(termsAt(reader, dictionary));
    else if (tag === 8) version = reader.uint();
    else if (tag === 17) out.publisherId = ids.unsigned(reader.fixed32(), reader.fixed32());
    else if (tag === 24) domain = reader.uint();
    else if (tag === 32) out.mapEpoch = reader.uint();
    else if (tag === 42) out.dataset = nameAt(reader, dictionary);
    else if (tag === 49) out.receiveTimeNs = receiveTimes.signed(reader.fixed32(), reader.fixed32());
    else if (tag === 56) unitNs = reader.uint();
    else if (tag === 64) baseTime = reader.wideSint();
    else if (tag === 72) baseSequence = reader.uint();
    else reader.skip(tag % 8);
  }
  if (version !== tickBlockFormatVersion) {
    throw new MalformedError(`tick block format ${version} is not ${tickBlockFormatVersion}`);
  }
  checkHeader(out, domain, unitNs);
  out.timeDomain = domain as TimeDomain;
  out.timeUnitNs = unitNs;
  setBase(out, baseTime);
  out.groupSequence[0] = baseSequence;
}

function setBase(out: TickColumns, baseTime: number | bigint): void {
  const { timeUnitNs } = out;
  // Where the quotient is no integer, rounding it passes over none.
  if (baseTime < 0 || baseTime >= nsEnd / timeUnitNs) {
    throw new MalformedError('base_time is not between 0 and 2^63 - 1 ns');
  }
  const perSec = nsPerSec / timeUnitNs;
  if (typeof baseTime === 'bigint') {
    out.baseSec = Number(baseTime / BigInt(perSec));
    out.baseNano = Number(baseTime % BigInt(perSec)) * timeUnitNs;
    return;
  }
  const rest = baseTime % perSec;
  out.baseSec = (baseTime - rest) / perSec;
  out.baseNano = rest * timeUnitNs;
}

function checkHeader(out: TickColumns, domain: number, unitNs: number): void {
  if (domain < 1 || domain > 3) throw new MalformedError(`time domain ${domain} is not between 1 and 3`);
  if (out.publisherId === 0n || domainOf(ids.high) !== domain) {
    throw new MalformedError(`time domain ${domain} is not that of the publisher id`);
  }
  if (unitNs !== 1 && unitNs !== 1_000 && unitNs !== 1_000_000 && unitNs !== 1_000_000_000) {
    throw new MalformedError(`time unit ${unitNs} ns is none of 1, 1000, 1000000 and 1000000000`);
  }
  if (out.dataset === '') throw new MalformedError('the block names no dataset');
}

/** The time domain in the upper half of a publisher id. */
function domainOf(idHigh: number): number {
  return (idHigh >>> 14) & 3;
}

function sliceIndex(from: ProtoReader, interner: { indexOf(b: Uint8Array, s: number, e: number): number }): number {
  const length = from.length();
  const index = interner.indexOf(from.bytes, from.at, from.at + length);
  from.at += length;
  return index;
}

/** Passes over a name that is not the wanted one. */
function isOther(from: ProtoReader, wanted: Uint8Array | undefined): boolean {
  if (wanted === undefined) return false;
  const { at } = from;
  const length = from.length();
  let same = 0;
  if (length === wanted.length) while (same < length && from.bytes[from.at + same] === wanted[same]) same += 1;
  if (same === length) from.at = at;
  else from.at += length;
  return same < length;
}

function nameAt(from: ProtoReader, dictionary: LogDictionary): string {
  return dictionary.names.value(sliceIndex(from, dictionary.names));
}

function termsAt(from: ProtoReader, dictionary: LogDictionary): PackedTerms {
  const length = from.length();
  const { at } = from;
  from.at += length;
  return dictionary.terms.read(from.bytes, at, from.at);
}

function addAttributes(from: ProtoReader, dictionary: LogDictionary, out: TickColumns): void {
  const entry = dictionary.attributes.value(sliceIndex(from, dictionary.attributes));
  if (entry.attributes.kind !== TickKind.trade) out.onlyTrades = false;
  out.attributes.push(entry);
}

function markColumn(from: ProtoReader, field: number, out: TickColumns): void {
  // Texts and messages repeat with their tags, two bytes each, and are read from the first tag on; see rare-columns.ts.
  const tagged = field === Column.tradeIds || field === Column.originals;
  const tagAt = from.at - 2;
  const length = from.length();
  const first = out.columnEnd[field]! === 0;
  if (!first && !tagged) throw new MalformedError(`column ${field} stands twice`);
  if (first) out.columnStart[field] = tagged ? tagAt : from.at;
  from.at += length;
  out.columnEnd[field] = from.at;
}
