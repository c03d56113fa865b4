/**
 * Tape entries on their way to many readers, and the records that bring them. In: a record of the topic `tape` and which
 * instruments somebody wants. Out: their entries, each encoded once. Segments that nobody wants are not decoded.
 */
import { decodeTapeRecord, encodeTapeRecord, ProtoReader } from '@tapeline/domain';
import { wireQuery } from '@tapeline/wire';
import { instrumentKey } from '../requests/instrument-key.ts';
import { MarksReader } from '../streams/marks-reader.ts';
import type { RecordContent, StreamItem, WantsInstrument } from '../streams/stream-item.ts';
import { publishedEntry, type TapeRow, rowsOf } from './tape-entry.ts';

/** An entry of the tape for streams. */
export type TapeItem = StreamItem & {
  readonly symbol: string;
  readonly number: number;
  readonly epoch: number;
  /** Where it was counted: partition and epoch, between whose entries no other partition has one. */
  readonly stay: string;
};

/** Bytes of segments at which no more of them are taken apart before their entries are taken. */
const bytesAtOnce = 16_384;

/** The item of a row. */
export function tapeItem(row: TapeRow): TapeItem {
  const { dataset, symbol, position } = row.segment;
  return {
    dataset,
    symbol,
    instrument: instrumentKey(dataset, symbol),
    number: row.tick.number,
    epoch: position.epoch,
    stay: `${position.partition} ${position.epoch}`,
    bytes: wireQuery.TapeEntry.encode(publishedEntry(row)).finish(),
  };
}

/** Takes a record apart; `undefined` = nobody wants entries. */
export function readTapeRecord(bytes: Uint8Array, wants: WantsInstrument | undefined): RecordContent<TapeItem> {
  const reader = new ProtoReader(bytes, 0, bytes.length);
  const wanted: Uint8Array[] = [];
  const marks = new MarksReader(34, 42);
  let clockNs = 0n;
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 10 && wants !== undefined) {
      const segment = reader.view();
      const { dataset, symbol } = namesOf(segment);
      if (wants(instrumentKey(dataset, symbol), dataset)) wanted.push(segment);
    } else if (tag === 17) clockNs = reader.sfixed64();
    else if (!marks.take(reader, tag)) reader.skip(tag % 8);
  }
  return { items: itemsOf(wanted), clockNs, latenessMs: 0, ...marks.found };
}

/** Takes a few segments apart at a time, so that little of a large record is in memory for a reader that is slow. */
function* itemsOf(segments: readonly Uint8Array[]): Generator<TapeItem> {
  for (let from = 0, to = 0; from < segments.length; from = to) {
    const some: { bytes: Uint8Array }[] = [];
    for (let left = bytesAtOnce; to < segments.length && left > 0; to += 1) {
      const bytes = segments[to] as Uint8Array;
      some.push({ bytes });
      left -= bytes.length;
    }
    for (const segment of decodeTapeRecord(encodeTapeRecord(some)).segments) {
      for (const row of rowsOf(segment)) yield tapeItem(row);
    }
  }
}

/** Whose segment it is, from the block in it. */
function namesOf(segment: Uint8Array): { dataset: string; symbol: string } {
  const reader = new ProtoReader(segment, 0, segment.length);
  let [dataset, symbol] = ['', ''];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag !== 42) {
      reader.skip(tag % 8);
      continue;
    }
    const end = reader.length() + reader.at;
    while (reader.at < end && (dataset === '' || symbol === '')) {
      const field = reader.uint();
      if (field === 42) dataset = reader.text();
      else if (field === 98) symbol = reader.text();
      else reader.skip(field % 8);
    }
    reader.at = end;
  }
  return { dataset, symbol };
}
