/**
 * What decides a query process. In: flags and environment. Out: its configuration. Every bound of its queues and
 * answers stands here with its default; nothing here changes what a bar says.
 */
import {
  durationOption,
  integerOption,
  type OptionValues,
  type OptionWithDefault,
  textOption,
} from '@tapeline/runtime';

/** The configuration of a query process. */
export type QueryConfig = {
  /** Address on which HTTP is served, such as 127.0.0.1 or ::. */
  readonly httpHost: string;
  /** 0 = any free one. */
  readonly httpPort: number;
  /** Names of the intervals and profiles that workers make. */
  readonly intervals: readonly string[];
  readonly profiles: readonly string[];
  /** Streams at once, gRPC and HTTP together. */
  readonly streamsMax: number;
  /** Bytes of closed and revised bars, or of trades, that may wait for one reader. */
  readonly waitingBytesMax: number;
  /** Streams that read what they missed from the log at once; the others wait for their turn. */
  readonly readingStreamsMax: number;
  /** Bars of which a stream remembers what it sent, so that it sends no repeats. */
  readonly sentBarsMax: number;
  /** Forming bars that may wait for one reader. */
  readonly formingBarsMax: number;
  /** Shortest time between two sends of forming bars to one reader, ms. */
  readonly formingEveryMs: number;
  /** How long a read waits for forming bars that nobody wanted before it, ms. */
  readonly formingWaitMs: number;
  /** Time between two signs of life of a stream, ms; at most 5,000. */
  readonly heartbeatMs: number;
  /** HTTP connections at once. */
  readonly httpConnectionsMax: number;
  /** Time in which an HTTP request has to come, and its answer to be ready, ms. */
  readonly httpRequestMs: number;
  /** Origin that browsers may read from besides this one; empty = none, `*` = any. */
  readonly corsOrigin: string;
};

/** Defaults where nobody says otherwise; `intervals` and `profiles` are those of the worker. */
export const queryConfigDefaults: QueryConfig = {
  httpHost: '127.0.0.1',
  httpPort: 8_080,
  intervals: ['1s', '5s', '1m', '5m', '15m', '1h', '1d'],
  profiles: ['all', 'sip'],
  streamsMax: 1_000,
  waitingBytesMax: 8_388_608,
  readingStreamsMax: 4,
  sentBarsMax: 16_384,
  formingBarsMax: 16_384,
  formingEveryMs: 10,
  formingWaitMs: 50,
  heartbeatMs: 2_000,
  httpConnectionsMax: 2_000,
  httpRequestMs: 10_000,
  corsOrigin: '',
};

/** The options of a query process by flag. */
export type QueryOptions = {
  readonly 'http-host': OptionWithDefault<string>;
  readonly 'http-port': OptionWithDefault<number>;
  readonly 'streams-max': OptionWithDefault<number>;
  readonly heartbeat: OptionWithDefault<number>;
  readonly 'http-connections-max': OptionWithDefault<number>;
  readonly 'http-request-time': OptionWithDefault<number>;
  readonly 'cors-origin': OptionWithDefault<string>;
};

const noOrigin = 'none';

/** What can be set. */
export const queryOptions: QueryOptions = {
  'http-host': textOption({
    charsMax: 255,
    default: queryConfigDefaults.httpHost,
    env: 'TAPELINE_HTTP_HOST',
    help: 'Address on which the page and HTTP are served; :: or 0.0.0.0 = from everywhere.',
    placeholder: 'ADDRESS',
  }),
  'http-port': integerOption({
    min: 0,
    max: 65_535,
    default: queryConfigDefaults.httpPort,
    env: 'TAPELINE_HTTP_PORT',
    help: 'Port of the page and of HTTP; 0 = any free one.',
  }),
  'streams-max': integerOption({
    min: 1,
    max: 100_000,
    default: queryConfigDefaults.streamsMax,
    env: 'TAPELINE_STREAMS_MAX',
    help: 'Streams at once, gRPC and HTTP together.',
  }),
  heartbeat: durationOption({
    min: '100ms',
    max: '5s',
    default: '2s',
    env: 'TAPELINE_HEARTBEAT',
    help: 'Time between two signs of life of a stream.',
  }),
  'http-connections-max': integerOption({
    min: 1,
    max: 100_000,
    default: queryConfigDefaults.httpConnectionsMax,
    env: 'TAPELINE_HTTP_CONNECTIONS_MAX',
    help: 'HTTP connections at once; one more is closed.',
  }),
  'http-request-time': durationOption({
    min: '100ms',
    max: '60s',
    default: '10s',
    env: 'TAPELINE_HTTP_REQUEST_TIME',
    help: 'Time in which an HTTP request has to come, and its answer to be ready.',
  }),
  'cors-origin': textOption({
    charsMax: 255,
    default: noOrigin,
    env: 'TAPELINE_CORS_ORIGIN',
    help: 'Origin whose pages may read over HTTP, such as https://example.org; * = any, none = only the page itself.',
    placeholder: 'ORIGIN',
  }),
};

/** The configuration that the values of `queryOptions` ask for. */
export function queryConfigOf(values: OptionValues<QueryOptions>): QueryConfig {
  return {
    ...queryConfigDefaults,
    httpHost: values['http-host'],
    httpPort: values['http-port'],
    streamsMax: values['streams-max'],
    heartbeatMs: values.heartbeat,
    httpConnectionsMax: values['http-connections-max'],
    httpRequestMs: values['http-request-time'],
    corsOrigin: values['cors-origin'] === noOrigin ? '' : values['cors-origin'],
  };
}
