/**
 * The entry Trades: blocks of one instrument from which its bars can be rebuilt, shipped ahead of its Handover. In: its bytes,
 * or the entry. Out: the other; `MalformedError` where a block is not of that instrument alone or its bounds make no sense.
 * Ticks are not decoded: what is shipped was applied before.
 */
import { epochMax } from '../placement/override.ts';
import { checkBlockOfOne } from './block-of-one.ts';
import { checkInstrument, checkWithin, sintAt, uint32Max, uintAt } from './bounded-fields.ts';
import { MalformedError, ProtoReader } from './proto-reader.ts';
import { ProtoWriter } from './proto-writer.ts';
import type { ByteSlice } from './rare-columns.ts';
import { lastEventSec } from './tick-columns.ts';

/** What is told of a shipped block so that nobody need look into it; the bounds may be wider than its ticks. */
export type ShippedBounds = {
  /** 1 to 2^53 - 1. */
  readonly sequenceLow: number;
  readonly sequenceHigh: number;
  /** Event times, whole seconds since the Unix epoch, both within. */
  readonly lowSec: number;
  readonly highSec: number;
  /** Ticks that were not applied where they stand, as ranges `[from, to)` of places in the block, rising. */
  readonly excluded: readonly number[];
};

/** A shipped block, where it lies in its record. */
export type ShippedBlock = ShippedBounds & ByteSlice & { readonly publisherId: bigint; readonly ticks: number };

/** A block to ship. */
export type BlockToShip = ShippedBounds & { readonly bytes: Uint8Array };

/** See `Trades` of the contract. */
export type TradesEntry<Block = ShippedBlock> = {
  readonly kind: 'trades';
  readonly dataset: string;
  readonly symbol: string;
  readonly epoch: number;
  readonly stateVersion: number;
  readonly configChecksum: number;
  /** Number of the first block among those of this epoch, from 0. */
  readonly first: number;
  /** At least one. */
  readonly blocks: readonly Block[];
};

const safeMax = Number.MAX_SAFE_INTEGER;

/** The Trades in a slice of a record. */
export function decodeTrades(bytes: Uint8Array, { start, end }: ByteSlice): TradesEntry {
  const reader = new ProtoReader(bytes, start, end);
  let [dataset, symbol, epoch, stateVersion, configChecksum, first] = ['', '', 0, 0, 0, 0];
  const slices: ByteSlice[] = [];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 10) dataset = reader.text();
    else if (tag === 18) symbol = reader.text();
    else if (tag === 24) epoch = uintAt(reader, 'epoch', epochMax);
    else if (tag === 32) stateVersion = uintAt(reader, 'state_version', uint32Max);
    else if (tag === 45) configChecksum = reader.fixed32();
    else if (tag === 48) first = uintAt(reader, 'first');
    else if (tag === 58) {
      const length = reader.length();
      slices.push({ start: reader.at, end: reader.at + length });
      reader.at += length;
    } else reader.skip(tag % 8);
  }
  checkInstrument(dataset, symbol);
  checkWithin('epoch', epoch, 1, epochMax);
  if (slices.length === 0) throw new MalformedError('blocks has 0 entries; the least is 1');
  checkWithin('first', first, 0, safeMax - slices.length);
  const blocks = slices.map((slice) => decodeShipped(bytes, slice, { dataset, symbol }));
  return { kind: 'trades', dataset, symbol, epoch, stateVersion, configChecksum, first, blocks };
}

function decodeShipped(
  bytes: Uint8Array,
  { start, end }: ByteSlice,
  instrument: { readonly dataset: string; readonly symbol: string },
): ShippedBlock {
  const reader = new ProtoReader(bytes, start, end);
  let [sequenceLow, sequenceHigh, lowSec, highSec] = [0, 0, 0, 0];
  let block: ByteSlice = { start, end: start };
  const excluded: number[] = [];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 10) {
      const length = reader.length();
      block = { start: reader.at, end: reader.at + length };
      reader.at += length;
    } else if (tag === 16) sequenceLow = uintAt(reader, 'sequence_low');
    else if (tag === 24) sequenceHigh = uintAt(reader, 'sequence_high');
    else if (tag === 32) lowSec = sintAt(reader, 'low_sec', lastEventSec);
    else if (tag === 40) highSec = sintAt(reader, 'high_sec', lastEventSec);
    else if (tag === 48) excluded.push(uintAt(reader, 'excluded', uint32Max));
    else if (tag === 50) {
      const packedEnd = reader.length() + reader.at;
      while (reader.at < packedEnd) excluded.push(uintAt(reader, 'excluded', uint32Max));
    } else reader.skip(tag % 8);
  }
  const { publisherId, ticks } = checkBlockOfOne(bytes, block, instrument);
  checkWithin('sequence_low', sequenceLow, 1, safeMax);
  checkWithin('sequence_high', sequenceHigh, sequenceLow, safeMax);
  checkWithin('high_sec', highSec, lowSec, lastEventSec);
  checkExcluded(excluded, ticks);
  return { ...block, publisherId, ticks, sequenceLow, sequenceHigh, lowSec, highSec, excluded };
}

/** Every range has a tick at least and does not reach back into the one before. */
function checkExcluded(excluded: readonly number[], ticks: number): void {
  if (excluded.length % 2 === 1)
    throw new MalformedError(`excluded has ${excluded.length} entries, which are no pairs`);
  for (const [index, place] of excluded.entries()) {
    checkWithin('excluded', place, (excluded[index - 1] ?? 0) + (index % 2), ticks);
  }
}

/** The content of the entry's field. */
export function encodeTrades(entry: TradesEntry<BlockToShip>): Uint8Array {
  const { dataset, symbol, epoch, stateVersion, configChecksum, first, blocks } = entry;
  const out = new ProtoWriter(1024).text(1, dataset).text(2, symbol).uint(3, epoch).uint(4, stateVersion);
  out.fixed32(5, configChecksum).uint(6, first);
  for (const block of blocks) out.message(7, encodeShipped(block));
  return out.finish();
}

function encodeShipped(block: BlockToShip): Uint8Array {
  const { bytes, sequenceLow, sequenceHigh, lowSec, highSec, excluded } = block;
  const out = new ProtoWriter(bytes.length + 64).bytes(1, bytes).uint(2, sequenceLow).uint(3, sequenceHigh);
  const places = new ProtoWriter(excluded.length * 2);
  for (const place of excluded) places.varint(place);
  return out.sint(4, lowSec).sint(5, highSec).bytes(6, places.end()).end();
}
