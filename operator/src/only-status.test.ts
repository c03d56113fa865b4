/** A change of the status alone is the operator's own; everything else is somebody's wish. */
import { expect, test } from 'vitest';
import { streamObject } from '../test-kit/stream-world.ts';
import { isOnlyStatus } from './only-status.ts';

const before = streamObject({ metadata: { resourceVersion: '1' } });

test.each([
  [{ metadata: { resourceVersion: '2', managedFields: [{}] }, status: { partitions: 1 } }, true],
  [{ metadata: { resourceVersion: '2', generation: 4 } }, false],
  [{ metadata: { resourceVersion: '2', annotations: { a: 'b' } } }, false],
  [{ metadata: { resourceVersion: '2', deletionTimestamp: 'now' } }, false],
  [{ metadata: { resourceVersion: '2' }, spec: { partitions: 9 } }, false],
])('%j', (changes, isSo) => {
  expect(isOnlyStatus(before, streamObject(changes))).toBe(isSo);
});
