/**
 * What becomes of the replication. In: what is declared and what is. Out: a finding, an effect, and the repair that is due. A new copy
 * is empty until a repair fills it, so copies come one at a time, each after the repair of the one before, and the repair is written down
 * before the change. Law 3: a quorum of n copies and one of n + 1 share a copy, so what was decided is never decided a second time.
 */
import { createHash } from 'node:crypto';
import type { RepairDue, TickStore } from '../crd/tick-store.ts';
import { annotations } from '../crd/group.ts';
import type { SeenCluster, StoreObserved } from '../observe/store-observed.ts';
import { type Finding, finding } from './condition.ts';
import type { StoreAction } from './store-actions.ts';
import type { StoreReason } from './store-reasons.ts';

/** What was decided on replication. */
export type ReplicationDecision = {
  readonly finding: Finding<StoreReason<'ReplicationConsistent'>>;
  readonly actions: readonly StoreAction[];
  readonly repair: RepairDue | undefined;
  /** The status has to be written before anything is done. */
  readonly isStatusFirst: boolean;
  readonly drift: readonly string[];
};

/** Replication as a text that is the same for the same copies. */
export function replicationText(replication: Readonly<Record<string, number>>): string {
  const pairs = Object.entries(replication).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return pairs.map(([dataCenter, copies]) => `${dataCenter}: ${copies}`).join(', ');
}

/** Decides on replication; `canChange` is false while nodes do not agree. */
export function decideReplication(
  store: TickStore,
  { nodes, keyspace }: SeenCluster,
  { failed }: StoreObserved,
  canChange: boolean,
): ReplicationDecision {
  const wanted = replicationText(store.replication);
  const { repair } = store;
  const none = { actions: [], repair, isStatusFirst: false, drift: [] };
  const failure = failed?.of === 'keyspace' ? failed.failure.message : undefined;
  const few = tooFew(store, nodes);
  if (keyspace === undefined) {
    if (few !== undefined) return { ...none, finding: finding('False', 'TooFewNodes', few) };
    const text = failure ?? `keyspace ${store.keyspace} is not there yet`;
    const note = `made keyspace ${store.keyspace} with ${wanted}`;
    const effect = { kind: 'create-keyspace', replication: store.replication } as const;
    const action: StoreAction = { effect, of: 'keyspace', tells: { reason: 'KeyspaceCreated', note } };
    return { ...none, actions: canChange ? [action] : [], finding: finding('False', 'KeyspaceMissing', text) };
  }
  const is = replicationText(keyspace.replication);
  if (is === wanted) return { ...none, ...settled(store, wanted) };
  const drift = [`replication is ${is === '' ? 'not by data centre' : is}, declared is ${wanted}`];
  if (few !== undefined) return { ...none, drift, finding: finding('False', 'TooFewNodes', few) };
  const changing = finding('False', 'Changing' as const, failure ?? drift.join());
  const step = nextStep(keyspace.replication, store.replication);
  const next = replicationText(step);
  const isRaised = Object.entries(step).some(([name, copies]) => copies > (keyspace.replication[name] ?? 0));
  if (isRaised && repair?.replication !== next) {
    const repaired = settled(store, is);
    if (repaired.repair !== undefined) {
      const text = `${repaired.finding.message}; the next copy comes after that, up to ${wanted}`;
      return { ...none, drift, finding: { ...repaired.finding, message: text } };
    }
    return { ...none, drift, finding: changing, repair: repairFor(store, next), isStatusFirst: true };
  }
  const note = `changed replication from ${is} to ${next}; ${isRaised ? 'run nodetool repair on every node' : 'run nodetool cleanup where copies went away'}`;
  const effect = { kind: 'set-replication', replication: step } as const;
  const action: StoreAction = { effect, of: 'keyspace', tells: { reason: 'ReplicationChanged', note } };
  return { ...none, drift, finding: changing, actions: canChange ? [action] : [] };
}

/** One copy more in each data centre that gets more; all at once where there was none or fewer are wanted. */
function nextStep(
  is: Readonly<Record<string, number>>,
  wanted: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const steps = Object.entries(wanted).map(([name, copies]) => [name, Math.min(copies, (is[name] ?? copies) + 1)]);
  return Object.fromEntries(steps) as Readonly<Record<string, number>>;
}

function settled(store: TickStore, wanted: string): Pick<ReplicationDecision, 'finding' | 'repair'> {
  const { repair, object, keyspace } = store;
  if (repair === undefined || object.repaired === repair.token) {
    return { finding: finding('True', 'AsDeclared', `${wanted} as declared`), repair: undefined };
  }
  const command = `kubectl annotate tickstore/${object.name} --overwrite ${annotations.repaired}=${repair.token}`;
  const text = `copies were added and hold nothing of before; run nodetool repair --full ${keyspace} on every node, then ${command}`;
  return { finding: finding('False', 'RepairNeeded', text), repair };
}

function repairFor({ object }: TickStore, replication: string): RepairDue {
  const digest = createHash('sha256').update(`${object.uid} ${replication}`).digest('hex').slice(0, 8);
  return { token: `${object.generation}-${digest}`, replication };
}

function tooFew({ replication }: TickStore, nodes: SeenCluster['nodes']): string | undefined {
  for (const [dataCenter, copies] of Object.entries(replication)) {
    const there = nodes.filter((node) => node.dataCenter === dataCenter).length;
    if (there < copies) {
      return `replication asks for ${copies} copies in ${dataCenter}, which has ${there} nodes; add nodes, or declare at most ${there}`;
    }
  }
  return undefined;
}
