/**
 * Logs of workers as one reads them who trusts every record, or his own clock. In: the log. Out: the same with readers that
 * change or leave out records.
 */
import {
  decodeLogRecord,
  decodeTickBlock,
  LogDictionary,
  type LogReader,
  type LogRecordInput,
  MalformedError,
  TickColumns,
  type TickLog,
} from '@tapeline/domain';

/** A record of which anything cannot be read is passed over, and nobody hears of it. */
export function skippingPoison(log: TickLog): TickLog {
  return readingWith(log, (records) => records.filter(isPlain));
}

/** Time is what this machine's clock, so many ms ahead, says when a record is read. */
export function stampedOnReading(log: TickLog, aheadMs: number): TickLog {
  return readingWith(log, (records) =>
    records.map((record) => ({ ...record, appendTimeMs: Math.max(1, Date.now() + aheadMs) })),
  );
}

function isPlain({ bytes }: LogRecordInput): boolean {
  try {
    for (const entry of decodeLogRecord(bytes)) {
      if (entry.kind === 'unknown') return false;
      if (entry.kind !== 'tickBlock') continue;
      decodeTickBlock(bytes, entry.start, entry.end, new LogDictionary(), new TickColumns());
    }
    return true;
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}

type Change = (records: readonly LogRecordInput[]) => readonly LogRecordInput[];

function readingWith(log: TickLog, change: Change): TickLog {
  return new Proxy(log, {
    get: (target, name) => {
      if (name === 'open') return (...place: Parameters<TickLog['open']>) => readerWith(target.open(...place), change);
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
  });
}

function readerWith(reader: LogReader, change: Change): LogReader {
  return {
    next: async () => {
      for (;;) {
        const records = await reader.next();
        if (records === undefined) return undefined;
        const changed = change(records);
        if (changed.length > 0) return changed;
      }
    },
    close: () => reader.close(),
  };
}
