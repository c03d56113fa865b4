/**
 * What becomes of the tables. In: what is declared and what is. Out: a finding and effects. Steps only add; a time to live counts
 * for rows written from then on, which the message says as long as one is declared.
 */
import type { Compaction, TableSpec, TickStore } from '../crd/tick-store.ts';
import type { SeenKeyspace, SeenTable, StoreObserved } from '../observe/store-observed.ts';
import { type Finding, finding } from './condition.ts';
import type { StoreAction } from './store-actions.ts';
import type { StoreReason } from './store-reasons.ts';

/** What was decided on tables. */
export type TablesDecision = {
  readonly finding: Finding<StoreReason<'SchemaApplied'>>;
  readonly actions: readonly StoreAction[];
  readonly drift: readonly string[];
};

/** Decides on tables; `canChange` is false while nodes do not agree. */
export function decideTables(
  store: TickStore,
  keyspace: SeenKeyspace | undefined,
  { failed }: StoreObserved,
  canChange: boolean,
): TablesDecision {
  const none = { actions: [], drift: [] };
  if (keyspace === undefined) {
    return { ...none, finding: finding('False', 'KeyspaceMissing', `keyspace ${store.keyspace} is not there yet`) };
  }
  const { migrationFault, tablesFault, missingMigrations, migration } = keyspace;
  if (migrationFault !== undefined) return { ...none, finding: finding('False', 'MigrationRefused', migrationFault) };
  if (missingMigrations.length > 0) {
    if (failed?.of === 'migration' && failed.failure.code === 'UNFIT') {
      return { ...none, finding: finding('False', 'MigrationRefused', failed.failure.message) };
    }
    const text =
      failed?.of === 'migration'
        ? failed.failure.message
        : `migrations ${missingMigrations.join(', ')} are being applied`;
    const note = `applied migrations ${missingMigrations.join(', ')} to keyspace ${store.keyspace}`;
    const action: StoreAction = { effect: { kind: 'migrate' }, of: 'migration', tells: { reason: 'Migrated', note } };
    return { ...none, actions: canChange ? [action] : [], finding: finding('False', 'Migrating', text) };
  }
  if (tablesFault !== undefined) return { ...none, finding: finding('False', 'TablesUnfit', tablesFault) };
  const absent = store.tables.find(({ name }) => keyspace.tables.every((table) => table.name !== name));
  if (absent !== undefined) {
    const text = `table ${store.keyspace}.${absent.name} is not there although spec.tables declares it; restore it, or take it out of spec.tables`;
    return { ...none, finding: finding('False', 'TablesUnfit', text) };
  }
  const changes = store.tables
    .map((table) => changeOf(table, keyspace.tables))
    .filter((change) => change !== undefined);
  const drift = changes.map(({ text }) => text);
  const actions = canChange ? changes.map(({ action }) => action) : [];
  if (failed?.of === 'tables') {
    const text = `${drift.join('; ')}, and that stays so: ${failed.failure.message}`;
    return { drift, actions, finding: finding('False', 'DriftStays', text) };
  }
  if (changes.length > 0) return { drift, actions, finding: finding('False', 'Changing', drift.join('; ')) };
  const limited = store.tables.filter(({ ttlSec = 0 }) => ttlSec > 0).map(({ name }) => name);
  const old =
    limited.length === 0 ? '' : `; rows of ${limited.join(', ')} keep the time to live that they were written with`;
  return {
    ...none,
    finding: finding('True', 'Applied', `migration ${migration} is applied, tables are as declared${old}`),
  };
}

type Change = { readonly text: string; readonly action: StoreAction };

function changeOf(table: TableSpec, tables: readonly SeenTable[]): Change | undefined {
  const is = tables.find(({ name }) => name === table.name);
  if (is === undefined) return undefined;
  const { ttlSec, compaction } = table;
  const isTtl = ttlSec !== undefined && ttlSec !== is.ttlSec;
  const isCompaction = compaction !== undefined && !isAs(is.compaction, compaction);
  if (!isTtl && !isCompaction) return undefined;
  const facts = [
    ...(isTtl ? [`table ${table.name} has a time to live of ${is.ttlSec} s, declared are ${ttlSec} s`] : []),
    ...(isCompaction
      ? [`table ${table.name} has ${compactionText(is.compaction)}, declared is ${compactionText(compaction)}`]
      : []),
  ];
  const change: TableSpec = { name: table.name, ...(isTtl ? { ttlSec } : {}), ...(isCompaction ? { compaction } : {}) };
  const note = `changed ${facts.join('; ')}${isTtl ? '; rows that are there keep theirs' : ''}`;
  const action: StoreAction = {
    effect: { kind: 'set-table', table: change },
    of: 'tables',
    tells: { reason: 'TableChanged', note },
  };
  return { text: facts.join('; '), action };
}

/** Options that are not declared are the cluster's business. */
function isAs(is: Compaction, wanted: Compaction): boolean {
  return is.class === wanted.class && Object.entries(wanted.options).every(([key, value]) => is.options[key] === value);
}

function compactionText({ class: name, options }: Compaction): string {
  const pairs = Object.entries(options).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? name : `${name} (${pairs.join(', ')})`;
}
