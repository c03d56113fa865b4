/** What a TickStream declares of its placement is the domain's policy, with the domain's defaults. */
import { placementPolicyDefaults } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { streamOf } from '../../test-kit/stream-world.ts';
import { placementSchema } from './placement-schema.ts';

const defaults = Object.fromEntries(Object.entries(placementPolicyDefaults).filter(([name]) => name !== 'pins'));

/** What the API server fills in. */
function filled(schema: typeof placementSchema): Readonly<Record<string, unknown>> {
  const entries = Object.entries(schema.properties ?? {}).map(([name, field]) => [
    name,
    field.type === 'object' ? filled(field) : field.default,
  ]);
  return Object.fromEntries(entries) as Readonly<Record<string, unknown>>;
}

test('nothing declared, and what the API server fills in, are the defaults of the domain', () => {
  expect(streamOf().placement).toEqual({ mode: 'Auto', policy: defaults });
  expect(streamOf({ spec: { placement: filled(placementSchema) } }).placement).toEqual({
    mode: 'Auto',
    policy: defaults,
  });
});

test('each field reaches the policy', () => {
  const placement = {
    mode: 'Propose',
    targetTicksPerSecond: 1_000,
    hot: { enterPercent: 80, exitPercent: 40 },
    cooldown: '90s',
    movesAtOnce: 3,
    dedicatedAtMost: 0,
    skewAtMostPercent: 150,
    movedAtMost: 9,
  };
  expect(streamOf({ spec: { placement } }).placement).toEqual({
    mode: 'Propose',
    policy: {
      targetTicksPerSec: 1_000,
      hotEnterShare: 0.8,
      hotExitShare: 0.4,
      cooldownMs: 90_000,
      movesMax: 3,
      dedicatedMax: 0,
      skewMax: 1.5,
      overridesMax: 9,
    },
  });
});

test.each([
  [
    { hot: { enterPercent: 20, exitPercent: 30 } },
    'spec.placement.hot.exitPercent: hotExitShare has to be above 0 and below',
  ],
  [{ targetTicksPerSecond: 0 }, 'spec.placement.targetTicksPerSecond: targetTicksPerSec has to be above 0'],
  [{ skewAtMostPercent: 200 }, 'spec.placement.skewAtMostPercent: skewMax has to be above 1 and below 2'],
  [{ mode: 'Manual' }, 'spec.placement.mode is none of Auto, Propose, Off'],
])('%j, which only an older definition lets in, names its field', (placement, words) => {
  expect(() => streamOf({ spec: { placement } })).toThrow(words);
});
