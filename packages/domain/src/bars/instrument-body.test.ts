/** Law 7 of instruments that are not here: they cost their names and places, and nothing can be put into the body that they share. */
import { expect, test } from 'vitest';
import { Link } from '../tape/link.ts';
import type { AmendingTick, Amendment } from './amendment.ts';
import { BarRows } from './bar-rows.ts';
import { emptyBody } from './instrument-body.ts';
import { InstrumentState } from './instrument-state.ts';

const levels = 3;
const away = { kind: 'away', epoch: 1, to: 2 } as const;

function instrument(place: InstrumentState['place']): InstrumentState {
  return new InstrumentState(0, 'test', 'S', levels, place);
}

test('instruments that left, or never were here, share one body; one that comes gets its own', () => {
  const [left, never, here] = [
    instrument({ kind: 'own', epoch: 0 }),
    instrument({ kind: 'unknown' }),
    instrument(away),
  ];
  left.links.push(new Link(0, 1));
  left.clear();
  left.place = away;
  for (const one of [left, never, here]) {
    expect([one.rows, one.links]).toEqual([emptyBody(levels).rows, []]);
    expect([one.rows === emptyBody(levels).rows, one.amendments === never.amendments]).toEqual([true, true]);
  }
  here.place = { kind: 'own', epoch: 2 };
  here.links.push(new Link(0, 1));
  const rows = new BarRows(1);
  here.rows[0]!.insert(rows, rows.add(0, 0, 60, 120, 19_000));
  here.gone[0]!.add(0, 60);
  const { links } = here;
  here.place = { kind: 'own', epoch: 3 };
  expect([here.links === links, here.rows[0]!.length, never.rows[0]!.length, never.gone[0]!.has(0)]).toEqual([
    true,
    1,
    0,
    false,
  ]);
  here.place = away;
  expect([here.links, here.rows === never.rows]).toEqual([[], true]);
});

test('nothing can be put into the shared body', () => {
  const { links, rows, gone, open, firsts, blocks, early, amendments, pending } = instrument({ kind: 'unknown' });
  const all = new BarRows(1);
  const row = all.add(0, 0, 60, 120, 19_000);
  // No amendment is looked at: it is refused before.
  const [amendment, tick] = [{} as Amendment, {} as AmendingTick];
  const puts = [
    () => links.push(new Link(0, 1)),
    () => rows[0]!.insert(all, row),
    () => (rows[0]!.lookAt = 1),
    () => gone[0]!.add(0, 60),
    () => open.push(row),
    () => firsts.push({ date: 0, profile: 0, startSec: 0, first: undefined, left: undefined }),
    () => blocks.push(1),
    () => early.push(1),
    () => amendments.set(amendment),
    () => pending.push(tick),
  ];
  for (const put of puts) expect(put).toThrow(TypeError);
  expect([rows.map((list) => list.length), amendments.size, pending.length]).toEqual([[0, 0, 0], 0, 0]);
});
