/** Ingest over real gRPC and on the embedded log: what a caller of any language sees, also through a process's end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectGrpc, type GrpcChannel, grpcService, type GrpcServer, RpcError, startGrpcServer } from '@tapeline/grpc';
import { createIngest, type Ingest, type IngestConfig, ingestConfigDefaults } from '@tapeline/ingest';
import {
  type Clock,
  createHealth,
  createMetrics,
  type Metrics,
  silentLogger,
  systemClock,
  systemRandom,
} from '@tapeline/runtime';
import { descriptorSet, errorDetails, wireIngest } from '@tapeline/wire';
import { afterEach, expect, test } from 'vitest';
import { ScriptedLog } from '../../services/ingest/test-kit/scripted-log.ts';
import { requestBytes, type RequestParts, rows, trade } from './ingest-rig.ts';

const { methods, fullName } = wireIngest.IngestServiceDefinition;
const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

type World = {
  readonly ingest: Ingest;
  readonly log: ScriptedLog;
  readonly channel: GrpcChannel;
  readonly server: GrpcServer;
  readonly metrics: Metrics;
};

/** The grace of 5 s, in which a caller may take its trailers, passes in a moment. */
const hastyClock: Clock = {
  ...systemClock,
  sleep: (ms, stop) => systemClock.sleep(ms === 5_000 ? 100 : ms, stop),
};

async function startWorld(config: Partial<IngestConfig> = {}): Promise<World> {
  const log = new ScriptedLog(2, () => Date.now());
  const parts = {
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    metrics: createMetrics({ ofProcess: false }),
  };
  const knownInstruments = { find: async () => undefined };
  const ingest = createIngest({ ...parts, log, knownInstruments, config: { ...ingestConfigDefaults, ...config } });
  const server = await startGrpcServer({
    host: '127.0.0.1',
    port: 0,
    services: [grpcService(ingest.definition, ingest.service)],
    descriptorSet,
    health: createHealth(),
    limits: { messageBytesMax: 4_194_304, streamsPerConnectionMax: 100, connectionsMax: 10 },
    errorCodec: errorDetails,
    log: silentLogger,
    metrics: parts.metrics,
    clock: hastyClock,
  });
  const channel = connectGrpc({
    address: `127.0.0.1:${server.port}`,
    errorCodec: errorDetails,
    messageBytesMax: 8_388_608,
  });
  cleanUps.push(
    () => server.close(1_000),
    () => ingest.stop(),
    () => channel.close(),
  );
  return { ingest, log, channel, server, metrics: parts.metrics };
}

function request(parts: RequestParts): wireIngest.PublishRequest {
  return wireIngest.PublishRequest.decode(requestBytes(parts).bytes);
}

const opening = request({ request: { $case: 'open', value: { dataset: 'wire' } } });

/** A time of now, so that live ticks are neither old nor ahead. */
function tradeNow(sequence: number, link: number, fields: Record<string, unknown> = {}): ReturnType<typeof trade> {
  return trade(sequence, link, { eventTimeNs: BigInt(Date.now()) * 1_000_000n, ...fields });
}

async function endOf(
  responses: AsyncIterable<wireIngest.PublishResponse>,
): Promise<{ last: bigint; error?: RpcError }> {
  let last = 0n;
  try {
    for await (const { response } of responses) if (response?.$case === 'ack') last = response.value.sequence;
  } catch (error) {
    if (error instanceof RpcError) return { last, error };
    throw error;
  }
  return { last };
}

test('a stream opens, settles and ends with OK when the caller half-closes', async () => {
  const { channel, log } = await startWorld();
  const call = channel.duplex(methods.publish, fullName);
  await call.send(opening);
  for (let first = 1; first <= 2_000; first += 100) {
    const ticks = Array.from({ length: 100 }, (_, index) => tradeNow(first + index, first + index - 1));
    await call.send(request(rows(ticks)));
  }
  call.finish();
  expect(await endOf(call.responses)).toEqual({ last: 2_000n });
  expect(log.inFlightMax).toBe(1);
});

test('a refusal carries status, reason and facts', async () => {
  const { channel } = await startWorld();
  const call = channel.duplex(methods.publish, fullName);
  await call.send(opening);
  await call.send(request(rows([tradeNow(1, 0)])));
  await call.send(request(rows([tradeNow(1, 0)])));
  const { error, last } = await endOf(call.responses);
  expect(last).toBe(1n);
  expect(error).toMatchObject({ status: 'FAILED_PRECONDITION', reason: 'SEQUENCE_NOT_RISING' });
  expect(error?.facts).toMatchObject({ field: 'sequence', value: '1', min: '2' });
});

test('a message over the limit is refused with MESSAGE_TOO_LARGE, on streams and calls', async () => {
  const { channel } = await startWorld();
  const call = channel.duplex(methods.publish, fullName);
  await call.send(opening);
  const large = request({ request: { $case: 'open', value: { dataset: 'x'.repeat(4_300_000) } } });
  const [, { error }] = await Promise.all([Promise.allSettled([call.send(large)]), endOf(call.responses)]);
  expect(error).toMatchObject({
    status: 'RESOURCE_EXHAUSTED',
    reason: 'MESSAGE_TOO_LARGE',
  });
  const once = wireIngest.PublishOnceRequest.fromPartial({ dataset: 'x'.repeat(4_300_000) });
  await expect(channel.unary(methods.publishOnce, fullName, once)).rejects.toMatchObject({
    reason: 'MESSAGE_TOO_LARGE',
  });
});

