/**
 * What the server counts. In: calls as they begin and end, messages, connections. Out: metrics. Methods are those of the
 * definitions, never what a caller wrote, so labels stay few.
 */
import type { Metrics } from '@tapeline/runtime';
import type { RpcStatus } from './rpc-status.ts';

/** Counters of one server. `method` is such as QueryService/GetBars. */
export type CallMetrics = {
  begun(): void;
  ended(method: string, status: RpcStatus | 'OK'): void;
  message(method: string, direction: 'received' | 'sent', count: number): void;
  readonly connections: (count: number) => void;
  readonly connectionRefused: () => void;
};

/** Registers the metrics. */
export function createCallMetrics(metrics: Metrics): CallMetrics {
  const calls = metrics.counter('tapeline_grpc_calls_total', 'Calls that ended, by method and status.', [
    'method',
    'status',
  ]);
  const inFlight = metrics.gauge('tapeline_grpc_calls_in_flight', 'Calls that did not end yet, streams included.');
  const messages = metrics.counter('tapeline_grpc_messages_total', 'Messages of calls.', ['method', 'direction']);
  const connections = metrics.gauge('tapeline_grpc_connections', 'Open connections.');
  const refused = metrics.counter(
    'tapeline_grpc_connections_refused_total',
    'Connections that were closed at once because there were too many.',
  );
  return {
    begun: () => inFlight.add(1),
    ended: (method, status) => {
      inFlight.add(-1);
      calls.add(1, { method, status });
    },
    message: (method, direction, count) => messages.add(count, { method, direction }),
    connections: (count) => connections.set(count),
    connectionRefused: () => refused.add(1),
  };
}
