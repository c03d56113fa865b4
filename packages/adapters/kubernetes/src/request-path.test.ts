/** Paths of the API. */
import { expect, test } from 'vitest';
import { pathOfObject, pathOfType, selectionQuery } from './request-path.ts';
import { kubeTypes } from './resource-types.ts';

test('core types lie under /api, others under /apis and their group', () => {
  expect(pathOfType(kubeTypes.secret, 'n')).toBe('/api/v1/namespaces/n/secrets');
  expect(pathOfType(kubeTypes.deployment)).toBe('/apis/apps/v1/deployments');
  expect(pathOfObject(kubeTypes.lease, { namespace: 'n', name: 'l' })).toBe(
    '/apis/coordination.k8s.io/v1/namespaces/n/leases/l',
  );
  expect(pathOfObject(kubeTypes.namespace, { name: 'n' }, 'status')).toBe('/api/v1/namespaces/n/status');
});

test('a name never leads elsewhere', () => {
  expect(pathOfObject(kubeTypes.secret, { namespace: 'n', name: 'a/../b' })).toContain('a%2F..%2Fb');
  for (const name of ['', '.', '..'])
    expect(() => pathOfObject(kubeTypes.secret, { namespace: 'n', name })).toThrow(/no name/);
});

test('a namespace that is missing or too much is refused with the remedy', () => {
  expect(() => pathOfObject(kubeTypes.secret, { name: 'a' })).toThrow(/without its namespace; give one/);
  expect(() => pathOfType(kubeTypes.namespace, 'n')).toThrow(/leave it away/);
});

test('labels and fields become selectors', () => {
  expect(selectionQuery({ labels: { a: 'b', c: 'd' }, fields: { 'metadata.name': 'x' } })).toEqual({
    labelSelector: 'a=b,c=d',
    fieldSelector: 'metadata.name=x',
  });
  expect(selectionQuery({})).toEqual({});
});
