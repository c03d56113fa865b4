/**
 * The thread that writes the log. In: calls of log-calls.ts. Out: answers. It also holds the directory's lock: the
 * lock lives as long as the one who may write.
 */
import { type DirectoryLock, lockDirectory } from './directory-lock.ts';
import type { LogCalls } from './log-calls.ts';
import { LogDatabase } from './log-database.ts';
import { serveCalls } from './serve-calls.ts';
import type { Handlers } from './thread-calls.ts';

let lock: DirectoryLock | undefined;
let database: LogDatabase | undefined;

const handlers: Handlers<LogCalls> = {
  open: ({ dataDir, partitions, logId, nowMs }) => {
    lock = lockDirectory(dataDir, nowMs);
    try {
      database = new LogDatabase(dataDir, partitions, logId);
    } catch (error) {
      lock.release();
      throw error;
    }
    return { answer: { logId: database.logId, places: database.places, usedBytes: database.usedBytes } };
  },
  append: (request) => {
    const log = opened();
    const answer = log.append(request);
    return {
      answer,
      transfer: [answer.offsets.buffer, answer.timesMs.buffer],
      after: () => log.checkpointWhenDue(),
    };
  },
  appendControl: (request) => {
    const log = opened();
    const answer = log.appendControl(request);
    return { answer: { ...answer, usedBytes: log.usedBytes }, after: () => log.checkpointWhenDue() };
  },
  addPartitions: ({ count, bytesMax }) => {
    const log = opened();
    log.addPartitions(count, bytesMax);
    return { answer: { places: log.places, usedBytes: log.usedBytes }, after: () => log.checkpointWhenDue() };
  },
  sweep: ({ cutoffMs, pinnedOffsets }) => {
    const log = opened();
    const swept = log.sweep(cutoffMs, pinnedOffsets);
    return { answer: { ...swept, usedBytes: log.usedBytes }, after: () => log.checkpointWhenDue() };
  },
  close: () => {
    database?.close();
    database = undefined;
    lock?.release();
    return { answer: undefined };
  },
};

// With its space used again, the WAL may have room for what retention deletes.
serveCalls(handlers, () => database?.checkpoint());

function opened(): LogDatabase {
  if (database === undefined) throw new Error('the log is not open');
  return database;
}
