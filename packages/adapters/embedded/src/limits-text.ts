/**
 * What the embedded log and store cannot do, said at start. In: the options. Out: sentences for people, because a
 * limit that nobody was told of is found at the worst time.
 */
import { streamPartitionsMax } from '@tapeline/domain';

/** The limits that a directory is opened with. */
export function limitsOf(options: {
  readonly retentionMs: number;
  readonly quotaBytes?: number;
  readonly partitions: number;
}): readonly string[] {
  const { retentionMs, quotaBytes, partitions } = options;
  const hours = Math.round(retentionMs / 36_000) / 100;
  const space = quotaBytes === undefined ? 'until the disk is full' : `up to ${Math.round(quotaBytes / 1_048_576)} MiB`;
  return [
    'One machine and one process: nothing is replicated; what is acknowledged survives a crash of the process, and of the machine as far as its disk keeps what it confirms.',
    `The log keeps records for ${hours} h, ticks no shorter than a worker needs them; the store keeps bars and ticks for good, ${space}.`,
    `The directory was made with ${partitions} partition${partitions === 1 ? '' : 's'} and is opened with as many for its whole life; more can be added, up to ${streamPartitionsMax}, and none is taken away.`,
  ];
}
