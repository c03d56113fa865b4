/**
 * Whoever runs the workers. In: workers. Out: each is started again a moment after it ended by itself, until `stop`; how each
 * ended and what it said are kept.
 */
import type { Child } from './child.ts';
import { pause } from './until.ts';

/** How a worker ended by itself. */
export type WorkerEnd = {
  readonly code: number | null;
  /** What it wrote from its start on. */
  readonly text: string;
};

const lookMs = 250;
const againMs = 500;

/** Looks after workers from its making on. */
export class Supervisor {
  /** One for each end, in their order. */
  readonly ends: WorkerEnd[] = [];
  readonly #workers: readonly Child[];
  readonly #running: Promise<unknown>;
  #isOver = false;

  constructor(workers: readonly Child[]) {
    this.#workers = workers;
    this.#running = Promise.all(workers.map((worker) => this.#supervise(worker)));
    // A failure is told by `stop`; until then it is no unheard rejection.
    void Promise.allSettled([this.#running]);
  }

  get areRunning(): boolean {
    return this.#workers.every(({ isRunning }) => isRunning);
  }

  /** Starts nothing any more, or it would start again what the end of the test kills. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  async #supervise(worker: Child): Promise<void> {
    while (!this.#isOver) {
      await Promise.race([worker.ended, pause(lookMs)]);
      if (worker.isRunning) continue;
      const { code } = await worker.ended;
      this.ends.push({ code, text: worker.text() });
      await pause(againMs);
      if (!this.#isOver) await worker.restart();
    }
  }
}
