/**
 * A standalone market in a process of its own, as a person starts it. In: a data directory that is empty, arguments.
 * Out: where it listens, how it does, what it took, and its end. Its log lines go to our stderr.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../services/standalone/src/main.ts', import.meta.url));
const startMsMax = 30_000;

/** The market did not start, or has ended. */
export class StandaloneFailedError extends Error {
  override name = 'StandaloneFailedError';
}

/** What of `GET /v1/status` the bench looks at. */
export type StatusNow = {
  readonly ticksTotal: number;
  readonly barsTotal: number;
  readonly partitions: readonly { readonly nextOffset: number; readonly endOffset: number }[];
};

/** What the process took since it began. */
export type ProcessTaken = { readonly cpuSeconds: number; readonly rssBytes: number };

/** A market that runs. */
export class StandaloneProcess {
  readonly #child: ChildProcess;
  readonly #dataDir: string;
  /** Such as `http://127.0.0.1:40001`. */
  readonly http: string;
  /** Such as `127.0.0.1:40002`. */
  readonly grpc: string;

  private constructor(child: ChildProcess, dataDir: string, places: { http: string; grpc: string }) {
    this.#child = child;
    this.#dataDir = dataDir;
    this.http = places.http;
    this.grpc = places.grpc;
  }

  /** Starts one without feeds on free ports. `nodeArguments` go to Node, such as --cpu-prof. */
  static async start(dataDir: string, nodeArguments: readonly string[] = []): Promise<StandaloneProcess> {
    const serve = ['--feed', 'none', '--data-dir', dataDir, '--http-port', '0', '--grpc-port', '0'];
    const flags = ['--disable-warning=ExperimentalWarning', '--conditions=source', ...nodeArguments];
    const child = spawn(process.execPath, [...flags, main, ...serve], { stdio: ['ignore', 'ignore', 'pipe'] });
    return new StandaloneProcess(child, dataDir, await placesOf(child));
  }

  /** How it does now. */
  async status(): Promise<StatusNow> {
    return (await this.json('/v1/status')) as StatusNow;
  }

  /** The answer to a GET. Throws `StandaloneFailedError` for anything but 200. */
  async json(place: string): Promise<unknown> {
    const answer = await this.#get(place);
    return answer.json();
  }

  /** CPU time of all its threads, and memory. */
  async taken(): Promise<ProcessTaken> {
    const text = await (await this.#get('/metrics')).text();
    const value = (name: string): number => Number(new RegExp(`^${name}(?:{[^}]*})? (\\S+)$`, 'm').exec(text)?.[1]);
    const [cpuSeconds, rssBytes] = [value('process_cpu_seconds_total'), value('process_resident_memory_bytes')];
    return { cpuSeconds, rssBytes };
  }

  /** Ends it and resolves when it has ended. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }

  /** Bytes of its data directory by file, WALs with their database. */
  bytes(): { readonly log: number; readonly store: number } {
    const [log, store] = ['log.db', 'store.db'].map((name) =>
      readdirSync(this.#dataDir)
        .filter((file) => file.startsWith(name))
        .reduce((sum, file) => sum + statSync(path.join(this.#dataDir, file)).size, 0),
    );
    return { log: log ?? 0, store: store ?? 0 };
  }

  async #get(place: string): Promise<Response> {
    const answer = await fetch(`${this.http}${place}`);
    if (answer.status === 200) return answer;
    throw new StandaloneFailedError(`GET ${place} answered ${answer.status}: ${await answer.text()}`);
  }
}

/** Where it listens; resolves when both ports are open. */
async function placesOf(child: ChildProcess): Promise<{ http: string; grpc: string }> {
  let said = '';
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      child.kill('SIGKILL');
      reject(new StandaloneFailedError(`the market ${why}:\n${said}`));
    };
    const late = setTimeout(() => fail(`did not start in ${startMsMax} ms`), startMsMax);
    child.once('exit', (code) => fail(`ended with ${code}`));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const http = /page +(http:\S+?)\/?\s/.exec(said)?.[1];
      const grpc = /gRPC +(\S+)\s/.exec(said)?.[1];
      if (http === undefined || grpc === undefined) return;
      clearTimeout(late);
      child.removeAllListeners('exit');
      child.stderr?.removeAllListeners('data').pipe(process.stderr, { end: false });
      resolve({ http, grpc });
    });
  });
}
