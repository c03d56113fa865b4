/**
 * Patience for tests that do not ask for it. In: a clock. Out: effects that are tried again after pauses of half the limit, and never
 * given up.
 */
import type { ManualClock } from '@tapeline/runtime';
import { PatientEffects } from '../src/patient-effects.ts';

/** The effects; `waiting` hears what waits, and why. */
export function patientOn(
  clock: ManualClock,
  waiting: (what: string, error: Error) => void = () => undefined,
): PatientEffects {
  return new PatientEffects({
    clock,
    random: { next: () => 0.5, bits: () => 0n },
    giveUp: new AbortController().signal,
    waiting,
    through: () => undefined,
  });
}
