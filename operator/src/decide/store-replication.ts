/**
 * What becomes of the replication. In: what is declared and what is. Out: a finding, an effect, and the repair that is due. Copies come
 * and go one at a time, with a repair between any two changes: a quorum of n copies and one of n + 1 share a copy, two steps apart they
 * need not. What a new copy owes is written down before it is made. Nothing hangs on what was done before, so a status that was lost
 * makes no row be missed (law 3; ADR 18 has the reasoning).
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

type Replication = Readonly<Record<string, number>>;

/** One change: from, to, and the same as texts. */
type Change = { readonly live: Replication; readonly step: Replication; readonly is: string; readonly next: string };

/** Replication as a text that is the same for the same copies. */
export function replicationText(replication: Replication): string {
  const pairs = Object.entries(replication).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return pairs.map(([dataCenter, copies]) => `${dataCenter}: ${copies}`).join(', ');
}

/** Decides on replication; `canChange` is false while no change can follow in this round. */
export function decideReplication(
  store: TickStore,
  { nodes, keyspace }: SeenCluster,
  { failed }: StoreObserved,
  canChange: boolean,
): ReplicationDecision {
  const wanted = replicationText(store.replication);
  const none = { actions: [], repair: store.repair, isStatusFirst: false, drift: [] };
  const failure = failed?.of === 'keyspace' ? failed.failure.message : undefined;
  const few = tooFew(store, nodes);
  if (keyspace === undefined) {
    // What a keyspace owed went with it.
    const made = { ...none, repair: undefined };
    if (few !== undefined) return { ...made, finding: finding('False', 'TooFewNodes', few) };
    const text = failure ?? `keyspace ${store.keyspace} is not there yet`;
    const note = `made keyspace ${store.keyspace} with ${wanted}`;
    const effect = { kind: 'create-keyspace', replication: store.replication } as const;
    const action: StoreAction = { effect, of: 'keyspace', tells: { reason: 'KeyspaceCreated', note } };
    return { ...made, actions: canChange ? [action] : [], finding: finding('False', 'KeyspaceMissing', text) };
  }
  const is = replicationText(keyspace.replication) || 'not by data centre';
  if (is === wanted) return { ...none, ...settled(store, is) };
  const drift = [`replication is ${is}, declared is ${wanted}`];
  if (few !== undefined) return { ...none, drift, finding: finding('False', 'TooFewNodes', few) };
  const step = nextStep(keyspace.replication, store.replication);
  const change = { live: keyspace.replication, step, is, next: replicationText(step) };
  const changing = finding('False', 'Changing' as const, failure ?? drift.join());
  const schema = nodes[0]?.schemaVersion ?? '';
  return { ...none, drift, finding: changing, ...decideStep(store, change, schema, canChange) };
}

/** What comes first: a repair, writing down the next one, or the change; nothing while nothing can be changed. */
function decideStep(
  store: TickStore,
  change: Change,
  schema: string,
  canChange: boolean,
): Partial<Omit<ReplicationDecision, 'drift'>> {
  const { repair } = store;
  const { is, next, live, step } = change;
  const isRaised = Object.entries(step).some(([name, copies]) => copies > (live[name] ?? 0));
  // One that is done is of an earlier change between the same two.
  const isWrittenDown = repair?.before === is && repair.replication === next && !isDone(store, repair);
  if (!isWrittenDown) {
    const owed = owedRepair(store, is);
    if (owed !== undefined)
      return repairNeeded(owed, `${owedText(store, owed, is)}; the next change, to ${next}, waits for that`);
    const isRepaired = repair?.replication === is && isDone(store, repair);
    if (needsRepairFirst(change) && !isRepaired) {
      const isAsked = repair?.replication === is && repair.before === is;
      if (!isAsked && !canChange) return {};
      const asked = isAsked ? repair : repairFor(store, schema, { before: is, replication: is });
      return repairNeeded(asked, askedText(store, asked, change));
    }
    if (isRaised && canChange) {
      return { repair: repairFor(store, schema, { before: is, replication: next }), isStatusFirst: true };
    }
  }
  if (!canChange) return {};
  const { keyspace } = store;
  const after = [
    ...(isRaised ? [`run nodetool repair --full ${keyspace} on every node`] : []),
    ...(isLowered(change) ? [`run nodetool cleanup ${keyspace} on every node`] : []),
  ];
  const note = `changed replication from ${is} to ${next}; ${after.join(', then ')}`;
  const effect = { kind: 'set-replication', replication: step } as const;
  return { actions: [{ effect, of: 'keyspace', tells: { reason: 'ReplicationChanged', note } }] };
}

