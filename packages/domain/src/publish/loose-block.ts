/**
 * Reads a block of columns tick by tick, with room beyond every limit. In: a stamped block in which the strict decoder
 * found a fault. Out: a draft of each tick, so that the bad ones can be refused by themselves; or a refusal where no
 * tick can be told from its neighbour: columns of different lengths, entries that are not there, bad identities.
 */
import { ProtoReader } from '../log/proto-reader.ts';
import { Column } from '../log/tick-block-fields.ts';
import { type TickAttributes, TickFlag, TickKind } from '../market/tick.ts';
import type { DraftTick } from './draft-tick.ts';
import { eventSecMax, instantOf } from './instant.ts';
import {
  type DenseColumn,
  type LooseFields,
  type LooseOriginal,
  type LooseTerms,
  readLooseFields,
} from './loose-fields.ts';
import { batchTicksMax } from './publish-limits.ts';
import { PublishRefusedError } from './refusal.ts';
import { checkIdentity, newDraft, type RowReader, tooLarge } from './row-reader.ts';
import { numberFault, priceFault, sizeFault, timeTextFault, venueSequenceFault } from './tick-faults.ts';

const safeMax = BigInt(Number.MAX_SAFE_INTEGER);
const nsMax = BigInt(eventSecMax) * 1_000_000_000n + 999_999_999n;

/** The ticks of the block. Throws `PublishRefusedError` and `MalformedError`. */
export function readLooseBlock(block: Uint8Array, rows: RowReader): DraftTick[] {
  const fields = readLooseFields(new ProtoReader(block, 0, block.length), rows);
  return new LooseBlock(fields).drafts();
}

/** Running sums of one group. */
type Sums = { sequence: bigint; time: bigint; price: bigint; bid: bigint; ask: bigint; venue: bigint; tradeId: bigint };

class LooseBlock {
  readonly #fields: LooseFields;
  readonly #columns: ReadonlyMap<number, DenseColumn>;

  constructor(fields: LooseFields) {
    this.#fields = fields;
    this.#columns = fields.columns;
  }

  drafts(): DraftTick[] {
    const { symbols } = this.#fields;
    const counts = this.#column(Column.groupCounts);
    const links = this.#column(Column.groupLinks);
    const firsts = this.#column(Column.groupSequences);
    const termsIndex = this.#column(Column.groupTerms);
    for (const column of [counts, links, firsts]) column.checkLength(symbols.length);
    termsIndex.checkLengthIfThere(symbols.length);
    const ticks = counts.sum();
    if (ticks > BigInt(batchTicksMax)) throw tooLarge('ticks');
    this.#checkLengths(Number(ticks), symbols.length);
    const drafts: DraftTick[] = [];
    let last = this.#fields.baseSequence;
    for (const symbol of symbols) {
      const count = Number(counts.next());
      if (count < 1) throw structure('group_counts', 'a group has no ticks');
      const terms = this.#fields.terms[Number(termsIndex.nextOr(0n))];
      if (terms === undefined) throw structure('group_terms', 'names an entry of terms that is not there');
      const first = last + firsts.next();
      const back = links.next();
      last = this.#readGroup(drafts, { symbol, count, terms, first, link: back === 0n ? 0n : first - back });
    }
    this.#checkAllRead();
    return drafts;
  }

