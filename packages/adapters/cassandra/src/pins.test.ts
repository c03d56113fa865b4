/** Pins and first terms while answers are lost, and a row that changes as none does. */
import { createMetrics, type RandomSource, systemClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { nodeError } from '../test-kit/hand-units.ts';
import { Instruments } from './instruments.ts';
import { PatientReads } from './patient-reads.ts';
import { Pins } from './pins.ts';
import type { Row, Session, Value } from './session.ts';
import { storeMetrics } from './store-metrics.ts';
import { Writer } from './writer.ts';

const random: RandomSource = { next: () => 0, bits: () => 0n };
const terms = { priceExponent: -2, sizeExponent: 0, calendar: '24/7', currency: 'USD', tickSize: 1 };
const pin = { dataset: 'd', symbol: 'A', partition: 3 };

/** The row of one instrument, whose conditional writes are done while the answers to some of them are lost. */
class RowByHand implements Pick<Session, 'keyspace' | 'execute'> {
  readonly keyspace = 'hand';
  lost = 0;
  row: Record<string, unknown> = {};
  /** What others do before each conditional write. */
  before: () => void = () => undefined;
  readonly copies: (readonly Value[])[] = [];

  async execute(statement: string, values: readonly Value[]): Promise<readonly Row[]> {
    if (statement.startsWith('SELECT')) return Object.keys(this.row).length === 0 ? [] : [this.#whole()];
    if (statement.includes('.instruments (')) this.copies.push(values);
    if (!statement.startsWith('UPDATE')) return [];
    this.before();
    const answer = statement.includes('SET pin') ? this.#pin(values) : this.#enter(statement, values);
    this.lost -= 1;
    if (this.lost >= 0) throw nodeError('writeTimeout');
    return [answer];
  }

  #pin([partition]: readonly Value[]): Row {
    if (this.row['pin'] !== undefined || this.row['price_exponent'] !== undefined) return this.#refused();
    this.row = { pin: partition };
    return { '[applied]': true };
  }

  #enter(statement: string, values: readonly Value[]): Row {
    const [price, size, calendar, currency, tick, ...rest] = values;
    const isPinned = statement.includes('pin = ?');
    const expected = isPinned ? rest.at(-1) : null;
    if (this.row['price_exponent'] !== undefined || (this.row['pin'] ?? null) !== expected) return this.#refused();
    const ofTerms = { price_exponent: price, size_exponent: size, calendar, currency, tick_size: tick };
    this.row = { ...ofTerms, ...(isPinned ? { pin: rest[0] } : {}) };
    return { '[applied]': true };
  }

  #refused(): Row {
    return { '[applied]': false, ...this.#whole() };
  }

  #whole(): Row {
    return { dataset: 'd', symbol: 'A', price_exponent: null, pin: null, ...this.row };
  }
}

function partsOn(row: RowByHand): { readonly pins: Pins; readonly instruments: Instruments } {
  const session = row as unknown as Session;
  const metrics = storeMetrics(createMetrics({ ofProcess: false }));
  const diagnose = async (): Promise<undefined> => undefined;
  const reads = new PatientReads({ session, clock: systemClock, random, metrics, diagnose });
  const writer = new Writer({ clock: systemClock, random, metrics, retryForMs: 1_000, diagnose });
  return { pins: new Pins(session, reads), instruments: new Instruments(session, writer, reads) };
}

test('a lost answer to a pin that was a yes is heard at the next try, and one that was a no as well', async () => {
  const row = new RowByHand();
  row.lost = 1;
  expect(await partsOn(row).pins.enter([pin])).toEqual([3]);
  row.lost = 1;
  expect(await partsOn(row).pins.enter([{ ...pin, partition: 5 }])).toEqual([3]);
});

test('answers that stay away end the call after three tries', async () => {
  const row = new RowByHand();
  row.lost = 3;
  await expect(partsOn(row).pins.enter([pin])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});

test('a pin that comes between the look at an instrument and its terms holds, and the list has it', async () => {
  const row = new RowByHand();
  row.before = () => {
    if (row.row['price_exponent'] === undefined) row.row = { ...row.row, pin: 3 };
  };
  const { instruments } = partsOn(row);
  await instruments.write([{ dataset: 'd', symbol: 'A', terms }]);
  expect(row.row).toMatchObject({ price_exponent: -2, pin: 3 });
  expect(row.copies).toEqual([['d', 'A', -2, 0, '24/7', 'USD', 1n, 3]]);
  expect(await instruments.named('A', 'd')).toEqual([{ dataset: 'd', symbol: 'A', terms, pin: 3 }]);
});

test('terms whose answer was lost are heard at the next try, with the pin that they came to', async () => {
  const row = new RowByHand();
  row.row = { pin: 3 };
  row.lost = 1;
  await partsOn(row).instruments.write([{ dataset: 'd', symbol: 'A', terms }]);
  expect(row.copies).toEqual([['d', 'A', -2, 0, '24/7', 'USD', 1n, 3]]);
});

test('a row whose pin goes on changing, which no process does, ends the call after three turns', async () => {
  const row = new RowByHand();
  let pins = 0;
  row.before = () => {
    pins += 1;
    row.row = { pin: pins };
  };
  const writing = partsOn(row).instruments.write([{ dataset: 'd', symbol: 'A', terms }]);
  await expect(writing).rejects.toMatchObject({ code: 'STORE_UNFIT', message: expect.stringContaining('3 times') });
  expect(pins).toBe(3);
});
