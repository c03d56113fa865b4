/** What a person is told who types something else than the command takes, or whose market does not run. */
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { placementCommand } from './placement-command.ts';
import { placementProblems, placementOptions, policyOf } from './placement-options.ts';
import { readOptions } from '@tapeline/runtime';
import { placementPolicyDefaults } from '@tapeline/domain';

async function typed(...args: readonly string[]): Promise<{ code: number | 'help'; err: string }> {
  const texts: string[] = [];
  const err = new Writable({
    write: (chunk: Buffer, _, done) => {
      texts.push(chunk.toString());
      done();
    },
  });
  const stop = new AbortController().signal;
  const code = await placementCommand.run(args, { out: err, err, nowMs: () => 0, env: {}, stop });
  return { code, err: texts.join('') };
}

test.each([
  [[], 'say what to do: plan, moves, pin, unpin, top, show, grow'],
  [['move'], 'knows no "move"; there are plan, moves, pin, unpin, top, show, grow'],
  [['pin', 'S'], 'pin takes SYMBOL PARTITION, such as pin BTCUSDT 3'],
  [['pin', 'S', 'x'], 'pin takes a partition by its number, and "x" is none; give 0 or more'],
  [['pin', 'S', '1', '2'], 'pin takes one SYMBOL and one PARTITION, not "2" as well'],
  [['unpin'], 'unpin takes SYMBOL, such as unpin BTCUSDT'],
  [['grow'], 'grow takes COUNT, how many partitions there shall be in all, such as grow 16'],
  [['grow', '1.5'], 'grow takes a whole number of partitions, and "1.5" is none'],
  [['top', 'S'], 'top takes no "S"'],
  [['show', '--server', 'here'], '--server "here" is not HOST:PORT, such as 127.0.0.1:50051; correct it'],
])('%j is refused in one line', async (args, message) => {
  expect(await typed(...args)).toEqual({ code: 2, err: `tapeline placement: ${message}\n` });
});

test('without a market the one line says how to start one', async () => {
  const { code, err } = await typed('show', '--server', '127.0.0.1:1');
  expect(code).toBe(2);
  expect(err).toBe(
    'tapeline placement: no market answers at 127.0.0.1:1; start one with "tapeline", or name where its gRPC is with --server HOST:PORT\n',
  );
});

test('the defaults of the options are those of the planner, and a pair that contradicts itself is told', () => {
  const read = (args: readonly string[]) => {
    const line = readOptions(placementOptions, args, {});
    if (line.kind !== 'read') throw new Error('the options are not read');
    return line.values;
  };
  expect(policyOf(read([]))).toEqual(placementPolicyDefaults);
  expect(placementProblems(read([]))).toEqual([]);
  expect(placementProblems(read(['--placement-cooled', '0.5']))).toEqual([
    '--placement-cooled is 0.5 and --placement-hot 0.5; give one below the other',
  ]);
});
