/**
 * What every `KubeApi` does. In: an API and a namespace of its own on it. Out: tests that the fake and a real API server both pass,
 * so that what the runtime is tested against is what it meets.
 */
import {
  apiVersionOf,
  hasCode,
  type KubeApi,
  type KubeErrorCode,
  type KubeObject,
  kubeTypes,
  type ResourceType,
  type WatchEnd,
  type WatchEvent,
} from '@tapeline/kubernetes';
import { expect, test } from 'vitest';

/** An API under test. */
export type KubeApiUnderTest = {
  readonly api: KubeApi;
  /** A type of its own with `spec.size`, `spec.colour`, `spec.list` and a status with conditions. */
  readonly type: ResourceType;
  readonly namespace: string;
  /** A version that is too old to be watched from. */
  tooOldVersion(): Promise<string>;
  /** Waits until something on the server has had time to happen. */
  settle(): Promise<void>;
};

const manager = { fieldManager: 'one', force: false } as const;

/** The tests; `open` is asked once per test, and names nothing that another test has. */
export function kubeApiSuite(name: string, open: () => Promise<KubeApiUnderTest>, unavailable?: string): void {
  const rule = (text: string, run: (under: KubeApiUnderTest) => Promise<void>): void => {
    test.skipIf(unavailable !== undefined)(
      `${name}: ${text}${unavailable === undefined ? '' : ` (needs Kubernetes: ${unavailable})`}`,
      async () => {
        await run(await open());
      },
    );
  };
  writing(rule);
  applying(rule);
  applyingParts(rule);
  deleting(rule);
  reading(rule);
  watching(rule);
}

type Rule = (text: string, run: (under: KubeApiUnderTest) => Promise<void>) => void;

function made(
  { type, namespace }: KubeApiUnderTest,
  name: string,
  fields: Readonly<Record<string, unknown>> = {},
): KubeObject {
  return { apiVersion: apiVersionOf(type), kind: type.kind, metadata: { namespace, name }, ...fields };
}

async function codeOf(call: Promise<unknown>): Promise<KubeErrorCode | 'success'> {
  try {
    await call;
    return 'success';
  } catch (error) {
    if (error instanceof Error && 'code' in error && hasCode(error, error.code as KubeErrorCode)) return error.code;
    throw error;
  }
}

