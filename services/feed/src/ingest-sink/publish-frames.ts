/**
 * Messages of a Publish stream as bytes. In: encoded blocks, and what is said besides. Out: encoded `PublishRequest`s: a block
 * goes into its message as it is, since decoding it for that alone would cost more than making it.
 */
import { wireIngest } from '@tapeline/wire';

/** An encoded `PublishRequest`. */
export type PublishFrame = Uint8Array;

/** `Publish` of the contract, with requests as bytes. */
export const publishMethod: Omit<typeof wireIngest.IngestServiceDefinition.methods.publish, 'requestType'> & {
  readonly requestType: {
    encode(frame: PublishFrame): { finish(): Uint8Array };
    decode(bytes: Uint8Array): PublishFrame;
  };
} = {
  ...wireIngest.IngestServiceDefinition.methods.publish,
  requestType: { encode: (frame) => ({ finish: () => frame }), decode: (bytes) => bytes },
};

/** A request that is no batch. */
export function frameOf(request: NonNullable<wireIngest.PublishRequest['request']>): PublishFrame {
  return wireIngest.PublishRequest.encode({ request }).finish();
}

// Field numbers 2 (tick_batch of PublishRequest) and 1 (block of TickBatch), both length-delimited.
const [batchTag, blockTag] = [0x12, 0x0a];

/** A block as a request. */
export function blockFrame(block: Uint8Array): PublishFrame {
  const batchHead = [blockTag, ...lengthBytes(block.byteLength)];
  const head = [batchTag, ...lengthBytes(batchHead.length + block.byteLength), ...batchHead];
  const frame = new Uint8Array(head.length + block.byteLength);
  frame.set(head);
  frame.set(block, head.length);
  return frame;
}

/** A length as protobuf writes it: seven bits a byte, the lowest first. */
function lengthBytes(length: number): number[] {
  return length < 0x80 ? [length] : [(length & 0x7f) | 0x80, ...lengthBytes(length >>> 7)];
}
