/**
 * A process that holds the fault proxies of `testbed up --proxy`. In: what to forward, as JSON in its argument; then
 * faults, as JSON over HTTP on 127.0.0.1. Out: the proxies, and their counts. `testbed fault` is its client.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { FaultProxy } from './fault-proxy.ts';
import type { FaultSettings } from './fault-settings.ts';

/** What the process is told to do. */
export type ProxyHostConfig = {
  readonly controlPort: number;
  /** By the number of its server, from 1. */
  readonly proxies: readonly {
    readonly host: string;
    readonly port: number;
    readonly target: { readonly host: string; readonly port: number };
  }[];
};

/** What one proxy is told to do; none of it says only what it counts. */
export type FaultRequest = {
  readonly set?: Partial<FaultSettings>;
  readonly action?: 'heal' | 'reset' | 'halfOpen' | 'refuse' | 'accept';
};

const requestBytesMax = 16_384;

async function serve({ controlPort, proxies }: ProxyHostConfig): Promise<void> {
  const listening = await Promise.all(proxies.map((proxy) => FaultProxy.listen(proxy)));
  const server = createServer((request, response) => {
    const number = Number(/^\/(\d+)$/.exec(request.url ?? '')?.[1]);
    answer(listening[number - 1], request).then(
      (text) => response.end(text),
      (error: unknown) => response.writeHead(400).end(error instanceof Error ? error.message : String(error)),
    );
  });
  server.listen({ host: '127.0.0.1', port: controlPort });
  await once(server, 'listening');
  process.stdout.write('fault proxies listen\n');
}

async function answer(proxy: FaultProxy | undefined, request: IncomingMessage): Promise<string> {
  if (proxy === undefined) throw new RangeError(`there is no proxy ${request.url ?? ''}; they count from /1`);
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > requestBytesMax) throw new RangeError(`a request has ${requestBytesMax} bytes at most`);
  }
  const { set = {}, action } = JSON.parse(text) as FaultRequest;
  proxy.set(set);
  if (action === 'reset' || action === 'halfOpen') proxy[action]();
  else if (action !== undefined) await proxy[action]();
  return `${JSON.stringify({ faults: proxy.faults, counts: proxy.counts, connectionsOpen: proxy.connectionsOpen })}\n`;
}

await serve(JSON.parse(process.argv[2] ?? '{}') as ProxyHostConfig);
