/**
 * A log whose hand-outs a test writes down. In: records by hand-out. Out: a log of one partition that hands them out from
 * any offset, then answers that it is closed, as a log does that ends; and how many of its readers are open.
 */
import { LogError, type LogReader, type LogRecordInput, type TickLog } from '@tapeline/domain';

/** A log of one partition. */
export class HandedLog implements TickLog {
  readonly basePartitions = 1;
  readonly partitionCount = 1;
  /** Offsets at which readers were opened. */
  readonly opened: number[] = [];
  openReaders = 0;
  readonly #handOuts: readonly (readonly LogRecordInput[])[];

  constructor(handOuts: readonly (readonly LogRecordInput[])[]) {
    this.#handOuts = handOuts;
  }

  async refreshPartitions(): Promise<number> {
    return 1;
  }

  async identity(): Promise<string> {
    return 'one log';
  }

  async append(): Promise<never> {
    throw new LogError('LOG_CLOSED', 'nobody appends here');
  }

  open(_: string, __: number, from: number): LogReader {
    this.opened.push(from);
    this.openReaders += 1;
    let [at, isOpen] = [from, true];
    return {
      next: async () => {
        const handOut = this.#handOuts.find((records) => (records.at(-1)?.offset ?? -1) >= at);
        const records = handOut?.filter(({ offset }) => offset >= at);
        at = (records?.at(-1)?.offset ?? at) + 1;
        return isOpen ? records : undefined;
      },
      close: async () => {
        if (isOpen) this.openReaders -= 1;
        isOpen = false;
      },
    };
  }

  async range(): Promise<{ firstOffset: number; endOffset: number }> {
    return { firstOffset: 0, endOffset: (this.#handOuts.at(-1)?.at(-1)?.offset ?? -1) + 1 };
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }
}
