/** Parts of a Handover: all of one epoch and form, whoever sent them, and none of another. */
import { expect, test } from 'vitest';
import { type HandoverPart, HandoverParts } from './handover-parts.ts';

function part(place: number, detail: Partial<HandoverPart<string>> = {}): HandoverPart<string> {
  return { epoch: 1, form: 'a', part: place, parts: 3, content: `part ${place}`, ...detail };
}

test('the set is there when every part is, in the order of the parts, whatever came first or twice', () => {
  const parts = new HandoverParts<string>();
  for (const place of [2, 0, 2, 0]) expect(parts.add(part(place))).toBeUndefined();
  expect(parts.add(part(1))).toEqual(['part 0', 'part 1', 'part 2']);
});

test('parts of different forms, epochs or numbers are not mixed', () => {
  const parts = new HandoverParts<string>();
  parts.add(part(0));
  parts.add(part(1));
  expect(parts.add(part(2, { form: 'b' }))).toBeUndefined();
  expect(parts.add(part(2, { epoch: 2 }))).toBeUndefined();
  expect(parts.add(part(2, { parts: 4 }))).toBeUndefined();
  expect(parts.add(part(2))).toHaveLength(3);
});

test('what waits is forgotten with the epoch that it was for, and the oldest of more than four sets goes', () => {
  const parts = new HandoverParts<string>();
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
