/**
 * HTTP. In: requests over sockets. Out: answers of the routes. Everything has a bound: connections, size of URL and
 * headers, time to come and time to be answered; nobody may send a body. Only GET and HEAD are served.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { RpcError } from '@tapeline/grpc';
import { serveEvents } from './event-stream.ts';
import { checkHost } from './host-check.ts';
import { defectAnswer, type HttpAnswer, HttpRefusal, problemAnswer } from './http-answer.ts';
import { isStream, type RouteParts, routeOf, type RouteRequest } from './http-routes.ts';
import type { StreamRequest } from './stream-request.ts';

/** Characters of a URL at most. */
export const urlCharactersMax = 8_192;
/** Bytes of all headers at most, the URL included. */
export const headerBytesMax = 65_536;

/** A server that listens. */
export type HttpServer = {
  readonly port: number;
  /** Takes no more connections; ends those that are idle, waits for answers under way up to `graceMs`, ends the rest. */
  stop(graceMs: number): Promise<void>;
};

/** Starts to listen. Rejects with Node's error if the address cannot be had; its message names address and port. */
export async function startHttpServer(parts: RouteParts): Promise<HttpServer> {
  const { config, metrics, clock } = parts.query;
  const server = createServer({
    maxHeaderSize: headerBytesMax,
    requestTimeout: config.httpRequestMs,
    headersTimeout: config.httpRequestMs,
    keepAliveTimeout: 5_000,
    connectionsCheckingInterval: Math.min(1_000, config.httpRequestMs),
  });
  server.maxConnections = config.httpConnectionsMax;
  server.on('drop', () => metrics.httpConnectionsDropped.add());
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => refuseRaw(error, socket));
  // A request comes only once the server listens.
  let address = '';
  const take = (request: IncomingMessage, response: ServerResponse): void =>
    void serve(parts, address, request, response);
  server.on('request', take);
  // Node would go on to read a body that nobody wants.
  server.on('checkContinue', take);
  server.listen(config.httpPort, config.httpHost);
  await once(server, 'listening');
  const bound = server.address() as AddressInfo;
  address = bound.address;
  let stopped: Promise<void> | undefined;
  const stop = async (graceMs: number): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeIdleConnections();
    const done = new AbortController();
    const grace = clock.sleep(graceMs, done.signal).then(() => server.closeAllConnections());
    await closed;
    done.abort();
    await grace;
  };
  return { port: bound.port, stop: async (graceMs) => (stopped ??= stop(graceMs)) };
}

async function serve(
  parts: RouteParts,
  address: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { metrics, clock, logger } = parts.query;
  const startMs = clock.monotonicMs();
  const context: Context = { parts, address, request, response, route: 'none' };
  try {
    await answerTo(context);
  } catch (error) {
    const answer = problemAnswer(error);
    if (answer === undefined)
      logger.error('an HTTP request met a defect', { route: context.route, error: describe(error) });
    if (!response.headersSent && !response.destroyed) write(context, answer ?? defectAnswer());
    else if (answer === undefined) response.destroy();
  }
  metrics.httpRequests.add(1, { route: context.route, code: `${response.statusCode}` });
  if (context.route === 'stream') return;
  metrics.httpSeconds.observe((clock.monotonicMs() - startMs) / 1_000, { route: context.route });
}

type Context = {
  readonly parts: RouteParts;
  /** The address that is listened on. */
  readonly address: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  route: string;
};

async function answerTo(context: Context): Promise<void> {
  const { parts, address, request } = context;
  const { query } = parts;
  checkHost(address, query.config.httpHost, request.headers.host);
  if (request.method === 'OPTIONS' && query.config.corsOrigin !== '') {
    write(context, {
      status: 204,
      headers: { 'access-control-allow-methods': allowed, 'access-control-max-age': '600' },
      body: '',
    });
    return;
  }
  checkRequest(request);
  const routed = routeOf(parts, routeRequest(request));
  context.route = routed.route;
  if (query.stopping.aborted && routed.route !== 'healthz' && routed.route !== 'readyz') throw query.stopping.reason;
  const answer = await inTime(context, async (signal) => routed.answer(signal));
  if (!isStream(answer)) write(context, answer);
  else if (request.method === 'HEAD')
    write(context, { status: 200, headers: { 'content-type': 'text/event-stream; charset=utf-8' }, body: '' });
  else await serveStream(context, answer);
}

