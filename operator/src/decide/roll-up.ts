/**
 * The conditions that sum up. In: findings of the parts, in the order of what hangs on what. Out: Ready, Progressing and Degraded,
 * with the reason of the first part that is not as it should be.
 */
import type { Finding } from './condition.ts';

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