/** One copy more or less in each data centre; all at once where there was none, or where there shall be none. */
function nextStep(live: Replication, wanted: Replication): Replication {
  const steps = Object.entries(wanted).map(([name, copies]) => {
    const now = live[name] ?? copies;
    return [name, Math.max(now - 1, Math.min(now + 1, copies))];
  });
  return Object.fromEntries(steps) as Replication;
}

function isLowered({ live, step }: Change): boolean {
  return Object.entries(live).some(([name, copies]) => (step[name] ?? 0) < copies);
}

/**
 * Whether a row that earlier changes left on fewer copies than a quorum could be missed after this one. A single copy has every row,
 * and of two each is asked. Where data centres were not named, nobody knows which copies stay.
 */
function needsRepairFirst({ live, step }: Change): boolean {
  const copies = Object.entries(live);
  return (
    copies.length === 0 ||
    copies.some(([name, count]) => step[name] === undefined || (count > 1 && step[name] !== count))
  );
}

/** The repair that a change which was made still owes; one whose change was not made, or was only to come, is none. */
function owedRepair(store: TickStore, is: string): RepairDue | undefined {
  const { repair } = store;
  return repair === undefined || repair.before === is || isDone(store, repair) ? undefined : repair;
}

function isDone({ object }: TickStore, { token }: RepairDue): boolean {
  return object.repaired === token;
}

function settled(store: TickStore, is: string): Pick<ReplicationDecision, 'finding' | 'repair'> {
  const owed = owedRepair(store, is);
  if (owed === undefined) return { finding: finding('True', 'AsDeclared', `${is} as declared`), repair: undefined };
  return repairNeeded(owed, owedText(store, owed, is));
}

function repairNeeded(repair: RepairDue, text: string): Pick<ReplicationDecision, 'finding'> & { repair: RepairDue } {
  return { finding: finding('False', 'RepairNeeded', text), repair };
}

function owedText(store: TickStore, owed: RepairDue, is: string): string {
  return `replication went from ${owed.before} to ${is}, and copies that were added hold nothing of before; run ${commands(store, owed)}`;
}

function askedText(store: TickStore, asked: RepairDue, change: Change): string {
  const { keyspace } = store;
  const cleanup = isLowered(change) ? `, after which nodetool cleanup ${keyspace} on every node frees the disks` : '';
  return (
    `replication goes from ${change.is} to ${change.next} after a repair, since rows that only some copies have could be lost; ` +
    `run ${commands(store, asked)}; a repair that began after the last change of replication counts. Then the operator changes it${cleanup}`
  );
}

function commands({ object, keyspace }: TickStore, { token }: RepairDue): string {
  const annotate = `kubectl annotate tickstore/${object.name} --overwrite ${annotations.repaired}=${token}`;
  return `nodetool repair --full ${keyspace} on every node, then ${annotate}`;
}

/** Its token is another than that of every repair before, so that no old annotation answers for it. */
function repairFor({ object, repair }: TickStore, schema: string, due: Omit<RepairDue, 'token'>): RepairDue {
  const facts = [object.uid, schema, due.before, due.replication, repair?.token ?? ''].join(' ');
  const digest = createHash('sha256').update(facts).digest('hex').slice(0, 8);
  return { token: `${object.generation}-${digest}`, ...due };
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
