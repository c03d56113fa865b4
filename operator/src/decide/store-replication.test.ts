/** Changes of replication, one row each: what is declared, what is, what the status remembers; what is done, owed and told. */
import { expect, test } from 'vitest';
import type { RepairDue } from '../crd/tick-store.ts';
import type { StoreObserved } from '../observe/store-observed.ts';
import { deleting, storeOf } from '../../test-kit/stream-world.ts';
import { decideStore, type StoreDecision } from './decide-store.ts';
import { seen } from './failure.ts';

type Copies = Readonly<Record<string, number>>;

type Row = {
  readonly is: Copies;
  readonly wanted: Copies;
  readonly repair?: RepairDue;
  /** Somebody said that it was done. */
  readonly isRepaired?: boolean;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly isApart?: boolean;
  /** The replication that is set. */
  readonly sets?: Copies;
  /** What is owed afterwards, without its token; `kept` = with the same token. */
  readonly owes: { readonly replication: string; readonly before: string } | 'kept' | 'nothing';
  readonly look?: 'now' | 'soon' | 'later';
  readonly tells: string;
  readonly says?: RegExp;
};

const token = '1-0a0a0a0a';

function due(before: string, replication: string): RepairDue {
  return { token, before, replication };
}

const asked = due('dc1: 3', 'dc1: 3');
const rising = due('dc1: 1', 'dc1: 2');

