/**
 * One instrument's ticks of a block as a block of their own, by the generated code alone. In: a block's bytes. Out: the bytes that
 * the contract's own encoder gives for its groups, under the units of the whole and dictionaries of what they use. It shares
 * nothing with the cutting by bytes that it judges.
 */
import { TickFlag, TickKind } from '@tapeline/domain';
import { wireLog } from '@tapeline/wire';

type Block = wireLog.TickBlock;

/** The columns with an entry for some of the ticks, and which ticks have one. */
const tickColumns: readonly (readonly [keyof Block, (kind: number, flags: number) => boolean])[] = [
  ['timeSteps', () => true],
  ['priceSteps', isPriced],
  ['sizes', isPriced],
  ['receiveDelaysNs', () => true],
  ['venueSequenceSteps', () => true],
  ['tradeIdSteps', isPriced],
  ['tradeIds', isPriced],
  ['originals', (kind) => kind === TickKind.cancel || kind === TickKind.correction],
  ['bidPriceSteps', (kind, flags) => kind === TickKind.quote && (flags & TickFlag.quoteBid) !== 0],
  ['bidSizes', (kind, flags) => kind === TickKind.quote && (flags & TickFlag.quoteBid) !== 0],
  ['askPriceSteps', (kind, flags) => kind === TickKind.quote && (flags & TickFlag.quoteAsk) !== 0],
  ['askSizes', (kind, flags) => kind === TickKind.quote && (flags & TickFlag.quoteAsk) !== 0],
  ['tradingStates', (kind) => kind === TickKind.status],
];

function isPriced(kind: number): boolean {
  return kind === TickKind.trade || kind === TickKind.correction;
}

/** The block of this symbol's ticks. */
export function cutByContract(bytes: Uint8Array, symbol: string): Uint8Array {
  const whole = wireLog.TickBlock.decode(bytes);
  const attributeAt = (tick: number): number => whole.tickAttributes[tick] ?? 0;
  const isOwn = ownTicks(whole, symbol);
  const chosen = Object.fromEntries(
    tickColumns.map(([name, has]) => {
      const ticks = [...isOwn.keys()].filter((tick) => {
        const { kind, flags } = whole.attributes[attributeAt(tick)] as wireLog.TickAttributes;
        return has(kind, flags);
      });
      const column = whole[name] as readonly unknown[];
      return [name, column.filter((_, entry) => isOwn[ticks[entry] as number])];
    }),
  );
  const groups = [...whole.symbols.keys()].filter((group) => whole.symbols[group] === symbol);
  const terms = usedOf(groups.map((group) => whole.groupTerms[group] ?? 0));
  const attributes = usedOf([...isOwn.keys()].filter((tick) => isOwn[tick]).map(attributeAt));
  return wireLog.TickBlock.encode({
    ...whole,
    ...chosen,
    ...sequencesOf(whole, groups),
    terms: terms.entries.map((entry) => whole.terms[entry] as wireLog.InstrumentTerms),
    attributes: attributes.entries.map((entry) => whole.attributes[entry] as wireLog.TickAttributes),
    symbols: groups.map(() => symbol),
    groupTerms: terms.places,
    groupCounts: groups.map((group) => whole.groupCounts[group] as number),
    groupLinks: groups.map((group) => whole.groupLinks[group] as bigint),
    tickAttributes: attributes.places,
  }).finish();
}

/** One entry a tick: whether it is of the symbol. */
function ownTicks(whole: Block, symbol: string): boolean[] {
  return whole.symbols.flatMap((own, group) =>
    Array.from({ length: whole.groupCounts[group] as number }, () => own === symbol),
  );
}

/** Entries in the order of their first use, and each use by its place among them; no places where all are the first. */
function usedOf(uses: readonly number[]): { entries: number[]; places: number[] } {
  const entries = [...new Set(uses)];
  return { entries, places: entries.length === 1 ? [] : uses.map((entry) => entries.indexOf(entry)) };
}

function sequencesOf(
  whole: Block,
  groups: readonly number[],
): Pick<Block, 'baseSequence' | 'groupSequences' | 'sequenceSteps'> {
  let [last, step] = [whole.baseSequence, 0];
  const all = whole.symbols.map((_, group) => {
    const first = last + (whole.groupSequences[group] as bigint);
    const count = (whole.groupCounts[group] as number) - 1;
    const steps = whole.sequenceSteps.slice(step, step + count);
    step += count;
    last = first + (whole.sequenceSteps.length === 0 ? BigInt(count) : steps.reduce((sum, each) => sum + each, 0n));
    return { first, last, steps };
  });
  const own = groups.map((group) => all[group] as (typeof all)[0]);
  const baseSequence = (own[0] as (typeof all)[0]).first - 1n;
  const groupSequences = own.map(({ first }, index) => first - (own[index - 1]?.last ?? baseSequence));
  return { baseSequence, groupSequences, sequenceSteps: own.flatMap(({ steps }) => steps) };
}
