/**
 * An override: where an instrument lives that was moved. In: partition, epoch and why it is there. Out: the three in one
 * number, so that a map of 50,000 of them holds no objects, and back. 31 + 2 + 20 bits: exact in a number.
 */
import { basePartitionsMax } from './home.ts';

/** A partition, and the epoch of the map by which the instrument came there; 0 where it was first. */
export type Place = { readonly partition: number; readonly epoch: number };

/**
 * Why an instrument stands where it was moved: to even out loads, as a hot one that has a partition of its own, or because
 * the policy pins it there. Only the planner looks at it.
 */
export type Standing = 'spread' | 'dedicated' | 'pinned';

/** A place that the map names. */
export type Override = Place & { readonly standing: Standing };

/** Highest epoch of a map: at one record a second it lasts 68 years. */
export const epochMax = 2_147_483_647;

/** Most partitions of a stream, as many as it may begin with. */
export const partitionsMax: number = basePartitionsMax;

const standings: readonly Standing[] = ['spread', 'dedicated', 'pinned'];
const partitionSteps = partitionsMax;
const standingSteps = 4;

/** Whether partition and epoch are whole numbers that `packOverride` can take. */
export function isPackable({ partition, epoch }: Place): boolean {
  return isWithin(partition, partitionsMax - 1) && isWithin(epoch, epochMax);
}

/** The override as one number. Throws `RangeError` for a partition from 2^20 or an epoch from 2^31 on. */
export function packOverride(override: Override): number {
  const { partition, epoch, standing } = override;
  if (!isPackable(override)) throw new RangeError(`partition ${partition}, epoch ${epoch} is no place of a map`);
  return (epoch * standingSteps + standings.indexOf(standing)) * partitionSteps + partition;
}

/** The override of a number that `packOverride` gave. */
export function unpackOverride(packed: number): Override {
  const upper = Math.floor(packed / partitionSteps);
  return {
    partition: packed % partitionSteps,
    epoch: Math.floor(upper / standingSteps),
    standing: standings[upper % standingSteps] ?? 'spread',
  };
}

function isWithin(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}