const rows: Readonly<Record<string, Row>> = {
  'a rise from one copy is written down before it is made': {
    is: { dc1: 1 },
    wanted: { dc1: 3 },
    owes: { before: 'dc1: 1', replication: 'dc1: 2' },
    look: 'now',
    tells: 'Changing',
  },
  'then one copy is added, however many are declared': {
    is: { dc1: 1 },
    wanted: { dc1: 3 },
    repair: rising,
    sets: { dc1: 2 },
    owes: 'kept',
    tells: 'Changing',
    says: /changed replication from dc1: 1 to dc1: 2; run nodetool repair --full tapeline on every node$/m,
  },
  'the next one waits for the repair of the one before': {
    is: { dc1: 2 },
    wanted: { dc1: 3 },
    repair: rising,
    owes: 'kept',
    tells: 'RepairNeeded',
    says: /repaired=1-0a0a0a0a; the next change, to dc1: 3, waits for that/,
  },
  'after which it is written down, too': {
    is: { dc1: 2 },
    wanted: { dc1: 3 },
    repair: rising,
    isRepaired: true,
    owes: { before: 'dc1: 2', replication: 'dc1: 3' },
    look: 'now',
    tells: 'Changing',
  },
  'a rise from two copies needs a repair first where nobody knows of one': {
    is: { dc1: 2 },
    wanted: { dc1: 3 },
    owes: { before: 'dc1: 2', replication: 'dc1: 2' },
    tells: 'RepairNeeded',
  },
  'a rise that was taken back before it was made owes nothing': {
    is: { dc1: 1 },
    wanted: { dc1: 1 },
    repair: rising,
    owes: 'nothing',
    tells: 'AsDeclared',
  },
  'one that was taken back after it was made owes its repair before the copy goes': {
    is: { dc1: 2 },
    wanted: { dc1: 1 },
    repair: rising,
    owes: 'kept',
    tells: 'RepairNeeded',
    says: /the next change, to dc1: 1, waits for that/,
  },
  'a repair that was done for the same rise before does not answer for this one': {
    is: { dc1: 1 },
    wanted: { dc1: 3 },
    repair: rising,
    isRepaired: true,
    owes: { before: 'dc1: 1', replication: 'dc1: 2' },
    look: 'now',
    tells: 'Changing',
  },
  'a data centre that had none gets all its copies at once': {
    is: { dc1: 3 },
    wanted: { dc1: 3, dc2: 3 },
    repair: due('dc1: 3', 'dc1: 3, dc2: 3'),
    sets: { dc1: 3, dc2: 3 },
    owes: 'kept',
    tells: 'Changing',
    says: /from dc1: 3 to dc1: 3, dc2: 3/,
  },
  'and asks for no repair before': {
    is: { dc1: 3 },
    wanted: { dc1: 3, dc2: 3 },
    owes: { before: 'dc1: 3', replication: 'dc1: 3, dc2: 3' },
    look: 'now',
    tells: 'Changing',
  },
  'before a copy goes a repair is asked for, with every command in its order': {
    is: { dc1: 3 },
    wanted: { dc1: 1 },
    owes: { before: 'dc1: 3', replication: 'dc1: 3' },
    look: 'later',
    tells: 'RepairNeeded',
    says: /from dc1: 3 to dc1: 2 after a repair.*nodetool repair --full tapeline on every node, then kubectl annotate tickstore\/bars --overwrite tapeline.dev\/repaired=1-\w{8};.*the operator changes it, after which nodetool cleanup tapeline on every node/,
  },
  'it stays asked for with the same token': {
    is: { dc1: 3 },
    wanted: { dc1: 1 },
    repair: asked,
    owes: 'kept',
    tells: 'RepairNeeded',
    says: /repaired=1-0a0a0a0a/,
  },
  'then one copy goes, however few are declared': {
    is: { dc1: 3 },
    wanted: { dc1: 1 },
    repair: asked,
    isRepaired: true,
    sets: { dc1: 2 },
    owes: 'kept',
    tells: 'Changing',
    says: /changed replication from dc1: 3 to dc1: 2; run nodetool cleanup tapeline on every node$/m,
  },
  'the next one needs a repair of its own, and an annotation of its own': {
    is: { dc1: 2 },
    wanted: { dc1: 1 },
    repair: asked,
    isRepaired: true,
    owes: { before: 'dc1: 2', replication: 'dc1: 2' },
    tells: 'RepairNeeded',
  },
  'once copies are as few as declared nothing is owed': {
    is: { dc1: 2 },
    wanted: { dc1: 2 },
    repair: asked,
    isRepaired: true,
    owes: 'nothing',
    tells: 'AsDeclared',
  },
  'a repair that was asked for is forgotten when the change is taken back': {
    is: { dc1: 3 },
    wanted: { dc1: 3 },
    repair: asked,
    owes: 'nothing',
    tells: 'AsDeclared',
  },
  'a copy that somebody took away by hand is owed the repair that was asked for': {
    is: { dc1: 2 },
    wanted: { dc1: 2 },
    repair: asked,
    owes: 'kept',
    tells: 'RepairNeeded',
  },
  'a data centre goes as a whole, after a repair': {
    is: { dc1: 1, dc2: 1 },
    wanted: { dc1: 1 },
    owes: { before: 'dc1: 1, dc2: 1', replication: 'dc1: 1, dc2: 1' },
    tells: 'RepairNeeded',
  },
  'copies that are not by data centre are repaired before they are placed anew': {
    is: {},
    wanted: { dc1: 3 },
    owes: { before: 'not by data centre', replication: 'not by data centre' },
    tells: 'RepairNeeded',
  },
  'where one data centre gets more and one fewer, both are one change': {
    is: { dc1: 3, dc2: 1 },
    wanted: { dc1: 2, dc2: 3 },
    repair: due('dc1: 3, dc2: 1', 'dc1: 2, dc2: 2'),
    sets: { dc1: 2, dc2: 2 },
    owes: 'kept',
    tells: 'Changing',
    says: /run nodetool repair --full tapeline on every node, then run nodetool cleanup tapeline on every node/,
  },
  'of a paused store nothing is written down': {
    is: { dc1: 1 },
    wanted: { dc1: 2 },
    spec: { paused: true },
    owes: 'nothing',
    tells: 'Changing',
    says: /replication is dc1: 1, declared is dc1: 2/,
  },
  'of a paused store no repair is asked for': {
    is: { dc1: 3 },
    wanted: { dc1: 2 },
    spec: { paused: true },
    owes: 'nothing',
    tells: 'Changing',
  },
  'while nodes disagree nothing is written down': {
    is: { dc1: 1 },
    wanted: { dc1: 2 },
    isApart: true,
    owes: 'nothing',
    tells: 'Changing',
  },
  'what was written down before they disagreed stays, and is not made': {
    is: { dc1: 1 },
    wanted: { dc1: 2 },
    repair: rising,
    isApart: true,
    owes: 'kept',
    tells: 'Changing',
  },
  'of a store that goes nothing is written down': {
    is: { dc1: 1 },
    wanted: { dc1: 2 },
    metadata: deleting,
    owes: 'nothing',
    tells: 'Changing',
  },
};

