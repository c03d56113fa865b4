/** What may be set of ingest, and what is said of the rest. */
import { readOptions } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { ingestConfigDefaults, ingestConfigOf, ingestOptions } from './ingest-options.ts';

function read(
  args: readonly string[],
  env: Record<string, string> = {},
): ReturnType<typeof readOptions<typeof ingestOptions>> {
  return readOptions(ingestOptions, args, env);
}

test('with nothing given the configuration is the default', () => {
  const line = read([]);
  expect(line.kind === 'read' && ingestConfigOf(line.values)).toEqual(ingestConfigDefaults);
});

test('flags go before the environment, in the units that people write', () => {
  const line = read(['--linger', '20ms', '--linger-bytes=128KiB'], {
    TAPELINE_LINGER: '1ms',
    TAPELINE_TICK_AHEAD: '5s',
  });
  expect(line.kind === 'read' && ingestConfigOf(line.values)).toMatchObject({
    lingerMs: 20,
    lingerBytes: 131_072,
    aheadMsMax: 5_000,
  });
});

test('calendars are given by dataset, whose name may have an equals sign', () => {
  const line = read(['--dataset-calendars', 'us-equities=XNYS,a=b=24/7']);
  expect(line.kind === 'read' && [...ingestConfigOf(line.values).calendars]).toEqual([
    ['us-equities', 'XNYS'],
    ['a=b', '24/7'],
  ]);
});

test.each([
  ['--dataset-calendars', 'us', 'is not DATASET=CALENDAR'],
  ['--dataset-calendars', 'us=XMOON', 'XMOON that is none of'],
  ['--dataset-calendars', 'us=XNYS,us=XNYS', 'twice'],
  ['--dataset-calendars', '=XNYS', '0 characters'],
  ['--linger', '2m', '0s to 1s'],
  ['--unsettled-ticks', '100', '4000 to 1000000'],
])('%s %s is refused: %s', (flag, text, message) => {
  const line = read([flag, text]);
  expect(line.kind === 'wrong' && line.problems.join()).toContain(message);
});