function writing(rule: Rule): void {
  rule('what is created has an identity and a first generation, and its name is taken', async (under) => {
    const { api, type } = under;
    const object = await api.create(type, made(under, 'a', { spec: { size: 1 } }));
    expect(object.metadata.generation).toBe(1);
    expect(object.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(object.metadata.resourceVersion).toMatch(/^\d+$/);
    expect(object.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(await codeOf(api.create(type, made(under, 'a')))).toBe('ALREADY_EXISTS');
  });
  rule('a merge changes what it names, null removes, and only the spec raises the generation', async (under) => {
    const { api, type, namespace } = under;
    const key = { namespace, name: 'a' };
    await api.create(type, made(under, 'a', { spec: { size: 1, colour: 'red', list: ['x', 'y'] } }));
    const merged = await api.patch(type, key, { spec: { colour: null, list: ['z'] } });
    expect([merged['spec'], merged.metadata.generation]).toEqual([{ size: 1, list: ['z'] }, 2]);
    const labelled = await api.patch(type, key, { metadata: { labels: { a: 'b' } } });
    expect(labelled.metadata.generation).toBe(2);
    const same = await api.patch(type, key, { spec: { size: 1 } });
    expect(same.metadata.resourceVersion).toBe(labelled.metadata.resourceVersion);
    expect(await codeOf(api.patch(type, { namespace, name: 'none' }, { spec: {} }))).toBe('NOT_FOUND');
  });
  rule('a merge onto a version that is not the newest is a conflict', async (under) => {
    const { api, type, namespace } = under;
    const old = await api.create(type, made(under, 'a', { spec: { size: 1 } }));
    await api.patch(type, { namespace, name: 'a' }, { spec: { size: 2 } });
    const { resourceVersion } = old.metadata;
    const patch = { metadata: { resourceVersion }, spec: { size: 3 } };
    expect(await codeOf(api.patch(type, { namespace, name: 'a' }, patch))).toBe('CONFLICT');
    expect((await api.get(type, { namespace, name: 'a' }))?.['spec']).toEqual({ size: 2 });
  });
  rule('status is changed by its own path only, and that path changes nothing else', async (under) => {
    const { api, type, namespace } = under;
    const key = { namespace, name: 'a' };
    const created = await api.create(type, made(under, 'a', { spec: { size: 1 }, status: { note: 'ignored' } }));
    expect(created['status']).toBeUndefined();
    await api.patch(type, key, { status: { note: 'ignored' } });
    const status = await api.patch(
      type,
      key,
      { spec: { size: 9 }, status: { note: 'kept' } },
      { subresource: 'status' },
    );
    expect([status['spec'], status['status'], status.metadata.generation]).toEqual([{ size: 1 }, { note: 'kept' }, 1]);
  });
  rule('a dry run answers as if and writes nothing', async (under) => {
    const { api, type, namespace } = under;
    const object = made(under, 'a', { spec: { size: 1 } });
    expect((await api.create(type, object, { dryRun: true }))['spec']).toEqual({ size: 1 });
    expect((await api.apply(type, object, { ...manager, dryRun: true }))['spec']).toEqual({ size: 1 });
    expect(await api.get(type, { namespace, name: 'a' })).toBeUndefined();
  });
}

function applying(rule: Rule): void {
  rule('apply creates, changes nothing when repeated, and takes away what is left out', async (under) => {
    const { api, type } = under;
    const first = await api.apply(type, made(under, 'a', { spec: { size: 1, colour: 'red' } }), manager);
    const again = await api.apply(type, made(under, 'a', { spec: { size: 1, colour: 'red' } }), manager);
    expect(again.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    const less = await api.apply(type, made(under, 'a', { spec: { size: 1 } }), manager);
    expect([less['spec'], less.metadata.generation]).toEqual([{ size: 1 }, 2]);
  });
  rule('a field of another manager is a conflict, unless forced; fields of others stay', async (under) => {
    const { api, type } = under;
    await api.apply(type, made(under, 'a', { spec: { size: 1, colour: 'red' } }), manager);
    const other = { fieldManager: 'two', force: false };
    expect(await codeOf(api.apply(type, made(under, 'a', { spec: { size: 2 } }), other))).toBe('CONFLICT');
    expect(await codeOf(api.apply(type, made(under, 'a', { spec: { size: 1 } }), other))).toBe('success');
    const forced = await api.apply(type, made(under, 'a', { spec: { size: 2 } }), { ...other, force: true });
    expect(forced['spec']).toEqual({ size: 2, colour: 'red' });
    expect(await codeOf(api.apply(type, made(under, 'a', { spec: { size: 1, colour: 'red' } }), manager))).toBe(
      'CONFLICT',
    );
    const left = await api.apply(type, made(under, 'a', { spec: { colour: 'red' } }), manager);
    expect(left['spec']).toEqual({ size: 2, colour: 'red' });
  });
  rule('a merge by hand takes fields over, and a forced apply takes them back', async (under) => {
    const { api, type, namespace } = under;
    await api.apply(type, made(under, 'a', { spec: { size: 1 } }), manager);
    await api.patch(type, { namespace, name: 'a' }, { spec: { size: 5 } }, { fieldManager: 'hand' });
    expect(await codeOf(api.apply(type, made(under, 'a', { spec: { size: 1 } }), manager))).toBe('CONFLICT');
    const back = await api.apply(type, made(under, 'a', { spec: { size: 1 } }), { ...manager, force: true });
    expect(back['spec']).toEqual({ size: 1 });
  });
}

function applyingParts(rule: Rule): void {
  rule('applied status: conditions are merged by type, and what is left out goes', async (under) => {
    const { api, type } = under;
    const condition = (name: string): Record<string, string> => ({
      type: name,
      status: 'True',
      reason: 'Because',
      message: '',
      lastTransitionTime: '2024-01-01T00:00:00Z',
    });
    await api.create(type, made(under, 'a', { spec: { size: 1 } }));
    const status = (...names: string[]): KubeObject =>
      made(under, 'a', { status: { conditions: names.map(condition) } });
    const write = { ...manager, subresource: 'status' } as const;
    await api.apply(type, status('Ready', 'Paused'), write);
    await api.apply(type, status('Other'), { ...write, fieldManager: 'two' });
    const left = await api.apply(type, status('Ready'), write);
    const { conditions } = left['status'] as { conditions: { type: string }[] };
    expect(conditions.map((one) => one.type).toSorted()).toEqual(['Other', 'Ready']);
    expect(left['spec']).toEqual({ size: 1 });
    expect(await codeOf(api.apply(type, made(under, 'none', { status: { note: 'x' } }), write))).toBe('NOT_FOUND');
  });
  rule(
    'apply with another version is a conflict, with another uid invalid; the path of a status reads the version alone',
    async (under) => {
      const { api, type, namespace } = under;
      const first = await api.create(type, made(under, 'a', { spec: { size: 1 } }));
      await api.delete(type, { namespace, name: 'a' });
      await api.create(type, made(under, 'a', { spec: { size: 1 } }));
      const { uid = '', resourceVersion = '' } = first.metadata;
      const write = { ...manager, subresource: 'status' } as const;
      const status = { ...made(under, 'a'), status: { note: 'x' } };
      const byUid = { namespace, name: 'a', uid };
      const byVersion = { namespace, name: 'a', resourceVersion };
      expect(await codeOf(api.apply(type, { ...made(under, 'a'), metadata: byUid }, manager))).toBe('INVALID');
      expect(await codeOf(api.apply(type, { ...made(under, 'a'), metadata: byVersion }, manager))).toBe('CONFLICT');
      expect(await codeOf(api.apply(type, { ...status, metadata: byVersion }, write))).toBe('CONFLICT');
      expect(await codeOf(api.apply(type, { ...status, metadata: byUid }, write))).toBe('success');
    },
  );
  rule('finalizers are a set: ours comes and goes and those of others stay', async (under) => {
    const { api, type, namespace } = under;
    const object = { ...made(under, 'a'), metadata: { namespace, name: 'a', finalizers: ['test.dev/other'] } };
    await api.create(type, object);
    const ours = { ...made(under, 'a'), metadata: { namespace, name: 'a', finalizers: ['test.dev/ours'] } };
    const both = await api.apply(type, ours, manager);
    expect(both.metadata.finalizers?.toSorted()).toEqual(['test.dev/other', 'test.dev/ours']);
    const left = await api.apply(type, made(under, 'a'), manager);
    expect(left.metadata.finalizers).toEqual(['test.dev/other']);
    await api.patch(type, { namespace, name: 'a' }, { metadata: { finalizers: [] } });
  });
}

function deleting(rule: Rule): void {
  rule('a deletion waits for its finalizers, takes no new one, and ends with the last', async (under) => {
    const { api, type, namespace } = under;
    const key = { namespace, name: 'a' };
    await api.create(type, { ...made(under, 'a'), metadata: { ...key, finalizers: ['test.dev/ours'] } });
    expect(await api.delete(type, key)).toBe(true);
    const waiting = await api.get(type, key);
    expect(waiting?.metadata.deletionTimestamp).toMatch(/Z$/);
    const more = { metadata: { finalizers: ['test.dev/ours', 'test.dev/more'] } };
    expect(await codeOf(api.patch(type, key, more))).toBe('INVALID');
    await api.patch(type, key, { metadata: { finalizers: null } });
    expect(await api.get(type, key)).toBeUndefined();
    expect(await api.delete(type, key)).toBe(false);
  });
  rule('a deletion by uid leaves another object of the same name alone', async (under) => {
    const { api, type, namespace } = under;
    const key = { namespace, name: 'a' };
    const { metadata } = await api.create(type, made(under, 'a'));
    const other = '11111111-2222-4333-8444-555555555555';
    expect(await codeOf(api.delete(type, key, { uid: other }))).toBe('CONFLICT');
    expect(await api.delete(type, key, { uid: metadata.uid ?? '' })).toBe(true);
  });
}

function reading(rule: Rule): void {
  rule('lists select by namespace, label and name, and come in pages that are one state', async (under) => {
    const { api, type, namespace } = under;
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      const labels = { half: name < 'c' ? 'first' : 'second' };
      await api.create(type, { ...made(under, name), metadata: { namespace, name, labels } });
    }
    const names = (items: readonly KubeObject[]): string[] => items.map(({ metadata }) => metadata.name);
    expect(names((await api.list(type, { namespace, labels: { half: 'first' } })).items)).toEqual(['a', 'b']);
    expect(names((await api.list(type, { namespace, fields: { 'metadata.name': 'd' } })).items)).toEqual(['d']);
    const first = await api.list(type, { namespace, limit: 3 });
    expect([names(first.items), first.continue === undefined]).toEqual([['a', 'b', 'c'], false]);
    await api.create(type, made(under, 'z'));
    const rest = await api.list(type, { namespace, limit: 3, continue: first.continue ?? '' });
    expect(names(rest.items)).toContain('e');
    expect(rest.continue).toBeUndefined();
  });
  rule('objects in a list say what they are, also those of the core', async (under) => {
    const { api, namespace } = under;
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name: 'm' }, data: { a: 'b' } };
    await api.create(kubeTypes.configMap, object);
    const { items } = await api.list(kubeTypes.configMap, { namespace, fields: { 'metadata.name': 'm' } });
    expect(items.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual(['v1 ConfigMap']);
  });
  rule('a signal that has fired ends a call before it begins', async (under) => {
    const { api, type, namespace } = under;
    expect(await codeOf(api.get(type, { namespace, name: 'a' }, { signal: AbortSignal.abort() }))).toBe('ABORTED');
    expect(await codeOf(api.get(type, { name: 'a' }))).toBe('INVALID');
  });
}

function watching(rule: Rule): void {
  rule('a watch tells everything after its version, in order, until it is stopped', async (under) => {
    const { api, type, namespace } = under;
    const key = { namespace, name: 'a' };
    await api.create(type, made(under, 'before'));
    const { resourceVersion } = await api.list(type, { namespace });
    const first = await api.create(type, made(under, 'a', { spec: { size: 1 } }));
    const heard: string[] = [];
    const stop = new AbortController();
    const ending = startWatch(under, resourceVersion, stop.signal, (event) => {
      if (event.type !== 'BOOKMARK')
        heard.push(
          `${event.type} ${event.object.metadata.name} ${event.object.metadata.uid === first.metadata.uid ? 'first' : 'second'}`,
        );
    });
    await api.patch(type, key, { spec: { size: 2 } });
    await api.delete(type, key);
    await api.create(type, made(under, 'a'));
    await untilHeard(under, () => heard.length >= 4);
    expect(heard).toEqual(['ADDED a first', 'MODIFIED a first', 'DELETED a first', 'ADDED a second']);
    stop.abort();
    expect(await ending).toEqual({ reason: 'stopped' });
  });
  rule('a watch by label tells of what comes to have it and of what has it no more', async (under) => {
    const { api, type, namespace } = under;
    const key = { namespace, name: 'a' };
    await api.create(type, made(under, 'a'));
    const { resourceVersion } = await api.list(type, { namespace });
    const heard: string[] = [];
    const stop = new AbortController();
    const options = { namespace, labels: { on: 'yes' }, resourceVersion, signal: stop.signal };
    const ending = api.watch(type, { ...options, onEvent: (event) => heard.push(event.type) });
    await api.patch(type, key, { metadata: { labels: { on: 'yes' } } });
    await api.patch(type, key, { spec: { size: 2 } });
    await api.patch(type, key, { metadata: { labels: { on: 'no' } } });
    await untilHeard(under, () => heard.filter((one) => one !== 'BOOKMARK').length >= 3);
    expect(heard.filter((one) => one !== 'BOOKMARK')).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
    stop.abort();
    await ending;
  });
  rule('a version that is too old is gone', async (under) => {
    await under.api.create(under.type, made(under, 'a'));
    const version = await under.tooOldVersion();
    const ending = startWatch(under, version, new AbortController().signal, () => undefined);
    expect(await ending).toEqual({ reason: 'gone' });
  });
  rule('what the listener throws ends the watch and is not swallowed', async (under) => {
    const { api, type, namespace } = under;
    const { resourceVersion } = await api.list(type, { namespace });
    const ending = startWatch(under, resourceVersion, new AbortController().signal, () => {
      throw new Error('a defect of the test');
    });
    const failed = ending.then(String, String);
    await api.create(type, made(under, 'a'));
    await under.settle();
    expect(await failed).toContain('a defect of the test');
  });
}

function startWatch(
  { api, type, namespace }: KubeApiUnderTest,
  resourceVersion: string,
  signal: AbortSignal,
  onEvent: (event: WatchEvent) => void,
): Promise<WatchEnd> {
  return api.watch(type, { namespace, resourceVersion, signal, onEvent });
}

async function untilHeard(under: KubeApiUnderTest, isSo: () => boolean): Promise<void> {
  for (let round = 0; round < 200 && !isSo(); round += 1) await under.settle();
  expect(isSo()).toBe(true);
}
