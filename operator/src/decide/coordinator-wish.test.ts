/** No move begins while a worker of an older template may own a partition; plans go on, and other modes are as declared. */
import { expect, test } from 'vitest';
import { runningPods, settings, streamOf, working } from '../../test-kit/stream-world.ts';
import type { PlacementMode } from '../crd/placement-schema.ts';
import type { SeenWorkload } from '../observe/stream-observed.ts';
import { decideStream } from './decide-stream.ts';

type Standing = { readonly status?: Readonly<Record<string, number>>; readonly templates?: number };

/** The mode that the coordinator is told while workers stand so. */
function modeOf(standing: Standing | undefined, mode: PlacementMode = 'Auto', replicas = 2): PlacementMode | undefined {
  const stream = streamOf({ spec: { placement: { mode }, workers: { replicas } } });
  const workloads = runningPods(stream).flatMap((workload) => standingSo(workload, standing));
  const { coordinator } = decideStream(stream, working(stream, { workloads }), settings);
  return coordinator.kind === 'run' ? coordinator.plan.mode : undefined;
}

function standingSo(workload: SeenWorkload, standing: Standing | undefined): readonly SeenWorkload[] {
  if (workload.object.kind !== 'Deployment') return [workload];
  if (standing === undefined) return [];
  const status = { ...(workload.object['status'] as object), ...standing.status };
  return [{ ...workload, object: { ...workload.object, status }, templates: standing.templates ?? workload.templates }];
}

test('it may begin moves where every pod is of the newest template, ready or not', () => {
  expect(modeOf({})).toBe('Auto');
  expect(modeOf({ status: { readyReplicas: 0 } })).toBe('Auto');
  expect(modeOf({ status: { replicas: 1, updatedReplicas: 1, readyReplicas: 1 } })).toBe('Auto');
});

test('it begins none while one of an older template is left, or on its way out', () => {
  expect(modeOf({ status: { replicas: 3, updatedReplicas: 1 } })).toBe('Propose');
  expect(modeOf({ templates: 2 })).toBe('Propose');
  // As the API has it right after the template changed: the counts are of the one before.
  expect(modeOf({ status: { observedGeneration: 0 } })).toBe('Propose');
  expect(modeOf(undefined)).toBe('Propose');
});

test('without workers it may once the last one is gone', () => {
  expect(modeOf({}, 'Auto', 0)).toBe('Auto');
  expect(modeOf({ templates: 1 }, 'Auto', 0)).toBe('Propose');
});

test('the other modes begin none anyhow', () => {
  expect(modeOf({ templates: 2 }, 'Off')).toBe('Off');
  expect(modeOf({ templates: 2 }, 'Propose')).toBe('Propose');
});

test('a template that differs from what is to be applied is an older one', () => {
  const [before, stream] = [streamOf(), streamOf({ spec: { intervals: ['1s', '1m'] } })];
  const { coordinator, actions } = decideStream(stream, working(stream, { workloads: runningPods(before) }), settings);
  expect(actions.map(({ effect }) => effect.kind)).toContain('apply-object');
  expect(coordinator).toMatchObject({ kind: 'run', plan: { mode: 'Propose' } });
});
