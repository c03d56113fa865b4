/** The handlers behind the real gRPC server: shared bytes, errors with their facts, streams that end with the process. */
import { connectGrpc, grpcService, RpcError, startGrpcServer } from '@tapeline/grpc';
import { createHealth, createMetrics, silentLogger } from '@tapeline/runtime';
import { descriptorSet, errorDetails, wireQuery } from '@tapeline/wire';
import { afterEach, expect, test } from 'vitest';
import { barOf, QueryRig, shortOf } from './query-rig.ts';

const minute = 1_381_239_000;
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function served(): Promise<{ rig: QueryRig; channel: ReturnType<typeof connectGrpc> }> {
  const rig = await QueryRig.start();
  const server = await startGrpcServer({
    host: '127.0.0.1',
    port: 0,
    services: [grpcService(wireQuery.QueryServiceDefinition, rig.query.service)],
    descriptorSet,
    health: createHealth(),
    limits: { messageBytesMax: 4_194_304, streamsPerConnectionMax: 100, connectionsMax: 100 },
    errorCodec: errorDetails,
    log: silentLogger,
    metrics: createMetrics({ ofProcess: false }),
  });
  const channel = connectGrpc({ address: `127.0.0.1:${server.port}`, errorCodec: errorDetails });
  ends.push(
    async () => rig.stop(),
    async () => server.close(500),
    async () => channel.close(),
  );
  return { rig, channel };
}

const { methods, fullName } = wireQuery.QueryServiceDefinition;
const instrument = { dataset: 'd', symbol: 'SPY' };
const request = { instruments: [instrument], intervals: ['1m'], profiles: ['all'] };

test('bars are streamed and read, and a refusal carries its reason and facts', async () => {
  const { rig, channel } = await served();
  await rig.putBars([barOf(minute)]);
  const page = await channel.unary(
    methods.getBars,
    fullName,
    wireQuery.GetBarsRequest.fromPartial({ instrument, interval: '1m', profile: 'all' }),
    {},
  );
  expect(shortOf(page.bars)).toEqual([`SPY 1m ${minute} r1 closed`]);
  const wrong = wireQuery.GetBarsRequest.fromPartial({ instrument, interval: '2m', profile: 'all' });
  await expect(channel.unary(methods.getBars, fullName, wrong, {})).rejects.toMatchObject({
    status: 'INVALID_ARGUMENT',
    reason: 'INTERVAL_UNKNOWN',
    facts: { field: 'interval', value: '2m' },
  });
  const seen: string[] = [];
  const stream = channel.serverStream(
    methods.streamBars,
    fullName,
    wireQuery.StreamBarsRequest.fromPartial(request),
    {},
  );
  for await (const { event } of stream) {
    if (event?.$case === 'snapshotEnd') await rig.putBars([barOf(minute + 60)]);
    if (event?.$case === 'bars') seen.push(...shortOf(event.value.bars));
    if (seen.length === 2) break;
  }
  expect(seen).toEqual([`SPY 1m ${minute} r1 closed`, `SPY 1m ${minute + 60} r1 closed`]);
});

test('a stream ends with SHUTTING_DOWN when the query process ends', async () => {
  const { rig, channel } = await served();
  const stream = channel.serverStream(
    methods.streamBars,
    fullName,
    wireQuery.StreamBarsRequest.fromPartial(request),
    {},
  );
  let problem: unknown;
  try {
    for await (const { event } of stream) if (event?.$case === 'snapshotEnd') void rig.stop();
  } catch (error) {
    problem = error;
  }
  expect(problem).toBeInstanceOf(RpcError);
  expect(problem).toMatchObject({ status: 'UNAVAILABLE', reason: 'SHUTTING_DOWN' });
});
