/**
 * Server reflection, v1 and v1alpha, so that grpcurl and its like need no .proto files. In: a FileDescriptorSet with all
 * imports. Out: two services. The library answers; its own way to serve writes answers to readers that do not read, so
 * its handler gets a stream of one message each time.
 */
import { EventEmitter } from 'node:events';
import type { ServiceDefinition as LibraryDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { type GrpcService, grpcService } from './grpc-service.ts';
import type { MessageCodec } from './service-definition.ts';

type Offer = { readonly definition: LibraryDefinition; readonly implementation: UntypedServiceImplementation };

/** Both services, over the files of the set; of its services they list those that are served. */
export function reflectionServices(descriptorSet: Uint8Array, served: readonly string[]): GrpcService[] {
  const files = filesOfSet(descriptorSet).map((file) => Buffer.from(file));
  const offers: Offer[] = [];
  new ReflectionService(
    { files: { format: 'Protocol Buffer 3 DescriptorProto', type: {}, fileDescriptorProtos: files, ...noCodec } },
    { services: [...served] },
  ).addToServer({ addService: (definition, implementation) => offers.push({ definition, implementation }) });
  return offers.map(reflectionService);
}

/** The library takes the files from a message's description; there is no message. */
const noCodec = { serialize: () => Buffer.alloc(0), deserialize: () => ({}) };

function reflectionService({ definition, implementation }: Offer): GrpcService {
  const [method, handler] = [definition['ServerReflectionInfo'], implementation['ServerReflectionInfo']];
  if (method === undefined || handler === undefined) throw new Error('@grpc/reflection lacks its method');
  const requestType = codecOf(method.requestSerialize, method.requestDeserialize);
  const responseType = codecOf(method.responseSerialize, method.responseDeserialize);
  const [, fullName = ''] = method.path.split('/');
  return grpcService(
    {
      fullName,
      methods: {
        info: { name: 'ServerReflectionInfo', requestType, requestStream: true, responseType, responseStream: true },
      } as const,
    },
    {
      info: async function* (requests) {
        for await (const request of requests) yield* answersTo(request, handler);
      },
    },
  );
}

function answersTo(request: unknown, handler: UntypedServiceImplementation[string]): unknown[] {
  const answers: unknown[] = [];
  const stream = Object.assign(new EventEmitter(), { write: (answer: unknown) => answers.push(answer) });
  Reflect.apply(handler, undefined, [stream]);
  stream.emit('data', request);
  return answers;
}

type Serialize = (message: never) => Uint8Array;

function codecOf(serialize: Serialize, deserialize: (bytes: Buffer) => unknown): MessageCodec<unknown> {
  return {
    encode: (message) => ({ finish: () => serialize(message as never) }),
    decode: (bytes) => deserialize(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
  };
}

/** Each file of a FileDescriptorSet: field 1, length-delimited, and nothing else. */
export function filesOfSet(set: Uint8Array): Uint8Array[] {
  const files: Uint8Array[] = [];
  let at = 0;
  while (at < set.byteLength) {
    if (set[at] !== 0x0a) throw new RangeError(`the descriptor set has no file at byte ${at}; make it with buf build`);
    let [length, shift] = [0, 0];
    do {
      at += 1;
      length += ((set[at] ?? 0) & 0x7f) * 2 ** shift;
      shift += 7;
    } while (((set[at] ?? 0) & 0x80) !== 0);
    at += 1;
    if (at + length > set.byteLength) throw new RangeError(`the descriptor set ends inside of a file at byte ${at}`);
    files.push(set.subarray(at, at + length));
    at += length;
  }
  return files;
}
