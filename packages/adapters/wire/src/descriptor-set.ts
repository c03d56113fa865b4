/**
 * The contract's own description, for server reflection. In: the generated text. Out: its bytes; they come with the code,
 * so they are there from sources and from dist alike.
 */
import { base64Decode, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { errorInfoFile } from './error-info-file.ts';
import { descriptorSetBase64 } from './gen/descriptor-set.ts';

/**
 * An encoded google.protobuf.FileDescriptorSet with every file of proto/, all that they import, grpc.health.v1, and
 * google.rpc.ErrorInfo, which refusals carry.
 */
export const descriptorSet: Uint8Array = new BinaryWriter()
  .raw(base64Decode(descriptorSetBase64))
  .uint32((1 << 3) | WireType.LengthDelimited)
  .bytes(errorInfoFile())
  .finish();
