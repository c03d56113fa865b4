/**
 * The least that a gRPC server in Node can do for a stream of messages: it takes each as bytes, looks at none, and says how
 * many there were every few ms. In: a pause between acks. Out: the floor that ingest is compared with, on the same messages
 * from the same client; nothing is decoded, checked or kept.
 */
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { wireIngest } from '@tapeline/wire';
import { serveParent } from '../cluster/served-child.ts';

const { ackIntervalMs } = JSON.parse(process.argv[2] ?? 'null') as { readonly ackIntervalMs: number };
const { PublishResponse } = wireIngest;

function publish(call: ServerDuplexStream<Buffer, wireIngest.PublishResponse>): void {
  let [messages, acked, isEnded] = [0, 0, false];
  let timer: NodeJS.Timeout | undefined;
  const ack = (): void => {
    timer = undefined;
    if (acked < messages)
      call.write({ response: { $case: 'ack', value: { sequence: 0n, requests: BigInt(messages) } } });
    acked = messages;
    if (isEnded) call.end();
  };
  call.on('data', () => {
    messages += 1;
    timer ??= setTimeout(ack, ackIntervalMs);
  });
  call.on('end', () => {
    isEnded = true;
    timer ??= setTimeout(ack, ackIntervalMs);
  });
  // The client's end of the connection went away: there is nobody to tell.
  call.on('error', () => clearTimeout(timer));
}

const server = new Server();
const { fullName, methods } = wireIngest.IngestServiceDefinition;
server.addService(
  {
    publish: {
      path: `/${fullName}/${methods.publish.name}`,
      requestStream: true,
      responseStream: true,
      requestSerialize: (bytes: Buffer) => bytes,
      requestDeserialize: (bytes: Buffer) => bytes,
      responseSerialize: (response: wireIngest.PublishResponse) =>
        Buffer.from(PublishResponse.encode(response).finish()),
      responseDeserialize: (bytes: Buffer) => PublishResponse.decode(bytes),
    },
  },
  { publish },
);
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  serveParent(port, async () => server.forceShutdown());
});
