/**
 * The thread that only reads. In: calls of read-calls.ts. Out: answers from connections of its own to both databases,
 * each from one moment between two commits.
 */
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { ControlRows } from './control-rows.ts';
import { databaseFiles, openToRead } from './database-file.ts';
import { LogRecords } from './log-records.ts';
import type { ReadCalls } from './read-calls.ts';
import { serveCalls } from './serve-calls.ts';
import { StoreQueries } from './store-queries.ts';
import type { Handlers } from './thread-calls.ts';

type Opened = {
  readonly records: LogRecords;
  readonly control: ControlRows;
  readonly queries: StoreQueries;
  readonly databases: readonly DatabaseSync[];
};

let opened: Opened | undefined;

const handlers: Handlers<ReadCalls> = {
  open: ({ dataDir, partitions }) => {
    const log = openToRead(join(dataDir, databaseFiles.log.name));
    const store = openToRead(join(dataDir, databaseFiles.store.name));
    opened = {
      records: new LogRecords(log, partitions),
      control: new ControlRows(log),
      queries: new StoreQueries(store),
      databases: [log, store],
    };
    return { answer: undefined };
  },
  records: (request) => {
    const answer = theOpened().records.read(request);
    return {
      answer,
      transfer: [answer.offsets.buffer, answer.timesMs.buffer, ...answer.bytes.map(({ buffer }) => buffer)],
    };
  },
  control: (request) => ({ answer: theOpened().control.read(request) }),
  controlEnd: () => ({ answer: theOpened().control.endOffset }),
  bars: (query) => {
    const answer = theOpened().queries.bars(query);
    return { answer, transfer: [answer.numbers.buffer] };
  },
  tape: (query) => ({ answer: theOpened().queries.tape(query) }),
  instruments: (query) => ({ answer: theOpened().queries.instruments(query) }),
  named: ({ symbol, dataset }) => ({ answer: theOpened().queries.instrumentsNamed(symbol, dataset) }),
  snapshots: ({ partition, choice }) => ({ answer: theOpened().queries.snapshots(partition, choice) }),
  close: () => {
    for (const database of opened?.databases ?? []) database.close();
    opened = undefined;
    return { answer: undefined };
  },
};

serveCalls(handlers, () => undefined);

function theOpened(): Opened {
  if (opened === undefined) throw new Error('the databases are not open');
  return opened;
}
