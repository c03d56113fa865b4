/** Parts of a Handover: all of one epoch and form, whoever sent them, and none of another. */
import { expect, test } from 'vitest';
import { contentsOf, type HandoverPart, HandoverParts, type PartTraits } from './handover-parts.ts';

const every: PartTraits<string> = { useOf: () => 'now', bytesOf: ({ length }) => length };

/** The contents of the set that this part completes. */
function added(parts: HandoverParts<string>, one: HandoverPart<string>): string[] | undefined {
  const set = parts.add(one);
  return set === undefined ? undefined : contentsOf(set);
}

function part(place: number, detail: Partial<HandoverPart<string>> = {}): HandoverPart<string> {
  return { epoch: 1, form: 'a', part: place, parts: 3, content: `part ${place}`, ...detail };
}

test('the set is there when every part is, in the order of the parts, whatever came first or twice', () => {
  const parts = new HandoverParts<string>(every);
  for (const place of [2, 0, 2, 0]) expect(parts.add(part(place))).toBeUndefined();
  expect(added(parts, part(1))).toEqual(['part 0', 'part 1', 'part 2']);
});

test('parts of different forms, epochs or numbers are not mixed', () => {
  const parts = new HandoverParts<string>(every);
  parts.add(part(0));
  parts.add(part(1));
  expect(parts.add(part(2, { form: 'b' }))).toBeUndefined();
  expect(parts.add(part(2, { epoch: 2 }))).toBeUndefined();
  expect(parts.add(part(2, { parts: 4 }))).toBeUndefined();
  expect(added(parts, part(2))).toHaveLength(3);
});

test('what waits is forgotten with the epoch that it was for, and the oldest of more than four sets goes', () => {
  const parts = new HandoverParts<string>(every);
  parts.add(part(0));
  parts.add(part(0, { epoch: 2 }));
  parts.forgetUpTo(1);
  expect(parts.isWaiting).toBe(true);
  parts.forgetUpTo(2);
  expect(parts.isWaiting).toBe(false);
  for (const form of ['a', 'b', 'c', 'd', 'e']) parts.add(part(0, { form }));
  parts.add(part(1));
  expect(parts.add(part(2))).toBeUndefined();
});

test('a set that is whole stays until it is forgotten, and a repeat of one of its parts says nothing new', () => {
  const parts = new HandoverParts<string>(every);
  parts.add(part(0));
  parts.add(part(1));
  const set = parts.add(part(2));
  expect([set?.contents.size, parts.isWaiting, parts.add(part(2))]).toEqual([3, true, undefined]);
  parts.refuse(set!);
  // An owner sends it anew: of the sets that could not be read the last one stays.
  for (const place of [0, 1]) parts.add(part(place, { content: `again ${place}` }));
  const again = parts.add(part(2));
  expect(contentsOf(again!)).toEqual(['again 0', 'again 1', 'part 2']);
  parts.refuse(again!);
  expect(parts.sets).toEqual([again]);
});

test('a set that this program can use is not given up for others that it can do without', () => {
  const parts = new HandoverParts<string>({
    ...every,
    useOf: (form) => (form === 'mine' ? 'now' : form === 'e' ? 'elsewhere' : 'later'),
  });
  parts.add(part(0, { form: 'mine', epoch: 3 }));
  for (const form of ['a', 'b', 'c', 'd', 'e']) parts.add(part(0, { form, epoch: 4 }));
  // What only another configuration can use goes first.
  expect(parts.sets.map(({ form }) => form)).toEqual(['mine', 'b', 'c', 'd']);
  for (const epoch of [5, 7, 9, 11]) parts.add(part(0, { form: 'mine', epoch }));
  expect(parts.sets.map(({ epoch }) => epoch)).toEqual([5, 7, 9, 11]);
  expect([parts.bytes, parts.forgetSpare(), parts.bytes]).toEqual([24, 18, 6]);
});