async function serveStream({ parts, response }: Context, stream: StreamRequest): Promise<void> {
  for (const [name, value] of Object.entries(commonHeaders(parts))) response.setHeader(name, value);
  await serveEvents(parts.query, stream, response);
}

const allowed = 'GET, HEAD';

function checkRequest(request: IncomingMessage): void {
  const { method = '', url = '', headers } = request;
  if (method !== 'GET' && method !== 'HEAD') {
    throw new HttpRefusal(405, 'METHOD_NOT_ALLOWED', `${method} is not served here; use GET or HEAD`, {
      allow: allowed,
    });
  }
  if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? '0') > 0) {
    const message = 'the request has a body, and none is taken; put everything into the URL';
    throw new HttpRefusal(413, 'BODY_NOT_TAKEN', message, { connection: 'close' });
  }
  if (url.length > urlCharactersMax) {
    const message = `the URL has ${url.length} characters, the limit is ${urlCharactersMax}; ask for less at once`;
    throw new HttpRefusal(414, 'URL_TOO_LONG', message);
  }
}

function routeRequest({ url = '/', headers }: IncomingMessage): RouteRequest {
  const mark = url.indexOf('?');
  const lastEventId = headers['last-event-id'];
  return {
    path: mark < 0 ? url : url.slice(0, mark),
    search: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
    lastEventId: typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : undefined,
    ifNoneMatch: headers['if-none-match'],
  };
}

/** The answer, unless it takes too long; then its signal fires, and what still comes is not looked at. */
async function inTime<Value>({ parts }: Context, answer: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
  const { clock, config } = parts.query;
  const done = new AbortController();
  const over = new AbortController();
  const late = clock.sleep(config.httpRequestMs, done.signal).then((): never => {
    const message = `there was no answer within ${config.httpRequestMs} ms; ask for less at once, or again after a pause`;
    const error = new RpcError('DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED', message, { limit: `${config.httpRequestMs}` });
    over.abort(error);
    throw error;
  });
  const end = (): void => done.abort();
  // Whichever is second has nobody to tell; an error of it is no news.
  late.then(end, end);
  try {
    return await Promise.race([answer(over.signal), late]);
  } finally {
    done.abort();
  }
}

function write({ parts, request, response }: Context, { status, headers, body }: HttpAnswer): void {
  const hasBody = status !== 204 && status !== 304;
  response.writeHead(status, {
    ...commonHeaders(parts),
    ...headers,
    ...(hasBody ? { 'content-length': Buffer.byteLength(body) } : {}),
    ...(parts.query.stopping.aborted ? { connection: 'close' } : {}),
  });
  response.end(request.method === 'HEAD' || !hasBody ? undefined : body);
}

function commonHeaders({ query }: RouteParts): Record<string, string> {
  const { corsOrigin } = query.config;
  const cors: Record<string, string> =
    corsOrigin === '' ? {} : { 'access-control-allow-origin': corsOrigin, vary: 'origin' };
  return { 'x-content-type-options': 'nosniff', ...cors };
}

/** A request that Node's parser refused has no response object: its answer is written by hand. */
function refuseRaw(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const [status, code, message] = rawRefusalOf(error.code);
  const body = JSON.stringify({ error: { code, message, facts: {} } });
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\nx-content-type-options: nosniff\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

function rawRefusalOf(code: string | undefined): [status: string, code: string, message: string] {
  if (code === 'HPE_HEADER_OVERFLOW') {
    const message = `URL and headers have over ${headerBytesMax} bytes together; ask for less at once`;
    return ['431 Request Header Fields Too Large', 'HEADERS_TOO_LARGE', message];
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return ['408 Request Timeout', 'REQUEST_TIMEOUT', 'the request did not come in time; send it at once'];
  }
  return ['400 Bad Request', 'REQUEST_MALFORMED', 'this is no HTTP request'];
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
