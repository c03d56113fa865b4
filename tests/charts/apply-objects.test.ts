/** Applying declared objects: each goes with its ConfigMap, what nobody gave is nobody's, and what cannot be is told in a line. */
import { type KubeObject, kubeTypes } from '@tapeline/kubernetes';
import { ManualClock, silentLogger } from '@tapeline/runtime';
import { beforeEach, expect, test } from 'vitest';
import { ApplyError, applyObjects, type DeclaredObject, readDeclared } from '../../image/src/apply-objects.ts';
import { FakeKubeApi } from '../../packages/adapters/kubernetes/test-kit/fake-kube-api.ts';

const streams = {
  group: 'tapeline.dev',
  version: 'v1alpha1',
  plural: 'tickstreams',
  kind: 'TickStream',
  isNamespaced: true,
};
const namespace = 'market';

let clock: ManualClock;
let api: FakeKubeApi;

beforeEach(() => {
  clock = new ManualClock();
  api = new FakeKubeApi(clock);
});

function stream(spec: Readonly<Record<string, unknown>>): DeclaredObject {
  const object: KubeObject = {
    apiVersion: 'tapeline.dev/v1alpha1',
    kind: 'TickStream',
    metadata: { name: 'tape' },
    spec,
  };
  return { owner: 'demo-stream', object };
}

async function withOwner(): Promise<string | undefined> {
  const made = await api.create(kubeTypes.configMap, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name: 'demo-stream' },
  });
  return made.metadata.uid;
}

/** Applies while time goes on. */
async function apply(
  declared: readonly DeclaredObject[],
  stop = new AbortController().signal,
): Promise<number | Error> {
  let answer: number | Error | undefined;
  const work = { api, declared, namespace, waitMs: 10_000, clock, logger: silentLogger, stop };
  const done = applyObjects(work).then(
    (count) => (answer = count),
    (error: Error) => (answer = error),
  );
  for (let step = 0; step < 100 && answer === undefined; step += 1) await clock.advance(250);
  return done;
}

test('an object is applied in the namespace, and goes with its ConfigMap', async () => {
  const uid = await withOwner();
  expect(await apply([stream({ partitions: 4 })])).toBe(1);
  const found = await api.get(streams, { namespace, name: 'tape' });
  expect(found?.metadata.ownerReferences).toEqual([{ apiVersion: 'v1', kind: 'ConfigMap', name: 'demo-stream', uid }]);
});

test('applied again it changes what is given anew, and leaves what others scaled', async () => {
  await withOwner();
  await apply([stream({ partitions: 4, workers: { resources: {} } })]);
  await api.patch(
    streams,
    { namespace, name: 'tape' },
    { spec: { workers: { replicas: 3 } } },
    { fieldManager: 'kubectl' },
  );
  await apply([stream({ partitions: 6, workers: { resources: {} } })]);
  expect((await api.get(streams, { namespace, name: 'tape' }))?.['spec']).toMatchObject({
    partitions: 6,
    workers: { replicas: 3 },
  });
});

test('without its ConfigMap nothing is applied, and after the wait that is told', async () => {
  const answer = await apply([stream({})]);
  expect(answer).toBeInstanceOf(ApplyError);
  expect((answer as Error).message).toBe(
    'TickStream tape was not applied: there is no configmap demo-stream in namespace market',
  );
  expect(api.writes).toEqual([]);
  expect(clock.monotonicMs()).toBeGreaterThanOrEqual(10_000);
});

test('a ConfigMap that comes late is waited for', async () => {
  const applied = apply([stream({})]);
  await clock.advance(1_000);
  await withOwner();
  expect(await applied).toBe(1);
});

test('what a rule refuses is told at once, in the words of the rule', async () => {
  await withOwner();
  api.admit = (type) => (type.kind === 'TickStream' ? 'partitions may grow and never shrink' : undefined);
  const answer = (await apply([stream({})])) as Error;
  expect(answer.message).toContain('partitions may grow and never shrink');
  expect(clock.monotonicMs()).toBeLessThan(1_000);
});

test('a stop ends the wait', async () => {
  const stopping = new AbortController();
  stopping.abort();
  expect(await apply([stream({})], stopping.signal)).toBeInstanceOf(ApplyError);
  expect(clock.monotonicMs()).toBeLessThan(1_000);
});

test.each([
  ['{', 'it is no JSON'],
  ['[]', 'it has no owner'],
  ['null', 'it has no owner'],
  ['{"owner":"a","object":{"kind":"TickStream"}}', 'without kind or name'],
  [
    '{"owner":"a","object":{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}}}',
    'v1 Secret is no kind of tapeline.dev',
  ],
])('the file %s is refused: %s', (text, sentence) => {
  expect(() => readDeclared(text)).toThrow(sentence);
});
