/** How many copies new topics get: three, unless somebody decided or there is one broker; never fewer in silence. */
import { expect, test } from 'vitest';
import { newTopics } from './new-topics.ts';

const wanted = { stream: 's', partitions: 2 };

test.each([
  [undefined, { registered: 1, up: 1 }, 1, '1'],
  [undefined, { registered: 3, up: 3 }, 3, '2'],
  [undefined, { registered: 5, up: 4 }, 3, '2'],
  [2, { registered: 3, up: 2 }, 2, '1'],
  [1, { registered: 3, up: 3 }, 1, '1'],
])('with %s asked for, %o give %i copies and %s in sync', (replicationFactor, brokers, copies, minInsync) => {
  const asked = replicationFactor === undefined ? wanted : { ...wanted, replicationFactor };
  const [topic, ...others] = newTopics(asked, ['s.tape'], brokers);
  expect(others).toEqual([]);
  expect(topic).toMatchObject({
    name: 's.tape',
    partitions: 2,
    replicationFactor: copies,
    config: { 'min.insync.replicas': minInsync, 'unclean.leader.election.enable': 'false' },
  });
});

test.each([
  [undefined, { registered: 2, up: 2 }, /^new topics of s get 3 copies of each record, and 2 of 2 brokers are up; /],
  // The others are down: what is made now would stay on one broker for ever.
  [undefined, { registered: 3, up: 1 }, /1 of 3 brokers are up; start brokers, .* with --kafka-replication 1$/],
  [3, { registered: 2, up: 2 }, /with --kafka-replication 2$/],
])('with %s asked for, %o are too few, and the remedy is named', (replicationFactor, brokers, words) => {
  const asked = replicationFactor === undefined ? wanted : { ...wanted, replicationFactor };
  expect(() => newTopics(asked, ['s.tape'], brokers)).toThrow(words);
});

test('who is told otherwise where copies are chosen reads it there', () => {
  const [asked, brokers] = [
    { ...wanted, replicationFactor: 3 },
    { registered: 1, up: 1 },
  ];
  expect(() => newTopics(asked, ['s.tape'], brokers, 'spec.topic.replicas:')).toThrow(/with spec\.topic\.replicas: 1$/);
});
