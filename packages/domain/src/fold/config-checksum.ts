/**
 * Which configuration a state was made with. In: a configuration. Out: a checksum; states with different ones give different
 * outputs for one log, so neither a snapshot nor a Handover crosses from one to the other.
 */
import { crc32c } from '../log/crc32c.ts';
import { encodeText } from '../log/text.ts';
import type { FoldConfig } from './fold-types.ts';

/**
 * The checksum of everything in the configuration that decides outputs. Without `basePartitions` it is that of a fold whose
 * instruments have no homes.
 */
export function configChecksum(config: FoldConfig, basePartitions: number | undefined): number {
  const { intervals, profiles, latenessLiveMs, latenessReplayMs, horizonMs, retainedBytesMax, retentionMs } = config;
  const parts = [intervals, profiles, latenessLiveMs, latenessReplayMs, horizonMs, retainedBytesMax, retentionMs];
  if (basePartitions !== undefined) parts.push(basePartitions);
  return crc32c(encodeText(JSON.stringify(parts)));
}
