/**
 * The two insides of the driver that a batch of our own needs: how it picks a node and how it sends a request. In: the
 * driver's package. Out: typed functions. The version is pinned; a test sends a frame over a real connection.
 */
import { createRequire } from 'node:module';
import type { Client, QueryOptions } from 'cassandra-driver';
import type { BatchFrame } from './batch-frame.ts';

type ExecutionOptions = { readonly executionOptions: never };
type Insides = {
  readonly DefaultExecutionOptions: { create(options: QueryOptions, client: Client): ExecutionOptions };
  readonly RequestHandler: { send(request: BatchFrame, options: ExecutionOptions, client: Client): Promise<unknown> };
  readonly PrepareHandler: {
    getPrepared(client: Client, balancing: unknown, query: string, keyspace: undefined): Promise<{ queryId: Buffer }>;
  };
};

const load = createRequire(import.meta.url);
const { DefaultExecutionOptions } = load('cassandra-driver/lib/execution-options') as Insides;
const RequestHandler = load('cassandra-driver/lib/request-handler') as Insides['RequestHandler'];
const PrepareHandler = load('cassandra-driver/lib/prepare-handler') as Insides['PrepareHandler'];

/** Sends a batch to a replica of its partition. Rejects with the driver's errors. */
export function sendFrame(client: Client, frame: BatchFrame, options: QueryOptions): Promise<unknown> {
  return RequestHandler.send(frame, DefaultExecutionOptions.create(options, client), client);
}

/** Prepares a statement, or finds that it is. The driver prepares it again wherever a node has forgotten it. */
export async function preparedId(client: Client, statement: string): Promise<Buffer> {
  const { loadBalancing } = (client as unknown as { options: { policies: { loadBalancing: unknown } } }).options
    .policies;
  const { queryId } = await PrepareHandler.getPrepared(client, loadBalancing, statement, undefined);
  return queryId;
}
