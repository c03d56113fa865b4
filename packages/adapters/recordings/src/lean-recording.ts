/**
 * Lean's trade and quote files. In: a zip with one CSV file without a header, times in local New York milliseconds.
 * Out: a recording of one instrument, prices in 0.0001 USD and sizes in shares. The lines have no quotes and no
 * escapes, so they are cut at their commas. Format: docs/adr/0003-reading-recordings.md.
 */
import { TickFlag, TickKind } from '@tapeline/domain';
import type { InstrumentTerms } from '@tapeline/domain';
import type { Refusal } from './batch-builder.ts';
import type { CsvDecimals } from './csv-decimals.ts';
import { wholeNumberOf } from './decimal-text.ts';
import type { FileFacts } from './file-facts.ts';
import { LeanAttributes } from './lean-attributes.ts';
import { LeanClock, refusalOfFieldCount, refusalOfLeanPrice, refusalOfLeanSize } from './lean-line.ts';
import { leanIdentityOf } from './lean-name.ts';
import type { LeanIdentity, LeanName } from './lean-name.ts';
import { lineBatches } from './line-batches.ts';
import type { ReadLine } from './line-batches.ts';
import type { Recording } from './recording.ts';
import type { RecordingProblem } from './recording-problem.ts';
import { zipEntryOf } from './zip-entry.ts';

/** The session calendar of a Lean recording unless another is asked for. */
export const leanCalendar = 'XNYS';

const tradeFields = 'ms,price,size,venue,conditions,suspicious';
const quoteFields = 'ms,bid,bidSize,ask,askSize,venue,conditions,suspicious';

/** Opens a zip whose name is that of a Lean recording; tells `decimals` of its own, for CSV files read beside it. */
export async function openLeanRecording(
  facts: FileFacts,
  name: LeanName,
  calendar: string,
  decimals: CsvDecimals,
): Promise<Recording | RecordingProblem> {
  const entry = await zipEntryOf(facts.path);
  if ('code' in entry) return entry;
  const identity = leanIdentityOf(facts.path, name, entry.name);
  if ('code' in identity) return identity;
  decimals.widen(identity.symbol, { price: 4, size: 0 });
  const terms: InstrumentTerms = { priceExponent: -4, sizeExponent: 0, calendar, currency: 'USD', tickSize: 100 };
  return {
    path: facts.path,
    format: identity.kind === 'trade' ? 'lean-trade' : 'lean-quote',
    dataset: 'lean-us-equity',
    contentHash: facts.contentHash,
    termsOf: () => terms,
    batches: () =>
      lineBatches(facts.path, entry.source, identity.kind === 'trade' ? tradeReader(identity) : quoteReader(identity)),
  };
}

function tradeReader(identity: LeanIdentity): ReadLine {
  const clock = new LeanClock(identity.day);
  const attributesOf = new LeanAttributes(TickKind.trade, identity.day);
  return (text, line, batch) => {
    const fields = text.split(',');
    if (fields.length !== 6) {
      batch.reject(line, refusalOfFieldCount(fields.length, 6, tradeFields));
      return;
    }
    const [msText = '', priceText = '', sizeText = '', venue = '', conditions = '', suspicious = ''] = fields;
    const price = wholeNumberOf(priceText);
    const size = wholeNumberOf(sizeText);
    const refusal =
      clock.read(msText) ??
      refusalOfLeanPrice('price', priceText, price) ??
      refusalOfLeanSize('size', sizeText, size, 1);
    if (refusal !== undefined) {
      batch.reject(line, refusal);
      return;
    }
    const known = attributesOf.of(venue, conditions, suspicious, 0);
    if ('code' in known) {
      batch.reject(line, known);
      return;
    }
    const { sec: eventSec, nano: eventNano } = clock;
    const { attributes } = known;
    batch.tick(
      { kind: TickKind.trade, line, symbol: identity.symbol, eventSec, eventNano, price, size, attributes },
      known.unknownConditions,
    );
  };
}

function quoteReader(identity: LeanIdentity): ReadLine {
  const clock = new LeanClock(identity.day);
  const attributesOf = new LeanAttributes(TickKind.quote, identity.day);
  return (text, line, batch) => {
    const fields = text.split(',');
    if (fields.length !== 8) {
      batch.reject(line, refusalOfFieldCount(fields.length, 8, quoteFields));
      return;
    }
    const [msText = '', bidText = '', bidSizeText = '', askText = '', askSizeText = ''] = fields;
    const [, , , , , venue = '', conditions = '', suspicious = ''] = fields;
    const bid = sideOf('bid', bidText, bidSizeText);
    const ask = sideOf('ask', askText, askSizeText);
    const refusal = clock.read(msText) ?? refusalIn(bid) ?? refusalIn(ask);
    if (refusal !== undefined) {
      batch.reject(line, refusal);
      return;
    }
    const sides = (hasSide(bid) ? TickFlag.quoteBid : 0) | (hasSide(ask) ? TickFlag.quoteAsk : 0);
    const known = attributesOf.of(venue, conditions, suspicious, sides);
    if ('code' in known) {
      batch.reject(line, known);
      return;
    }
    if (sides === 0) {
      batch.ignore('quote without a changed side');
      return;
    }
    const tick = {
      kind: TickKind.quote,
      line,
      symbol: identity.symbol,
      eventSec: clock.sec,
      eventNano: clock.nano,
      price: 0,
      size: 0,
      ...(hasSide(bid) ? { bidPrice: bid.price, bidSize: bid.size } : undefined),
      ...(hasSide(ask) ? { askPrice: ask.price, askSize: ask.size } : undefined),
      attributes: known.attributes,
    };
    batch.tick(tick, known.unknownConditions);
  };
}

/** A side of a quote: price and size, `undefined` = did not change. */
type QuoteSide = { readonly price: number; readonly size: number } | Refusal | undefined;

function sideOf(name: 'bid' | 'ask', priceText: string, sizeText: string): QuoteSide {
  if (isAbsent(priceText) && isAbsent(sizeText)) return undefined;
  const price = wholeNumberOf(priceText);
  const size = wholeNumberOf(sizeText);
  return (
    refusalOfLeanPrice(name, priceText, price) ?? refusalOfLeanSize(`${name}Size`, sizeText, size, 0) ?? { price, size }
  );
}

function isAbsent(text: string): boolean {
  return text === '' || text === '0';
}

function hasSide(side: QuoteSide): side is { readonly price: number; readonly size: number } {
  return side !== undefined && 'price' in side;
}

function refusalIn(side: QuoteSide): Refusal | undefined {
  return side !== undefined && 'code' in side ? side : undefined;
}
