/** A code of a topic says whether waiting helps, a grant, or another setting; whoever asked. */
import { expect, test } from 'vitest';
import { KafkaError } from './kafka-connection.ts';
import { PassingError } from './through-failover.ts';
import { changing, deleting, growing, looking, throwAny, type TopicWork } from './topic-answers.ts';

function thrown(code: number, work: TopicWork): unknown {
  try {
    throwAny(
      [
        { name: 's.bars', code: 0, message: null },
        { name: 's.ticks', code, message: 'so it is' },
      ],
      work,
    );
    return undefined;
  } catch (error) {
    return error;
  }
}

test('all well is no error', () => {
  expect(thrown(0, changing)).toBeUndefined();
});

test.each([
  [17, 'KAFKA_TOPICS', /^topic s\.ticks: INVALID_TOPIC_EXCEPTION so it is$/],
  [37, 'KAFKA_TOPICS', /INVALID_PARTITIONS/],
  [40, 'KAFKA_TOPICS', /INVALID_CONFIG/],
  [44, 'KAFKA_TOPICS', /POLICY_VIOLATION/],
  [29, 'KAFKA_NOT_AUTHORISED', /may not make or change topic s\.ticks; grant it Create, /],
  [3, 'KAFKA_FAILED', /UNKNOWN_TOPIC_OR_PARTITION/],
  [73, 'KAFKA_FAILED', /CODE_73/],
])('code %i is %s', (code, kind, words) => {
  const error = thrown(code, changing);
  expect(error).toBeInstanceOf(KafkaError);
  expect(error).toMatchObject({ code: kind, message: expect.stringMatching(words) });
});

test.each([7, 8, 13, 38, 41])('code %i may pass by itself', (code) => {
  expect(thrown(code, changing)).toBeInstanceOf(PassingError);
});

test.each([
  ['looks', looking, /not see topic s\.ticks; .* Describe and DescribeConfigs$/],
  ['deletes', deleting, /not delete topic s\.ticks; .* Describe and Delete$/],
  ['adds partitions', growing, /not add partitions to topic s\.ticks; .* Describe and Alter$/],
])('who %s is told what that needs', (_does, work, words) => {
  expect(thrown(29, work)).toMatchObject({ code: 'KAFKA_NOT_AUTHORISED', message: expect.stringMatching(words) });
});
