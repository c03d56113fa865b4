/**
 * What can be declared of where instruments live. In: the domain's policy. Out: its schema, with the domain's defaults and bounds.
 * Shares are whole percents, since an API that rounds fractions would see a change where nobody made one.
 */
import { placementPolicyDefaults } from '@tapeline/domain';
import { countOf, durationOf, objectOf, type Rule, type Schema } from './schema.ts';

/** Who moves instruments. */
export type PlacementMode = 'Auto' | 'Propose' | 'Off';

/** The modes, the default first. */
export const placementModes: readonly PlacementMode[] = ['Auto', 'Propose', 'Off'];

/** Moves at once at most: so many fit into a status, and into what people look at. */
export const movesAtOnceMax = 50;
/** The highest rate that can be meant, ticks a second: far above any partition. */
const rateMax = 100_000_000;
const { targetTicksPerSec, hotEnterShare, hotExitShare, cooldownMs, movesMax, dedicatedMax, skewMax, overridesMax } =
  placementPolicyDefaults;

const hotRules: readonly Rule[] = [
  {
    rule: 'self.exitPercent < self.enterPercent',
    message: 'hot.exitPercent has to be below hot.enterPercent, as otherwise an instrument would come and go for ever',
  },
];

/** Whole, as the API server checks a default by the rules before it fills in those of the fields. */
const hotDefault = { enterPercent: Math.round(hotEnterShare * 100), exitPercent: Math.round(hotExitShare * 100) };

const hot: Schema = objectOf(
  'Which instruments are hot: those get partitions of their own, among the ones that were added.',
  {
    enterPercent: countOf('From this share of the target on one is hot.', 2, 1_000, {
      default: hotDefault.enterPercent,
    }),
    exitPercent: countOf('Below this share it gives its partition back.', 1, 999, { default: hotDefault.exitPercent }),
  },
  [],
  { default: hotDefault, 'x-kubernetes-validations': hotRules },
);

/** The schema of `spec.placement`. */
export const placementSchema: Schema = objectOf(
  'Which partition each instrument lives in, and who moves it while ticks flow.',
  {
    mode: {
      type: 'string',
      description:
        'Auto: instruments are moved. Propose: what would be moved is told in the status. Off: nothing begins to move; what is under way ends.',
      enum: [...placementModes],
      default: 'Auto',
    },
    targetTicksPerSecond: countOf('What one partition is meant to carry.', 1, rateMax, { default: targetTicksPerSec }),
    hot,
    cooldown: durationOf('How long one that was moved stays, in the time of the log; pins do not wait for it.', {
      default: `${cooldownMs / 60_000}m`,
    }),
    movesAtOnce: countOf('How many are moved at once, at most.', 1, movesAtOnceMax, { default: movesMax }),
    dedicatedAtMost: countOf('How many hot ones have a partition of their own, at most.', 0, 255, {
      default: dedicatedMax,
    }),
    skewAtMostPercent: countOf('What the busiest of the shared partitions may carry, of their mean.', 101, 199, {
      default: Math.round(skewMax * 100),
    }),
    movedAtMost: countOf('How many may ever be moved; those that were stand in the map for ever.', 0, overridesMax, {
      default: overridesMax,
    }),
  },
  [],
  { default: {} },
);
