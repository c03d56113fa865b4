/** What of kafkajs's lines a person sees: not the ordinary ones of a rebalance, everything else that it warns of. */
import type { Logger } from '@tapeline/runtime';
import { logLevel } from 'kafkajs';
import { expect, test } from 'vitest';
import { tellClientLine } from './client-lines.ts';

function levelOf(level: logLevel, message: string, error?: string): string[] {
  const levels: string[] = [];
  const logger = Object.fromEntries(
    ['debug', 'info', 'warn', 'error'].map((name) => [name, () => levels.push(name)]),
  ) as unknown as Logger;
  const log = { timestamp: '', message, ...(error === undefined ? {} : { error }) };
  tellClientLine(logger, { level, namespace: 'Consumer', log });
  return levels;
}

test.each([
  [logLevel.WARN, 'The group is rebalancing, re-joining', 'The group is rebalancing, so a rejoin is needed'],
  [logLevel.ERROR, 'Response Heartbeat(key: 12, version: 3)', 'The group is rebalancing, so a rejoin is needed'],
  [logLevel.ERROR, 'Response SyncGroup(key: 14, version: 3)', 'Specified group generation id is not valid'],
  [logLevel.INFO, 'Consumer has joined the group', undefined],
] as const)('ordinary: %s %s', (level, message, error) => {
  expect(levelOf(level, message, error)).toEqual(['debug']);
});

test.each([
  [logLevel.ERROR, 'Response Heartbeat(key: 12, version: 3)', 'The coordinator is not aware of this member'],
  [logLevel.ERROR, 'Response JoinGroup(key: 11, version: 5)', 'The group coordinator is not available'],
  [logLevel.ERROR, 'Crash: KafkaJSError: The group is rebalancing, so a rejoin is needed', undefined],
  [logLevel.WARN, 'Response without match', undefined],
] as const)('told: %s %s', (level, message, error) => {
  expect(levelOf(level, message, error)).toEqual(['warn']);
});
