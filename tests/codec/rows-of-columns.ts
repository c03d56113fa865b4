/**
 * Turns decoded blocks back into rows, by the two decoders. In: a record's bytes. Out: rows grouped by instrument, in
 * column order. The one through the generated decoder follows the comments of log.proto alone and shares no code with
 * the hand-written decoder.
 */
import {
  decodeLogRecord as decodeEntries,
  decodeTickBlock,
  LogDictionary,
  originalsOf,
  quotesOf,
  receiveDelaysOf,
  TickColumns,
  TickFlag,
  TickKind,
  type TickRow,
  tradeIdsOf,
  tradingStatesOf,
  venueSequencesOf,
} from '@tapeline/domain';
import { decodeLogRecord, type wireLog } from '@tapeline/wire';

const nsPerSec = 1_000_000_000n;

/** Rows by the hand-written decoder. */
export function rowsByHand(record: Uint8Array): TickRow[] {
  const columns = new TickColumns();
  const rows: TickRow[] = [];
  for (const entry of decodeEntries(record)) {
    if (entry.kind !== 'tickBlock') continue;
    decodeTickBlock(record, entry.start, entry.end, new LogDictionary(), columns);
    rows.push(...rowsOf(columns));
  }
  return rows;
}

function rowsOf(columns: TickColumns): TickRow[] {
  const ids = tradeIdsOf(columns);
  const originals = originalsOf(columns);
  const quotes = quotesOf(columns);
  const delays = receiveDelaysOf(columns);
  const venueSequences = venueSequencesOf(columns);
  const states = tradingStatesOf(columns);
  const rows: TickRow[] = [];
  for (let group = 0; group < columns.groupCount; group += 1) {
    let link = columns.groupLink[group] as number;
    for (
      let index = columns.groupStart[group] as number;
      index < (columns.groupStart[group + 1] as number);
      index += 1
    ) {
      const { attributes } = columns.attributes[columns.attribute[index] as number] as TickColumns['attributes'][0];
      const priced = attributes.kind === TickKind.trade || attributes.kind === TickKind.correction;
      const baseNs = BigInt(columns.baseSec) * nsPerSec + BigInt(columns.baseNano);
      const eventNs = baseNs + BigInt(columns.timeNs[index] as number);
      const sequence = columns.sequenceAt(group, index);
      const original = originals[index];
      const step = original?.correctedTimeStep;
      const correctedNs = step === undefined ? undefined : eventNs + BigInt(step) * BigInt(columns.timeUnitNs);
      const quote = quotes[index];
      rows.push({
        symbol: columns.symbols[group] as string,
        terms: (columns.terms[columns.groupTerms[group] as number] as TickColumns['terms'][0]).terms,
        sequence,
        link,
        ...timeOf(eventNs),
        attributes,
        price: columns.price[index] as number,
        size: columns.size[index] as number,
        ...(priced ? { tradeId: ids?.[index] ?? '' } : {}),
        ...(original === undefined
          ? {}
          : { original: { sequence: original.sequence, tradeId: original.tradeId, ...correctedOf(correctedNs) } }),
        ...(quote === undefined ? {} : { quote }),
        ...(attributes.kind === TickKind.status ? { tradingState: states?.[index] ?? 0 } : {}),
        ...(delays === undefined ? {} : { receiveDelayNs: delays[index] as number }),
        ...(venueSequences === undefined ? {} : { venueSequence: venueSequences[index] as number }),
      });
      link = sequence;
    }
  }
  return rows;
}

function timeOf(ns: bigint): { eventSec: number; eventNano: number } {
  return { eventSec: Number(ns / nsPerSec), eventNano: Number(ns % nsPerSec) };
}

function correctedOf(ns: bigint | undefined): { correctedSec?: number; correctedNano?: number } {
  return ns === undefined ? {} : { correctedSec: Number(ns / nsPerSec), correctedNano: Number(ns % nsPerSec) };
}

/** Rows by the decoder that is generated from log.proto. */
export function rowsByContract(record: Uint8Array): TickRow[] {
  const decoded = decodeLogRecord(record);
  if ('code' in decoded) throw new Error(decoded.message);
  return decoded.entries.flatMap(({ entry }) => (entry?.$case === 'tickBlock' ? rowsOfBlock(entry.value) : []));
}

/** Takes the next entry of a column. */
function cursor<Value>(column: readonly Value[]): () => Value {
  let next = 0;
  return () => column[next++] as Value;
}

/** Sums steps within a group. */
function sum(next: () => bigint): (factor?: bigint) => bigint {
  let total = 0n;
  return (factor = 1n) => (total += next() * factor);
}

