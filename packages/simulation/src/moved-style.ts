/**
 * The way of one world in which instruments move. In: a seed and what the caller insists on. Out: how many actors there are, how
 * often each fault comes, how time goes. Each fault is off in some seeds and frequent in others (swarm testing), so that rare ones
 * meet each other.
 */
import { type DeliveryFaults, noFaults } from './faults.ts';
import type { Random } from './random.ts';
import type { ClockGait } from './simulated-delivery.ts';

/** What a caller insists on. */
export type MovedWish = {
  /** `wide`: nothing is late, so final bars do not depend on the clock. */
  readonly horizon?: 'wide' | 'tight';
  /** Nothing is refused, lost for good or so late that it is given up: the order of every chain is one. */
  readonly oneOrder?: boolean;
  /** One delayed or replay publisher. */
  readonly lone?: boolean;
  readonly conditions?: boolean;
  /** No amendments and no conditions: every trade is one event of each of its bars, whatever the order. */
  readonly plain?: boolean;
  /** So many ticks are refused that holes are forgotten, and some of these ticks come after all (F6). */
  readonly forgetful?: boolean;
  /** Whether instruments move at all; without, there are maps, strays and pins alone. */
  readonly moves?: boolean;
};

/** Chances are 0 to 1, for each deed of the actor that it concerns. */
export type MovedStyle = {
  readonly basePartitions: number;
  readonly partitions: number;
  readonly writers: number;
  /** The first writer knows no map; the last one has a wrong hash. */
  readonly noMap: boolean;
  readonly wrongHash: boolean;
  /** Chance of each instrument to be pinned. */
  readonly pinned: number;
  readonly coordinators: number;
  /** Map records with moves in them, at most, and moves in one. */
  readonly mapsMax: number;
  readonly movesPerMapMax: number;
  readonly chaosSteps: number;
  readonly gait: ClockGait;
  /** Chance of each actor to be slow for the whole run. */
  readonly slow: number;
  /** Chance of the owners of each partition to be slow besides. */
  readonly slowOwners: number;
  readonly delivery: DeliveryFaults;
  readonly progress: boolean;
  readonly reconnect: number;
  readonly lostReply: number;
  readonly failedLandsYet: number;
  readonly requestLost: number;
  readonly writerCrash: number;
  readonly depose: number;
  readonly repeatMove: number;
  readonly compact: number;
  readonly ownerRestart: number;
  readonly ownerTwice: number;
  readonly foreignOwner: number;
  readonly snapshot: number;
  readonly emissionTwice: number;
  readonly emissionLate: number;
  readonly time: number;
  /** Share of the refused ticks that another writer accepted after all, and that land in the end. */
  readonly revived: number;
  /** Retention of the log, ms; Infinity = nothing leaves. */
  readonly retentionMs: number;
  /** Whether everybody is silent once for so long that delayed and replay publishers are given up (T4). */
  readonly silence: boolean;
  /** Whether the clock begins so late that publishers expire in the middle (E2). */
  readonly expiring: boolean;
};

/** Draws a style. */
export function drawMovedStyle(random: Random, wish: MovedWish): MovedStyle {
  const often = (chances: readonly number[]): number => random.choice(chances);
  const basePartitions = random.int(1, 3);
  const added = random.chance(0.3) ? random.int(1, 2) : 0;
  const moving = wish.moves ?? true;
  const { oneOrder = false, forgetful = false } = wish;
  const delivery = drawDelivery(random, wish);
  return {
    basePartitions,
    partitions: Math.max(2, basePartitions + added),
    writers: random.int(2, 3),
    noMap: random.chance(0.25),
    wrongHash: random.chance(0.2),
    pinned: often([0, 0.6]),
    coordinators: random.int(1, 3),
    mapsMax: forgetful ? 12 : moving ? random.int(1, 6) : random.int(0, 1),
    movesPerMapMax: moving ? random.int(1, 3) : 0,
    chaosSteps: forgetful ? 600 : random.choice([100, 300, 600]),
    gait: oneOrder || forgetful ? 'still' : random.choice(['still', 'stepping', 'tracking']),
    slow: often([0, 0.1, 0.4]),
    slowOwners: often([0, 0.3, 0.8]),
    delivery,
    progress: random.chance(0.7),
    reconnect: often([0, 0.03, 0.1]),
    lostReply: often([0, 0.05, 0.2]),
    failedLandsYet: often([0, 0.05, 0.15]),
    requestLost: often([0, 0.05]),
    writerCrash: often([0, 0, 0.02]),
    depose: often([0, 0.05, 0.2]),
    repeatMove: often([0, 0.1, 0.4]),
    compact: often([0, 0.2]),
    ownerRestart: often([0, 0.02, 0.1]),
    ownerTwice: often([0, 0.02]),
    foreignOwner: often([0, 0, 0.04]),
    snapshot: often([0.02, 0.1]),
    emissionTwice: often([0, 0.1, 0.3]),
    emissionLate: often([0, 0.1]),
    time: often([0, 0.1, 0.5]),
    revived: forgetful ? 0.3 : 0,
    retentionMs: random.chance(wish.horizon === 'wide' ? 0.1 : 0.4) ? random.choice([20, 3_000]) : Infinity,
    silence: !oneOrder && random.chance(0.01),
    expiring: !oneOrder && random.chance(0.03),
  };
}

function drawDelivery(random: Random, { oneOrder = false, forgetful = false }: MovedWish): DeliveryFaults {
  const often = (chances: readonly number[]): number => random.choice(chances);
  const gaps = !oneOrder && !forgetful && random.chance(0.4);
  return {
    ...noFaults,
    batchTicksMax: random.choice([1, 3, 8]),
    duplicate: often([0, 0.1]),
    overtake: often([0, 0.1, 0.4]),
    giveUp: often([0, 0.1]),
    giveUpLong: gaps ? often([0, 0.05, 0.2]) : 0,
    never: gaps ? often([0, 0, 0.03]) : 0,
    redeliver: often([0, 0, 0.03]),
    refuse: oneOrder ? 0 : forgetful ? 0.9 : often([0, 0, 0.05, 0.3]),
    // Whether a tick finds its hole, or finds it forgotten, must not hang on the way of another one.
    acceptElsewhere: forgetful ? 0 : often([0, 0.7]),
  };
}
