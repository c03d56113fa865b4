/**
 * How a process says how it is, to those who watch it. In: its health and metrics. Out: HTTP on one port with /livez (it
 * runs, and does its work if it says so), /readyz (it can work, with every part and its reason) and /metrics. Law 7: connections, headers and times have
 * bounds, and nothing is read but the request line.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Health } from './health.ts';
import type { Metrics } from './metrics.ts';
import { listeningAt } from './not-listening.ts';

/** What it is started with; `port` 0 = any free one. */
export type ProbeServerOptions = {
  readonly host: string;
  readonly port: number;
  readonly health: Health;
  /** What makes /livez fail once a part of it has failed, so that somebody starts the process again; absent = nothing. */
  readonly liveness?: Health;
  readonly metrics: Metrics;
};

/** A server of probes. */
export type ProbeServer = {
  readonly port: number;
  /** Ends it and its connections at once; may be called twice. */
  stop(): Promise<void>;
};

/** Connections at once; one more is closed. */
const connectionsMax = 64;
const requestMs = 5_000;

/** Starts to listen. Rejects with `NotListeningError` if the address cannot be had. */
export async function startProbes(options: ProbeServerOptions): Promise<ProbeServer> {
  const { host, port } = options;
  const server = createServer({ requestTimeout: requestMs, headersTimeout: requestMs, keepAliveTimeout: requestMs });
  server.maxConnections = connectionsMax;
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answer(request, options).then(
      ({ status, type, body }) => {
        response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
        response.end(request.method === 'HEAD' ? undefined : body);
      },
      (error: unknown) => response.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  });
  const listening = once(server, 'listening');
  server.listen(port, host);
  await listeningAt({ server: 'metrics', host, port }, listening);
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return { port: (server.address() as AddressInfo).port, stop: async () => (stopped ??= stop()) };
}

type Answer = { readonly status: number; readonly type: string; readonly body: string };

async function answer({ method, url = '/' }: IncomingMessage, options: ProbeServerOptions): Promise<Answer> {
  const { health, liveness, metrics } = options;
  if (method !== 'GET' && method !== 'HEAD') return jsonOf(405, { problem: 'only GET and HEAD are served here' });
  const mark = url.indexOf('?');
  switch (mark < 0 ? url : url.slice(0, mark)) {
    case '/livez':
    case '/healthz': {
      const failed = liveness?.report().parts.filter(({ state }) => state === 'failed') ?? [];
      return failed.length > 0 ? jsonOf(503, { status: 'failed', parts: failed }) : jsonOf(200, { status: 'ok' });
    }
    case '/readyz': {
      const report = health.report();
      return jsonOf(report.ready ? 200 : 503, report);
    }
    case '/metrics':
      return { status: 200, type: metrics.contentType, body: await metrics.text() };
    default:
      return jsonOf(404, { problem: 'nothing is here; there are /livez, /readyz and /metrics' });
  }
}

function jsonOf(status: number, value: unknown): Answer {
  return { status, type: 'application/json; charset=utf-8', body: `${JSON.stringify(value)}\n` };
}
