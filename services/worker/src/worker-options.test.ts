/** What may be given to a worker, and what is said of the rest. */
import { readOptions } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { workerConfigDefaults } from './worker-config.ts';
import { workerConfigOf, workerOptions } from './worker-options.ts';

function read(args: readonly string[]): ReturnType<typeof readOptions<typeof workerOptions>> {
  return readOptions(workerOptions, args, {});
}

test('with nothing given the configuration is the default', () => {
  const line = read([]);
  const { retentionMs } = workerConfigDefaults.fold;
  expect(line.kind === 'read' && workerConfigOf(line.values, retentionMs)).toEqual(workerConfigDefaults);
});

test('the tape is kept or not, and nothing else', () => {
  const line = read(['--tape=off']);
  expect(line.kind === 'read' && workerConfigOf(line.values, 1).tape).toBe('off');
  expect(read(['--tape=some'])).toMatchObject({
    problems: ['--tape "some" is none of on, off; take one of them'],
  });
});

test('intervals have one name each', () => {
  expect(read(['--intervals=60m,1d'])).toMatchObject({ values: { intervals: ['1h', '1d'] } });
  expect(read(['--intervals=1h,60m'])).toMatchObject({
    problems: ['--intervals "1h,60m" names 1h twice; name it once'],
  });
});

test('a profile that is none is refused by name', () => {
  expect(read(['--profiles=all,vip'])).toMatchObject({
    problems: ['--profiles "all,vip" has an item that cannot be used: vip is none of all, sip'],
  });
});

test('everything that is wrong is told at once', () => {
  const line = read(['--intervals=7x', '--lateness=1y', '--held-back=1B']);
  expect(line.kind === 'wrong' && line.problems).toHaveLength(3);
});

test('a horizon below the lateness is raised to it, since bars would be final before they close', () => {
  const line = read(['--horizon=1s', '--lateness=5s']);
  expect(line.kind === 'read' && workerConfigOf(line.values, 1).fold.horizonMs).toBe(5_000);
});
