/**
 * Log records by the generated code. In: bytes, or a record as a plain object. Out: the other. The hot path reads
 * records by the domain's own decoder; this one is made from the contract alone, so that the two can be compared. It
 * is the judge of valid bytes only: inside an entry it overlooks some damage that the domain's decoder refuses.
 */
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { LogRecord } from './gen/tapeline/v1/log.ts';

/** Bytes that are no record by the contract; `reason` is what protobuf says of them. */
export type LogRecordFault = {
  readonly code: 'LOG_RECORD_MALFORMED';
  readonly reason: string;
  readonly message: string;
};

/**
 * The record in `bytes`, as a plain object of arrays, bigints and texts. An entry of a kind that this version does not
 * know has no `entry`. Fields that it does not know are left out. Whether columns fit each other is not looked at.
 */
export function decodeLogRecord(bytes: Uint8Array): LogRecord | LogRecordFault {
  const reader = new BinaryReader(bytes);
  try {
    const record = LogRecord.decode(reader);
    // The generated code takes a zero byte for an end, as of a C string; in a record there is none.
    return reader.pos === bytes.length ? record : fault(bytes, `it ends at byte ${reader.pos}`);
  } catch (cause) {
    // Everything that decoding throws is about the bytes: it reads nothing else.
    return fault(bytes, cause instanceof Error ? cause.message : String(cause));
  }
}

function fault(bytes: Uint8Array, reason: string): LogRecordFault {
  const message = `${bytes.length} bytes are no log record: ${reason}; put them in quarantine with their offset`;
  return { code: 'LOG_RECORD_MALFORMED', reason, message };
}

/** The bytes of a record. Throws if a number is outside the range of its field's type. */
export function encodeLogRecord(record: LogRecord): Uint8Array {
  return LogRecord.encode(record).finish();
}
