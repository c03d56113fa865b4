/**
 * The settings that topics are kept with. In: what is declared, what a topic has. Out: what it shall have; nothing of what the hands are
 * off. `control` has its own, as it keeps the last record of each key: what is declared for the log is not for it.
 */
import type { TickStream } from '../crd/tick-stream.ts';
import type { SeenTopic } from '../observe/stream-observed.ts';

/** The largest record of the log and its batch's head, bytes. */
const messageBytesMax = 9_437_184;
/** Who follows `control` has so long to read a record, ms. */
const compactionLagMs = 3_600_000;
/** What a batch of `control` may have at least, and what it is given where it may not, bytes. */
const controlBytes = { least: 1_000_000, given: 1_048_576 } as const;

/** What the operator keeps so; where the hands are off, nothing. */
export function wantedConfig(stream: TickStream, topic: SeenTopic): Readonly<Record<string, string>> {
  const { minInsyncReplicas } = stream.topic;
  const common = {
    'message.timestamp.type': 'LogAppendTime',
    'unclean.leader.election.enable': 'false',
    ...(minInsyncReplicas === undefined ? {} : { 'min.insync.replicas': String(minInsyncReplicas) }),
  };
  return topic.topic === 'control' ? { ...common, ...controlConfig(topic) } : logConfig(stream, topic, common);
}

/** Somebody may want records to be kept for longer, or to be larger; never the other way. */
function controlConfig({ config }: SeenTopic): Readonly<Record<string, string>> {
  const [waits, holds] = [Number(config['min.compaction.lag.ms']), Number(config['max.message.bytes'])];
  return {
    'cleanup.policy': 'compact',
    ...(waits >= compactionLagMs ? {} : { 'min.compaction.lag.ms': String(compactionLagMs) }),
    ...(holds >= controlBytes.least ? {} : { 'max.message.bytes': String(controlBytes.given) }),
  };
}

function logConfig(
  { topic: { retentionMs, config: declared } }: TickStream,
  { config }: SeenTopic,
  common: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const holdsRecords = Number(config['max.message.bytes']) >= messageBytesMax;
  const wanted: Record<string, string | null> = {
    'cleanup.policy': 'delete',
    ...common,
    ...(holdsRecords ? {} : { 'max.message.bytes': String(messageBytesMax) }),
    ...(retentionMs === undefined || retentionMs === null ? {} : { 'retention.ms': String(retentionMs) }),
    ...declared,
  };
  return Object.fromEntries(Object.entries(wanted).filter((entry): entry is [string, string] => entry[1] !== null));
}
