/**
 * Logs of workers as one reads them who trusts every record, every log of the name, or his own clock. In: the log. Out: the
 * same with readers that change, leave out or refuse records, or without an identity.
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
import { withCalls } from './with-calls.ts';

/** A record of which anything cannot be read is passed over, and nobody hears of it. */
export function skippingPoison(log: TickLog): TickLog {
  return readingWith(log, (records) => records.filter(isPlain));
}

/** Records of which one cannot be read are not read at all, now and whenever it is tried again. */
export function stoppingAtPoison(log: TickLog): TickLog {
  return readingWith(log, (records) => {
    const poison = records.find((record) => !isPlain(record));
    if (poison === undefined) return records;
    throw new MalformedError(`the record at offset ${poison.offset} cannot be read, so reading ends before it`);
  });
}

/** Whatever bears the log's name is taken for the log that was read before. */
export function ofAnyLog(log: TickLog): TickLog {
  return withCalls(log, { identity: async () => 'never asked for' });
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
  return withCalls(log, { open: (...place) => readerWith(log.open(...place), change) });
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
