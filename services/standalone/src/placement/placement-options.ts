/**
 * What a market can be told of placement. In: text. Out: the mode and the policy that its coordinator goes by; pins are given while it
 * runs, with `tapeline placement pin`.
 */
import type { Backend } from '@tapeline/backend';
import {
  type CoordinatorMode,
  coordinatorModes,
  type PlacementPolicy,
  placementPolicyDefaults,
  policyProblem,
} from '@tapeline/domain';
import {
  choiceOption,
  decimalOption,
  durationOption,
  integerOption,
  type Option,
  type OptionValues,
  type OptionWithDefault,
} from '@tapeline/runtime';

/** The options. */
export type PlacementOptions = {
  readonly 'placement-mode': Option<CoordinatorMode>;
  readonly 'placement-target': OptionWithDefault<number>;
  readonly 'placement-hot': OptionWithDefault<number>;
  readonly 'placement-cooled': OptionWithDefault<number>;
  readonly 'placement-cooldown': OptionWithDefault<number>;
  readonly 'placement-moves-max': OptionWithDefault<number>;
  readonly 'placement-dedicated-max': OptionWithDefault<number>;
  readonly 'placement-skew-max': OptionWithDefault<number>;
};

const { targetTicksPerSec, hotEnterShare, hotExitShare, movesMax, dedicatedMax, skewMax } = placementPolicyDefaults;

/** They, in the order of the help. */
export const placementOptions: PlacementOptions = {
  'placement-mode': choiceOption(coordinatorModes, {
    env: 'TAPELINE_PLACEMENT_MODE',
    help: 'Who moves instruments between partitions: auto = the market, by rates and pins; propose = nobody, plans are only shown; off = not this process, which then takes no pins and adds no partitions. Default: auto in a data directory; off with --kafka, where the operator or another process moves them.',
  }),
  'placement-target': integerOption({
    min: 1,
    max: 10_000_000,
    unit: 'ticks/s',
    default: targetTicksPerSec,
    help: 'What one partition is meant to carry.',
  }),
  'placement-hot': decimalOption({
    min: 0.001,
    max: 100,
    default: hotEnterShare,
    help: 'From this share of --placement-target on an instrument gets a partition of its own, if one was added.',
  }),
  'placement-cooled': decimalOption({
    min: 0.001,
    max: 100,
    default: hotExitShare,
    help: 'Below this share it gives that partition back; less than --placement-hot.',
  }),
  'placement-cooldown': durationOption({
    min: '0s',
    max: '7d',
    default: '10m',
    help: 'How long an instrument stays after a move, in time of the log; pins do not wait.',
  }),
  'placement-moves-max': integerOption({ min: 1, max: 1_000, default: movesMax, help: 'Most moves at once.' }),
  'placement-dedicated-max': integerOption({
    min: 0,
    max: 1_000,
    default: dedicatedMax,
    help: 'Most instruments with a partition of their own.',
  }),
  'placement-skew-max': decimalOption({
    min: 1.001,
    max: 1.999,
    default: skewMax,
    help: 'What the busiest shared partition may carry, as a multiple of their level.',
  }),
};

/** Their values. */
export type PlacementSettings = OptionValues<PlacementOptions>;

/** The mode that holds: on servers the moves are another process's, such as the operator's, unless it was said that they are this one's. */
export function placementModeOf(
  settings: Pick<PlacementSettings, 'placement-mode'>,
  kind: Backend['kind'],
): CoordinatorMode {
  return settings['placement-mode'] ?? (kind === 'embedded' ? 'auto' : 'off');
}

/** The policy that they say, without pins. */
export function policyOf(settings: PlacementSettings): PlacementPolicy {
  return {
    ...placementPolicyDefaults,
    targetTicksPerSec: settings['placement-target'],
    hotEnterShare: settings['placement-hot'],
    hotExitShare: settings['placement-cooled'],
    cooldownMs: settings['placement-cooldown'],
    movesMax: settings['placement-moves-max'],
    dedicatedMax: settings['placement-dedicated-max'],
    skewMax: settings['placement-skew-max'],
  };
}

/** What is wrong with options that are right one by one. */
export function placementProblems(settings: PlacementSettings): string[] {
  const problem = policyProblem(policyOf(settings));
  if (problem === undefined) return [];
  const [hot, cooled] = [settings['placement-hot'], settings['placement-cooled']];
  return [`--placement-cooled is ${cooled} and --placement-hot ${hot}; give one below the other`];
}
