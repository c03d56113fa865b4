/**
 * A port of a pod on this machine, by `kubectl port-forward`. In: which pod to take, and its port. Out: an address on 127.0.0.1 that
 * stays while pods come and go: kubectl ends at the first connection that finds its pod gone, and another takes its place. The
 * connection that found it is lost, so clients must try again. Ended by id; never outlives this process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts, isFree } from '../free-ports.ts';
import { identify } from '../process-identity.ts';
import { forgetServer, noteServer, ownIdentity } from '../server-ledger.ts';
import { TestbedError } from '../testbed-error.ts';

/** What is reached. */
export type PortForwardWish = {
  readonly namespace: string;
  /** A pod that is ready, asked at each start; undefined while there is none. */
  readonly pod: () => Promise<string | undefined>;
  readonly port: number;
  /** A free one if absent. */
  readonly localPort?: number;
};

/** The kubectl that does it. */
export type ForwardTool = { readonly file: string; readonly env: NodeJS.ProcessEnv };

const host = '127.0.0.1';
const readyWithinMs = 20_000;
const againAfterMs = 500;
const charactersKept = 2_000;
const running = new Set<ChildProcess>();
let isHooked = false;

/** A port that is kept open. */
export class PortForward {
  /** Host and port on this machine. */
  readonly address: string;
  readonly #tool: ForwardTool;
  readonly #wish: PortForwardWish;
  readonly #localPort: number;
  readonly #stop = new AbortController();
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #kept: Promise<void> = Promise.resolve();

  private constructor(tool: ForwardTool, wish: PortForwardWish, localPort: number) {
    this.#tool = tool;
    this.#wish = wish;
    this.#localPort = localPort;
    this.address = `${host}:${localPort}`;
  }

  /** Undefined while there is no pod. Rejects with BAD_OPTION if the port is taken, else with what kubectl says. */
  static async open(tool: ForwardTool, wish: PortForwardWish): Promise<PortForward | undefined> {
    const pod = await wish.pod();
    if (pod === undefined) return undefined;
    const [free = 0] = wish.localPort === undefined ? await freePorts(1) : [wish.localPort];
    if (!(await isFree(free, host))) {
      throw new TestbedError(
        'BAD_OPTION',
        `port ${free} of ${host} is taken, and is needed for ${pod}: end who has it`,
      );
    }
    const forward = new PortForward(tool, wish, free);
    await forward.#start(pod);
    forward.#kept = forward.#keep();
    // What no new try can cure is told by `close`.
    void Promise.allSettled([forward.#kept]);
    return forward;
  }

  /** Resolves once the process has ended. May be called twice. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#child?.kill('SIGKILL');
    await this.#kept;
  }

  async #keep(): Promise<void> {
    const { signal } = this.#stop;
    await this.#ended;
    while (!signal.aborted) {
      // What cannot be reached now may be in a moment; who waits for it has a bound of his own.
      const pod = await this.#wish.pod().catch(passing);
      if (pod !== undefined && !signal.aborted) await this.#start(pod).catch(passing);
      await this.#ended;
      if (!signal.aborted) await sleep(againAfterMs);
    }
  }

  /** Rejects with TOOL_FAILED and what kubectl said if it is not ready in time; then it has ended. */
  async #start(pod: string): Promise<void> {
    const { namespace, port } = this.#wish;
    const ports = `${this.#localPort}:${port}`;
    const args = ['port-forward', '--namespace', namespace, '--address', host, `pod/${pod}`, ports];
    const child = spawn(this.#tool.file, args, { env: this.#tool.env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    this.#ended = untilClosed(child);
    let said = '';
    const ready = new Promise<void>((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (piece: Buffer) => {
          said = `${said}${piece.toString()}`.slice(-charactersKept);
          if (said.includes('Forwarding from')) resolve();
        });
      }
    });
    await once(child, 'spawn');
    noteChild(child);
    const late = setTimeout(() => child.kill('SIGKILL'), readyWithinMs);
    const isReady = await Promise.race([ready.then(() => true), this.#ended.then(() => false)]);
    clearTimeout(late);
    if (isReady && this.#stop.signal.aborted) child.kill('SIGKILL');
    if (!isReady) throw new TestbedError('TOOL_FAILED', `kubectl ${args.join(' ')} ended: ${said.trim()}`);
  }
}

function untilClosed(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('close', () => {
      running.delete(child);
      resolve();
    });
  });
}

/** It ends with this process, and by the next sweep if this one is killed. */
function noteChild(child: ChildProcess): void {
  running.add(child);
  const server = child.pid === undefined ? undefined : identify(child.pid);
  if (server !== undefined) {
    noteServer({ server, owner: ownIdentity() });
    child.once('close', () => forgetServer(server));
  }
  if (isHooked) return;
  isHooked = true;
  process.prependListener('exit', () => {
    for (const each of running) each.kill('SIGKILL');
  });
}

function passing(error: unknown): undefined {
  if (!(error instanceof TestbedError)) throw error;
  return undefined;
}
