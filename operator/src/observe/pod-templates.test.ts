/** Pods count as long as something of them runs, by the template that Kubernetes says they are of. */
import type { KubeObject } from '@tapeline/kubernetes';
import { expect, test } from 'vitest';
import { podTemplates } from './pod-templates.ts';

function pod(hash: string, phase = 'Running', deletionTimestamp?: string): KubeObject {
  const metadata = { name: `w-${hash}`, labels: { 'pod-template-hash': hash } };
  const going = deletionTimestamp === undefined ? {} : { deletionTimestamp };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, ...going }, status: { phase } };
}

test('one that is on its way out is still of its template, one that ended is of none', () => {
  expect(podTemplates([])).toBe(0);
  expect(podTemplates([pod('a'), pod('a', 'Pending')])).toBe(1);
  expect(podTemplates([pod('a'), pod('b', 'Running', '2026-02-01T00:00:00Z')])).toBe(2);
  expect(podTemplates([pod('a'), pod('b', 'Failed'), pod('c', 'Succeeded')])).toBe(1);
});
