/** Options of a query process. */
import { readOptions } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { queryProcessOptions } from './process-options.ts';
import { queryConfigDefaults, queryConfigOf, queryOptions } from './query-config.ts';

test('without flags the defaults hold', () => {
  const line = readOptions(queryProcessOptions, [], {});
  if (line.kind !== 'read') throw new Error('the defaults are not read');
  expect(queryConfigOf(line.values)).toEqual(queryConfigDefaults);
});

test('flags and environment are read, and a heartbeat above 5 s is refused', () => {
  const line = readOptions(queryOptions, ['--http-port', '0', '--cors-origin', '*'], { TAPELINE_HEARTBEAT: '5s' });
  if (line.kind !== 'read') throw new Error('the flags are not read');
  expect(queryConfigOf(line.values)).toMatchObject({ httpPort: 0, corsOrigin: '*', heartbeatMs: 5_000 });
  expect(readOptions(queryOptions, ['--heartbeat', '6s'], {})).toMatchObject({ kind: 'wrong' });
});
