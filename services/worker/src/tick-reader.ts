/**
 * Reads the ticks of one partition through a log that may go away for a while. In: the offset to begin at. Out: records in
 * offset order without a gap: after a failure that time cures the log is opened again where reading stopped (law 1).
 */
import type { LogReader, LogRecordInput, TickLog } from '@tapeline/domain';
import { isTransient, type PatientEffects } from './patient-effects.ts';

/** The reader of one partition. */
export class TickReader {
  readonly #log: TickLog;
  readonly #partition: number;
  readonly #effects: PatientEffects;
  #reader: LogReader;
  #position: number;
  #isWaiting = false;

  /** Begins at the offset. */
  constructor(log: TickLog, partition: number, offset: number, effects: PatientEffects) {
    this.#log = log;
    this.#partition = partition;
    this.#effects = effects;
    this.#position = offset;
    this.#reader = log.open('ticks', partition, offset);
  }

  /** Whether the next records are asked for and not there. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** The next records; `undefined` once it is closed. Rejects where reading cannot go on. */
  async next(): Promise<readonly LogRecordInput[] | undefined> {
    const records = await this.#effects.run('reading the log', () => this.#read());
    this.#position = (records?.at(-1)?.offset ?? this.#position - 1) + 1;
    return records;
  }

  /** Ends a `next` that waits. */
  async close(): Promise<void> {
    await this.#reader.close();
  }

  async #read(): Promise<readonly LogRecordInput[] | undefined> {
    this.#isWaiting = true;
    try {
      return await this.#reader.next();
    } catch (error) {
      if (isTransient(error)) {
        await this.#reader.close();
        this.#reader = this.#log.open('ticks', this.#partition, this.#position);
      }
      throw error;
    } finally {
      this.#isWaiting = false;
    }
  }
}
