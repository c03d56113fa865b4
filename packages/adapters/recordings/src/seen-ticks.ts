/**
 * Which ticks were read before, in any file, by the identity that the venue gave them: a trade by its trade id, a tick
 * without one by its venue's sequence. Never by what it says: rows that look alike are separate trades. Law 7: the
 * last 2,000,000 identities at least are remembered, twice as many at most.
 */
import { TickKind } from '@tapeline/domain';
import type { RecordedTick } from './recording.ts';

/** Identities in one of two generations; the older one is forgotten as a whole. */
const generationMax = 2_000_000;

/** Strings of V8 that are cut from a line keep the line alive from this length on; shorter ones are copies. */
const slicedCharsMin = 13;

/** Identities of one kind on one venue of one instrument. */
type Identities = { young: Set<string | number>; old: Set<string | number> };

/** Of one instrument: by venue, then by kind of identity, `tradeIds` or the number of a tick kind. */
type ByVenue = Map<string, Identities[]>;

/** Place of trade ids among the kinds of identity; kinds of tick count from 1. */
const tradeIds = 0;

/** The memory of one run. */
export class SeenTicks {
  readonly #generationMax: number;
  /** By dataset, then by symbol. */
  readonly #instruments = new Map<string, Map<string, ByVenue>>();
  #youngCount = 0;

  constructor(identitiesMax: number = generationMax) {
    this.#generationMax = identitiesMax;
  }

  /** Whether the tick was read before; remembers it. Ticks without an identity, and quotes, never were. */
  hasSeen(dataset: string, tick: RecordedTick): boolean {
    const { kind, tradeId, venueSequence } = tick;
    if (kind === TickKind.quote) return false;
    const byTradeId = kind === TickKind.trade && tradeId !== undefined;
    if (!byTradeId && venueSequence === undefined) return false;
    const identity = byTradeId ? compactId(tradeId) : (venueSequence ?? 0);
    const { young, old } = this.#identitiesOf(dataset, tick, byTradeId ? tradeIds : kind);
    if (young.has(identity) || old.has(identity)) return true;
    young.add(identity);
    this.#youngCount += 1;
    if (this.#youngCount >= this.#generationMax) this.#forgetOld();
    return false;
  }

  #identitiesOf(dataset: string, { symbol, attributes }: RecordedTick, what: number): Identities {
    const symbols = madeIfMissing(this.#instruments, dataset, () => new Map<string, ByVenue>());
    const venues = madeIfMissing(symbols, symbol, () => new Map<string, Identities[]>());
    const kinds = madeIfMissing(venues, attributes.venue, () => []);
    return (kinds[what] ??= { young: new Set(), old: new Set() });
  }

  #forgetOld(): void {
    this.#youngCount = 0;
    for (const symbols of this.#instruments.values()) {
      for (const venues of symbols.values()) {
        for (const identities of [...venues.values()].flat()) {
          identities.old = identities.young;
          identities.young = new Set();
        }
      }
    }
  }
}

function madeIfMissing<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** An id in little memory: whole numbers, which most are, as numbers. Different ids stay different. */
function compactId(id: string): string | number {
  if (/^(?:0|[1-9]\d{0,14})$/.test(id)) return Number(id);
  return id.length < slicedCharsMin ? id : Buffer.from(id, 'latin1').toString('latin1');
}
