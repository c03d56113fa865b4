/**
 * Where instruments shall live, as a TickStream declares it. In: fields. Out: who moves them, and the planner's policy without
 * pins, or a `SpecError`. What is absent is the domain's default, so objects from before there was placement are read, too.
 */
import { type PlacementPolicy, placementPolicyDefaults, policyProblem } from '@tapeline/domain';
import { type Fields, SpecError } from './fields.ts';
import { type PlacementMode, placementModes } from './placement-schema.ts';

/** What is declared of the placement; pins stand at `spec.pins`. */
export type PlacementSpec = {
  readonly mode: PlacementMode;
  readonly policy: Omit<PlacementPolicy, 'pins'>;
};

/** Fields of the policy as they are called in the object. */
const fieldNames: Readonly<Record<keyof PlacementPolicy, string>> = {
  targetTicksPerSec: 'targetTicksPerSecond',
  hotEnterShare: 'hot.enterPercent',
  hotExitShare: 'hot.exitPercent',
  cooldownMs: 'cooldown',
  movesMax: 'movesAtOnce',
  dedicatedMax: 'dedicatedAtMost',
  skewMax: 'skewAtMostPercent',
  overridesMax: 'movedAtMost',
  pins: 'pins',
};

/** Reads it. Throws `SpecError`. */
export function readPlacement(fields: Fields): PlacementSpec {
  const hot = fields.maybeObject('hot');
  const defaults = placementPolicyDefaults;
  const policy = {
    targetTicksPerSec: fields.maybeInteger('targetTicksPerSecond') ?? defaults.targetTicksPerSec,
    hotEnterShare: shareIn(hot, 'enterPercent') ?? defaults.hotEnterShare,
    hotExitShare: shareIn(hot, 'exitPercent') ?? defaults.hotExitShare,
    cooldownMs: fields.maybeDurationMs('cooldown') ?? defaults.cooldownMs,
    movesMax: fields.maybeInteger('movesAtOnce') ?? defaults.movesMax,
    dedicatedMax: fields.maybeInteger('dedicatedAtMost') ?? defaults.dedicatedMax,
    skewMax: shareIn(fields, 'skewAtMostPercent') ?? defaults.skewMax,
    overridesMax: fields.maybeInteger('movedAtMost') ?? defaults.overridesMax,
  };
  const wrong = policyProblem({ ...policy, pins: [] });
  if (wrong !== undefined) {
    throw new SpecError(`${fields.pathOf(fieldNames[wrong.field])}: ${wrong.field} ${wrong.problem}; correct it`);
  }
  return { mode: fields.choice('mode', placementModes, 'Auto'), policy };
}

function shareIn(fields: Fields | undefined, name: string): number | undefined {
  const percent = fields?.maybeInteger(name);
  return percent === undefined ? undefined : percent / 100;
}
