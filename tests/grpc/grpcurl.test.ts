/**
 * The contract as a client sees it that knows nothing of it. In: a server with both services, and grpcurl. Out: what
 * reflection, health, calls and refusals look like from Go.
 */
import { execFile } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GrpcServer, grpcService, RpcError, startGrpcServer } from '@tapeline/grpc';
import { createHealth, createMetrics, silentLogger } from '@tapeline/runtime';
import { descriptorSet, errorDetails, wireQuery } from '@tapeline/wire';
import { grpcurl, hasCommand } from '../clients/cached-tool.ts';

const hasGo = hasCommand('go', 'version');
let tool = '';
let server: GrpcServer | undefined;

function refuse(): never {
  const facts = { field: 'interval', value: '7x' };
  throw new RpcError('INVALID_ARGUMENT', 'INTERVAL_UNKNOWN', 'interval 7x is unknown; use one of 1s, 1m', facts);
}

beforeAll(async () => {
  if (!hasGo) return;
  tool = await grpcurl();
  const health = createHealth();
  health.set('log', 'ready', 'open');
  server = await startGrpcServer({
    host: '127.0.0.1',
    port: 0,
    services: [
      grpcService(wireQuery.QueryServiceDefinition, {
        listInstruments: async ({ symbolPrefix }) =>
          wireQuery.ListInstrumentsResponse.fromPartial({
            instruments: [{ dataset: 'test', symbol: `${symbolPrefix}PY`, priceExponent: -2 }],
          }),
        getInstrument: refuse,
        getBars: refuse,
        getTrades: refuse,
        streamBars: refuse,
        streamTrades: refuse,
      }),
    ],
    descriptorSet,
    health,
    limits: { messageBytesMax: 4_194_304, streamsPerConnectionMax: 100, connectionsMax: 100 },
    errorCodec: errorDetails,
    log: silentLogger,
    metrics: createMetrics({ ofProcess: false }),
  });
}, 600_000);

afterAll(async () => {
  await server?.close(0);
});

async function run(...args: string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const [flags, rest] = [args.filter((arg) => arg.startsWith('-')), args.filter((arg) => !arg.startsWith('-'))];
  return await new Promise((resolve) => {
    execFile(tool, ['-plaintext', ...flags, `127.0.0.1:${server?.port}`, ...rest], (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}

test.skipIf(!hasGo)('the services that are served are listed (needs Go: install it from go.dev)', async () => {
  const { out } = await run('list');
  expect(out.trim().split('\n').sort()).toEqual(['grpc.health.v1.Health', 'tapeline.v1.QueryService']);
});

test.skipIf(!hasGo)(
  'messages are described with those that they are made of (needs Go: install it from go.dev)',
  async () => {
    expect((await run('describe', 'tapeline.v1.QueryService')).out).toContain('rpc StreamBars');
    expect((await run('describe', 'tapeline.v1.Bar')).out).toContain('.tapeline.v1.LogPosition position = 18');
    expect((await run('describe', '.tapeline.v1.TickBlock')).code).toBe(0);
    expect((await run('describe', 'tapeline.v1.Nothing')).code).not.toBe(0);
  },
);

test.skipIf(!hasGo)('a call is made without .proto files (needs Go: install it from go.dev)', async () => {
  const { out } = await run('-d={"symbol_prefix":"S"}', 'tapeline.v1.QueryService/ListInstruments');
  expect(JSON.parse(out)).toEqual({ instruments: [{ dataset: 'test', symbol: 'SPY', priceExponent: -2 }] });
});

test.skipIf(!hasGo)(
  'a refusal is read by Go with reason, domain and facts (needs Go: install it from go.dev)',
  async () => {
    const { err } = await run('-format-error', 'tapeline.v1.QueryService/GetBars');
    expect(JSON.parse(err)).toEqual({
      code: 3,
      message: 'interval 7x is unknown; use one of 1s, 1m',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'INTERVAL_UNKNOWN',
          domain: 'tapeline.dev',
          metadata: { field: 'interval', value: '7x' },
        },
      ],
    });
  },
);

test.skipIf(!hasGo)('health is asked for by reflection (needs Go: install it from go.dev)', async () => {
  const { out } = await run('-d={"service":"tapeline.v1.QueryService"}', 'grpc.health.v1.Health/Check');
  expect(JSON.parse(out)).toEqual({ status: 'SERVING' });
  expect((await run('describe', 'grpc.health.v1.HealthListResponse')).out).toContain('map<string');
});
