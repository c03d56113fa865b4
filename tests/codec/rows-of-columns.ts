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
  return decoded.entries.flatMap(({ entry }) => (entry?.$case === 'tickBlock' ? rowsOfWire(entry.value) : []));
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

function rowsOfWire(block: wireLog.TickBlock): TickRow[] {
  const [steps, times, attributeAt] = [
    cursor(block.sequenceSteps),
    cursor(block.timeSteps),
    cursor(block.tickAttributes),
  ];
  const [prices, sizes, idSteps, idTexts] = [
    cursor(block.priceSteps),
    cursor(block.sizes),
    cursor(block.tradeIdSteps),
    cursor(block.tradeIds),
  ];
  const [bids, bidSizes, asks, askSizes] = [
    cursor(block.bidPriceSteps),
    cursor(block.bidSizes),
    cursor(block.askPriceSteps),
    cursor(block.askSizes),
  ];
  const [originals, states, delays, venues] = [
    cursor(block.originals),
    cursor(block.tradingStates),
    cursor(block.receiveDelaysNs),
    cursor(block.venueSequenceSteps),
  ];
  const unit = BigInt(block.timeUnitNs);
  let last = block.baseSequence;
  return block.symbols.flatMap((symbol, group) => {
    const terms = block.terms[block.groupTerms[group] ?? 0] as wireLog.InstrumentTerms;
    const [priceScale, sizeScale] = [terms.priceScale || 1n, terms.sizeScale || 1n];
    const first = last + (block.groupSequences[group] as bigint);
    const back = block.groupLinks[group] as bigint;
    let link = back === 0n ? 0n : first - back;
    const [time, price, id, bid, ask, venue] = [
      sum(times),
      sum(prices),
      sum(idSteps),
      sum(bids),
      sum(asks),
      sum(venues),
    ];
    return Array.from({ length: block.groupCounts[group] as number }, (_, index): TickRow => {
      const sequence = index === 0 ? first : last + (block.sequenceSteps.length > 0 ? steps() : 1n);
      const attributes = block.attributes[
        block.tickAttributes.length > 0 ? attributeAt() : 0
      ] as wireLog.TickAttributes;
      const priced = attributes.kind === TickKind.trade || attributes.kind === TickKind.correction;
      const amends = attributes.kind === TickKind.cancel || attributes.kind === TickKind.correction;
      const quotes = attributes.kind === TickKind.quote;
      const atUnits = block.baseTime + time();
      const row: TickRow = {
        symbol,
        terms: {
          priceExponent: terms.priceExponent,
          sizeExponent: terms.sizeExponent,
          calendar: terms.calendar,
          currency: terms.currency,
          tickSize: Number(terms.tickSize),
        },
        sequence: Number(sequence),
        link: Number(link),
        ...timeOf(atUnits * unit),
        attributes: { ...attributes } as TickRow['attributes'],
        price: priced ? Number(price(priceScale)) : 0,
        size: priced ? Number(sizes() * sizeScale) : 0,
        ...(priced
          ? { tradeId: block.tradeIdSteps.length > 0 ? String(id()) : block.tradeIds.length > 0 ? idTexts() : '' }
          : {}),
        ...(amends ? { original: originalOfWire(originals(), atUnits, unit) } : {}),
        ...(quotes
          ? {
              quote: {
                ...(attributes.flags & TickFlag.quoteBid
                  ? { bidPrice: Number(bid(priceScale)), bidSize: Number(bidSizes() * sizeScale) }
                  : {}),
                ...(attributes.flags & TickFlag.quoteAsk
                  ? { askPrice: Number(ask(priceScale)), askSize: Number(askSizes() * sizeScale) }
                  : {}),
              },
            }
          : {}),
        ...(attributes.kind === TickKind.status ? { tradingState: Number(states()) } : {}),
        ...(block.receiveDelaysNs.length > 0 ? { receiveDelayNs: Number(delays()) } : {}),
        ...(block.venueSequenceSteps.length > 0 ? { venueSequence: Number(venue()) } : {}),
      };
      last = sequence;
      link = sequence;
      return row;
    });
  });
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
