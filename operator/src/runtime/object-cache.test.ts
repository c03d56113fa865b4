/** The cache of a type: what a list or an event changes. */
import type { KubeObject } from '@tapeline/kubernetes';
import { expect, test } from 'vitest';
import { ObjectCache } from './object-cache.ts';

function object(name: string, uid: string, version: number): KubeObject {
  return { apiVersion: 'v1', kind: 'Thing', metadata: { namespace: 'n', name, uid, resourceVersion: String(version) } };
}

test('an object deleted and made again under its name is a deletion and a creation, in an event and in a list', () => {
  const cache = new ObjectCache();
  cache.replace([object('a', 'u1', 1)], undefined);
  const byEvent = cache.apply({ type: 'MODIFIED', object: object('a', 'u2', 2) });
  expect(byEvent.map(({ kind, object: { metadata } }) => [kind, metadata.uid])).toEqual([
    ['deleted', 'u1'],
    ['added', 'u2'],
  ]);
  const { changes } = cache.replace([object('a', 'u3', 3)], '2');
  expect(changes.map(({ kind }) => kind)).toEqual(['deleted', 'added']);
});

test('a repeat changes nothing', () => {
  const cache = new ObjectCache();
  cache.apply({ type: 'ADDED', object: object('a', 'u1', 1) });
  expect(cache.apply({ type: 'MODIFIED', object: object('a', 'u1', 1) })).toEqual([]);
  expect(cache.apply({ type: 'DELETED', object: object('b', 'u9', 1) })).toEqual([]);
});

test('a list says what the watch had missed: changes up to the version it had told, not those after it', () => {
  const cache = new ObjectCache();
  cache.replace([object('old', 'u1', 5), object('same', 'u2', 6), object('gone', 'u3', 7)], undefined);
  const report = cache.replace([object('old', 'u1', 9), object('same', 'u2', 6), object('new', 'u4', 12)], '10');
  expect(report.unchanged).toEqual(['n/same']);
  expect(report.changes.map(({ kind, key }) => `${kind} ${key}`)).toEqual([
    'updated n/old',
    'added n/new',
    'deleted n/gone',
  ]);
  expect(report.missed).toBe(2);
});

test('nobody can change what is kept', () => {
  const cache = new ObjectCache();
  cache.apply({ type: 'ADDED', object: { ...object('a', 'u1', 1), spec: { list: [{ deep: 1 }] } } });
  const spec = cache.get('n/a')?.['spec'] as { list: { deep: number }[] };
  expect(() => {
    (spec.list[0] as { deep: number }).deep = 2;
  }).toThrow(TypeError);
});
