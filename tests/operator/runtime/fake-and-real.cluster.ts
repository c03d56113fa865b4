/** The fake API server and a real one pass one suite. */
import { ManualClock, systemClock } from '@tapeline/runtime';
import { kubernetesForTests } from '@tapeline/testbed';
import { expect, test } from 'vitest';
import { FakeKubeApi } from '../../../packages/adapters/kubernetes/test-kit/fake-kube-api.ts';
import { apiOf, makeNamespace, makeType } from './api-on-server.ts';
import { kubeApiSuite } from './kube-api-suite.ts';
import { thingType } from './things.ts';

kubeApiSuite('fake', async () => {
  const clock = new ManualClock(1_700_000_000_000);
  const api = new FakeKubeApi(clock);
  return {
    api,
    type: thingType,
    namespace: 'n',
    tooOldVersion: async () => {
      api.compact();
      return '1';
    },
    settle: async () => await clock.advance(10),
  };
});

const kubernetes = await kubernetesForTests();
const isThere = kubernetes.unavailable === undefined;
const real = isThere ? apiOf(kubernetes.kubeconfig) : undefined;
const type = real === undefined ? undefined : await makeType(real);

kubeApiSuite(
  'real',
  async () => {
    if (real === undefined || type === undefined) throw new Error('there is no server');
    return {
      api: real,
      type,
      namespace: await makeNamespace(real),
      tooOldVersion: async () => '1',
      settle: async () => await systemClock.sleep(50),
    };
  },
  kubernetes.unavailable,
);

test.skipIf(!isThere)(
  'what breaks its schema is invalid, and a type that is not there is not found (needs Kubernetes: build the testbed)',
  async () => {
    if (real === undefined || type === undefined) throw new Error('there is no server');
    const namespace = await makeNamespace(real);
    const object = {
      apiVersion: `${type.group}/v1`,
      kind: 'Thing',
      metadata: { namespace, name: 'a' },
      spec: { size: -1 },
    };
    await expect(real.create(type, object)).rejects.toMatchObject({ code: 'INVALID', status: 422 });
    await expect(real.get({ ...type, group: 'nobody.tapeline.dev' }, { namespace, name: 'a' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  },
);
