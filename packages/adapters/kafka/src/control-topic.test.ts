/** What `control` is made with, what is changed of one that is there, and what does not fit. */
import { expect, test } from 'vitest';
import { controlChange, newControlConfig, unfitControl } from './control-topic.ts';
import { newTopics } from './new-topics.ts';

const fitting = newControlConfig(2);

test('it has one partition and settings of its own, whatever the topics of the log are given', () => {
  const wanted = {
    stream: 's',
    partitions: 8,
    retentionMs: { ticks: 60_000 },
    config: { 'cleanup.policy': 'delete', 'segment.bytes': '1000000' },
  };
  const made = newTopics(wanted, ['s.ticks', 's.control'], { registered: 3, up: 3 });
  expect(made.map(({ name, partitions, replicationFactor }) => [name, partitions, replicationFactor])).toEqual([
    ['s.ticks', 8, 3],
    ['s.control', 1, 3],
  ]);
  expect(made[1]?.config).toEqual(fitting);
  expect(fitting).toMatchObject({
    'cleanup.policy': 'compact',
    'min.compaction.lag.ms': '3600000',
    'message.timestamp.type': 'LogAppendTime',
    'min.insync.replicas': '2',
    'unclean.leader.election.enable': 'false',
  });
  expect(fitting).not.toHaveProperty('retention.ms');
});

test('of one that is there only what the log cannot do without is changed', () => {
  expect(controlChange(fitting, undefined)).toEqual({});
  const longer = { ...fitting, 'min.compaction.lag.ms': '86400000', 'max.message.bytes': '9437184', 'segment.ms': '1' };
  expect(controlChange(longer, undefined)).toEqual({});
  expect(controlChange(longer, 1)).toEqual({ 'min.insync.replicas': '1' });
  const byDefault = {
    'cleanup.policy': 'delete',
    'message.timestamp.type': 'CreateTime',
    'min.compaction.lag.ms': '0',
  };
  expect(controlChange({ ...fitting, ...byDefault, 'max.message.bytes': '500000' }, undefined)).toEqual({
    'cleanup.policy': 'compact',
    'message.timestamp.type': 'LogAppendTime',
    'min.compaction.lag.ms': '3600000',
    'max.message.bytes': '1048576',
  });
});

test.each([
  ['cleanup.policy', 'compact,delete', /set compact, as the map/],
  ['cleanup.policy', 'delete', /set compact/],
  ['min.compaction.lag.ms', '3599999', /set 3600000 or more/],
  ['message.timestamp.type', 'CreateTime', /set LogAppendTime/],
  ['max.message.bytes', '786432', /set 1048576 or more/],
  ['unclean.leader.election.enable', 'true', /set false/],
])('%s=%s does not fit', (key, value, remedy) => {
  expect(unfitControl({ name: 'c', config: fitting }, 1)).toEqual([]);
  expect(unfitControl({ name: 'c', config: { ...fitting, [key]: value } }, 1)).toEqual([expect.stringMatching(remedy)]);
});

test('more than one partition does not fit', () => {
  expect(unfitControl({ name: 'c', config: fitting }, 3)).toEqual([
    expect.stringMatching(/^topic c has 3 partitions; /),
  ]);
});
