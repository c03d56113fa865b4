/**
 * Records of `control` as bytes. In: what a coordinator or a reporter says. Out: its key and bytes, or several of both where a map is
 * above `mapBytesMax`; and back, or why the bytes are none. The key names what the bytes say: where the two differ, neither is
 * believed, because compaction goes by the key alone.
 */
import {
  type ControlKey,
  controlKeyOf,
  controlKeyText,
  type ControlRecord,
  crc32c,
  mapBytesMax,
  mapPartsMax,
  parseControlKey,
  type PartitionReport,
  type PlacementParts,
  type RateReport,
  type ReportKey,
  type WriterReport,
} from '@tapeline/domain';
import {
  decodeWhole,
  isWireFault,
  partitionReportFromWire,
  partitionReportToWire,
  placementFromWire,
  placementToWire,
  ratesReportFromWire,
  ratesReportToWire,
  wireControl,
  type WireFault,
  writerReportFromWire,
  writerReportToWire,
} from '@tapeline/wire';

/** A record to append. */
export type KeyedBytes = { readonly key: string; readonly bytes: Uint8Array };

/** A piece of a map; the map counts when all of them were read. */
export type MapPart = {
  readonly token: number;
  readonly epoch: number;
  /** 0-based part of `parts`. */
  readonly part: number;
  readonly parts: number;
  /** CRC-32C of the bytes of the whole map. */
  readonly checksum: number;
  readonly piece: Uint8Array;
};

/** What a record says. */
export type ControlEntry =
  | { readonly kind: 'record'; readonly record: ControlRecord }
  | { readonly kind: 'part'; readonly part: MapPart }
  | { readonly kind: 'partition'; readonly report: PartitionReport }
  | { readonly kind: 'writer'; readonly report: WriterReport }
  | { readonly kind: 'rates'; readonly rates: RateReport }
  /** Nothing that this version can use; `message` says of which field, with the remedy. */
  | { readonly kind: 'malformed'; readonly message: string };

/**
 * The records to append for it, in this order: one, or the parts of a large map. Throws `RangeError` for a token or a number that no
 * record can have, or a map of more than `mapPartsMax` parts; `partBytesMax` is the size of a part, only a test has another one.
 */
export function encodeControl(record: ControlRecord, partBytesMax: number = mapBytesMax): KeyedBytes[] {
  const { token } = record;
  const key = controlKeyText(controlKeyOf(record));
  if (parseControlKey(key) === undefined) {
    throw new RangeError(`${key} is no key of control: tokens are 1 to 2^53 - 1, epochs 0 to 2^31 - 1`);
  }
  if (record.kind === 'claim') return [{ key, bytes: recordBytes(token, { $case: 'claim', value: {} }) }];
  const map = placementToWire(record.map);
  const whole = wireControl.PlacementMap.encode(map).finish();
  if (whole.length <= partBytesMax) return [{ key, bytes: recordBytes(token, { $case: 'map', value: map }) }];
  const parts = Math.ceil(whole.length / partBytesMax);
  if (parts > mapPartsMax) {
    throw new RangeError(`a map of ${whole.length} bytes is above ${mapPartsMax} parts of ${partBytesMax}`);
  }
  const { epoch } = record.map;
  const checksum = crc32c(whole);
  return Array.from({ length: parts }, (_, part) => {
    const piece = whole.slice(part * partBytesMax, (part + 1) * partBytesMax);
    const bytes = recordBytes(token, { $case: 'part', value: { epoch, part, parts, checksum, piece } });
    return { key: controlKeyText({ kind: 'map', token, epoch, part }), bytes };
  });
}

/** The record of a partition's report. Throws where a number in it is none. */
export function encodePartitionReport(report: PartitionReport): KeyedBytes {
  const key = controlKeyText({ kind: 'partition', partition: report.partition });
  return { key, bytes: wireControl.PartitionReport.encode(partitionReportToWire(report)).finish() };
}

/** The record of the rates of all instruments of a partition. */
export function encodeRatesReport(rates: RateReport): KeyedBytes {
  const key = controlKeyText({ kind: 'rates', partition: rates.partition });
  return { key, bytes: wireControl.RatesReport.encode(ratesReportToWire(rates)).finish() };
}

/** The record of an ingest's report. */
export function encodeWriterReport(report: WriterReport): KeyedBytes {
  const key = controlKeyText({ kind: 'writer', writer: report.writer });
  return { key, bytes: wireControl.WriterReport.encode(writerReportToWire(report)).finish() };
}