function decide({ is, wanted, repair, isRepaired = false, spec, metadata, isApart = false }: Row): StoreDecision {
  const nodes = ['dc1', 'dc2'].flatMap((dataCenter) =>
    [1, 2, 3].map((n) => ({ address: `${dataCenter}-${n}`, dataCenter, schemaVersion: isApart ? `v${n}` : 'v1' })),
  );
  const keyspace = {
    replication: is,
    tables: [],
    migration: 1,
    missingMigrations: [],
    migrationFault: undefined,
    tablesFault: undefined,
  };
  const observed: StoreObserved = {
    others: [],
    streams: [],
    cluster: seen({ nodes, keyspace }),
    failed: undefined,
  };
  const annotations: Readonly<Record<string, string>> = isRepaired ? { 'tapeline.dev/repaired': token } : {};
  const store = storeOf({
    spec: { replication: wanted, ...spec },
    metadata: { annotations, ...metadata },
    ...(repair === undefined ? {} : { status: { repair } }),
  });
  return decideStore(store, observed);
}

function owedOf({ owes, repair }: Row): unknown {
  if (owes === 'kept') return repair;
  if (owes === undefined || owes === 'nothing') return undefined;
  const anotherToken: unknown = expect.not.stringMatching(token);
  return { ...owes, token: anotherToken };
}

test.each(Object.entries(rows))('%s', (_name, row) => {
  const { status, actions, look } = decide(row);
  const conditions = status?.conditions ?? [];
  const told = new Map(conditions.map(({ type, reason }) => [type, reason]));
  expect(told.get('ReplicationConsistent')).toBe(row.tells);
  const set = actions.flatMap(({ effect }) => (effect.kind === 'set-replication' ? [effect.replication] : []));
  expect(set).toEqual(row.sets === undefined ? [] : [row.sets]);
  expect(status?.['repair']).toEqual(owedOf(row));
  expect(look).toBe(row.look ?? look);
  expect(conditions.filter(({ message }) => message === '')).toEqual([]);
  const notes = actions.map(({ tells }) => tells?.note ?? '');
  expect([...notes, ...conditions.map(({ message }) => message)].join('\n')).toMatch(row.says ?? /(?:)/);
});

test('the token changes with the object and with the schema, so that no old annotation answers for a new change', () => {
  const row: Row = { is: { dc1: 1 }, wanted: { dc1: 3 }, owes: 'kept', tells: '' };
  const tokenOf = (more: Partial<Row>): unknown =>
    (decide({ ...row, ...more }).status?.['repair'] as RepairDue | undefined)?.token;
  expect([tokenOf({}), tokenOf({ metadata: { generation: 2 } })]).toEqual([
    expect.stringMatching(/^1-/),
    expect.stringMatching(/^2-/),
  ]);
  const tokens = [tokenOf({}), tokenOf({ metadata: { uid: 'another' } }), tokenOf({ wanted: { dc1: 1, dc2: 1 } })];
  expect(new Set(tokens).size).toBe(3);
});
