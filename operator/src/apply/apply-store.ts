/**
 * Does what was decided on a store, one effect after the other. In: actions. Out: which were done, and the failure that ended it if
 * one did. Each effect may be done again and is done when every node has it.
 */
import type { KubeObject } from '@tapeline/kubernetes';
import { finalizer, tickStoreType } from '../crd/group.ts';
import type { TickStore } from '../crd/tick-store.ts';
import type { StoreAction, StoreEffect } from '../decide/store-actions.ts';
import type { SecretBook } from '../observe/read-secrets.ts';
import { addFinalizer, removeFinalizer } from '../runtime/finalizer.ts';
import { type Applied, applyInOrder } from './apply-in-order.ts';
import type { ApplyParts } from './apply-stream.ts';
import type { KeyspacePort } from './ports.ts';

/** What effects on a store need. */
export type ApplyStoreParts = ApplyParts<StoreAction>;

/** The store as it was read, and what opens its cluster. */
export type ApplyStoreInput = {
  readonly object: KubeObject;
  readonly store: TickStore;
  readonly secrets: SecretBook | undefined;
};

/** Does them in order, up to the first that fails. Rejects with what is no failure of the outside. */
export async function applyStore(
  parts: ApplyStoreParts,
  input: ApplyStoreInput,
  actions: readonly StoreAction[],
): Promise<Applied<StoreAction>> {
  return applyInOrder(parts, actions, {
    perform: async (action) => {
      await perform(parts, input, action.effect);
      return action;
    },
    // Tables hang on migrations, and those on the keyspace.
    isBlocked: () => true,
  });
}

async function perform(parts: ApplyStoreParts, input: ApplyStoreInput, effect: StoreEffect): Promise<void> {
  const { api } = parts;
  const { object } = input;
  switch (effect.kind) {
    case 'set-finalizer':
      return effect.isWanted
        ? void (await addFinalizer(api, tickStoreType, object, finalizer))
        : removeFinalizer(api, tickStoreType, object, finalizer);
    case 'create-keyspace':
      return onKeyspace(parts, input, (keyspace) => keyspace.createKeyspace(effect.replication));
    case 'set-replication':
      return onKeyspace(parts, input, (keyspace) => keyspace.setReplication(effect.replication));
    case 'migrate':
      return onKeyspace(parts, input, (keyspace) => keyspace.migrate());
    case 'set-table':
      return onKeyspace(parts, input, (keyspace) => keyspace.setTable(effect.table.name, effect.table));
    case 'drop-keyspace':
      return onKeyspace(parts, input, (keyspace) => keyspace.dropKeyspace());
  }
}

async function onKeyspace(
  { servers }: ApplyStoreParts,
  { store, secrets }: ApplyStoreInput,
  work: (keyspace: KeyspacePort) => Promise<void>,
): Promise<void> {
  if (secrets === undefined) throw new RangeError('an effect on Cassandra was decided without its secrets');
  await servers.withKeyspace(store.cassandra, store.keyspace, secrets, work);
}
