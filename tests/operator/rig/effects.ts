/**
 * What the operator made, as one value. In: the API and the servers. Out: everything that would differ if an effect were done twice or
 * undone: ids and uids, generations, counts of events, settings of topics and tables. Equal values: nothing happened between.
 */
import { streamTopicNames } from '@tapeline/kafka';
import { type KubeApi, kubeTypes } from '@tapeline/kubernetes';
import { tickStoreType, tickStreamType } from '@tapeline/operator';
import type { Market } from './market.ts';
import { namespace } from './operator-cluster.ts';

/** By place; values compare by `toEqual`. */
export type Effects = Readonly<Record<string, unknown>>;

/** Looks at all of it. */
export async function effectsIn(api: KubeApi, market: Market, names: readonly string[]): Promise<Effects> {
  const seen: Record<string, unknown> = {};
  for (const type of [kubeTypes.deployment, kubeTypes.podDisruptionBudget, tickStreamType, tickStoreType]) {
    for (const { metadata, spec, status } of (await api.list(type, { namespace })).items) {
      const { name, uid, generation, finalizers } = metadata;
      // What Kubernetes says of its own Deployments is not the operator's.
      const told = type.group === tickStreamType.group ? { status: ownStatus(status) } : {};
      seen[`${type.kind} ${name}`] = { uid, generation, finalizers, spec, ...told };
    }
  }
  for (const name of names) {
    for (const topic of streamTopicNames) {
      const place = market.topicOf(name, topic);
      seen[`topic ${place}`] = await market.admin.topicConfig(place);
    }
    seen[`tables of ${name}`] = await tablesOf(market, name);
  }
  return structuredClone(seen);
}

/** The version of the schema is the whole cluster's, and others change tables of their own in it. */
function ownStatus(status: unknown): unknown {
  return { ...(status as Readonly<Record<string, unknown>> | undefined), schemaVersion: undefined };
}

/** The version of the schema now; each change of it, whoever made it, is told by every store. */
export async function schemaVersion({ cql }: Market): Promise<unknown> {
  const [row] = await cql.run('SELECT schema_version FROM system.local');
  return String(row?.['schema_version']);
}

async function tablesOf(market: Market, name: string): Promise<unknown> {
  const statement =
    'SELECT table_name, id, default_time_to_live, compaction FROM system_schema.tables WHERE keyspace_name = ?';
  const rows = await market.cql.run(statement, [market.nameOf(name)]);
  return rows.map((row) => JSON.stringify(row));
}

/** How often each thing was told as done, by `reason object`: a series counts as often as it was. */
export async function eventCounts(api: KubeApi): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const event of (await api.list(kubeTypes.event, { namespace })).items) {
    if (event['action'] !== 'Reconcile') continue;
    const { reason, regarding, series } = event as unknown as {
      readonly reason: string;
      readonly regarding: { readonly name: string };
      readonly series?: { readonly count: number };
    };
    const key = `${reason} ${regarding.name}`;
    counts.set(key, (counts.get(key) ?? 0) + (series?.count ?? 1));
  }
  return counts;
}
