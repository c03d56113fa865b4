/**
 * Raw recordings of Binance's WebSocket. In: lines of a receive time and a message, plain or gzip. Out: trades, and
 * quotes that say when they were; everything else is counted. Spot's bookTicker has no event time. It is left out
 * rather than stamped with the receive time: that is another clock, 1.27 s behind the exchange's in the reference
 * recording, and would show a quote before the trade that it followed.
 */
import { AggressorSide, TickFlag, TickKind } from '@tapeline/domain';
import type { TickAttributes } from '@tapeline/domain';
import type { BatchBuilder, Refusal } from './batch-builder.ts';
import { readBinanceLine } from './binance-message.ts';
import type { BinanceLine, BinanceQuote } from './binance-message.ts';
import { BinanceTerms } from './binance-terms.ts';
import { binanceAttributes, binanceDataset, binanceTimes, binanceTradeTick } from './binance-tick.ts';
import type { CsvDecimals } from './csv-decimals.ts';
import { unitsOf } from './decimal-text.ts';
import type { FileFacts } from './file-facts.ts';
import { lineBatches, linesOf } from './line-batches.ts';
import { refusalOfUnits } from './number-refusal.ts';
import type { RecordedTick, Recording } from './recording.ts';
import type { RecordingProblem } from './recording-problem.ts';
import { RecordingSourceError } from './recording-source.ts';
import type { RecordingSource } from './recording-source.ts';
import { problemOfTooManySymbols, recordingSymbolsMax, refusalOfSymbol } from './symbol-text.ts';

/**
 * Opens a recording whose first line looks like one; reads it once for the terms of its symbols, and tells `decimals` of
 * them, for CSV files read beside it.
 */
export async function openBinanceRecording(
  facts: FileFacts,
  source: RecordingSource,
  calendar: string,
  decimals: CsvDecimals,
): Promise<Recording | RecordingProblem> {
  const { path, contentHash } = facts;
  const terms = await termsIn(source, calendar);
  if (terms.symbolCount > recordingSymbolsMax) return problemOfTooManySymbols(path);
  for (const symbol of terms.symbols()) {
    const { priceExponent, sizeExponent } = terms.termsOf(symbol);
    decimals.widen(symbol, { price: -priceExponent, size: -sizeExponent });
  }
  return {
    path,
    format: 'binance',
    dataset: binanceDataset,
    contentHash,
    termsOf: (symbol) => terms.termsOf(symbol),
    batches: () => lineBatches(path, source, (text, line, batch, isLast) => readLine(terms, text, line, batch, isLast)),
  };
}

/** A source that fails ends the look-through; `batches` meets the failure again and says so. */
async function termsIn(source: RecordingSource, calendar: string): Promise<BinanceTerms> {
  const terms = new BinanceTerms(calendar);
  for await (const found of linesOf(source)) {
    if (found instanceof RecordingSourceError) break;
    for (const text of found.lines) noteLine(text, terms);
    if (terms.symbolCount > recordingSymbolsMax) break;
  }
  return terms;
}

function noteLine(text: string | undefined, terms: BinanceTerms): void {
  if (text === undefined || !(text.includes('trade"') || text.includes('bookTicker'))) return;
  const read = readBinanceLine(text, false);
  if ('code' in read) return;
  const { message } = read;
  if (message.what === 'trade') terms.note(message.symbol, message.price, message.size);
  if (message.what === 'quote' && message.eventUs !== undefined) {
    terms.note(message.symbol, message.bidPrice, message.bidSize);
    terms.note(message.symbol, message.askPrice, message.askSize);
  }
}

function readLine(terms: BinanceTerms, text: string, line: number, batch: BatchBuilder, isLast: boolean): void {
  const read = readBinanceLine(text, isLast);
  if ('code' in read) {
    batch.reject(line, read);
    return;
  }
  const { message } = read;
  if (message.what === 'other') batch.ignore(message.label);
  else if (message.what === 'trade')
    add(binanceTradeTick(message, terms.termsOf(message.symbol), read, line), line, batch);
  else if (message.eventUs === undefined) batch.ignore('bookTicker without an event time');
  else add(quoteTick(terms, message, message.eventUs, read, line), line, batch);
}

function add(tick: RecordedTick | Refusal, line: number, batch: BatchBuilder): void {
  if ('code' in tick) batch.reject(line, tick);
  else batch.tick(tick, []);
}

const bothSides: TickAttributes = binanceAttributes(
  TickKind.quote,
  AggressorSide.unknown,
  TickFlag.quoteBid | TickFlag.quoteAsk,
);

function quoteTick(
  terms: BinanceTerms,
  quote: BinanceQuote,
  eventUs: number,
  read: BinanceLine,
  line: number,
): RecordedTick | Refusal {
  const { priceExponent, sizeExponent } = terms.termsOf(quote.symbol);
  const bidPrice = unitsOf(quote.bidPrice, -priceExponent);
  const bidSize = unitsOf(quote.bidSize, -sizeExponent);
  const askPrice = unitsOf(quote.askPrice, -priceExponent);
  const askSize = unitsOf(quote.askSize, -sizeExponent);
  const refusal =
    refusalOfSymbol(quote.symbol) ??
    refusalOfUnits('PRICE', 'b (bid price)', quote.bidPrice, bidPrice, 1, -priceExponent) ??
    refusalOfUnits('SIZE', 'B (bid quantity)', quote.bidSize, bidSize, 0, -sizeExponent) ??
    refusalOfUnits('PRICE', 'a (ask price)', quote.askPrice, askPrice, 1, -priceExponent) ??
    refusalOfUnits('SIZE', 'A (ask quantity)', quote.askSize, askSize, 0, -sizeExponent);
  if (refusal !== undefined) return refusal;
  return {
    kind: TickKind.quote,
    line,
    symbol: quote.symbol,
    ...binanceTimes(eventUs, read),
    price: 0,
    size: 0,
    bidPrice,
    bidSize,
    askPrice,
    askSize,
    attributes: bothSides,
    venueSequence: quote.updateId,
  };
}
