/**
 * Tapes as workers leave them. In: ticks in the order of counting. Out: segments, chunks of the store and records of the
 * topic that hold them.
 */
import {
  encodeTapeRecord,
  encodeTickBlock,
  publisherId,
  type TapeChunk,
  TickKind,
  TimeDomain,
  type TickRow,
} from '@tapeline/domain';
import { wireLog, wireOutput } from '@tapeline/wire';
import { terms } from './query-rig.ts';

/** A tick of SPY; times in ns from `tapeStartNs`. */
export type SceneTick = {
  readonly kind: 'trade' | 'cancel' | 'correction';
  /** Stands for a publisher of that draw. */
  readonly publisher: bigint;
  readonly sequence: number;
  readonly atNs: number;
  readonly price?: number;
  readonly size?: number;
  readonly venue?: string;
  readonly tradeId?: string;
  /** Of cancels and corrections: the sequence of the trade, or its id. */
  readonly original?: number | string;
  readonly correctedAtNs?: number;
  readonly late?: boolean;
};

/** Where ticks are counted. */
export type ScenePlace = { readonly partition: number; readonly epoch: number };

const firstStay: ScenePlace = { partition: 0, epoch: 0 };

/** The time that scenes count from, ns since the Unix epoch. */
export const tapeStartNs = 1_381_239_000_000_000_000n;
const startSec = 1_381_239_000;
const nsPerSec = 1_000_000_000;

/** The bytes of a segment with one tick that is the `number`th of its instrument. */
export function segmentOf(
  tick: SceneTick,
  number: number,
  symbol: string = 'SPY',
  stay: ScenePlace = firstStay,
): Uint8Array {
  const header = {
    publisherId: publisherId(15_986, TimeDomain.live, tick.publisher),
    timeDomain: TimeDomain.live,
    mapEpoch: 0,
    dataset: 'd',
    receiveTimeNs: 0n,
  };
  return wireOutput.TapeSegment.encode({
    firstNumber: BigInt(number),
    late: tick.late ?? false,
    outOfOrder: false,
    position: { ...stay, offset: BigInt(number) },
    block: wireLog.TickBlock.decode(encodeTickBlock(header, [rowOf(tick, symbol)])),
  }).finish();
}

function rowOf(tick: SceneTick, symbol: string): TickRow {
  const { kind, sequence, atNs, price = 1_841_000, size = 100, venue = 'Q', original, correctedAtNs } = tick;
  const at = placeOf(atNs);
  return {
    symbol,
    terms,
    sequence,
    link: 0,
    eventSec: at.sec,
    eventNano: at.nano,
    attributes: { kind: TickKind[kind], venue, tape: 0, conditions: [], side: 0, flags: 0 },
    price: kind === 'cancel' ? 0 : price,
    size: kind === 'cancel' ? 0 : size,
    ...(tick.tradeId === undefined ? {} : { tradeId: tick.tradeId }),
    ...(original === undefined ? {} : { original: referenceOf(original, correctedAtNs) }),
  };
}

function referenceOf(original: number | string, correctedAtNs: number | undefined): NonNullable<TickRow['original']> {
  const named = typeof original === 'number' ? { sequence: original, tradeId: '' } : { sequence: 0, tradeId: original };
  if (correctedAtNs === undefined) return named;
  const { sec, nano } = placeOf(correctedAtNs);
  return { ...named, correctedSec: sec, correctedNano: nano };
}

function placeOf(atNs: number): { sec: number; nano: number } {
  return { sec: startSec + Math.floor(atNs / nsPerSec), nano: atNs % nsPerSec };
}

/** A chunk with these ticks, the first of which is the `firstNumber`th. */
export function chunkOf(ticks: readonly SceneTick[], firstNumber: number, symbol: string = 'SPY'): TapeChunk {
  const times = ticks.map(({ atNs }) => tapeStartNs + BigInt(atNs));
  return {
    dataset: 'd',
    symbol,
    firstNumber,
    lastNumber: firstNumber + ticks.length - 1,
    firstEventNs: times.reduce((low, ns) => (ns < low ? ns : low)),
    lastEventNs: times.reduce((high, ns) => (ns > high ? ns : high)),
    amends: ticks.some(({ kind }) => kind !== 'trade'),
    bytes: encodeTapeRecord(ticks.map((tick, index) => ({ bytes: segmentOf(tick, firstNumber + index, symbol) }))),
  };
}

/** A record of the topic with these ticks. */
export function tapeRecordOf(
  ticks: readonly SceneTick[],
  firstNumber: number,
  clockMs: number = 0,
  symbol: string = 'SPY',
): Uint8Array {
  return encodeTapeRecord(
    ticks.map((tick, index) => ({ bytes: segmentOf(tick, firstNumber + index, symbol) })),
    clockMs,
    0,
  );
}
