/** Objects that an older schema let in are refused with the path of the field; defaults are as the schema has them. */
import { expect, test } from 'vitest';
import { storeOf, streamOf } from '../../test-kit/stream-world.ts';
import { SpecError } from './fields.ts';

test.each([
  [{ kafka: undefined }, 'spec.kafka is no object; correct it'],
  [{ kafka: { bootstrap: 'x' } }, 'spec.kafka.bootstrap is no list; correct it'],
  [{ kafka: { bootstrap: [1] } }, 'spec.kafka.bootstrap is no list of texts; correct it'],
  [{ partitions: undefined }, 'spec.partitions is missing; give it'],
  [{ partitions: 1.5 }, 'spec.partitions is no whole number; correct it'],
  [{ topic: { retention: 'soon' } }, 'spec.topic.retention is no duration such as 7d; correct it'],
  [{ paused: 'yes' }, 'spec.paused is no true or false; correct it'],
  [{ deletionPolicy: 'Keep' }, 'spec.deletionPolicy is none of Retain, Delete; correct it'],
  [
    { feeds: [{ name: 'a', type: 'b' }] },
    'spec.feeds[0].type is none of simulator, replay, finnhub, binance; correct it',
  ],
])('%j: %s', (spec, message) => {
  expect(() => streamOf({ spec })).toThrow(new SpecError(message));
});

test('what depends on the object itself is filled in', () => {
  const stream = streamOf({ spec: { workers: undefined } });
  expect([stream.topic.name, stream.workers.replicas, stream.deletionPolicy, stream.isPaused]).toEqual([
    'us-equities',
    1,
    'Retain',
    false,
  ]);
});

test('null means hands off, and absent means nothing was said', () => {
  const { topic } = streamOf({
    spec: { topic: { retention: null, config: { 'cleanup.policy': null, 'segment.ms': '1' } } },
  });
  expect(topic).toEqual({
    name: 'us-equities',
    retentionMs: null,
    config: { 'cleanup.policy': null, 'segment.ms': '1' },
  });
  expect(streamOf().topic).toEqual({ name: 'us-equities', config: {} });
});

test('a table is read in seconds', () => {
  expect(storeOf({ spec: { tables: [{ name: 'bars', ttl: '1500ms' }] } }).tables).toEqual([
    { name: 'bars', ttlSec: 2 },
  ]);
});
