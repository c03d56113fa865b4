/**
 * One round on a stream: read it anew, look, decide, do, tell. In: its key. Out: when to look again. Level-based: it may come at any
 * time and any number of times, and a round on a stream that is as it should be writes nothing.
 */
import { type KubeApi, keyText, type KubeObject, type ObjectKey } from '@tapeline/kubernetes';
import type { Clock } from '@tapeline/runtime';
import { tickStreamType } from '../crd/group.ts';
import { readTickStream, type TickStream } from '../crd/tick-stream.ts';
import { decideStream } from '../decide/decide-stream.ts';
import type { CoordinatorWish } from '../decide/coordinator-wish.ts';
import type { StreamAction } from '../decide/stream-actions.ts';
import type { KnownObjects } from '../observe/cluster-view.ts';
import { observeStream, type StreamLook } from '../observe/observe-stream.ts';
import type { SeenStore } from '../observe/stream-observed.ts';
import type { ReconcileContext, ReconcileResult } from '../runtime/controller.ts';
import { fencedApi } from '../runtime/fenced-api.ts';
import type { PodSettings } from '../workloads/deployment.ts';
import { applyStream } from './apply-stream.ts';
import type { Coordinators, Servers } from './ports.ts';
import { readOrTell } from './read-or-tell.ts';
import type { RoundWaits } from './round-waits.ts';
import { type RecordEvent, tellStatus } from './tell-status.ts';

/** What rounds need. */
export type RoundParts = {
  readonly api: KubeApi;
  readonly known: KnownObjects;
  readonly servers: Servers;
  readonly coordinators: Coordinators;
  readonly settings: PodSettings;
  readonly clock: Clock;
  readonly record: RecordEvent;
  readonly waits: RoundWaits;
};

/** Rounds on streams. */
export async function reconcileStream(
  parts: RoundParts,
  key: ObjectKey,
  { signal, term }: ReconcileContext,
): Promise<ReconcileResult> {
  const { known, servers, coordinators, settings, clock, record, waits } = parts;
  const api = fencedApi(parts.api, term);
  const object = await api.get(tickStreamType, key, { signal });
  if (object === undefined) {
    waits.forget(keyText(key));
    coordinators.stop(keyText(key));
    return {};
  }
  const telling = { api, clock, record, signal };
  const stream = await readOrTell(telling, tickStreamType, object, readTickStream);
  if (stream === undefined) return {};
  const { observed, secrets } = await observeStream({ api, known, servers, coordinators, signal }, stream);
  const decision = decideStream(stream, observed, settings);
  coordinate(coordinators, keyText(key), decision.coordinator, {
    object,
    term,
    stream,
    store: observed.store,
    secrets,
  });
  if (decision.status === undefined) return {};
  const onDone = ({ tells }: StreamAction): void => {
    if (tells !== undefined)
      record(object, { type: 'Normal', reason: tells.reason, action: 'Reconcile', note: tells.note });
  };
  const isHeld = (): boolean => term.isHeld();
  const input = { object, stream, store: observed.store, secrets };
  const { done, failed } = await applyStream({ api, servers, signal, isHeld, onDone }, input, decision.actions);
  // The object is another by its finalizer, or gone: the next round reads it and tells.
  const isTouched = done.some(({ effect }) => effect.kind === 'set-finalizer');
  if (isTouched) return { requeueAfterMs: waits.after(keyText(key), 'acted') };
  const final = failed.length === 0 ? decision : decideStream(stream, { ...observed, failed }, settings);
  if (final.status !== undefined) await tellStatus(telling, tickStreamType, object, final.status);
  const kind = done.length > 0 && failed.length === 0 ? 'acted' : final.look === 'later' ? 'settled' : 'waiting';
  return { requeueAfterMs: waits.after(keyText(key), kind) };
}

/** It is not an effect: it writes nothing by itself, and whoever leads next begins it anew. */
function coordinate(
  coordinators: Coordinators,
  key: string,
  wish: CoordinatorWish,
  { object, term, stream, store, secrets }: CoordinateInput,
): void {
  if (wish.kind === 'stop') coordinators.stop(key);
  if (wish.kind !== 'run' || store === undefined || secrets === undefined || !term.isHeld()) return;
  const { cassandra, keyspace } = store.store;
  coordinators.run(key, { object, term, kafka: stream.kafka, cassandra, keyspace, secrets, plan: wish.plan });
}

type CoordinateInput = Pick<StreamLook, 'secrets'> & {
  readonly object: KubeObject;
  readonly term: ReconcileContext['term'];
  readonly stream: TickStream;
  readonly store: SeenStore | undefined;
};
