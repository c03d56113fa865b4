/**
 * A type and objects for tests of the runtime. In: names, seeds. Out: `Thing`s of a group of our own, and chance that comes out the
 * same each time. Nothing here is known to the runtime.
 */
import type { KubeObject, ResourceType } from '@tapeline/kubernetes';
import type { RandomSource } from '@tapeline/runtime';

/** A namespaced type with a status. */
export const thingType: ResourceType = {
  group: 'test.tapeline.dev',
  version: 'v1',
  plural: 'things',
  kind: 'Thing',
  isNamespaced: true,
};

/** A thing as a client sends it. */
export function thing(name: string, spec: Readonly<Record<string, unknown>> = { size: 1 }): KubeObject {
  return { apiVersion: 'test.tapeline.dev/v1', kind: 'Thing', metadata: { namespace: 'n', name }, spec };
}

/** Chance that a seed decides. */
export function seededRandom(seed: number): RandomSource {
  let state = (seed >>> 0) + 0x9e3779b9;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    bits: (count) => BigInt.asUintN(count, BigInt(Math.floor(next() * 2 ** 32)) * BigInt(Math.floor(next() * 2 ** 32))),
  };
}
