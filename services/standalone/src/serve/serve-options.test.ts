/** The options of all services stand in one table without a clash. */
import { expect, test } from 'vitest';
import { optionTables, serveOptions } from './serve-options.ts';

test('no two services claim one option, or one environment variable', () => {
  const names = optionTables.flatMap((table) => Object.keys(table));
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  const variables = Object.values(serveOptions).flatMap(({ env }) => (env === undefined ? [] : [env]));
  expect(variables.filter((name, index) => variables.indexOf(name) !== index)).toEqual([]);
});
