/** What becomes of each record of `control`, and why its keys are as they are: examples worked out by hand. */
import { expect, test } from 'vitest';
import { changed } from '../../test-kit/plan-scene.ts';
import { type ControlKey, controlKeyOf, controlKeyText, staleControlKeys } from './control-keys.ts';
import { type ControlRecord, type ControlView, emptyControlView, followControl } from './control-view.ts';
import { Placement } from './placement.ts';

const spy = { dataset: 'us-equities', symbol: 'SPY' } as const;
const first = changed(Placement.atHome(4), {
  logTimeMs: 0,
  moves: [{ ...spy, to: 1, standing: 'spread' }],
  appended: [],
});
const second = changed(first, { logTimeMs: 0, moves: [], appended: first.moves });

function claim(token: number): ControlRecord {
  return { kind: 'claim', token };
}

function map(token: number, placement: Placement): ControlRecord {
  return { kind: 'map', token, map: placement.parts() };
}

function read(records: readonly ControlRecord[]): ControlView {
  return records.reduce((view, record) => followControl(view, record).view, emptyControlView(4));
}

/** What the last record became. */
function outcomeOf(...records: readonly ControlRecord[]): unknown {
  const last = records.at(-1);
  return last === undefined ? undefined : followControl(read(records.slice(0, -1)), last).outcome;
}

test('before any record everything is where it was first', () => {
  expect(emptyControlView(4)).toMatchObject({ token: 0, mapToken: 0, placement: { epoch: 0, partitions: 4 } });
});

test('a claim leaves the map of another coordinator in force', () => {
  const view = read([claim(1), map(1, first), claim(2)]);
  expect([view.token, view.mapToken, view.placement.epoch]).toEqual([2, 1, 1]);
  expect(outcomeOf(claim(1), map(1, first), claim(2))).toEqual({ kind: 'claimed' });
});

test('a map of the highest token is in force', () => {
  expect(outcomeOf(claim(1), map(1, first))).toEqual({ kind: 'adopted', broken: undefined });
  expect(read([claim(1), map(1, first)]).placement.lookUp(spy)).toEqual({ partition: 1, epoch: 1 });
  expect(read([map(5, first)]).token).toBe(5);
});

test('after a claim of a higher token, claims and maps of a lower one are void', () => {
  expect(outcomeOf(claim(2), claim(1))).toEqual({ kind: 'void', above: 2 });
  expect(outcomeOf(claim(1), claim(2), map(1, first))).toEqual({ kind: 'void', above: 2 });
  expect(read([claim(1), claim(2), map(1, first)]).placement.epoch).toBe(0);
});

test('a repeat changes nothing, a late one of an earlier map neither', () => {
  for (const repeat of [claim(1), map(1, first), map(1, second)]) {
    expect(outcomeOf(claim(1), map(1, first), map(1, second), repeat)).toEqual({ kind: 'repeat' });
  }
});

test('a map that is none is not put in force, nor one of a stream with other base partitions', () => {
  const broken: ControlRecord = { kind: 'map', token: 2, map: { ...second.parts(), epoch: 0 } };
  expect(outcomeOf(claim(1), map(1, first), broken)).toEqual({
    kind: 'unusable',
    broken: { invariant: 'OVERRIDE_EPOCH_IN_RANGE', instrument: spy },
  });
  const view = read([claim(1), map(1, first), broken]);
  expect([view.token, view.placement.epoch]).toEqual([2, 1]);
  expect(outcomeOf(map(1, Placement.of({ ...second.parts(), basePartitions: 3 })))).toMatchObject({
    kind: 'unusable',
    broken: { invariant: 'BASE_PARTITIONS_STAY' },
  });
});

test('a sound map that does not follow is put in force and told, since a late reader could not know', () => {
  const other = Placement.of({ ...second.parts(), overrides: [], moves: [] });
  expect(outcomeOf(claim(1), map(1, first), claim(2), map(2, other))).toMatchObject({
    kind: 'adopted',
    broken: { invariant: 'OVERRIDE_NEVER_DROPPED' },
  });
  expect(read([claim(1), map(1, first), claim(2), map(2, other)]).placement.overrideCount).toBe(0);
});

test('keys as text', () => {
  expect([claim(7), map(7, second)].map((record) => controlKeyText(controlKeyOf(record)))).toEqual([
    'claim/7',
    'map/7/2',
  ]);
});

/** What compaction may leave: the last record of each key. */
function compacted(records: readonly ControlRecord[], keyOf: (record: ControlRecord) => string): ControlRecord[] {
  return records.filter((record, index) => !records.slice(index + 1).some((later) => keyOf(later) === keyOf(record)));
}

function ownKey(record: ControlRecord): string {
  return controlKeyText(controlKeyOf(record));
}

test('with the token alone as key a void record deletes the map in force: why a map has a key of its own', () => {
  const records = [claim(1), map(1, first), claim(2), map(1, second)];
  expect(read(records).placement.epoch).toBe(1);
  expect(read(compacted(records, ({ token }) => String(token))).placement.epoch).toBe(0);
  expect(read(compacted(records, ownKey)).placement.epoch).toBe(1);
});

test('a record that lands twice, the second time after a higher claim, is lost: why an append is tried once', () => {
  const records = [claim(1), map(1, first), claim(2), map(1, first)];
  expect(read(records).placement.epoch).toBe(1);
  expect(read(compacted(records, ownKey)).placement.epoch).toBe(0);
});

test('a coordinator takes out what its own map made stale, maps before claims, and nothing before its map is in force', () => {
  const records = [claim(1), map(1, first), claim(2), map(1, second), map(2, second)];
  const keys: ControlKey[] = records.map(controlKeyOf);
  const stale = staleControlKeys([...keys, { kind: 'map', token: 2, epoch: 1 }], read(records), 2);
  expect(stale.map(controlKeyText)).toEqual(['map/1/1', 'map/1/2', 'map/2/1', 'claim/1']);
  expect(staleControlKeys(keys, read(records.slice(0, 4)), 2)).toEqual([]);
  expect(staleControlKeys(keys, read(records), 1)).toEqual([]);
});
