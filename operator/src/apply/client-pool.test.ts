/** The pool: one client for a key, bounded, idle ones go, one in use never does. */
import { ManualClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { ClientPool } from './client-pool.ts';

type Client = { readonly key: string; close(): Promise<void> };

function poolOf(clientsMax?: number): {
  pool: ClientPool<Client>;
  clock: ManualClock;
  told: string[];
  use: (key: string) => Promise<string>;
} {
  const told: string[] = [];
  const clock = new ManualClock();
  const pool = new ClientPool<Client>(clock, (error) => told.push(String(error)), clientsMax);
  const open = (key: string) => (): Promise<Client> => {
    told.push(`open ${key}`);
    return Promise.resolve({ key, close: () => Promise.resolve(void told.push(`close ${key}`)) });
  };
  return { pool, clock, told, use: (key) => pool.with(key, open(key), (client) => Promise.resolve(client.key)) };
}

test('who asks again gets the same client', async () => {
  const { use, told } = poolOf();
  expect([await use('a'), await use('a'), told]).toEqual(['a', 'a', ['open a']]);
});

test('at the bound the one that was unused for the longest goes', async () => {
  const { pool, use, told } = poolOf(2);
  for (const key of ['a', 'b', 'a', 'c']) await use(key);
  expect([pool.size, told]).toEqual([2, ['open a', 'open b', 'open c', 'close b']]);
});

test('one that nobody used for ten minutes goes', async () => {
  const { clock, use, told } = poolOf();
  await use('a');
  await clock.advance(600_000);
  await use('b');
  expect(told).toEqual(['open a', 'open b', 'close a']);
});

test('one in use is closed when its user is done', async () => {
  const { pool, told } = poolOf();
  const close = (): Promise<void> => Promise.resolve(void told.push('closed'));
  const work = async (): Promise<void> => {
    await pool.close();
    told.push('still works');
  };
  await pool.with('a', () => Promise.resolve({ key: 'a', close }), work);
  expect(told).toEqual(['still works', 'closed']);
});

test('one that does not open is tried anew by the next, and one that does not close is told', async () => {
  const { pool, use, told } = poolOf();
  await expect(
    pool.with(
      'a',
      () => Promise.reject(new Error('away')),
      () => Promise.resolve(),
    ),
  ).rejects.toThrow('away');
  expect(await use('a')).toBe('a');
  const sulking = { key: 'b', close: () => Promise.reject(new Error('sulks')) };
  await pool.with(
    'b',
    () => Promise.resolve(sulking),
    () => Promise.resolve(),
  );
  await pool.close();
  expect(told).toContain('Error: sulks');
});
