/**
 * A service for tests, in JSON instead of protobuf. In: handlers. Out: a server on a free port and a channel to it,
 * closed by `close`. What each test does not set is harmless.
 */
import { createHealth, createMetrics, type Health, type Logger, type Metrics, silentLogger } from '@tapeline/runtime';
import {
  connectGrpc,
  type ErrorCodec,
  type GrpcChannel,
  type GrpcChannelOptions,
  type GrpcServer,
  type GrpcServerOptions,
  grpcService,
  type Implementation,
  type MessageCodec,
  RpcError,
  type ServiceOptions,
  startGrpcServer,
} from '../src/index.ts';

/** What the probe's calls carry. */
export type Note = { readonly text: string };

/** JSON; text that is none throws, as protobuf does. */
export const noteCodec: MessageCodec<Note> = {
  encode: (note) => ({ finish: () => new TextEncoder().encode(JSON.stringify(note)) }),
  decode: (bytes) => JSON.parse(new TextDecoder().decode(bytes)) as Note,
};

type NoteMethod<IsRequestStream extends boolean, IsResponseStream extends boolean> = {
  readonly name: string;
  readonly requestType: MessageCodec<Note>;
  readonly requestStream: IsRequestStream;
  readonly responseType: MessageCodec<Note>;
  readonly responseStream: IsResponseStream;
};

const notes = { requestType: noteCodec, responseType: noteCodec } as const;

/** One call of each form. */
export const probe: {
  readonly fullName: string;
  readonly methods: {
    readonly ask: NoteMethod<false, false>;
    readonly list: NoteMethod<false, true>;
    readonly talk: NoteMethod<true, true>;
  };
} = {
  fullName: 'probe.v1.Probe',
  methods: {
    ask: { ...notes, name: 'Ask', requestStream: false, responseStream: false },
    list: { ...notes, name: 'List', requestStream: false, responseStream: true },
    talk: { ...notes, name: 'Talk', requestStream: true, responseStream: true },
  },
};

/** Error details as JSON. */
export const jsonErrors: ErrorCodec = {
  encode: (error) => new TextEncoder().encode(JSON.stringify(error)),
  decode: (bytes) => JSON.parse(new TextDecoder().decode(bytes)) as ReturnType<ErrorCodec['decode']>,
};

const unused = new RpcError('UNIMPLEMENTED', 'UNUSED', 'this test does not call it');

/** Handlers that echo. */
export const echo: Implementation<typeof probe> = {
  ask: async (request) => request,
  list: async function* (request) {
    yield request;
  },
  talk: (requests) => requests,
};

/** A server, a channel, and what they share. */
export type ProbeWorld = {
  readonly server: GrpcServer;
  readonly channel: GrpcChannel;
  readonly health: Health;
  readonly metrics: Metrics;
  /** A channel of its own connection; closed with the world. */
  readonly connect: (options?: Partial<GrpcChannelOptions>) => GrpcChannel;
  close(): Promise<void>;
};

/** What a test may set. */
export type ProbeOptions = Partial<Omit<GrpcServerOptions, 'limits'>> & {
  readonly limits?: Partial<GrpcServerOptions['limits']>;
  readonly handlers?: Partial<Implementation<typeof probe>>;
  readonly deadlines?: ServiceOptions;
  readonly log?: Logger;
};

/** Starts it. */
export async function probeWorld(options: ProbeOptions = {}): Promise<ProbeWorld> {
  const { handlers, deadlines, limits, ...rest } = options;
  const health = createHealth();
  const metrics = createMetrics({ ofProcess: false });
  const server = await startGrpcServer({
    host: '127.0.0.1',
    port: 0,
    services: [grpcService(probe, { ...echo, ...handlers }, deadlines)],
    descriptorSet: new Uint8Array(),
    health,
    errorCodec: jsonErrors,
    log: silentLogger,
    metrics,
    ...rest,
    limits: { messageBytesMax: 65_536, streamsPerConnectionMax: 8, connectionsMax: 4, ...limits },
  });
  const channels: GrpcChannel[] = [];
  const connect = (more: Partial<GrpcChannelOptions> = {}): GrpcChannel => {
    const channel = connectGrpc({ address: `127.0.0.1:${server.port}`, errorCodec: jsonErrors, ...more });
    channels.push(channel);
    return channel;
  };
  return {
    server,
    channel: connect(),
    health: options.health ?? health,
    metrics,
    connect,
    close: async () => {
      for (const channel of channels) channel.close();
      await server.close(0);
    },
  };
}

/** The `RpcError` that a call fails with. */
export async function refusalOf(call: Promise<unknown>): Promise<RpcError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof RpcError) return error;
    throw error;
  }
  throw unused;
}

/** Everything of a stream. */
export async function allOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Resolves when `isSo`; for what the network does in its own time, within 5 s. */
export async function eventually(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('it did not come within 5 s');
}
