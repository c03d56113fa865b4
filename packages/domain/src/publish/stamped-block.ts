/**
 * Puts a stream's header on a block of columns as a caller sent it. In: the block's bytes and what the stream is. Out:
 * a block whose header ingest vouches for and whose columns are the caller's bytes, in the order of the contract. What
 * contradicts the stream is refused.
 */
import { MalformedError, ProtoReader, WireType } from '../log/proto-reader.ts';
import { ProtoWriter } from '../log/proto-writer.ts';
import { type TickBlockHeader, writeBlockHeader } from '../log/tick-block-encode.ts';
import { tickBlockFormatVersion } from '../log/tick-block-fields.ts';
import { tickBlockFieldMax } from '../log/tick-columns.ts';
import { ByteGather } from '../log/byte-gather.ts';
import { PublishRefusedError, quoted } from './refusal.ts';
import { readEnum } from './tick-fields.ts';

/** Where a field lies in the caller's bytes, tag included. */
type Slice = { readonly field: number; readonly start: number; readonly end: number };

/** The block in `bytes[start, end)` with this header. Throws `PublishRefusedError` and `MalformedError`. */
export function stampBlock(bytes: Uint8Array, start: number, end: number, header: TickBlockHeader): Uint8Array {
  const reader = new ProtoReader(bytes, start, end);
  const slices: Slice[] = [];
  let version = 0;
  let isOrdered = true;
  let lastField = 6;
  while (!reader.done()) {
    const { at } = reader;
    const tag = reader.uint();
    const field = Math.floor(tag / 8);
    if (field === 1 && tag === 8) version = reader.uint();
    else if (field <= 6) checkHeaderField(reader, tag, header);
    else {
      reader.skip(tag % 8);
      if (isUnknown(tag, field)) {
        isOrdered = false;
        continue;
      }
      isOrdered &&= field >= lastField;
      lastField = field;
      slices.push({ field, start: at, end: reader.at });
    }
  }
  if (version !== tickBlockFormatVersion) {
    const message = `format_version ${version} of the block is not ${tickBlockFormatVersion}, the only one so far`;
    const facts = { field: 'format_version', value: String(version), max: String(tickBlockFormatVersion) };
    throw new PublishRefusedError('FORMAT_VERSION_UNKNOWN', message, facts);
  }
  return write(bytes, header, isOrdered ? joined(slices) : sorted(slices));
}

/** Whether a field is one that this version does not know. A column that is not packed would be passed over silently. */
function isUnknown(tag: number, field: number): boolean {
  if (field > tickBlockFieldMax) return true;
  const expected = field <= 9 ? WireType.varint : WireType.bytes;
  if (tag % 8 === expected) return false;
  throw new MalformedError(`field ${field} of the block has wire type ${tag % 8}, not ${expected}; columns are packed`);
}

/** Neighbours as one slice; fields in order need one copy. */
function joined(slices: readonly Slice[]): Slice[] {
  const out: Slice[] = [];
  for (const slice of slices) {
    const before = out.at(-1);
    if (before?.end === slice.start) out[out.length - 1] = { ...before, end: slice.end };
    else out.push(slice);
  }
  return out;
}

function sorted(slices: readonly Slice[]): Slice[] {
  return slices.toSorted((left, right) => left.field - right.field);
}

function checkHeaderField(reader: ProtoReader, tag: number, header: TickBlockHeader): void {
  if (tag === 17) {
    const id = reader.fixed64();
    if (id !== 0n && id !== header.publisherId) throw contradicts('publisher_id', id, header.publisherId);
  } else if (tag === 24) {
    const domain = readEnum(reader);
    if (domain !== 0 && domain !== header.timeDomain) throw contradicts('time_domain', domain, header.timeDomain);
  } else if (tag === 32) {
    const epoch = reader.uint();
    // It changes at any time, so no caller can know it.
    if (epoch !== 0) throw contradicts('map_epoch', epoch, 0);
  } else if (tag === 42) {
    const dataset = reader.text();
    if (dataset !== '' && dataset !== header.dataset) throw contradicts('dataset', quoted(dataset), header.dataset);
  } else if (tag === 49) {
    const time = reader.sfixed64();
    if (time !== 0n) throw contradicts('receive_time_ns', time, 0n);
  } else reader.skip(tag % 8);
}

function contradicts(field: string, value: string | number | bigint, expected: string | number | bigint): Error {
  const message = `${field} ${value} of the block is not ${expected}, the stream's; leave it out, ingest fills it in`;
  return new PublishRefusedError('FIELD_INVALID', message, { field, value: String(value), expected: String(expected) });
}

function write(bytes: Uint8Array, header: TickBlockHeader, slices: readonly Slice[]): Uint8Array {
  const head = writeBlockHeader(new ProtoWriter(), header).finish();
  let length = head.length;
  for (const slice of slices) length += slice.end - slice.start;
  const out = new ByteGather(length).copy(head);
  for (const slice of slices) out.copy(bytes, slice.start, slice.end);
  return out.bytes;
}
