/** Keys and versions of objects. */
import { expect, test } from 'vitest';
import { apiVersionOf, keyFromText, keyOf, keyText } from './kube-object.ts';
import { asList, asObject } from './object-shape.ts';
import { kubeTypes } from './resource-types.ts';

test('a key goes to text and back, with and without a namespace', () => {
  for (const key of [{ namespace: 'n', name: 'a.b' }, { name: 'a' }]) expect(keyFromText(keyText(key))).toEqual(key);
  expect(keyOf({ metadata: { name: 'a', namespace: 'n', uid: 'u' } })).toEqual({ namespace: 'n', name: 'a' });
});

test('the core group has no name in a version', () => {
  expect([apiVersionOf(kubeTypes.secret), apiVersionOf(kubeTypes.lease)]).toEqual(['v1', 'coordination.k8s.io/v1']);
});

test('objects of a list get the type that the server leaves out; what is no object is refused', () => {
  const list = asList('list', kubeTypes.secret, {
    metadata: { resourceVersion: '4' },
    items: [{ metadata: { name: 'a' } }],
  });
  expect(list).toEqual({
    resourceVersion: '4',
    items: [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } }],
  });
  expect(asList('list', kubeTypes.secret, { metadata: { resourceVersion: '4' }, items: null }).items).toEqual([]);
  expect(() => asList('list', kubeTypes.secret, { items: [] })).toThrow(/without a resource version/);
  expect(() => asList('list', kubeTypes.secret, { metadata: { resourceVersion: '1' }, items: 'x' })).toThrow(/no list/);
  expect(() => asObject('get', kubeTypes.secret, { metadata: {} })).toThrow(/without a name/);
});
