/**
 * How an object of either kind goes. In: the object, and why it may or may not go. Out: its finalizer taken off, or what keeps it, with
 * the annotation by which a person lets it go all the same.
 */
import { annotations } from '../crd/group.ts';
import type { ObjectFacts } from '../crd/object-facts.ts';

/** What was decided on an object that is to go. */
export type Deletion<Action> = {
  readonly actions: readonly Action[];
  /** What keeps it, for a person; undefined = it is on its way. */
  readonly blockedBy: string | undefined;
};

/** Takes the finalizer off. */
export type LetGo = {
  readonly effect: { readonly kind: 'set-finalizer'; readonly isWanted: false };
  readonly of: 'object';
  readonly tells?: { readonly reason: 'Abandoned'; readonly note: string };
};

/** It goes; `note` says what stays outside if a person let it go. */
export function letGo(note?: string): Deletion<LetGo> {
  const effect = { kind: 'set-finalizer', isWanted: false } as const;
  const tells = note === undefined ? {} : { tells: { reason: 'Abandoned', note } as const };
  return { actions: [{ effect, of: 'object', ...tells }], blockedBy: undefined };
}

/** It stays, for this reason; `outside` would stay if a person let it go now. */
export function blocked({ kind, name, uid }: ObjectFacts, outside: string, why: string): Deletion<never> {
  const command = `kubectl annotate ${kind.toLowerCase()}/${name} ${annotations.abandon}=${uid}`;
  return { actions: [], blockedBy: `${why}; or let it go and leave its ${outside}: ${command}` };
}
