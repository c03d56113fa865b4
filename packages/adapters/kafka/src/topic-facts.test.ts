/** What of topics does not fit, and what fits and is thin. */
import { expect, test } from 'vitest';
import { thinTopics, unfitFacts } from './topic-facts.ts';

const config = {
  'message.timestamp.type': 'LogAppendTime',
  'max.message.bytes': '9437184',
  'cleanup.policy': 'delete',
  'unclean.leader.election.enable': 'false',
  'min.insync.replicas': '2',
};

test.each([
  ['message.timestamp.type', 'CreateTime', /set LogAppendTime/],
  ['max.message.bytes', '1048576', /set 9437184 or more/],
  ['cleanup.policy', 'compact', /set delete/],
  ['unclean.leader.election.enable', 'true', /^topic t has unclean\.leader\.election\.enable=true; set false, as /],
])('%s=%s does not fit', (key, value, remedy) => {
  expect(unfitFacts([{ name: 't', config }])).toEqual([]);
  const problems = unfitFacts([{ name: 't', config: { ...config, [key]: value } }]);
  expect(problems).toEqual([expect.stringMatching(remedy)]);
});

test('one broker alone may have what is acknowledged: told where there are several', () => {
  const topics = [
    { name: 'a', config },
    { name: 'b', config: { ...config, 'min.insync.replicas': '1' } },
  ];
  expect(thinTopics(topics, { registered: 3, up: 1 })).toEqual(['b']);
  expect(thinTopics(topics, { registered: 1, up: 1 })).toEqual([]);
});
