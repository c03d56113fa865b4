/**
 * A real API server for tests of the runtime. In: its kubeconfig. Out: `KubeApi` on it, straight or through a proxy with faults, and a
 * type of our own in it.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  chooseCluster,
  hasCode,
  isTransient,
  type KubeApi,
  kubeTypes,
  openKubeApi,
  type ResourceType,
} from '@tapeline/kubernetes';
import { systemClock } from '@tapeline/runtime';
import { FaultProxy } from '@tapeline/testbed';

/** The API of a kubeconfig's cluster. */
export function apiOf(kubeconfig: string): KubeApi {
  const cluster = chooseCluster({ from: 'file', path: kubeconfig }, () => systemClock.monotonicMs());
  return openKubeApi({ cluster, clock: systemClock });
}

/** A proxy in front of the API server, and a kubeconfig that leads through it. */
export async function proxyTo(
  kubeconfig: string,
): Promise<{ readonly proxy: FaultProxy; readonly kubeconfig: string }> {
  const { server } = chooseCluster({ from: 'file', path: kubeconfig }, () => 0);
  const target = new URL(server);
  const proxy = await FaultProxy.listen({ target: { host: target.hostname, port: Number(target.port) } });
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'tapeline-proxied-')), 'kubeconfig');
  writeFileSync(file, readFileSync(kubeconfig, 'utf8').replaceAll(server, `https://127.0.0.1:${proxy.port}`), {
    mode: 0o600,
  });
  return { proxy, kubeconfig: file };
}

/** Makes a type `Thing` in a group that nobody else has, and waits until it is served. */
export async function makeType(api: KubeApi): Promise<ResourceType> {
  const group = `t${randomBytes(4).toString('hex')}.test.tapeline.dev`;
  const type: ResourceType = { group, version: 'v1', plural: 'things', kind: 'Thing', isNamespaced: true };
  await api.create(kubeTypes.customResourceDefinition, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `things.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'things', singular: 'thing', kind: 'Thing' },
      versions: [
        { name: 'v1', served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: schema } },
      ],
    },
  });
  await eventually(`${group} is served`, async () => {
    try {
      await api.list(type);
      return true;
    } catch (error) {
      if (hasCode(error, 'NOT_FOUND')) return false;
      throw error;
    }
  });
  return type;
}

const condition = {
  type: 'object',
  required: ['type', 'status'],
  properties: {
    type: { type: 'string' },
    status: { type: 'string' },
    reason: { type: 'string' },
    message: { type: 'string' },
    observedGeneration: { type: 'integer' },
    lastTransitionTime: { type: 'string', format: 'date-time' },
  },
};
const conditions = {
  type: 'array',
  items: condition,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
};
const schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        size: { type: 'integer', minimum: 0 },
        colour: { type: 'string' },
        list: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'atomic' },
      },
    },
    status: {
      type: 'object',
      properties: { note: { type: 'string' }, size: { type: 'integer' }, by: { type: 'string' }, conditions },
    },
  },
};

/** Makes a namespace of its own. */
export async function makeNamespace(api: KubeApi): Promise<string> {
  const name = `t-${randomBytes(4).toString('hex')}`;
  await api.create(kubeTypes.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  return name;
}

/** Waits until it is so, through answers of a server that is not quite there; rejects with what it waited for. */
export async function eventually(
  what: string,
  isSo: () => Promise<boolean> | boolean,
  withinMs = 30_000,
): Promise<void> {
  const endMs = systemClock.monotonicMs() + withinMs;
  for (let last = 'it was not so'; ;) {
    try {
      if (await isSo()) return;
    } catch (error) {
      if (!isTransient(error)) throw error;
      last = String(error);
    }
    if (systemClock.monotonicMs() >= endMs) throw new Error(`after ${withinMs} ms still not so: ${what} (${last})`);
    await systemClock.sleep(20);
  }
}
