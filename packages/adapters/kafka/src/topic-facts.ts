/**
 * Whether topics fit the log. In: what they are, or will be once they are changed. Out: one sentence for each fact that
 * does not fit, with its remedy. Law 2: the log carries the time, so topics have to keep append times.
 */
import { logRecordBytesMax } from '@tapeline/domain';
import type { BrokerCount, TopicConfig } from './admin-requests.ts';

/** A topic as it is, or will be once it is changed. */
export type TopicFact = { readonly name: string; readonly config: TopicConfig };

/** The head of a batch and what a record carries beside its bytes, rounded up. */
const batchOverheadBytes = 1_024;

/** Sentences about what does not fit; none if all does. */
export function unfitFacts(topics: readonly TopicFact[]): string[] {
  return topics.flatMap(unfitConfig);
}

/** The topics of which a record counts as acknowledged that one broker alone may have, in a cluster of several. */
export function thinTopics(topics: readonly TopicFact[], { registered }: BrokerCount): string[] {
  if (registered < 2) return [];
  return topics.filter(({ config }) => config['min.insync.replicas'] === '1').map(({ name }) => name);
}

function unfitConfig({ name, config }: TopicFact): string[] {
  const problems: string[] = [];
  const say = (key: string, remedy: string): void => {
    problems.push(`topic ${name} has ${key}=${config[key]}; ${remedy}`);
  };
  if (config['message.timestamp.type'] !== 'LogAppendTime') {
    say('message.timestamp.type', 'set LogAppendTime, as bars close by the time at which records arrive');
  }
  if (Number(config['max.message.bytes']) < logRecordBytesMax + batchOverheadBytes) {
    say('max.message.bytes', `set 9437184 or more, as a record may have ${logRecordBytesMax} bytes`);
  }
  if (config['cleanup.policy'] !== 'delete') {
    say('cleanup.policy', 'set delete, as compaction takes records out of the middle of the log');
  }
  if (config['unclean.leader.election.enable'] === 'true') {
    say('unclean.leader.election.enable', 'set false, as a replica that lacks acknowledged records may lead otherwise');
  }
  return problems;
}
