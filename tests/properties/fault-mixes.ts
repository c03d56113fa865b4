/**
 * Mixes of faults for deliveries. In: a seed and what a property can bear. Out: the style of one delivery; each fault is
 * off in some seeds and frequent in others.
 */
import { type ClockGait, type DeliveryFaults, type DeliveryStyle, noFaults, type Random } from '@tapeline/simulation';

/** What a property can bear. */
export type FaultsAllowed = {
  /** Batches that land so late, or never, that a gap is declared. */
  readonly gaps: boolean;
  /** Ticks that ingest refuses. */
  readonly refusals: boolean;
  /** A silence of all, so long that delayed and replay publishers are not waited for any more. */
  readonly silences?: boolean;
  readonly gaits?: readonly ClockGait[];
};

/** Every tick lands, in any order and any number of times, and soon enough that nothing is given up. */
export const nothingGivenUp: FaultsAllowed = { gaps: false, refusals: false, gaits: ['still'] };

/** Everything that can happen. */
export const everyFault: FaultsAllowed = { gaps: true, refusals: true, silences: true };

/** Draws a delivery. */
export function drawStyle(random: Random, allowed: FaultsAllowed): DeliveryStyle {
  const often = (chances: readonly number[]): number => random.choice(chances);
  const faults: DeliveryFaults = {
    batchTicksMax: random.choice([1, 3, 8, 30]),
    duplicate: often([0, 0.1, 0.3]),
    lostReply: often([0, 0.1, 0.3]),
    overtake: often([0, 0.1, 0.4]),
    giveUp: often([0, 0.1, 0.2]),
    giveUpLong: allowed.gaps ? often([0, 0, 0.05, 0.2]) : 0,
    never: allowed.gaps ? often([0, 0.05]) : 0,
    redeliver: often([0, 0, 0.05]),
    refuse: allowed.refusals ? often([0, 0.05]) : 0,
    acceptElsewhere: often([0, 0.7]),
  };
  return {
    faults,
    gait: random.choice(allowed.gaits ?? ['still', 'stepping', 'tracking']),
    landingsPerRecordMax: random.choice([1, 2, 5]),
    progress: random.chance(0.7),
    // It takes 300 records, so it is rare.
    silence: allowed.silences === true && random.chance(0.02),
    order: random.choice(['mixed', 'mixed', 'oneByOne']),
  };
}

/** Nothing happens: batches of one size, a record each, in order. */
export function calmStyle(random: Random): DeliveryStyle {
  const faults = { ...noFaults, batchTicksMax: random.choice([1, 5, 20, 1_000]) };
  return {
    faults,
    gait: 'still',
    landingsPerRecordMax: 1,
    progress: random.chance(0.3),
    silence: false,
    order: 'mixed',
  };
}
