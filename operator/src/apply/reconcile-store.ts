/**
 * One round on a store: read it anew, look, decide, do, tell. In: its key. Out: when to look again. A repair that a change asks for is
 * told before the change is made, so that nobody who dies in between loses it.
 */
import { keyText, type ObjectKey } from '@tapeline/kubernetes';
import { tickStoreType } from '../crd/group.ts';
import { readTickStore } from '../crd/tick-store.ts';
import { decideStore } from '../decide/decide-store.ts';
import type { StoreAction } from '../decide/store-actions.ts';
import { observeStore } from '../observe/observe-store.ts';
import type { ReconcileContext, ReconcileResult } from '../runtime/controller.ts';
import { fencedApi } from '../runtime/fenced-api.ts';
import { applyStore } from './apply-store.ts';
import { readOrTell } from './read-or-tell.ts';
import type { RoundParts } from './reconcile-stream.ts';
import { tellStatus } from './tell-status.ts';

/** Rounds on stores. */
export async function reconcileStore(
  parts: Omit<RoundParts, 'settings' | 'coordinators'>,
  key: ObjectKey,
  { signal, term }: ReconcileContext,
): Promise<ReconcileResult> {
  const { known, servers, clock, record, waits } = parts;
  const api = fencedApi(parts.api, term);
  const object = await api.get(tickStoreType, key, { signal });
  if (object === undefined) {
    waits.forget(keyText(key));
    return {};
  }
  const telling = { api, clock, record, signal };
  const store = await readOrTell(telling, tickStoreType, object, readTickStore);
  if (store === undefined) return {};
  const { observed, secrets } = await observeStore({ api, known, servers, signal }, store);
  const decision = decideStore(store, observed);
  if (decision.status === undefined) return {};
  const onDone = ({ tells }: StoreAction): void => {
    if (tells !== undefined)
      record(object, { type: 'Normal', reason: tells.reason, action: 'Reconcile', note: tells.note });
  };
  const isHeld = (): boolean => term.isHeld();
  const input = { object, store, secrets };
  const { done, failed } = await applyStore({ api, servers, signal, isHeld, onDone }, input, decision.actions);
  // The object is another by its finalizer, or gone: the next round reads it and tells.
  const isTouched = done.some(({ effect }) => effect.kind === 'set-finalizer');
  if (isTouched) return { requeueAfterMs: waits.after(keyText(key), 'acted') };
  const final = failed.length === 0 ? decision : decideStore(store, { ...observed, failed: failed[0] });
  if (final.status !== undefined) await tellStatus(telling, tickStoreType, object, final.status);
  const hasActed = (done.length > 0 || decision.look === 'now') && failed.length === 0;
  const kind = hasActed ? 'acted' : final.look === 'later' ? 'settled' : 'waiting';
  return { requeueAfterMs: waits.after(keyText(key), kind) };
}