  #readGroup(
    drafts: DraftTick[],
    group: { symbol: string; count: number; terms: LooseTerms; first: bigint; link: bigint },
  ): bigint {
    const sums: Sums = { sequence: group.first, time: 0n, price: 0n, bid: 0n, ask: 0n, venue: 0n, tradeId: 0n };
    for (let place = 0; place < group.count; place += 1) {
      const before = sums.sequence;
      if (place > 0) sums.sequence += this.#column(Column.sequenceSteps).nextOr(1n);
      const link = place === 0 ? group.link : before;
      checkIdentity(narrow(sums.sequence), narrow(link));
      const draft = newDraft(group.symbol, Number(sums.sequence), Number(link), true);
      draft.terms = group.terms.terms;
      draft.termsGiven = true;
      this.#fill(draft, sums, group.terms);
      drafts.push(draft);
    }
    return sums.sequence;
  }

  #fill(draft: DraftTick, sums: Sums, scale: LooseTerms): void {
    const attributes = this.#fields.attributes[Number(this.#column(Column.tickAttributes).nextOr(0n))];
    if (attributes === undefined) throw structure('tick_attributes', 'names an entry that is not there');
    draft.attributes = attributes;
    const { unitNs, baseTime } = this.#fields;
    sums.time += this.#column(Column.timeSteps).next();
    const eventNs = (baseTime + sums.time) * unitNs;
    if (eventNs >= 0n && eventNs <= nsMax) {
      const { sec, nano } = instantOf(eventNs);
      draft.eventSec = sec;
      draft.eventNano = nano;
    } else draft.fault ??= timeTextFault('event_time_ns', String(eventNs));
    const { kind } = attributes;
    if (kind === TickKind.trade || kind === TickKind.correction) this.#fillPriced(draft, sums, scale);
    if (kind === TickKind.cancel || kind === TickKind.correction) this.#fillOriginal(draft, eventNs);
    if (kind === TickKind.quote) this.#fillQuote(draft, attributes, sums, scale);
    if (kind === TickKind.status) draft.tradingState = Number(this.#column(Column.tradingStates).next());
    const delays = this.#column(Column.receiveDelays);
    if (!delays.isEmpty) draft.receiveNs = eventNs + delays.next();
    const venues = this.#column(Column.venueSequenceSteps);
    if (venues.isEmpty) return;
    sums.venue += venues.next();
    if (sums.venue >= 0n && sums.venue <= safeMax) draft.venueSequence = Number(sums.venue);
    else draft.fault ??= venueSequenceFault(sums.venue);
  }

  #fillPriced(draft: DraftTick, sums: Sums, scale: LooseTerms): void {
    sums.price += this.#column(Column.priceSteps).next() * scale.priceScale;
    if (isSafe(sums.price)) draft.price = Number(sums.price);
    else draft.fault ??= priceFault('price', sums.price);
    const size = this.#column(Column.sizes).next() * scale.sizeScale;
    if (size >= 1n && size <= safeMax) draft.size = Number(size);
    else draft.fault ??= sizeFault('size', size, 1);
    const steps = this.#column(Column.tradeIdSteps);
    if (!steps.isEmpty) {
      sums.tradeId += steps.next();
      draft.tradeId = String(sums.tradeId);
    } else if (this.#fields.tradeIds.length > 0) {
      const id = this.#fields.tradeIds[this.#fields.tradeIdAt] as string;
      this.#fields.tradeIdAt += 1;
      if (id !== '') draft.tradeId = id;
    }
  }

  #fillOriginal(draft: DraftTick, eventNs: bigint): void {
    const original = this.#fields.originals[this.#fields.originalAt] as LooseOriginal;
    this.#fields.originalAt += 1;
    if (original.sequence > safeMax) {
      draft.fault ??= numberFault('original_sequence', original.sequence, 1, Number.MAX_SAFE_INTEGER);
      return;
    }
    const { sequence, tradeId, correctedStep } = original;
    draft.original = { sequence: Number(sequence), tradeId };
    if (correctedStep === undefined) return;
    const correctedNs = eventNs + correctedStep * this.#fields.unitNs;
    if (correctedNs < 0n || correctedNs > nsMax) {
      draft.fault ??= timeTextFault('corrected_event_time_ns', String(correctedNs));
      return;
    }
    const { sec, nano } = instantOf(correctedNs);
    draft.original = { ...draft.original, correctedSec: sec, correctedNano: nano };
  }

  #fillQuote(draft: DraftTick, { flags }: TickAttributes, sums: Sums, scale: LooseTerms): void {
    const side = (name: 'bid' | 'ask', priceField: number, sizeField: number): { price: number; size: number } => {
      sums[name] += this.#column(priceField).next() * scale.priceScale;
      const size = this.#column(sizeField).next() * scale.sizeScale;
      if (!isSafe(sums[name])) draft.fault ??= priceFault(`${name}.price`, sums[name]);
      if (size > safeMax) draft.fault ??= sizeFault(`${name}.size`, size, 0);
      return { price: Number(sums[name]), size: Number(size) };
    };
    const bid = (flags & TickFlag.quoteBid) === 0 ? undefined : side('bid', Column.bidPriceSteps, Column.bidSizes);
    const ask = (flags & TickFlag.quoteAsk) === 0 ? undefined : side('ask', Column.askPriceSteps, Column.askSizes);
    draft.quote = {
      ...(bid === undefined ? undefined : { bidPrice: bid.price, bidSize: bid.size }),
      ...(ask === undefined ? undefined : { askPrice: ask.price, askSize: ask.size }),
    };
  }

  /** Before anything is read of them, so that a column that ends early is told by its length. */
  #checkLengths(ticks: number, groups: number): void {
    this.#column(Column.timeSteps).checkLength(ticks);
    for (const field of [Column.tickAttributes, Column.receiveDelays, Column.venueSequenceSteps]) {
      this.#column(field).checkLengthIfThere(ticks);
    }
    this.#column(Column.sequenceSteps).checkLengthIfThere(ticks - groups);
    const kinds = this.#kindsOf(ticks);
    const of = (isOne: (entry: TickAttributes) => boolean): number => kinds.filter(isOne).length;
    const isPriced = ({ kind }: TickAttributes): boolean => kind === TickKind.trade || kind === TickKind.correction;
    const priced = of(isPriced);
    this.#column(Column.priceSteps).checkLength(priced);
    this.#column(Column.sizes).checkLength(priced);
    this.#column(Column.tradeIdSteps).checkLengthIfThere(priced);
    checkList('trade_ids', this.#fields.tradeIds.length, priced, this.#fields.tradeIds.length > 0);
    const amending = of(({ kind }) => kind === TickKind.cancel || kind === TickKind.correction);
    checkList('originals', this.#fields.originals.length, amending, true);
    const quotes = (flag: number): number => of(({ kind, flags }) => kind === TickKind.quote && (flags & flag) !== 0);
    const [bids, asks] = [quotes(TickFlag.quoteBid), quotes(TickFlag.quoteAsk)];
    this.#column(Column.bidPriceSteps).checkLength(bids);
    this.#column(Column.bidSizes).checkLength(bids);
    this.#column(Column.askPriceSteps).checkLength(asks);
    this.#column(Column.askSizes).checkLength(asks);
    this.#column(Column.tradingStates).checkLength(of(({ kind }) => kind === TickKind.status));
  }

  #kindsOf(ticks: number): TickAttributes[] {
    const column = this.#column(Column.tickAttributes);
    return Array.from({ length: ticks }, (_, index) => {
      const entry = this.#fields.attributes[Number(column.isEmpty ? 0n : column.at(index))];
      if (entry === undefined) throw structure('tick_attributes', 'names an entry that is not there');
      return entry;
    });
  }

  #checkAllRead(): void {
    for (const column of this.#columns.values()) column.checkAllRead();
  }

  #column(field: number): DenseColumn {
    return this.#columns.get(field) as DenseColumn;
  }
}

function checkList(name: string, entries: number, expected: number, isThere: boolean): void {
  if (!isThere || entries === expected) return;
  throw structure(name, `has ${entries} entries for ${expected} ticks`);
}

/** What is wrong with a column as such. */
function structure(field: string, problem: string): PublishRefusedError {
  return new PublishRefusedError('FIELD_INVALID', `${field} of the block ${problem}`, { field });
}

function isSafe(value: bigint): boolean {
  return value <= safeMax && value >= -safeMax;
}

function narrow(value: bigint): number | bigint {
  return isSafe(value) ? Number(value) : value;
}
