/**
 * What processes hold of memory while a fault lasts. In: processes. Out: the most that each one held, sampled twice a
 * second, and the oracle over a stated bound (law 7).
 */
import { readFileSync } from 'node:fs';
import type { Child } from './child.ts';

const everyMs = 500;

/** Samples until it is closed. */
export class MemoryWatch {
  readonly #children: () => readonly Child[];
  readonly #peaks = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(children: () => readonly Child[]) {
    this.#children = children;
    this.#timer = setInterval(() => this.#sample(), everyMs);
    this.#timer.unref();
  }

  /** The most that each process held so far, MiB. */
  get peaks(): ReadonlyMap<string, number> {
    return this.#peaks;
  }

  /** The processes that held more, in words. */
  differences(boundMiB: number): string[] {
    return [...this.#peaks]
      .filter(([, mebibytes]) => mebibytes > boundMiB)
      .map(([name, mebibytes]) => `${name} held ${Math.round(mebibytes)} MiB; the bound is ${boundMiB} MiB`);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    for (const { pid, isRunning, command } of this.#children()) {
      const mebibytes = isRunning ? residentMiB(pid) : undefined;
      if (mebibytes !== undefined) {
        this.#peaks.set(command.name, Math.max(this.#peaks.get(command.name) ?? 0, mebibytes));
      }
    }
  }
}

/** Undefined where there is no such process, or no /proc. */
function residentMiB(pid: number): number | undefined {
  try {
    const kibibytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) / 1_024;
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
