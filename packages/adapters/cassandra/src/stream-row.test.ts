/** Entering a stream while answers are lost: one that was a yes stays one, and nobody is told of what was not entered. */
import { createMetrics, type RandomSource, systemClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { nodeError } from '../test-kit/hand-units.ts';
import { PatientReads } from './patient-reads.ts';
import type { Row, Session, Value } from './session.ts';
import { storeMetrics } from './store-metrics.ts';
import { type StreamRow, StreamRows } from './stream-row.ts';

const random: RandomSource = { next: () => 0, bits: () => 0n };

/** One row, whose conditional writes are done while the answers to some of them are lost. */
class RowByHand implements Pick<Session, 'keyspace' | 'execute'> {
  readonly keyspace = 'hand';
  lost: number;
  base: number | null = null;
  readonly ids: Record<string, string> = {};
  /** Streams that others entered in the keyspace. */
  readonly others: string[] = [];

  constructor(lost: number) {
    this.lost = lost;
  }

  async execute(statement: string, values: readonly Value[]): Promise<readonly Row[]> {
    if (statement.startsWith('SELECT stream')) return ['s', ...this.others].map((stream) => ({ stream }));
    if (statement.startsWith('SELECT')) return [{ base_partitions: this.base, topic_ids: { ...this.ids } }];
    const answer = statement.includes('SET base') ? this.#enter(values) : this.#add(values);
    this.lost -= 1;
    if (this.lost >= 0) throw nodeError('writeTimeout');
    return [answer];
  }

  #enter([base, ...pairs]: readonly Value[]): Row {
    if (this.base !== null) return this.#refused();
    this.base = base as number;
    for (let at = 0; at + 1 < pairs.length; at += 2) this.ids[pairs[at] as string] = pairs[at + 1] as string;
    return { '[applied]': true };
  }

  #add([topic, id]: readonly Value[]): Row {
    if (this.ids[topic as string] !== undefined) return this.#refused();
    this.ids[topic as string] = id as string;
    return { '[applied]': true };
  }

  #refused(): Row {
    return { '[applied]': false, base_partitions: this.base, topic_ids: { ...this.ids } };
  }
}

function rowsOn(row: RowByHand): StreamRows {
  const session = row as unknown as Session;
  const metrics = storeMetrics(createMetrics({ ofProcess: false }));
  const diagnose = async (): Promise<undefined> => undefined;
  return new StreamRows(session, new PatientReads({ session, clock: systemClock, random, metrics, diagnose }), 's');
}

const made: StreamRow = { basePartitions: 4, topicIds: new Map([['ticks', 'a']]) };

test('a lost answer that was a yes is heard at the next try', async () => {
  expect(await rowsOn(new RowByHand(1)).enter(made)).toEqual(made);
  const row = new RowByHand(0);
  const rows = rowsOn(row);
  await rows.enter(made);
  row.lost = 2;
  expect((await rows.addTopics(made, new Map([['bars', 'b']]))).topicIds).toEqual(new Map(Object.entries(row.ids)));
});

test('a lost answer that was a no is heard as what the first one entered', async () => {
  const row = new RowByHand(0);
  const rows = rowsOn(row);
  await rows.enter(made);
  row.lost = 1;
  expect(await rows.enter({ basePartitions: 9, topicIds: new Map([['ticks', 'z']]) })).toEqual(made);
});

test('answers that stay away end the start after three tries, whatever was entered', async () => {
  await expect(rowsOn(new RowByHand(3)).enter(made)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});

test('of two streams that are entered at the same moment, at least the later one is refused', async () => {
  const row = new RowByHand(0);
  row.others.push('another');
  await expect(rowsOn(row).enter(made)).rejects.toMatchObject({ code: 'STORE_UNFIT' });
});
