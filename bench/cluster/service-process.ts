/**
 * A service as a person starts it on Kafka and Cassandra: `main.ts` in a process of its own. In: which, where its servers are,
 * options. Out: the ports that it says, what it took, signals, and its end. Its warnings and errors go to our stderr.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { LogPlace, StorePlace } from './open-places.ts';
import { processTaken, type ProcessTaken } from './process-taken.ts';

/** Services that run alone. */
export type ServiceName = 'ingest' | 'worker' | 'query';

/** Where it listens, on 127.0.0.1. */
export type ServicePorts = { readonly grpc: number; readonly http: number };

/** A service did not start, or did not end. */
export class ServiceFailedError extends Error {
  override name = 'ServiceFailedError';
}

/** The line by which each says that it serves. */
const readyLines: Readonly<Record<ServiceName, string>> = {
  ingest: 'ingest takes ticks',
  worker: 'the worker takes its share',
  query: 'queries are answered',
};
const startMsMax = 60_000;
const endMsMax = 30_000;

type LogLine = Readonly<Record<string, unknown>>;

/** A running service. */
export class ServiceProcess {
  readonly #child: ChildProcess;
  readonly #name: ServiceName;
  readonly ports: ServicePorts;

  private constructor(child: ChildProcess, name: ServiceName, ports: ServicePorts) {
    this.#child = child;
    this.#name = name;
    this.ports = ports;
  }

  /** Starts it and waits until it serves. Rejects with `ServiceFailedError`. */
  static async start(
    name: ServiceName,
    log: LogPlace,
    store: StorePlace,
    options: readonly string[] = [],
  ): Promise<ServiceProcess> {
    const file = fileURLToPath(new URL(`../../services/${name}/src/main.ts`, import.meta.url));
    const servers = ['--kafka', log.brokers.join(','), '--stream', log.stream, '--partitions', String(log.partitions)];
    const tables = [
      '--cassandra',
      store.contactPoints.join(','),
      '--cassandra-dc',
      store.dataCenter,
      '--keyspace',
      store.keyspace,
    ];
    const ports = ['--grpc-port', '0', ...(name === 'query' ? ['--http-port', '0'] : ['--metrics-port', '0'])];
    const flags = ['--disable-warning=ExperimentalWarning', '--conditions=source'];
    const args = [...flags, file, ...servers, ...tables, ...ports, '--log-format', 'json', ...options];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    return new ServiceProcess(child, name, await portsOf(child, name));
  }

  /** The process. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Such as `127.0.0.1:40002`. */
  get grpc(): string {
    return `127.0.0.1:${this.ports.grpc}`;
  }

  /** CPU time of all its threads, and memory. Throws once it has ended. */
  taken(): ProcessTaken {
    return processTaken(this.pid);
  }

  /** The sum of a counter over its labels, or over those with `label` such as `le="0.25"`, by the process's own metrics. Rejects with `ServiceFailedError`. */
  async counter(name: string, label = ''): Promise<number> {
    const answer = await fetch(`http://127.0.0.1:${this.ports.http}/metrics`);
    if (!answer.ok) throw new ServiceFailedError(`${this.#name} answered ${answer.status} when asked for its metrics`);
    const text = await answer.text();
    return [
      ...text.matchAll(new RegExp(`^${name}(?:{[^}]*${label}[^}]*})${label === '' ? '?' : ''} (\\S+)$`, 'gm')),
    ].reduce((sum, [, value]) => sum + Number(value), 0);
  }

  /** Sends a signal, and resolves with the ms until it had ended. Rejects with `ServiceFailedError` if it does not. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return 0;
    const beginMs = performance.now();
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    const late = setTimeout(() => this.#child.kill('SIGKILL'), endMsMax);
    await ended;
    clearTimeout(late);
    const tookMs = performance.now() - beginMs;
    if (tookMs < endMsMax) return tookMs;
    throw new ServiceFailedError(`${this.#name} did not end ${endMsMax} ms after ${signal}`);
  }
}

async function portsOf(child: ChildProcess, name: ServiceName): Promise<ServicePorts> {
  if (child.stderr === null) throw new ServiceFailedError(`${name} has no output`);
  const lines = createInterface({ input: child.stderr });
  const ports = { grpc: 0, http: 0 };
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      child.kill('SIGKILL');
      reject(new ServiceFailedError(`${name} ${why}`));
    };
    const late = setTimeout(() => fail(`did not start in ${startMsMax} ms`), startMsMax);
    child.once('exit', (code) => fail(`ended with ${code ?? 'a signal'}`));
    lines.on('line', (text) => {
      const line = parsed(text);
      if (line === undefined || ['warn', 'error'].includes(String(line['level']))) process.stderr.write(`${text}\n`);
      if (line === undefined) return;
      ports.http = Number(line['httpPort'] ?? line['metricsPort'] ?? ports.http);
      ports.grpc = Number(line['grpcPort'] ?? line['port'] ?? ports.grpc);
      if (line['msg'] !== readyLines[name]) return;
      clearTimeout(late);
      child.removeAllListeners('exit');
      resolve(ports);
    });
  });
}

function parsed(text: string): LogLine | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as LogLine;
  } catch (error) {
    // A line that was cut by the end of the process is shown as it is.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
