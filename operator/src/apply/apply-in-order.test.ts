/** Effects go in order; what a failure blocks is left out, what it does not goes on, and nothing is begun once the round is over. */
import { StoreError } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { type Applied, applyInOrder } from './apply-in-order.ts';

type Action = { readonly of: string; readonly name: string };

const actions = ['a1', 'b1', 'a2', 'b2'].map((name): Action => ({ of: name.slice(0, 1), name }));

async function apply(
  failing: readonly string[],
  isBlocked: (action: Action, failed: string) => boolean,
  isHeld: (begun: number) => boolean = () => true,
): Promise<{ readonly begun: readonly string[]; readonly told: readonly string[]; readonly applied: Applied<Action> }> {
  const [begun, told]: [string[], string[]] = [[], []];
  const round = {
    signal: new AbortController().signal,
    isHeld: () => isHeld(begun.length),
    onDone: ({ name }: Action) => void told.push(name),
  };
  const perform = async (action: Action): Promise<Action> => {
    begun.push(action.name);
    if (failing.includes(action.name)) throw new StoreError('STORE_UNAVAILABLE', `${action.name} failed`);
    return { ...action, name: `${action.name} done` };
  };
  return { begun, told, applied: await applyInOrder(round, actions, { perform, isBlocked }) };
}

test('a failure leaves out what it blocks, and the rest goes on', async () => {
  const { begun, told, applied } = await apply(['a1'], ({ of }, failed) => of === failed);
  expect(begun).toEqual(['a1', 'b1', 'b2']);
  expect(told).toEqual(['b1 done', 'b2 done']);
  expect(applied.failed).toEqual([{ of: 'a', failure: { code: 'UNREACHABLE', message: 'a1 failed' } }]);
});

test('each concern has its own failure', async () => {
  const { applied } = await apply(['a1', 'b2'], ({ of }, failed) => of === failed);
  expect(applied.done.map(({ name }) => name)).toEqual(['b1 done']);
  expect(applied.failed.map(({ of }) => of)).toEqual(['a', 'b']);
});

test('where each hangs on the one before, the first failure is the last effect', async () => {
  expect((await apply(['b1'], () => true)).begun).toEqual(['a1', 'b1']);
});

test('nothing is begun once another may lead', async () => {
  const { begun } = await apply(
    [],
    () => true,
    (count) => count < 2,
  );
  expect(begun).toEqual(['a1', 'b1']);
});
