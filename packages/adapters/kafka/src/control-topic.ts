/**
 * What the topic `control` has to be. In: what is wanted of a stream, what the topic is. Out: the settings to make or change it with, and one
 * sentence for each fact that does not fit. Law 1: the last map is never let go of, so records leave by compaction alone, and none before
 * everybody who follows had an hour to read it.
 */
import type { TopicConfig } from './admin-requests.ts';
import type { TopicFact } from './topic-facts.ts';

/** Its partitions: a map is one order for all. */
export const controlPartitions = 1;
/** The largest batch of it, its head included, bytes; above the largest record by far. */
export const controlMessageBytesMax = 1_048_576;

const messageBytesMin = 1_000_000;
const compactionLagMs = 3_600_000;
/** Only closed segments are compacted: where nobody writes much, one is closed by its age. */
const segmentMs = 3_600_000;
const segmentBytes = 67_108_864;

/** The settings of a new one with so many copies in sync. */
export function newControlConfig(minInsyncReplicas: number): TopicConfig {
  return {
    'cleanup.policy': 'compact',
    'min.compaction.lag.ms': String(compactionLagMs),
    'segment.ms': String(segmentMs),
    'segment.bytes': String(segmentBytes),
    'message.timestamp.type': 'LogAppendTime',
    'max.message.bytes': String(controlMessageBytesMax),
    'min.insync.replicas': String(minInsyncReplicas),
    'unclean.leader.election.enable': 'false',
  };
}

/** What one that is there needs: what the log cannot do without, and what was named. */
export function controlChange(config: TopicConfig, minInsyncReplicas: number | undefined): TopicConfig {
  const needed: TopicConfig = {
    'cleanup.policy': 'compact',
    'message.timestamp.type': 'LogAppendTime',
    ...(waitsLongEnough(config) ? {} : { 'min.compaction.lag.ms': String(compactionLagMs) }),
    ...(holdsRecords(config) ? {} : { 'max.message.bytes': String(controlMessageBytesMax) }),
    ...(minInsyncReplicas === undefined ? {} : { 'min.insync.replicas': String(minInsyncReplicas) }),
  };
  return Object.fromEntries(Object.entries(needed).filter(([key, value]) => config[key] !== value));
}

/** Sentences about what does not fit; none if all does. */
export function unfitControl({ name, config }: TopicFact, partitions: number): string[] {
  const problems: string[] = [];
  const say = (key: string, remedy: string): void => {
    problems.push(`topic ${name} has ${key}=${config[key]}; ${remedy}`);
  };
  if (partitions !== controlPartitions) {
    const remedy = 'maps need one order: make it anew with one while no map is in it, or begin another stream';
    problems.push(`topic ${name} has ${partitions} partitions; ${remedy}`);
  }
  if (config['message.timestamp.type'] !== 'LogAppendTime') {
    say('message.timestamp.type', 'set LogAppendTime, as compaction has to wait by the time of the brokers');
  }
  if (!holdsRecords(config)) say('max.message.bytes', `set ${controlMessageBytesMax} or more`);
  if (config['cleanup.policy'] !== 'compact') {
    say('cleanup.policy', 'set compact, as the map of where instruments live must not leave with time');
  }
  if (!waitsLongEnough(config)) {
    say('min.compaction.lag.ms', `set ${compactionLagMs} or more, as who follows must not miss a record`);
  }
  if (config['unclean.leader.election.enable'] === 'true') {
    say('unclean.leader.election.enable', 'set false, as a replica that lacks acknowledged records may lead otherwise');
  }
  return problems;
}

function holdsRecords(config: TopicConfig): boolean {
  return Number(config['max.message.bytes']) >= messageBytesMin;
}

function waitsLongEnough(config: TopicConfig): boolean {
  return Number(config['min.compaction.lag.ms']) >= compactionLagMs;
}
