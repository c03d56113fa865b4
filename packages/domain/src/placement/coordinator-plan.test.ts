/** What of a plan is carried out: by mode, and by how long the meters have measured. */
import { expect, test } from 'vitest';
import { coordinatorModes, type PlanRound, planRound } from './coordinator-plan.ts';
import { homePartition } from './home.ts';
import { InstrumentMap } from './instrument-map.ts';
import { placementPolicyDefaults } from './placement-policy.ts';
import { Placement } from './placement.ts';

const home = homePartition('d', 'S', 2);

/** S is hot, Q is quiet and pinned to where it is not; partitions 2 and 3 are new. */
function round(facts: Partial<PlanRound> = {}): PlanRound {
  const ticksPerSec = new InstrumentMap<number>();
  ticksPerSec.set('d', 'S', 40_000);
  ticksPerSec.set('d', 'T', 10);
  const pins = [{ dataset: 'd', symbol: 'Q', partition: (homePartition('d', 'Q', 2) + 1) % 2 }];
  return {
    mode: 'auto',
    policy: { ...placementPolicyDefaults, pins },
    placement: Placement.atHome(2),
    partitions: 4,
    rates: { logTimeMs: 100_000, measuredMs: 30_000, ticksPerSec },
    halfLifeMs: 30_000,
    unfit: new Map(),
    rowOf: () => ({}),
    ...facts,
  };
}

test('in mode auto the whole plan is carried out once the meters measured for a half-life', () => {
  const { plan, wanted, measuringMs } = planRound(round());
  expect(plan?.moves.map(({ symbol, reason }) => `${symbol} ${reason}`)).toEqual(['Q pinned', 'S hot']);
  expect(wanted.map(({ symbol, standing }) => `${symbol} ${standing}`)).toEqual(['Q pinned', 'S dedicated']);
  expect(measuringMs).toBe(0);
});

test('before that only the pins of the policy are followed, and the plan is shown all the same', () => {
  const { rates } = round();
  const { plan, wanted, measuringMs } = planRound(round({ rates: { ...rates, measuredMs: 29_000 } }));
  expect(plan?.moves).toHaveLength(2);
  expect(wanted.map(({ symbol }) => symbol)).toEqual(['Q']);
  expect(measuringMs).toBe(1_000);
});

test('without any report nothing but pins can be carried out', () => {
  const nothing = { logTimeMs: 0, measuredMs: 0, ticksPerSec: new InstrumentMap<number>() };
  expect(planRound(round({ rates: nothing, halfLifeMs: 0 })).wanted.map(({ symbol }) => symbol)).toEqual(['Q']);
});

test.each(coordinatorModes)('mode %s', (mode) => {
  const { plan, wanted } = planRound(round({ mode }));
  expect([plan === undefined, wanted.length]).toEqual({ auto: [false, 2], propose: [false, 0], off: [true, 0] }[mode]);
});

test('a quiet instrument with a pin is in the plan if it has a row, and waits for one otherwise', () => {
  const { plan } = planRound(round({ rowOf: (_, symbol) => (symbol === 'Q' ? undefined : {}) }));
  expect(plan?.stays.map(({ symbol, stays }) => `${symbol} ${stays}`)).toContain('Q unseen');
});

test('what begins at its pin is planned from there', () => {
  const pin = (home + 1) % 2;
  const { plan, wanted } = planRound(round({ rowOf: (_, symbol) => (symbol === 'S' ? { pin } : {}) }));
  expect(plan?.moves.find(({ symbol }) => symbol === 'S')?.from).toEqual({ partition: pin, epoch: 0 });
  expect(wanted.find(({ symbol }) => symbol === 'S')?.pin).toBe(pin);
});
