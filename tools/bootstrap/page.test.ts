/** The page is built when a market will be served, and only then. */
import { expect, test } from 'vitest';
import { servesPage } from './page.mjs';

test('a market is served by options alone or by name', () => {
  expect([[], ['--feed', 'simulator'], ['serve', '--once']].map((args) => servesPage('tapeline', args))).toEqual([
    true,
    true,
    true,
  ]);
});

test('commands by name, help and other tasks build no page', () => {
  const asked = [['bars', 'a.csv'], ['help'], ['--help'], ['--version'], ['serve', '-h']];
  expect(asked.map((args) => servesPage('tapeline', args))).toEqual([false, false, false, false, false]);
  expect(servesPage('test', [])).toBe(false);
});
