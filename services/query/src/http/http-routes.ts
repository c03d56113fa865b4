/**
 * Which answer belongs to which path. In: a path, its parameters and the headers that count. Out: the answer, or the
 * stream that is to be served. Names in a path are percent-encoded, so that they may hold any character.
 */
import type { Health, Metrics } from '@tapeline/runtime';
import type { QueryParts, StatusJson } from '../query-parts.ts';
import type { AmendmentSource } from '../trades/amendment-source.ts';
import { barsAnswer, instrumentAnswer, instrumentsAnswer, tradesAnswer } from './api-routes.ts';
import { type HttpAnswer, HttpRefusal, jsonAnswer } from './http-answer.ts';
import { placementAnswer } from './placement-route.ts';
import { QueryParams } from './query-params.ts';
import { fileAnswer } from './static-files.ts';
import { type StreamRequest, streamRequest } from './stream-request.ts';

/** What routes answer from. */
export type RouteParts = {
  readonly query: QueryParts;
  readonly amendments: AmendmentSource;
  readonly health: Health;
  readonly registry: Metrics;
  readonly status: () => StatusJson | Promise<StatusJson>;
  readonly webRoot: string | undefined;
};

/** A request, taken apart. */
export type RouteRequest = {
  /** As it came, with its percent signs. */
  readonly path: string;
  readonly search: URLSearchParams;
  readonly lastEventId: string | undefined;
  readonly ifNoneMatch: string | undefined;
};

/** What a request leads to; the route's name is for metrics. */
export type Routed = {
  readonly route: string;
  /** `signal` fires when the answer is not waited for any more. */
  answer(signal: AbortSignal): Promise<HttpAnswer | StreamRequest>;
};

/** Whether a stream is to be served. */
export function isStream(answer: HttpAnswer | StreamRequest): answer is StreamRequest {
  return 'selection' in answer;
}

/** The route of a request. */
export function routeOf(parts: RouteParts, request: RouteRequest): Routed {
  const { query, amendments } = parts;
  const { search } = request;
  const [first, second, third, fourth, ...more] = request.path.split('/').slice(1);
  if (first !== 'v1') return plainRoute(parts, request);
  if (more.length > 0) return nothingHere(request.path);
  if (second === 'instruments' && third === undefined) {
    return { route: 'instruments', answer: async () => instrumentsAnswer(query, search) };
  }
  if (second === 'instruments' && third !== undefined) {
    const symbol = (): string => decodedPart(third);
    if (fourth === undefined) {
      return { route: 'instrument', answer: async () => instrumentAnswer(query, symbol(), search) };
    }
    if (fourth === 'bars') return { route: 'bars', answer: async () => barsAnswer(query, symbol(), search) };
    if (fourth === 'trades') {
      return { route: 'trades', answer: async (signal) => tradesAnswer(query, amendments, symbol(), search, signal) };
    }
  }
  if (second === 'stream' && third === undefined) {
    return { route: 'stream', answer: async () => streamRequest(query, search, request.lastEventId) };
  }
  if (second === 'status' && third === undefined) {
    return { route: 'status', answer: async () => jsonAnswer(await withoutParams(search, parts.status)) };
  }
  if (second === 'placement' && third === undefined) {
    return { route: 'placement', answer: async () => placementAnswer(query, search) };
  }
  return nothingHere(request.path);
}

function plainRoute(parts: RouteParts, request: RouteRequest): Routed {
  const { health, registry, webRoot } = parts;
  switch (request.path) {
    case '/livez':
    case '/healthz':
      return { route: 'healthz', answer: async () => jsonAnswer({ status: 'ok' }) };
    case '/readyz':
      return {
        route: 'readyz',
        answer: async () => {
          const report = health.report();
          return jsonAnswer(report, report.ready ? 200 : 503);
        },
      };
    case '/metrics':
      return {
        route: 'metrics',
        answer: async () => ({
          status: 200,
          headers: { 'content-type': registry.contentType, 'cache-control': 'no-store' },
          body: await registry.text(),
        }),
      };
    default:
      return {
        route: 'page',
        answer: async () => fileAnswer(webRoot, decodedPart(request.path), request.ifNoneMatch),
      };
  }
}

async function withoutParams<Value>(search: URLSearchParams, value: () => Value | Promise<Value>): Promise<Value> {
  // Refuses whatever was given.
  for (const name of search.keys()) new QueryParams(search, []).text(name);
  return value();
}

function nothingHere(path: string): Routed {
  const shown = path.length > 100 ? `${path.slice(0, 100)}…` : path;
  return {
    route: 'none',
    answer: async () => {
      throw new HttpRefusal(
        404,
        'PATH_UNKNOWN',
        `nothing is at ${shown}; there are /v1/instruments, /v1/instruments/{symbol}/bars, /v1/instruments/{symbol}/trades, /v1/stream, /v1/placement and /v1/status`,
      );
    },
  };
}

function decodedPart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (error instanceof URIError)
      throw new HttpRefusal(
        400,
        'PATH_INVALID',
        'the path has a percent sign that begins no character; write it as %25',
      );
    throw error;
  }
}
