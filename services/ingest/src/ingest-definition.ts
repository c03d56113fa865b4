/**
 * The service of the contract as ingest serves it. In: the generated definition. Out: the same names and messages, but
 * a request of Publish stays bytes: a block of columns goes on as it came, and no object is made for each of its ticks.
 */
import { wireIngest } from '@tapeline/wire';

/** A `PublishRequest` as it came over the wire. */
export type PublishBytes = { readonly bytes: Uint8Array };

type PublishCodec = {
  encode(request: PublishBytes): { finish(): Uint8Array };
  decode(bytes: Uint8Array): PublishBytes;
};

const publishBytes: PublishCodec = {
  encode: ({ bytes }) => ({ finish: () => bytes }),
  decode: (bytes) => ({ bytes }),
};

type Methods = typeof wireIngest.IngestServiceDefinition.methods;

/** What `grpcService` takes. */
export type IngestDefinition = Omit<typeof wireIngest.IngestServiceDefinition, 'methods'> & {
  readonly methods: Omit<Methods, 'publish'> & {
    readonly publish: Omit<Methods['publish'], 'requestType'> & { readonly requestType: PublishCodec };
  };
};

const { methods, ...service } = wireIngest.IngestServiceDefinition;

/** The definition that ingest serves. */
export const ingestDefinition: IngestDefinition = {
  ...service,
  methods: { ...methods, publish: { ...methods.publish, requestType: publishBytes } },
};
