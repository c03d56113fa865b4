/**
 * The conditions that sum up. In: findings of the parts, in the order of what hangs on what. Out: Ready, Progressing and Degraded,
 * with the reason of the first part that is not as it should be.
 */
import { type Finding, finding } from './condition.ts';

/** The first finding that is not true; undefined = all are. */
export function firstOpen<Reason extends string>(findings: readonly Finding<Reason>[]): Finding<Reason> | undefined {
  return findings.find(({ status }) => status !== 'True');
}

/** The first finding whose reason says that a person or a repair is needed. */
export function firstProblem<Reason extends string>(
  findings: readonly Finding[],
  problems: readonly Reason[],
): Finding<Reason> | undefined {
  for (const found of findings) {
    const reason = problems.find((each) => each === found.reason);
    if (reason !== undefined && found.status !== 'True') return { ...found, reason };
  }
  return undefined;
}

/** What deleting comes to in Progressing: it is under way, or waits for what is said. */
export function deletionProgress(blockedBy: string | undefined): Finding<'Deleting' | 'Waiting'> {
  if (blockedBy !== undefined) return finding('False', 'Waiting', blockedBy);
  return finding('True', 'Deleting', 'what was made is being deleted');
}

/** What effects come to in Progressing; each is told by its note, else by its name. */
export function changeProgress(
  actions: readonly {
    readonly tells?: { readonly note: string } | undefined;
    readonly effect: { readonly kind: string };
  }[],
  isNew: boolean,
): Finding<'Creating' | 'Changing'> {
  const text = actions.map(({ tells, effect }) => tells?.note ?? effect.kind).join('; ');
  return finding('True', isNew ? 'Creating' : 'Changing', text);
}
