/**
 * One breach of a house rule, and how a list of them reads. In: where, what, and the remedy. Out: lines that an editor
 * can open (`file:line`), so that a failed rule says all that is needed to mend it.
 */

/** A breach. `path` is relative to the repository's root, `line` counts from 1. */
export type Offence = {
  readonly path: string;
  readonly line: number;
  readonly problem: string;
  readonly remedy: string;
};

/** One line per breach, in the order of files and lines; the empty text if there is none. */
export function describeOffences(offences: readonly Offence[]): string {
  return offences
    .toSorted((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1))
    .map((offence) => `${offence.path}:${offence.line} ${offence.problem}; ${offence.remedy}`)
    .join('\n');
}
