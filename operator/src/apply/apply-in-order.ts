/**
 * One effect after the other. In: actions, and what does one. Out: how many were done, and the failure that ended it if one did.
 * Nothing is begun once the round is over or another may lead.
 */
import type { Failure } from '../decide/failure.ts';
import { failureOf } from '../observe/outside-failure.ts';

/** How it went. */
export type Applied<Of> = {
  readonly done: number;
  readonly failed: { readonly of: Of; readonly failure: Failure } | undefined;
};

/** What a round of effects heeds. */
export type Round<Action> = {
  readonly signal: AbortSignal;
  /** False once another may lead: then nothing outside the cluster is touched either. */
  readonly isHeld: () => boolean;
  /** Told of each effect that was done. */
  readonly onDone: (action: Action) => void;
};

/** Does them in order, up to the first that fails. Rejects with what is no failure of the outside. */
export async function applyInOrder<Action extends { readonly of: unknown }>(
  { signal, isHeld, onDone }: Round<Action>,
  actions: readonly Action[],
  perform: (action: Action) => Promise<void>,
): Promise<Applied<Action['of']>> {
  let done = 0;
  for (const action of actions) {
    if (signal.aborted || !isHeld()) return { done, failed: undefined };
    try {
      await perform(action);
    } catch (error) {
      return { done, failed: { of: action.of, failure: failureOf(error) } };
    }
    done += 1;
    onDone(action);
  }
  return { done, failed: undefined };
}
