/**
 * Writers on a log and the oracle over what they were told. In: a log. Out: what stands in it beside what was
 * acknowledged: each acknowledged record once, at its offset, in the order of the calls; each unknown one at most once.
 */
import { LogError, type LogRecordInput, type TickLog } from '@tapeline/domain';

type Outcome = { readonly offset: number } | 'unknown';

/** Records that were appended, by partition and number. */
export class KafkaLoad {
  readonly #log: TickLog;
  readonly #partitions: number;
  readonly #outcomes: Outcome[][];
  readonly #stop = new AbortController();
  #longestMs = 0;

  constructor(log: TickLog, partitions: number) {
    this.#log = log;
    this.#partitions = partitions;
    this.#outcomes = Array.from({ length: partitions }, () => []);
  }

  /** Appends until it is stopped, a few records of each partition at a time. */
  async run(pauseMs = 1): Promise<void> {
    const partitions = Array.from({ length: this.#partitions }, (_, partition) => partition);
    await Promise.all(
      partitions.map(async (partition) => {
        for (let number = 0; !this.#stop.signal.aborted; number += 3) {
          await Promise.all([0, 1, 2].map(async (step) => this.#append(partition, number + step)));
          await new Promise<void>((resolve) => {
            setTimeout(resolve, pauseMs);
          });
        }
      }),
    );
  }

  /** Ends `run`. */
  stop(): void {
    this.#stop.abort();
  }

  /** Acknowledged so far. */
  get acknowledged(): number {
    return this.#outcomes.flat().filter((outcome) => outcome !== 'unknown').length;
  }

  /** Appends of which nobody knows. */
  get unknown(): number {
    return this.#outcomes.flat().length - this.acknowledged;
  }

  /** The longest wait for an acknowledgement, ms. */
  get longestMs(): number {
    return Math.round(this.#longestMs);
  }

  /** Compares with the log: what is lost, twice, or out of order; nothing if all is well. */
  async problems(log: TickLog): Promise<string[]> {
    const found = await Promise.all(
      this.#outcomes.map(async (outcomes, partition) => {
        const records = await readAll(log, partition);
        return problemsOf(outcomes, records).map((problem) => `partition ${partition}: ${problem}`);
      }),
    );
    return found.flat();
  }

  async #append(partition: number, number: number): Promise<void> {
    const bytes = Buffer.alloc(64);
    bytes.writeUInt32BE(number);
    const outcomes = this.#outcomes[partition] as Outcome[];
    outcomes[number] = 'unknown';
    const startMs = performance.now();
    try {
      outcomes[number] = await this.#log.append('ticks', partition, bytes);
      this.#longestMs = Math.max(this.#longestMs, performance.now() - startMs);
    } catch (error) {
      if (!(error instanceof LogError) || error.code !== 'LOG_UNAVAILABLE') throw error;
    }
  }
}

function problemsOf(outcomes: readonly Outcome[], records: readonly LogRecordInput[]): string[] {
  const problems: string[] = [];
  if (records.some(({ offset }, index) => offset !== index)) problems.push('its offsets are not dense');
  const numbers = records.map(({ bytes }) => Buffer.from(bytes).readUInt32BE(0));
  if (new Set(numbers).size !== numbers.length) problems.push('some records stand twice');
  let last = -1;
  for (const [number, outcome] of outcomes.entries()) {
    if (outcome === 'unknown') continue;
    const { offset } = outcome;
    if (numbers[offset] !== number) problems.push(`record ${number} is not at offset ${offset}`);
    if (offset <= last) problems.push(`record ${number} stands before an earlier one`);
    last = offset;
  }
  return problems;
}

/** Every record of a partition of ticks. */
export async function readAll(log: TickLog, partition: number): Promise<LogRecordInput[]> {
  const { endOffset } = await log.range('ticks', partition);
  const reader = log.open('ticks', partition, 0);
  const records: LogRecordInput[] = [];
  while (records.length < endOffset) records.push(...((await reader.next()) ?? []));
  await reader.close();
  return records;
}

/** Waits for a condition, bounded. */
export async function until(isMet: () => boolean | Promise<boolean>, withinMs = 30_000): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!(await isMet())) {
    if (performance.now() > endMs) throw new Error(`not within ${withinMs} ms`);
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}
