/**
 * Fills batches. In: ticks, refused lines and counts, line by line. Out: a batch whenever 2,000 ticks and refused lines
 * have come together. The bound keeps memory flat whatever the file holds.
 */
import type { RecordedBatch, RecordedTick, RejectedLine } from './recording.ts';
import type { RecordingProblem } from './recording-problem.ts';

/** Most ticks, refused lines and kinds of ignored lines in one batch. */
export const batchRecordsMax: number = 2_000;

/** Why a line or a name is refused: a code and a message that names field, value, limit and remedy. */
export type Refusal = { readonly code: string; readonly message: string };

/** The batch being filled. */
export class BatchBuilder {
  #ticks: RecordedTick[] = [];
  #rejected: RejectedLine[] = [];
  #ignored = new Map<string, number>();
  #unknownConditions = new Map<string, number>();

  /** Whether `take` is due. */
  get isFull(): boolean {
    return this.#ticks.length + this.#rejected.length + this.#ignored.size >= batchRecordsMax;
  }

  /** Whether there is anything to hand on. */
  get isEmpty(): boolean {
    return this.#ticks.length === 0 && this.#rejected.length === 0 && this.#ignored.size === 0;
  }

  /** A good line; `unknownConditions` are those of its codes that no rule in force knows. */
  tick(tick: RecordedTick, unknownConditions: readonly string[]): void {
    this.#ticks.push(tick);
    for (const code of unknownConditions) addOne(this.#unknownConditions, code);
  }

  /** A line that was refused. */
  reject(line: number, refusal: Refusal): void {
    this.#rejected.push({ line, code: refusal.code, message: refusal.message });
  }

  /** A line that holds no tick. */
  ignore(what: string): void {
    addOne(this.#ignored, what);
  }

  /** The batch so far; the next one begins empty. */
  take(problem?: RecordingProblem): RecordedBatch {
    const batch = {
      ticks: this.#ticks,
      rejected: this.#rejected,
      ignored: this.#ignored,
      unknownConditions: this.#unknownConditions,
    };
    this.#ticks = [];
    this.#rejected = [];
    this.#ignored = new Map();
    this.#unknownConditions = new Map();
    return problem === undefined ? batch : { ...batch, problem };
  }
}

function addOne(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
