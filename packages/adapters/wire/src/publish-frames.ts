/**
 * Messages of a publisher as bytes. In: encoded blocks, and what is said besides. Out: encoded `PublishRequest`s: a block
 * is put into its message as it is, because it was encoded once and may be sent several times.
 */
import { IngestServiceDefinition, PublishRequest } from './gen/tapeline/v1/ingest.ts';

/** An encoded `PublishRequest`. */
export type PublishFrame = Uint8Array;

/** `Publish` of the contract, with requests as bytes. */
export const publishMethod: Omit<typeof IngestServiceDefinition.methods.publish, 'requestType'> & {
  readonly requestType: {
    encode(frame: PublishFrame): { finish(): Uint8Array };
    decode(bytes: Uint8Array): PublishFrame;
  };
} = {
  ...IngestServiceDefinition.methods.publish,
  requestType: { encode: (frame) => ({ finish: () => frame }), decode: (bytes) => bytes },
};

/** A request that is no batch. */
export function frameOf(request: NonNullable<PublishRequest['request']>): PublishFrame {
  return PublishRequest.encode({ request }).finish();
}

// PublishRequest: 2 tick_batch; TickBatch: 1 block; both length-delimited.
const [batchTag, blockTag] = [0x12, 0x0a];

/** A block as a request. */
export function batchFrame(block: Uint8Array): PublishFrame {
  const inner = varint(block.byteLength);
  const outer = varint(1 + inner.length + block.byteLength);
  const frame = new Uint8Array(1 + outer.length + 1 + inner.length + block.byteLength);
  frame.set([batchTag, ...outer, blockTag, ...inner]);
  frame.set(block, frame.byteLength - block.byteLength);
  return frame;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return bytes;
}