/** Cursors over the columns of a block, and what a group begins with. */
function cursorsOf(block: wireLog.TickBlock) {
  return {
    step: cursor(block.sequenceSteps),
    time: cursor(block.timeSteps),
    attribute: cursor(block.tickAttributes),
    price: cursor(block.priceSteps),
    size: cursor(block.sizes),
    idStep: cursor(block.tradeIdSteps),
    idText: cursor(block.tradeIds),
    bid: cursor(block.bidPriceSteps),
    bidSize: cursor(block.bidSizes),
    ask: cursor(block.askPriceSteps),
    askSize: cursor(block.askSizes),
    original: cursor(block.originals),
    state: cursor(block.tradingStates),
    delay: cursor(block.receiveDelaysNs),
    venue: cursor(block.venueSequenceSteps),
  };
}

type Cursors = ReturnType<typeof cursorsOf>;

/** Rows of one block by the contract. */
export function rowsOfBlock(block: wireLog.TickBlock): TickRow[] {
  const next = cursorsOf(block);
  let last = block.baseSequence;
  return block.symbols.flatMap((symbol, group) => {
    const terms = block.terms[block.groupTerms[group] ?? 0] as wireLog.InstrumentTerms;
    const first = last + (block.groupSequences[group] as bigint);
    const back = block.groupLinks[group] as bigint;
    let link = back === 0n ? 0n : first - back;
    const rowOf = rowReader(block, next, terms);
    return Array.from({ length: block.groupCounts[group] as number }, (_, index): TickRow => {
      const sequence = index === 0 ? first : last + (block.sequenceSteps.length > 0 ? next.step() : 1n);
      const row = { symbol, sequence: Number(sequence), link: Number(link), ...rowOf() };
      last = sequence;
      link = sequence;
      return row;
    });
  });
}

/** Reads the next tick of one group, but for its name and identity. */
function rowReader(
  block: wireLog.TickBlock,
  next: Cursors,
  terms: wireLog.InstrumentTerms,
): () => Omit<TickRow, 'symbol' | 'sequence' | 'link'> {
  const unit = BigInt(block.timeUnitNs);
  const [priceScale, sizeScale] = [terms.priceScale || 1n, terms.sizeScale || 1n];
  const [time, price, id] = [sum(next.time), sum(next.price), sum(next.idStep)];
  const [bid, ask, venue] = [sum(next.bid), sum(next.ask), sum(next.venue)];
  const { priceExponent, sizeExponent, calendar, currency, tickSize } = terms;
  const named = { priceExponent, sizeExponent, calendar, currency, tickSize: Number(tickSize) };
  const tradeId = (): string =>
    block.tradeIdSteps.length > 0 ? String(id()) : block.tradeIds.length > 0 ? next.idText() : '';
  const quote = (flags: number): NonNullable<TickRow['quote']> => ({
    ...(flags & TickFlag.quoteBid
      ? { bidPrice: Number(bid(priceScale)), bidSize: Number(next.bidSize() * sizeScale) }
      : {}),
    ...(flags & TickFlag.quoteAsk
      ? { askPrice: Number(ask(priceScale)), askSize: Number(next.askSize() * sizeScale) }
      : {}),
  });
  return () => {
    const attributes = block.attributes[
      block.tickAttributes.length > 0 ? next.attribute() : 0
    ] as wireLog.TickAttributes;
    const { kind, flags } = attributes;
    const priced = kind === TickKind.trade || kind === TickKind.correction;
    const amends = kind === TickKind.cancel || kind === TickKind.correction;
    const atUnits = block.baseTime + time();
    return {
      terms: named,
      ...timeOf(atUnits * unit),
      attributes: { ...attributes } as TickRow['attributes'],
      price: priced ? Number(price(priceScale)) : 0,
      size: priced ? Number(next.size() * sizeScale) : 0,
      ...(priced ? { tradeId: tradeId() } : {}),
      ...(amends ? { original: originalOfWire(next.original(), atUnits, unit) } : {}),
      ...(kind === TickKind.quote ? { quote: quote(flags) } : {}),
      ...(kind === TickKind.status ? { tradingState: Number(next.state()) } : {}),
      ...(block.receiveDelaysNs.length > 0 ? { receiveDelayNs: Number(next.delay()) } : {}),
      ...(block.venueSequenceSteps.length > 0 ? { venueSequence: Number(venue()) } : {}),
    };
  };
}

function originalOfWire(
  original: wireLog.TradeReference,
  atUnits: bigint,
  unit: bigint,
): NonNullable<TickRow['original']> {
  const { reference, correctedTimeStep: step } = original;
  const named = {
    sequence: reference?.$case === 'sequence' ? Number(reference.value) : 0,
    tradeId: reference?.$case === 'tradeId' ? reference.value : '',
  };
  return { ...named, ...correctedOf(step === undefined ? undefined : (atUnits + step) * unit) };
}
