/** Events out of a stream that is cut anywhere. */
import { expect, test } from 'vitest';
import { eventCharsMax, EventParser, type ServerEvent } from './event-parser.ts';

const text = [
  'retry: 1000\n\n',
  ': a comment\nid: t1\nevent: bars\ndata: {"a":1}\n\n',
  'event: heartbeat\r\nid:t2\r\ndata:one\r\ndata: two\r\n\r\n',
  'data\n\nevent: lost\n\n',
  'event: last\ndata: x\rdata: y\r\r\n',
].join('');

const events: ServerEvent[] = [
  { name: 'bars', data: '{"a":1}', id: 't1' },
  { name: 'heartbeat', data: 'one\ntwo', id: 't2' },
  { name: 'message', data: '', id: undefined },
  { name: 'last', data: 'x\ny', id: undefined },
];

test.each([1, 2, 3, 7, 1_000])('pieces of %d characters give the same events', (size) => {
  const parser = new EventParser();
  const read: ServerEvent[] = [];
  for (let from = 0; from < text.length; from += size) read.push(...parser.push(text.slice(from, from + size)));
  expect(read).toEqual(events);
});

test('an event that was cut by the end of the stream is none', () => {
  expect(new EventParser().push('event: bars\ndata: half')).toEqual([]);
});

test('an id with a zero character is not taken', () => {
  expect(new EventParser().push('id: a\0b\ndata: x\n\n')[0]?.id).toBeUndefined();
});

test('an event beyond 8 MiB is refused, in one line or in many', () => {
  const long = 'x'.repeat(eventCharsMax / 2);
  expect(() => new EventParser().push(`data: ${long}${long}`)).toThrow(RangeError);
  const parser = new EventParser();
  parser.push(`data: ${long}\n`);
  expect(() => parser.push(`data: ${long}\ndata: y\n`)).toThrow('more than 8388608 characters');
});
