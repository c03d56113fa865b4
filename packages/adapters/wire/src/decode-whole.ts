/**
 * Messages by the generated code, from bytes that are one and nothing else. In: a message's codec and bytes. Out: the message, or
 * what protobuf says of the bytes. Whether its fields follow the contract's words is for the conversions to say.
 */
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { fieldMalformed, type WireFault } from './wire-fault.ts';

/** The part of a generated codec that reads. */
export type WireCodec<Message> = { decode(input: BinaryReader): Message };

/** The message that all of `bytes` is; `name` is what a fault calls it. */
export function decodeWhole<Message extends object>(
  name: string,
  codec: WireCodec<Message>,
  bytes: Uint8Array,
): Message | WireFault {
  const reader = new BinaryReader(bytes);
  try {
    const message = codec.decode(reader);
    // The generated code takes a zero byte for an end, as of a C string; in a message there is none.
    if (reader.pos === bytes.length) return message;
    return fieldMalformed(name, `${bytes.length} bytes`, `a message to its end, and it stops at byte ${reader.pos}`);
  } catch (cause) {
    // Everything that decoding throws is about the bytes: it reads nothing else.
    const reason = cause instanceof Error ? cause.message : String(cause);
    return fieldMalformed(name, `${bytes.length} bytes`, `a message by protobuf, which says "${reason}"`);
  }
}
