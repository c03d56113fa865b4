/**
 * The health of the process as grpc.health.v1 tells it. In: the parts' states. Out: an answer by part, by service and,
 * under the empty name, for all; and a stream of changes, of which a slow reader gets the newest. The library's own
 * implementation writes changes to readers that do not read; so only its messages are used.
 */
import { service as messages } from 'grpc-health-check';
import type { Health } from '@tapeline/runtime';
import { type GrpcService, grpcService } from './grpc-service.ts';
import { orAborted } from './or-aborted.ts';
import { RpcError } from './rpc-error.ts';
import type { GrpcCall, MessageCodec, MethodDefinition } from './service-definition.ts';

/** How a service is, in the words of the protocol. */
type ServingStatus = 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';

type HealthRequest = { readonly service: string };
type HealthResponse = { readonly status: ServingStatus };
type HealthList = { readonly statuses: Readonly<Record<string, HealthResponse>> };
type Method<Response, IsStream extends boolean> = Omit<
  MethodDefinition,
  'requestType' | 'responseType' | 'responseStream'
> & {
  readonly requestType: MessageCodec<HealthRequest>;
  readonly requestStream: false;
  readonly responseType: MessageCodec<Response>;
  readonly responseStream: IsStream;
};
type HealthDefinition = {
  readonly fullName: string;
  readonly methods: {
    readonly check: Method<HealthResponse, false>;
    readonly list: Method<HealthList, false>;
    readonly watch: Method<HealthResponse, true>;
  };
};

/** The service, and the word that the server is going. */
export type HealthService = {
  readonly service: GrpcService;
  /** From now on nothing is served; watchers hear it. */
  close(): void;
};

/** Makes it; `serviceNames` are the services that the server serves. */
export function healthService(health: Health, serviceNames: readonly string[]): HealthService {
  const wakes = new Set<() => void>();
  let isClosing = false;
  const wakeAll = (): void => {
    for (const wake of wakes) wake();
  };
  const stopListening = health.onChange(wakeAll);
  const statuses = (): ReadonlyMap<string, ServingStatus> => {
    const { ready, parts } = health.report();
    const statusOf = (isReady: boolean): ServingStatus => (isReady && !isClosing ? 'SERVING' : 'NOT_SERVING');
    return new Map([
      ...parts.map(({ part, state }) => [part, statusOf(state === 'ready')] as const),
      ...['', ...serviceNames].map((name) => [name, statusOf(ready)] as const),
    ]);
  };
  const service = grpcService(definition(), {
    check: async (request) => {
      const status = statuses().get(request.service);
      if (status !== undefined) return { status };
      const message = `nothing here is called ${JSON.stringify(request.service)}; ask for one of List`;
      throw new RpcError('NOT_FOUND', 'SERVICE_UNKNOWN', message, { field: 'service', value: request.service });
    },
    list: async () => ({
      statuses: Object.fromEntries([...statuses()].map(([name, status]) => [name, { status }])),
    }),
    watch: (request, call) => watch(() => statuses().get(request.service) ?? 'SERVICE_UNKNOWN', wakes, call),
  });
  return {
    service,
    close: () => {
      isClosing = true;
      stopListening();
      wakeAll();
    },
  };
}

async function* watch(
  statusNow: () => ServingStatus,
  wakes: Set<() => void>,
  { signal }: GrpcCall,
): AsyncGenerator<HealthResponse> {
  let wake = (): void => undefined;
  const own = (): void => wake();
  wakes.add(own);
  try {
    let told: ServingStatus | undefined;
    for (;;) {
      const isLast = signal.aborted;
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const status = statusNow();
      if (status !== told) yield { status };
      told = status;
      if (isLast) return;
      if (status === statusNow()) await orAborted(changed, signal);
    }
  } finally {
    wakes.delete(own);
  }
}

function definition(): HealthDefinition {
  const request = codecOf<HealthRequest>(messages['Check']?.requestSerialize, messages['Check']?.requestDeserialize);
  const response = codecOf<HealthResponse>(
    messages['Check']?.responseSerialize,
    messages['Check']?.responseDeserialize,
  );
  const list = codecOf<HealthList>(messages['List']?.responseSerialize, messages['List']?.responseDeserialize);
  const base = { requestType: request, requestStream: false } as const;
  return {
    fullName: 'grpc.health.v1.Health',
    methods: {
      check: { ...base, name: 'Check', responseType: response, responseStream: false },
      list: { ...base, name: 'List', responseType: list, responseStream: false },
      watch: { ...base, name: 'Watch', responseType: response, responseStream: true },
    },
  };
}

function codecOf<Message>(
  serialize: ((message: object) => Uint8Array) | undefined,
  deserialize: ((bytes: Buffer) => object) | undefined,
): MessageCodec<Message> {
  if (serialize === undefined || deserialize === undefined) throw new Error('grpc-health-check lacks a message');
  return {
    encode: (message) => ({ finish: () => serialize(message as object) }),
    decode: (bytes) => deserialize(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)) as Message,
  };
}
