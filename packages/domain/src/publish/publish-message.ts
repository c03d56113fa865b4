/**
 * Reads `PublishRequest` of the contract. In: the bytes of one message. Out: what it says; a block of columns stays a
 * slice. Bytes that are no such message are refused with FIELD_INVALID.
 */
import type { InstrumentProgress } from '../log/log-record.ts';
import { MalformedError, ProtoReader } from '../log/proto-reader.ts';
import { batchTicksMax } from './publish-limits.ts';
import { PublishRefusedError } from './refusal.ts';
import { checkReachedLink, type ReadRows, type RowReader, tooLarge } from './row-reader.ts';
import { readEnum, readUnsigned } from './tick-fields.ts';

/** How far a publisher is in an instrument, or, without a time, its last tick there. */
export type ReachedInstrument = { readonly symbol: string; readonly link: number };

/** What a stream opens with. */
export type OpenMessage = {
  /** 0 = a new one is wanted. */
  readonly publisherId: bigint;
  /** A number of `TimeDomain`, or 0. */
  readonly timeDomain: number;
  readonly dataset: string;
  readonly clientName: string;
};

/** One message of a publisher. */
export type PublishMessage =
  | ({ readonly kind: 'open' } & OpenMessage)
  | { readonly kind: 'columns'; readonly bytes: Uint8Array; readonly start: number; readonly end: number }
  | ({ readonly kind: 'rows' } & ReadRows)
  | { readonly kind: 'progress'; readonly instruments: readonly InstrumentProgress[] }
  | { readonly kind: 'end'; readonly instruments: readonly ReachedInstrument[] }
  | { readonly kind: 'none' };

/** Reads one message. Throws `PublishRefusedError`. */
export function readPublishMessage(bytes: Uint8Array, rows: RowReader): PublishMessage {
  try {
    return readRequest(bytes, rows);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    const message = `the message is no PublishRequest: ${error.message}`;
    throw new PublishRefusedError('FIELD_INVALID', message, { field: 'request' }, { cause: error });
  }
}

function readRequest(bytes: Uint8Array, rows: RowReader): PublishMessage {
  const reader = new ProtoReader(bytes, 0, bytes.length);
  let [field, start, end] = [0, 0, 0];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 10 || tag === 18 || tag === 26 || tag === 34) {
      const length = reader.length();
      [field, start, end] = [tag >> 3, reader.at, reader.at + length];
      reader.at = end;
    } else reader.skip(tag % 8);
  }
  reader.reset(bytes, start, end);
  if (field === 1) return { kind: 'open', ...readOpen(reader) };
  if (field === 2) return readBatch(reader, rows);
  if (field === 3) return { kind: 'progress', instruments: readReached(reader, true) };
  if (field === 4) return { kind: 'end', instruments: readReached(reader, false) };
  return { kind: 'none' };
}

function readOpen(reader: ProtoReader): OpenMessage {
  let [publisherId, timeDomain, dataset, clientName] = [0n, 0, '', ''];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 9) publisherId = reader.fixed64();
    else if (tag === 16) timeDomain = readEnum(reader);
    else if (tag === 26) dataset = reader.text();
    else if (tag === 34) clientName = reader.text();
    else reader.skip(tag % 8);
  }
  return { publisherId, timeDomain, dataset, clientName };
}

function readBatch(reader: ProtoReader, rows: RowReader): PublishMessage {
  const { bytes } = reader;
  let [field, start, end] = [0, 0, 0];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 10 || tag === 18) {
      const length = reader.length();
      [field, start, end] = [tag >> 3, reader.at, reader.at + length];
      reader.at = end;
    } else reader.skip(tag % 8);
  }
  if (field === 1) return { kind: 'columns', bytes, start, end };
  // A batch without a form has no ticks, which is refused as such.
  return { kind: 'rows', ...rows.read(reader.reset(bytes, start, end)) };
}

function readReached(reader: ProtoReader, timed: boolean): InstrumentProgress[] {
  const instruments: InstrumentProgress[] = [];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag !== 10) {
      reader.skip(tag % 8);
      continue;
    }
    const end = reader.length() + reader.at;
    instruments.push(readReachedInstrument(new ProtoReader(reader.bytes, reader.at, end), timed));
    reader.at = end;
    if (instruments.length > batchTicksMax) throw tooLarge('instruments');
  }
  return instruments;
}

function readReachedInstrument(reader: ProtoReader, timed: boolean): InstrumentProgress {
  let [symbol, timeNs] = ['', 0n];
  let link: number | bigint = 0;
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 10) symbol = reader.text();
    else if (tag === 16) link = readUnsigned(reader);
    else if (tag === 25 && timed) timeNs = reader.sfixed64();
    else reader.skip(tag % 8);
  }
  checkReachedLink(link);
  return { symbol, link: link as number, timeNs };
}
