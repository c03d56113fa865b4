/** How many copies a stream gets follows from what was chosen, and from whether the start may wait for brokers. */
import { readOptions } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { backendOptions } from './backend-options.ts';
import { wantedTopics } from './kafka-stream-in.ts';

test.each([
  ['nothing is chosen: as there are brokers', [], undefined],
  ['a start that waits: those that a stream has by default', ['--start-wait', '1m'], 3],
  ['a number that was chosen counts, waiting or not', ['--start-wait', '1m', '--kafka-replication', '1'], 1],
])('%s', (_, args, copies) => {
  const read = readOptions(backendOptions, ['--kafka', 'a:1', '--cassandra', 'b:1', ...args], {});
  if (read.kind !== 'read') throw new Error(JSON.stringify(read));
  expect(wantedTopics(read.values).replicationFactor).toBe(copies);
});
