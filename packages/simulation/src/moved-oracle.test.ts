/** The oracle of moves: a run that is whole has no faults, and whatever is taken out of one, or doubled, is seen. */
import { beforeEach, expect, test } from 'vitest';
import { faultsOfRun, type Strictness } from './moved-oracle.ts';
import type { TapeEntry } from './moved-store.ts';
import { type MovedRun, runMovedWorld } from './moved-world.ts';
import { Random } from './random.ts';

const strictness: Strictness = { values: true, revisions: true, everything: true };
const seed = 3;

function lone(): MovedRun {
  return runMovedWorld(new Random(seed), { lone: true, oneOrder: true, horizon: 'wide' });
}

let run: MovedRun = lone();

beforeEach(() => {
  run = lone();
});

function tape(): TapeEntry[] {
  const [first] = [...run.stage.store.tapes.values()].toSorted((left, right) => right.length - left.length);
  if (first === undefined || first.length < 3) throw new RangeError('the world has no tape of three ticks');
  return first;
}

function faults(): string {
  return faultsOfRun(run, strictness).join('\n');
}

test('a seed gives the same run, in which instruments move, and it has no faults', () => {
  expect(faults()).toBe('');
  expect(run.stage.log.witnesses.some(({ fold }) => fold.handovers.came > 0)).toBe(true);
  expect(lone().deeds).toBe(run.deeds);
});

test('a tick that is lost, or counted twice, or behind a later one', () => {
  const [, second] = tape();
  tape().pop();
  expect(faults()).toMatch(/the tape of .* has \d+ ticks for \d+/);
  tape().push(second as TapeEntry);
  expect(faults()).toMatch(/too many \S+/);
  expect(faults()).toMatch(/tick \d+ of .*, after \d+/);
});

test('an emission that never landed', () => {
  const [name] = run.stage.delivered;
  run.stage.delivered.delete(name as string);
  expect(faults()).toMatch(/never sent record/);
});

test('an owner that is behind, and one that has outputs left', () => {
  const { partition } = run.stage.owners[0] as { partition: number };
  const owner = run.stage.addOwner(partition);
  expect(faults()).toMatch(/is not its witness/);
  owner.step(1);
  expect(faults()).toMatch(/has outputs left/);
});

test('a bar that is revised once more, and a tick that came after the reference was made', () => {
  const [bar] = run.stage.store.bars.bars();
  if (bar === undefined) throw new RangeError('the world has no bar');
  run.stage.store.write([{ ...bar, revision: bar.revision + 1 }], []);
  expect(faults()).toMatch(/^found .* revision/);
});
