/**
 * One revision of a bar on its way to many readers. In: the bytes of a `Bar` in a record of the topic, or a bar of the
 * domain. Out: what a stream needs to know of it, and its forms as bytes and as JSON text, each made at most once
 * however many readers there are. Bytes of the topic are passed on as they are, never decoded and encoded again.
 */
import { type Bar, barJson, MalformedError, ProtoReader } from '@tapeline/domain';
import { barFromWire, barToWire, isWireFault, wireMarket } from '@tapeline/wire';
import { instrumentKey, seriesKey } from '../requests/instrument-key.ts';

/** By which of two revisions of a bar the higher is told. */
export type BarRank = { readonly foldVersion: number; readonly revision: number };

const formingState = wireMarket.BarState.BAR_STATE_FORMING;
const nsPerSec = 1_000_000_000n;

/** A bar with its names as keys. */
export class LiveBar {
  readonly dataset: string;
  readonly symbol: string;
  readonly interval: string;
  readonly startSec: number;
  readonly rank: BarRank;
  readonly forming: boolean;
  /** Names the instrument. */
  readonly instrument: string;
  /** Names interval and profile. */
  readonly series: string;
  #key: string | undefined;
  #bytes: Uint8Array | undefined;
  #bar: Bar | undefined;
  #json: string | undefined;

  constructor(facts: BarFacts, bytes: Uint8Array | undefined, bar: Bar | undefined) {
    this.dataset = facts.dataset;
    this.symbol = facts.symbol;
    this.interval = facts.interval;
    this.startSec = facts.startSec;
    this.rank = { foldVersion: facts.foldVersion, revision: facts.revision };
    this.forming = facts.forming;
    this.instrument = instrumentKey(facts.dataset, facts.symbol);
    this.series = seriesKey(facts.interval, facts.profile);
    this.#bytes = bytes;
    this.#bar = bar;
  }

  /** Names the bar, whatever its revision. */
  get key(): string {
    this.#key ??= `${this.instrument} ${this.series} ${this.startSec}`;
    return this.#key;
  }

  /** The encoded `Bar` of the contract. */
  get bytes(): Uint8Array {
    this.#bytes ??= wireMarket.Bar.encode(barToWire(this.bar)).finish();
    return this.#bytes;
  }

  /** The bar itself. `MalformedError` if the bytes do not hold one. */
  get bar(): Bar {
    if (this.#bar === undefined) {
      const bar = barFromWire(wireMarket.Bar.decode(this.#bytes as Uint8Array));
      if (isWireFault(bar)) throw new MalformedError(bar.message);
      this.#bar = bar;
    }
    return this.#bar;
  }

  /** The epoch of its instrument in the partition that made it. */
  get epoch(): number {
    return this.bar.position.epoch;
  }

  /** The text of its `BarJson`; an instrument's `priceDecimalsMin` never changes. */
  json(priceDecimalsMin: number): string {
    this.#json ??= JSON.stringify(barJson(this.bar, priceDecimalsMin));
    return this.#json;
  }
}

/** What names and ranks a bar. */
export type BarFacts = {
  dataset: string;
  symbol: string;
  interval: string;
  profile: string;
  startSec: number;
  foldVersion: number;
  revision: number;
  forming: boolean;
};

/** A bar of the domain for streams. */
export function liveBar(bar: Bar): LiveBar {
  return new LiveBar({ ...factsOf(bar) }, undefined, bar);
}

function factsOf(bar: Bar): BarFacts {
  const { dataset, symbol, interval, profile, startSec, foldVersion, revision, state } = bar;
  return { dataset, symbol, interval, profile, startSec, foldVersion, revision, forming: state === 'forming' };
}

/** What names and ranks the bar whose encoded form is `bytes`. `MalformedError` if it does not. */
export function factsIn(bytes: Uint8Array): BarFacts {
  const facts: BarFacts = {
    dataset: '',
    symbol: '',
    interval: '',
    profile: '',
    startSec: 0,
    foldVersion: 0,
    revision: 0,
    forming: false,
  };
  const reader = new ProtoReader(bytes, 0, bytes.length);
  while (!reader.done()) readFact(reader, reader.uint(), facts);
  if (facts.dataset === '' || facts.symbol === '') throw new MalformedError('a bar names no instrument');
  return facts;
}

// A tag of the wire format is the field's number times 8 and the wire type.
function readFact(reader: ProtoReader, tag: number, facts: BarFacts): void {
  if (tag === 10) readInstrument(reader, facts);
  else if (tag === 18) facts.interval = reader.text();
  else if (tag === 26) facts.profile = reader.text();
  else if (tag === 33) facts.startSec = Number(reader.sfixed64() / nsPerSec);
  else if (tag === 120) facts.revision = reader.uint();
  else if (tag === 128) facts.foldVersion = reader.uint();
  else if (tag === 136) facts.forming = reader.uint() === formingState;
  else reader.skip(tag % 8);
}

function readInstrument(reader: ProtoReader, facts: BarFacts): void {
  const length = reader.length();
  const end = reader.at + length;
  while (reader.at < end) {
    const tag = reader.uint();
    if (tag === 10) facts.dataset = reader.text();
    else if (tag === 18) facts.symbol = reader.text();
    else reader.skip(tag % 8);
  }
}

/** Whether `left` is a later revision than `right`. */
export function isAbove(left: BarRank, right: BarRank): boolean {
  if (left.foldVersion !== right.foldVersion) return left.foldVersion > right.foldVersion;
  return left.revision > right.revision;
}
