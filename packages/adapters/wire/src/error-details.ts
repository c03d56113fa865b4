/**
 * What `grpc-status-details-bin` holds. In: a status and the facts of a refusal. Out: the bytes of a google.rpc.Status
 * with one google.rpc.ErrorInfo, and back. Written by hand: two messages of seven fields, which never change, against a
 * dependency on googleapis. Sizes are bounded, because all trailers together have to fit into what clients take.
 */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** `ErrorInfo.domain` of every refusal. */
export const errorDomain = 'tapeline.dev';

/** Facts of one refusal; more are left out. */
export const factsMax = 16;

/** Characters of a fact's name or value; longer ones are cut. */
export const factLengthMax = 256;

const typeUrl = 'type.googleapis.com/google.rpc.ErrorInfo';

/** A refusal as it goes out. `code` is the number of its gRPC status. */
export type ErrorToSend = {
  readonly code: number;
  readonly message: string;
  /** UPPER_SNAKE_CASE. */
  readonly reason: string;
  readonly facts: Readonly<Record<string, string>>;
};

/** A refusal as it came in. */
export type ReceivedError = { readonly reason: string; readonly facts: Readonly<Record<string, string>> };

/** The codec of both messages. */
export const errorDetails: {
  encode(error: ErrorToSend): Uint8Array;
  /** `undefined` if the bytes are malformed or hold no ErrorInfo of this domain. */
  decode(bytes: Uint8Array): ReceivedError | undefined;
} = { encode, decode };

// google.rpc.Status: 1 code, 2 message, 3 details (google.protobuf.Any: 1 type_url, 2 value).
// google.rpc.ErrorInfo: 1 reason, 2 domain, 3 metadata (map: 1 key, 2 value).
function encode({ code, message, reason, facts }: ErrorToSend): Uint8Array {
  const info = new BinaryWriter().uint32(tag(1)).string(reason).uint32(tag(2)).string(errorDomain);
  for (const [name, value] of Object.entries(facts).slice(0, factsMax)) {
    info.uint32(tag(3)).fork();
    info.uint32(tag(1)).string(cut(name)).uint32(tag(2)).string(cut(value)).join();
  }
  return new BinaryWriter()
    .uint32((1 << 3) | WireType.Varint)
    .int32(code)
    .uint32(tag(2))
    .string(wellFormed(message))
    .uint32(tag(3))
    .fork()
    .uint32(tag(1))
    .string(typeUrl)
    .uint32(tag(2))
    .bytes(info.finish())
    .join()
    .finish();
}

function decode(bytes: Uint8Array): ReceivedError | undefined {
  try {
    for (const any of fieldsOf(bytes, 3)) {
      const [url] = fieldsOf(any, 1);
      const [info] = fieldsOf(any, 2);
      if (url === undefined || info === undefined || text(url) !== typeUrl) continue;
      if (text(fieldsOf(info, 2)[0]) !== errorDomain) continue;
      const facts: [string, string][] = fieldsOf(info, 3).map((entry) => [
        text(fieldsOf(entry, 1)[0]),
        text(fieldsOf(entry, 2)[0]),
      ]);
      return { reason: text(fieldsOf(info, 1)[0]), facts: Object.fromEntries(facts) };
    }
    return undefined;
  } catch (error) {
    // The reader throws RangeError and Error for bytes that end early or have no such wire type.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

/** Every value of a length-delimited field, in order. */
function fieldsOf(bytes: Uint8Array, field: number): Uint8Array[] {
  const reader = new BinaryReader(bytes);
  const values: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (number === field && wireType === WireType.LengthDelimited) values.push(reader.bytes());
    else reader.skip(wireType, number);
  }
  return values;
}

function tag(field: number): number {
  return (field << 3) | WireType.LengthDelimited;
}

function cut(value: string): string {
  return wellFormed(value.slice(0, factLengthMax));
}

/** Half of a surrogate pair, which a cut can leave, has no UTF-8. */
function wellFormed(value: string): string {
  return value.replaceAll(/\p{Surrogate}/gu, '\uFFFD');
}

function text(bytes: Uint8Array = new Uint8Array()): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}
