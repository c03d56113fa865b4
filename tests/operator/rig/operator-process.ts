/**
 * The operator as a process. In: a kubeconfig and options. Out: a child that may be frozen, killed and started again, and what its
 * own metrics say. It is the program that the image runs, from its sources.
 */
import path from 'node:path';
import { freePorts } from '@tapeline/testbed';
import { Child } from '../../faults/rig/child.ts';
import { pause, until } from '../../faults/rig/until.ts';
import { namespace, operatorName } from './operator-cluster.ts';

/** How to start one. */
export type OperatorPlace = {
  /** In logs, in the lease and in events. */
  readonly name: string;
  readonly kubeconfig: string;
  readonly folder: string;
  readonly args?: readonly string[];
  /** Another entry than the operator's own, from the repository's root. */
  readonly main?: string;
  readonly env?: Readonly<Record<string, string>>;
};

/** An operator's process. */
export class OperatorProcess {
  readonly child: Child;
  readonly #port: number;
  #isSupervised = false;
  #supervising: Promise<void> = Promise.resolve();

  private constructor(child: Child, port: number) {
    this.child = child;
    this.#port = port;
  }

  /** Starts it and waits for nothing. */
  static async start({ name, kubeconfig, folder, args = [], main, env }: OperatorPlace): Promise<OperatorProcess> {
    const [port = 0] = await freePorts(1);
    const options = {
      kubeconfig,
      namespaces: namespace,
      'lease-namespace': namespace,
      lease: operatorName,
      'pod-name': name,
      image: 'localhost/tapeline:test',
      'metrics-port': String(port),
      'log-format': 'json',
    };
    const child = new Child({
      name,
      main: main ?? 'operator/src/main.ts',
      args: [...Object.entries(options).flatMap(([option, value]) => [`--${option}`, value]), ...args],
      folder,
      // Who is started again and again reads its sources once.
      env: { NODE_COMPILE_CACHE: path.join(folder, 'compiled'), ...env },
    });
    return new OperatorProcess(child, port);
  }

  /** Resolves once it leads; the ms that it took. */
  async leads(withinMs = 60_000): Promise<number> {
    return until(`${this.child.command.name} leads`, async () => this.isLeading(), { withinMs });
  }

  /** Whether it says that it leads. */
  async isLeading(): Promise<boolean> {
    return (await this.metric('leader_election_master_status')) === 1;
  }

  /** The sum of a metric over all labels, or over those that hold `labels`, as text such as `verb="GET"`; NaN while nobody answers. */
  async metric(name: string, labels = ''): Promise<number> {
    let text: string;
    try {
      const answer = await fetch(`http://127.0.0.1:${this.#port}/metrics`, { signal: AbortSignal.timeout(3_000) });
      text = await answer.text();
    } catch (error) {
      if (error instanceof Error) return Number.NaN;
      throw error;
    }
    const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
    const values = lines.filter((line) => line.includes(labels)).map((line) => Number(line.split(' ').at(-1)));
    return values.reduce((sum, value) => sum + value, 0);
  }

  /** The HTTP status of a probe; 0 while nobody answers. */
  async probe(name: 'livez' | 'readyz'): Promise<number> {
    try {
      const answer = await fetch(`http://127.0.0.1:${this.#port}/${name}`, { signal: AbortSignal.timeout(3_000) });
      return answer.status;
    } catch (error) {
      if (error instanceof Error) return 0;
      throw error;
    }
  }

  /** From now on it is started again when it ends by itself, as a kubelet does. */
  supervise(onEnd: (code: number | null) => void = () => undefined): void {
    this.#isSupervised = true;
    this.#supervising = (async () => {
      while (this.#isSupervised) {
        const { code } = await this.child.ended;
        if (!this.#isSupervised) return;
        onEnd(code);
        await pause(500);
        await this.child.restart();
      }
    })();
  }

  /** Ends it at once and for good. */
  async end(): Promise<void> {
    this.#isSupervised = false;
    await this.child.kill('SIGKILL');
    await this.#supervising;
  }
}