/** What a record with this key says. */
export function decodeControl(key: string, bytes: Uint8Array): ControlEntry {
  const parsed = parseControlKey(key);
  if (parsed === undefined) {
    return malformed(
      'the key is none of claim/<token>, map/<token>/<epoch>, partition/<p>, rates/<p> and writer/<name>',
    );
  }
  const read = 'token' in parsed ? decodeRecord(parsed, bytes) : decodeReport(parsed, bytes);
  return isWireFault(read) ? malformed(read.message) : read;
}

/** The map in the joined pieces of its parts, or why there is none. */
export function decodeMap(epoch: number, bytes: Uint8Array): PlacementParts | WireFault {
  const wire = decodeWhole('the map', wireControl.PlacementMap, bytes);
  if (isWireFault(wire)) return wire;
  if (wire.epoch !== epoch) return otherThanKey('epoch', wire.epoch, epoch);
  return placementFromWire(wire);
}

function recordBytes(token: number, record: wireControl.ControlRecord['record']): Uint8Array {
  return wireControl.ControlRecord.encode({ token: BigInt(token), record }).finish();
}

function decodeRecord(key: ControlKey, bytes: Uint8Array): ControlEntry | WireFault {
  const wire = decodeWhole('the record', wireControl.ControlRecord, bytes);
  if (isWireFault(wire)) return wire;
  const { token } = key;
  if (wire.token !== BigInt(token)) return otherThanKey('token', wire.token, token);
  const { record } = wire;
  const said = keyKindOf(record);
  const named = key.part === undefined ? key.kind : 'part';
  if (record === undefined || said !== named) return otherThanKey('record', said, named);
  if (record.$case === 'claim') return { kind: 'record', record: { kind: 'claim', token } };
  if (record.$case === 'part') return partOf(key, record.value);
  if (record.value.epoch !== key.epoch) return otherThanKey('epoch', record.value.epoch, key.epoch ?? 0);
  const map = placementFromWire(record.value);
  return isWireFault(map) ? map : { kind: 'record', record: { kind: 'map', token, map } };
}

function partOf(key: ControlKey, wire: wireControl.PlacementMapPart): ControlEntry | WireFault {
  const { token, epoch = 0 } = key;
  const { part, parts, checksum, piece } = wire;
  if (wire.epoch !== epoch) return otherThanKey('epoch', wire.epoch, epoch);
  if (part !== key.part) return otherThanKey('part', part, key.part ?? 0);
  if (parts < 2 || parts > mapPartsMax) return outOfRange('parts', parts, 2, mapPartsMax);
  if (part >= parts) return outOfRange('part', part, 0, parts - 1);
  if (piece.length < 1 || piece.length > mapBytesMax) return outOfRange("piece's bytes", piece.length, 1, mapBytesMax);
  return { kind: 'part', part: { token, epoch, part, parts, checksum, piece } };
}

function decodeReport(key: ReportKey, bytes: Uint8Array): ControlEntry | WireFault {
  if (key.kind === 'writer') {
    const wire = decodeWhole('the report', wireControl.WriterReport, bytes);
    if (isWireFault(wire)) return wire;
    if (wire.writer !== key.writer) return otherThanKey('writer', wire.writer, key.writer);
    const report = writerReportFromWire(wire);
    return isWireFault(report) ? report : { kind: 'writer', report };
  }
  if (key.kind === 'rates') {
    const wire = decodeWhole('the rates', wireControl.RatesReport, bytes);
    if (isWireFault(wire)) return wire;
    if (wire.partition !== key.partition) return otherThanKey('partition', wire.partition, key.partition);
    const rates = ratesReportFromWire(wire);
    return isWireFault(rates) ? rates : { kind: 'rates', rates };
  }
  const wire = decodeWhole('the report', wireControl.PartitionReport, bytes);
  if (isWireFault(wire)) return wire;
  if (wire.partition !== key.partition) return otherThanKey('partition', wire.partition, key.partition);
  const report = partitionReportFromWire(wire);
  return isWireFault(report) ? report : { kind: 'partition', report };
}

/** What the record says, in the words of keys. */
function keyKindOf(record: wireControl.ControlRecord['record']): string {
  return record?.$case ?? 'nothing that this version knows';
}

function malformed(message: string): ControlEntry {
  return { kind: 'malformed', message };
}

function otherThanKey(field: string, value: string | number | bigint, expected: string | number): WireFault {
  const message = `${field} is ${value}, and the key says ${expected}; whoever wrote it has to be mended`;
  return { code: 'FIELD_MALFORMED', field, value: String(value), expected: String(expected), message };
}

function outOfRange(field: string, value: number, min: number, max: number): WireFault {
  const message = `${field} is ${value}; it has to be from ${min} to ${max}`;
  return { code: 'FIELD_OUT_OF_RANGE', field, value: String(value), min: String(min), max: String(max), message };
}