test('a caller who reads nothing is ended with RESPONSES_NOT_READ, and nothing grows meanwhile', async () => {
  const { channel, ingest, metrics } = await startWorld({ responsesUnreadMsMax: 300 });
  const call = channel.duplex(methods.publish, fullName);
  await call.send(opening);
  // The library reads ahead without a bound until the first response is taken.
  await call.responses[Symbol.asyncIterator]().next();
  let sent = 0;
  const sending = (async () => {
    for (; sent < 400; sent += 1) {
      const first = sent * 500 + 1;
      const ticks = Array.from({ length: 500 }, (_, index) =>
        tradeNow(first + index, first + index - 1, { venue: 'x'.repeat(65) }),
      );
      await call.send(request(rows(ticks)));
    }
  })().catch((error: unknown) => error);
  const error = await sending;
  // Who takes no responses takes no trailers either: the stream is reset.
  expect(error).toMatchObject({ status: 'UNAVAILABLE' });
  expect(await metrics.text()).toContain('tapeline_ingest_refusals_total{reason="RESPONSES_NOT_READ"} 1');
  expect(sent).toBeLessThan(400);
  await expect.poll(() => ingest.status().streamsOpen).toBe(0);
});

test('when ingest stops, a stream gets its last ack and SHUTTING_DOWN', async () => {
  const { channel, ingest } = await startWorld({ lingerMs: 1_000 });
  const call = channel.duplex(methods.publish, fullName);
  await call.send(opening);
  const ended = endOf(call.responses);
  await call.send(request(rows([tradeNow(1, 0)])));
  await expect.poll(() => ingest.status().streamsOpen).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await ingest.stop();
  expect(await ended).toMatchObject({ last: 1n, error: { status: 'UNAVAILABLE', reason: 'SHUTTING_DOWN' } });
});

test('PublishOnce and GetPublisher answer over the wire, and a deadline is kept', async () => {
  const { channel, log } = await startWorld();
  const ticks = [{ symbol: 'SPY', tick: { $case: 'trade' as const, value: { price: '150.25', size: '100' } } }];
  const once = wireIngest.PublishOnceRequest.fromPartial({ dataset: 'wire', ticks });
  expect(await channel.unary(methods.publishOnce, fullName, once)).toMatchObject({ accepted: 1 });
  const get = wireIngest.GetPublisherRequest.fromPartial({ subject: { $case: 'newPublisher', value: {} } });
  expect((await channel.unary(methods.getPublisher, fullName, get)).publisher?.publisherId).toBeGreaterThan(0n);
  log.fate = () => 'wait';
  const late = channel.unary(methods.publishOnce, fullName, once, { deadlineMs: 150 });
  await expect(late).rejects.toMatchObject({ status: 'DEADLINE_EXCEEDED' });
  log.fate = () => 'land';
  log.letGo();
});

/** The process of ingest, and its port once it listens. */
async function startProcess(dataDir: string): Promise<{ child: ChildProcess; port: number; text: () => string }> {
  const main = path.resolve(import.meta.dirname, '../../services/ingest/src/main.ts');
  const options = [
    '--data-dir',
    dataDir,
    '--grpc-port',
    '0',
    '--metrics-port',
    '0',
    '--log-format',
    'json',
    '--partitions',
    '2',
  ];
  const child = spawn(process.execPath, ['--conditions=source', main, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  cleanUps.push(() => child.kill('SIGKILL'));
  await expect.poll(() => /"port":(\d+)/.exec(text)?.[1], { timeout: 20_000 }).toBeDefined();
  return { child, port: Number(/"port":(\d+)/.exec(text)?.[1]), text: () => text };
}

test('the process takes ticks, says its limits, drains on SIGTERM and knows its log again', async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'ingest-'));
  cleanUps.push(() => rm(dataDir, { recursive: true, force: true }));
  const ticks = [{ symbol: 'SPY', tick: { $case: 'trade' as const, value: { price: '1', size: '1' } } }];
  const once_ = wireIngest.PublishOnceRequest.fromPartial({ dataset: 'wire', ticks });
  for (const run of [1, 2]) {
    const { child, port, text } = await startProcess(dataDir);
    expect(`${run} ${text()}`).toContain('serves one process');
    const channel = connectGrpc({ address: `127.0.0.1:${port}`, errorCodec: errorDetails });
    cleanUps.push(() => channel.close());
    expect(await channel.unary(methods.publishOnce, fullName, once_)).toMatchObject({ accepted: 1 });
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).toBe(0);
  }
}, 60_000);

test('a second process in the same directory is refused with one line', async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'ingest-'));
  cleanUps.push(() => rm(dataDir, { recursive: true, force: true }));
  await startProcess(dataDir);
  const main = path.resolve(import.meta.dirname, '../../services/ingest/src/main.ts');
  const second = spawn(process.execPath, [
    '--conditions=source',
    main,
    '--data-dir',
    dataDir,
    '--grpc-port',
    '0',
    '--metrics-port',
    '0',
    '--partitions',
    '2',
  ]);
  let text = '';
  second.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [code] = (await once(second, 'exit')) as [number | null];
  expect(code).toBe(2);
  expect(text.trimEnd().split('\n')).toEqual([expect.stringContaining(dataDir)]);
}, 60_000);
