/**
 * The roles of the chart: what the operator does from nothing to the end of a stream it may do, and it is granted nothing that it does
 * not use. Every other test of the whole operator runs with these rights, too.
 */
import { kubeTypes } from '@tapeline/kubernetes';
import { tickStoreType, tickStreamType } from '@tapeline/operator';
import { afterAll, describe, expect, test } from 'vitest';
import { pause } from '../faults/rig/until.ts';
import { callsOf, countCalls } from './rig/audit-log.ts';
import { namespace, operatorName } from './rig/operator-cluster.ts';
import { startWholeOperator, type WholeOperator } from './rig/whole-operator.ts';

type Rule = {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
};

const name = 'tape';
const whole = await startWholeOperator({ audit: true });

/** Granted, and never asked for by the operator itself. */
const grantedToOthers: ReadonlyMap<string, string> = new Map(
  ['tickstreams', 'tickstores'].map((kind) => [
    `update tapeline.dev/${kind}/finalizers`,
    'owner references that block are taken only from who may set finalizers, where that is enforced',
  ]),
);

function operator(): WholeOperator {
  if (whole.unavailable !== undefined) throw new Error(whole.unavailable);
  return whole;
}

function grants(): ReadonlySet<string> {
  const rules = operator()
    .place.roles.filter(({ kind, metadata }) => kind === 'Role' && metadata.name.startsWith(operatorName))
    .flatMap((role) => role['rules'] as Rule[]);
  return new Set(
    rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
      ),
    ),
  );
}

/** Made, scaled, changed and deleted, with feeds, a Secret, a finalizer, and each event twice. */
async function wholeLife(): Promise<void> {
  const { market, place } = operator();
  const data = { token: Buffer.from('key').toString('base64') };
  const metadata = { namespace, name: 'finnhub' };
  await place.api.create(kubeTypes.secret, { apiVersion: 'v1', kind: 'Secret', metadata, data });
  const feeds = [{ name: 'live', type: 'finnhub', tokenSecretRef: { name: 'finnhub' } }];
  const spec = { feeds, ingest: ['ingest:50051'], workers: { replicas: 2 }, deletionPolicy: 'Delete' };
  await market.made(name, spec);
  await market.change(tickStoreType, name, { spec: { deletionPolicy: 'Delete' } });
  for (let round = 0; round < 2; round += 1) {
    await market.change(tickStreamType, name, { spec: { workers: { replicas: 1 } } });
    await market.tells(tickStreamType, name, ['Ready Working', 'Progressing Settled']);
    await market.change(tickStreamType, name, { spec: { workers: { replicas: 2 } } });
    await market.tells(tickStreamType, name, ['Ready Working', 'Progressing Settled']);
  }
  await market.change(tickStreamType, name, { spec: { feeds: null } });
  await market.tells(tickStreamType, name, ['FeedsReady NoFeeds']);
  await market.delete(tickStreamType, name);
  await market.isGone(tickStreamType, name);
  await market.delete(tickStoreType, name);
  await market.isGone(tickStoreType, name);
  // Events are written behind.
  await pause(3_000);
}

describe.skipIf(whole.unavailable !== undefined)(
  `rights of the operator (needs Kubernetes, Kafka and Cassandra: ${whole.unavailable ?? 'there are all three'})`,
  () => {
    afterAll(async () => operator().end());

    test('it may do all that it does, and is granted nothing else', async () => {
      await wholeLife();
      const calls = callsOf(operator().place.cluster.apiServer.auditFile, `${namespace}:${operatorName}`);
      const refused = calls.filter(({ status }) => status === 401 || status === 403);
      expect(refused.map(({ verb, resource, status }) => `${verb} ${resource}: ${status}`)).toEqual([]);
      process.stdout.write(`calls: ${JSON.stringify(countCalls(calls))}\n`);
      const used = new Set(
        calls.flatMap(({ verb, group, resource, status }) => usedBy(verb, `${group}/${resource}`, status)),
      );
      const unused = [...grants()].filter((grant) => !used.has(grant) && !grantedToOthers.has(grant));
      expect(unused).toEqual([]);
    });

    test.each([
      ['list', 'secrets'],
      ['delete', 'tickstreams'],
      ['create', 'pods'],
      ['delete', 'leases'],
      ['get', 'configmaps'],
    ])('it may not %s %s', async (verb, resource) => {
      const { cluster } = operator().place;
      const as = `--as=system:serviceaccount:${namespace}:${operatorName}`;
      await expect(cluster.kubectl(['auth', 'can-i', verb, resource, '-n', namespace, as])).rejects.toThrow('no');
    });
  },
);

/** An apply that makes the object needs the right to create, too. */
function usedBy(verb: string, place: string, status: number): readonly string[] {
  return verb === 'patch' && status === 201 ? [`patch ${place}`, `create ${place}`] : [`${verb} ${place}`];
}
