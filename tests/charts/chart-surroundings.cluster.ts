/** What is around the pods: definitions, roles, policies, alerts, and what is not there when it is switched off. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  ciValues,
  containerOf,
  envOf,
  type GivenValues,
  helmUnavailable,
  listAt,
  only,
  render,
  root,
  valueAt,
} from './rendered-chart.ts';

const dev = { dev: { enabled: true } };
const servers = ciValues().get('servers-values.yaml') ?? {};
const parts = ciValues().get('parts-values.yaml') ?? {};

describe.skipIf(helmUnavailable !== undefined)(
  'definitions and roles (needs Helm: put helm into PATH, or run npm run testbed -- build kubernetes)',
  () => {
    test('what is switched off is not there, and what stays works on somebody else’s stream', () => {
      const objects = render(parts);
      const kinds = ['Deployment', 'Pod', 'Service', 'ServiceAccount'];
      expect([...new Set(objects.map(({ kind }) => kind))].toSorted()).toEqual(kinds);
      expect(envOf(containerOf(objects, 'ingest'))).toMatchObject({
        TAPELINE_STREAM: 'futures',
        TAPELINE_KEYSPACE: 'shared',
      });
    });

    test('definitions of kinds stay when the release goes, unless told otherwise', () => {
      const kept = (values: GivenValues): readonly unknown[] =>
        render(values)
          .filter(({ kind }) => kind === 'CustomResourceDefinition')
          .map(({ metadata }) => metadata.annotations?.['helm.sh/resource-policy']);
      expect(kept(dev)).toEqual(['keep', 'keep']);
      expect(kept({ ...dev, crds: { keep: false } })).toEqual([undefined, undefined]);
      expect(kept({ ...dev, crds: { enabled: false } })).toEqual([]);
    });

    test('roles of viewers and editors are there where the definitions are, whoever runs the operator', () => {
      const added = (values: GivenValues): readonly (readonly [string, readonly string[]])[] =>
        render(values)
          .filter(({ kind, metadata }) => kind === 'ClusterRole' && /-(viewer|editor)$/.test(metadata.name))
          .map(({ metadata }) => [
            metadata.name,
            Object.keys(metadata.labels ?? {}).flatMap((label) => label.split('/aggregate-to-')[1] ?? []),
          ]);
      const both = [
        ['market-demo-tapeline-editor', ['edit', 'admin']],
        ['market-demo-tapeline-viewer', ['view', 'edit', 'admin']],
      ];
      expect(added(dev)).toEqual(both);
      expect(added({ ...dev, operator: { enabled: false } })).toEqual(both);
      expect(added({ ...dev, operator: { rbac: { create: false } } })).toEqual(both);
      expect(added({ ...dev, crds: { aggregateRoles: false } })).toEqual([]);
      expect(added({ ...dev, crds: { enabled: false } })).toEqual([]);
    });

    test('the operator has a role in one namespace, and one of the cluster only where it works in all', () => {
      const operatorRoles = (values: GivenValues): readonly string[] =>
        render(values)
          .filter(({ kind, metadata }) => /^(Cluster)?Role$/.test(kind) && /operator/.test(metadata.name))
          .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
      expect(operatorRoles(dev)).toEqual(['Role demo-tapeline-operator', 'Role demo-tapeline-operator-lease']);
      expect(operatorRoles(servers)).toEqual([
        'ClusterRole market-demo-tapeline-operator',
        'Role demo-tapeline-operator-lease',
      ]);
      const rules = listAt(only(render(servers), 'ClusterRole', '-operator'), 'rules');
      expect(rules.flatMap((rule) => [...listAt(rule, 'verbs'), ...listAt(rule, 'resources')])).not.toContain('*');
      const secrets = rules.find((rule) => (rule['resources'] as readonly string[]).includes('secrets'));
      expect(secrets?.['verbs']).toEqual(['get']);
      expect(envOf(containerOf(render(servers), 'operator'))).not.toHaveProperty('TAPELINE_NAMESPACES');
    });
  },
);

describe.skipIf(helmUnavailable !== undefined)(
  'policies and alerts (needs Helm: put helm into PATH, or run npm run testbed -- build kubernetes)',
  () => {
    test('policies name the ports of the servers and who may publish', () => {
      const objects = render(servers);
      const ingest = only(objects, 'NetworkPolicy', '-ingest');
      const ports = listAt(ingest, 'spec', 'egress').map((rule) => listAt(rule, 'ports').map(({ port }) => port));
      expect(ports).toEqual([[53, 53], [9093, 9094], [9042]]);
      const from = listAt(ingest, 'spec', 'ingress', 0, 'from').map((peer) =>
        valueAt(peer, 'podSelector', 'matchLabels'),
      );
      expect(from).toContainEqual({ 'tapeline.dev/role': 'feed' });
      // Workers are asked for forming bars by queries alone.
      expect(valueAt(only(objects, 'NetworkPolicy', '-workers'), 'spec', 'ingress', 0)).toMatchObject({
        from: [{ podSelector: { matchLabels: { 'app.kubernetes.io/component': 'query' } } }],
        ports: [{ port: 50_053 }],
      });
      const named = objects.filter(({ kind }) => kind === 'NetworkPolicy').map(({ metadata }) => metadata.name);
      expect(named.map((name) => name.replace('demo-tapeline-', ''))).toEqual([
        'feeds',
        'ingest',
        'operator',
        'query',
        'workers',
      ]);
    });

    test('every alert has a runbook of its name, and every runbook its alert', () => {
      const table = readFileSync(path.join(root, 'docs/runbooks/README.md'), 'utf8');
      const pages = new Map(
        [...table.matchAll(/^\| (\w+) \|.*\[([\w-]+\.md)\]/gm)].map(([, alert, page]) => [alert, page]),
      );
      const alerts = listAt(only(render(servers), 'PrometheusRule'), 'spec', 'groups', 0, 'rules');
      const linked = alerts.map(
        (rule) => [rule['alert'], String(valueAt(rule, 'annotations', 'runbook_url'))] as const,
      );
      expect(linked).toEqual([...pages].map(([alert, page]) => [alert, `https://example.org/runbooks/${page}`]));
      for (const page of pages.values()) expect(existsSync(path.join(root, 'docs/runbooks', String(page)))).toBe(true);
    });
  },
);
