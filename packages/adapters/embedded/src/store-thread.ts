/**
 * The thread that writes the store. In: calls of store-calls.ts. Out: answers, once a group is committed. What it
 * tidies up, it tidies up after the answer.
 */
import { serveCalls } from './serve-calls.ts';
import type { StoreCalls } from './store-calls.ts';
import { StoreDatabase } from './store-database.ts';
import type { Handlers } from './thread-calls.ts';

let database: StoreDatabase | undefined;

const handlers: Handlers<StoreCalls> = {
  open: ({ dataDir, logId }) => {
    database = new StoreDatabase(dataDir, logId);
    return { answer: { usedBytes: database.usedBytes } };
  },
  write: ({ items, bytesMax }) => {
    if (database === undefined) throw new Error('the store is not open');
    const store = database;
    const answers = store.write(items, bytesMax);
    return { answer: { usedBytes: store.usedBytes, answers }, after: () => store.checkpointWhenDue() };
  },
  close: () => {
    database?.close();
    database = undefined;
    return { answer: undefined };
  },
};

serveCalls(handlers, () => database?.checkpoint());
