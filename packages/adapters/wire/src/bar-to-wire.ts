/**
 * Bars between the domain and the contract. In: a bar in one form. Out: the same in the other, or why it cannot be.
 * Law 6: numbers stay exact; going there and back changes nothing, and a number that the domain cannot hold is refused
 * with its limit.
 */
import { profileNames } from '@tapeline/domain';
import type { Bar, BarState, LogPosition, SessionName } from '@tapeline/domain';
import { FieldReader } from './field-reader.ts';
import { BarState as WireBarState, Session } from './gen/tapeline/v1/market.ts';
import type { Bar as WireBar, InstrumentRef, LogPosition as WireLogPosition } from './gen/tapeline/v1/market.ts';
import { exponentMin } from './instrument-to-wire.ts';
import { fieldMissing, fieldOutOfRange } from './wire-fault.ts';
import type { WireFault } from './wire-fault.ts';

const nsPerSec = 1_000_000_000n;

const wireOfSession: Readonly<Record<SessionName, Session>> = {
  pre: Session.SESSION_PRE,
  regular: Session.SESSION_REGULAR,
  post: Session.SESSION_POST,
  closed: Session.SESSION_CLOSED,
};

const wireOfState: Readonly<Record<BarState, WireBarState>> = {
  forming: WireBarState.BAR_STATE_FORMING,
  closed: WireBarState.BAR_STATE_CLOSED,
  revised: WireBarState.BAR_STATE_REVISED,
};

const sessionOfWire: ReadonlyMap<number, SessionName> = inverse(wireOfSession);
const stateOfWire: ReadonlyMap<number, BarState> = inverse(wireOfState);

/**
 * The wire form of a bar. The caller guarantees what the domain does: safe integers, and a time before 2262-04-11,
 * which is the last that nanoseconds in 64 bits reach; encoding throws beyond it.
 */
export function barToWire(bar: Bar): WireBar {
  return {
    instrument: { dataset: bar.dataset, symbol: bar.symbol },
    interval: bar.interval,
    profile: bar.profile,
    startTimeNs: BigInt(bar.startSec) * nsPerSec,
    endTimeNs: BigInt(bar.endSec) * nsPerSec,
    tradingDate: bar.tradingDate,
    session: wireOfSession[bar.session],
    open: priceToWire(bar.open),
    high: priceToWire(bar.high),
    low: priceToWire(bar.low),
    close: priceToWire(bar.close),
    volume: `${bar.volume}`,
    notional: `${bar.notional}`,
    trades: BigInt(bar.trades),
    revision: BigInt(bar.revision),
    foldVersion: bar.foldVersion,
    state: wireOfState[bar.state],
    position: { partition: bar.position.partition, epoch: bar.position.epoch, offset: BigInt(bar.position.offset) },
    priceExponent: bar.priceExponent,
    sizeExponent: bar.sizeExponent,
  };
}

/**
 * The bar of a wire message. A fault if a field that every bar has is absent, a number leaves what the domain holds
 * (prices, counts and offsets 2^53 - 1; exponents -18 to 0), an enum or profile is unknown, a time is no whole second,
 * the end is not after the start, or only one of open and close, or of high and low, is there.
 */
export function barFromWire(wire: WireBar): Bar | WireFault {
  const read = new FieldReader();
  const { dataset, symbol } = instrumentOf(read, wire.instrument);
  const bar: Bar = {
    dataset,
    symbol,
    interval: read.name('interval', wire.interval),
    profile: read.oneOf('profile', wire.profile, profileNames, 'all'),
    startSec: read.wholeSec('start_time_ns', wire.startTimeNs),
    endSec: read.wholeSec('end_time_ns', wire.endTimeNs),
    tradingDate: wire.tradingDate,
    session: read.meaning('session', wire.session, sessionOfWire, 'closed'),
    open: read.integerOrNull('open', wire.open),
    high: read.integerOrNull('high', wire.high),
    low: read.integerOrNull('low', wire.low),
    close: read.integerOrNull('close', wire.close),
    volume: read.sum('volume', wire.volume, 0n),
    notional: read.sum('notional', wire.notional),
    trades: read.integer('trades', wire.trades, 0),
    revision: read.integer('revision', wire.revision, 1),
    foldVersion: read.integer('fold_version', wire.foldVersion, 1),
    state: read.meaning('state', wire.state, stateOfWire, 'forming'),
    position: positionOf(read, wire.position),
    priceExponent: read.integer('price_exponent', wire.priceExponent, exponentMin, 0),
    sizeExponent: read.integer('size_exponent', wire.sizeExponent, exponentMin, 0),
  };
  noteRelations(read, bar);
  return read.fault ?? bar;
}

function inverse<Name extends string>(numbers: Readonly<Record<Name, number>>): ReadonlyMap<number, Name> {
  const names = Object.keys(numbers) as Name[];
  return new Map(names.map((name) => [numbers[name], name]));
}

function priceToWire(price: number | null): bigint | undefined {
  return price === null ? undefined : BigInt(price);
}

function instrumentOf(read: FieldReader, wire: InstrumentRef | undefined): InstrumentRef {
  if (wire === undefined) {
    read.note(fieldMissing('instrument'));
    return { dataset: '', symbol: '' };
  }
  return {
    dataset: read.name('instrument.dataset', wire.dataset),
    symbol: read.name('instrument.symbol', wire.symbol),
  };
}

function positionOf(read: FieldReader, wire: WireLogPosition | undefined): LogPosition {
  if (wire === undefined) {
    read.note(fieldMissing('position'));
    return { partition: 0, epoch: 0, offset: 0 };
  }
  return { partition: wire.partition, epoch: wire.epoch, offset: read.integer('position.offset', wire.offset, 0) };
}

/** What fields say of each other. */
function noteRelations(read: FieldReader, bar: Bar): void {
  if (bar.endSec <= bar.startSec) {
    const latest = 2n ** 63n - 1n;
    read.note(
      fieldOutOfRange('end_time_ns', BigInt(bar.endSec) * nsPerSec, BigInt(bar.startSec + 1) * nsPerSec, latest),
    );
  }
  if ((bar.open === null) !== (bar.close === null)) read.note(fieldMissing(bar.open === null ? 'open' : 'close'));
  if ((bar.high === null) !== (bar.low === null)) read.note(fieldMissing(bar.high === null ? 'high' : 'low'));
}
