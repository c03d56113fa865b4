/**
 * The pod security standard `restricted`, as far as our pods use it. In: a pod. Out: what breaks it, a sentence each. The API server's
 * own check is asked where there is one; this one says the same where there is none.
 */
import { listAt, type RenderedPod, valueAt } from './rendered-chart.ts';

/** What the pod may not be. */
export function restrictedProblems({ of, spec }: RenderedPod): readonly string[] {
  const problems: string[] = [];
  const need = (holds: boolean, problem: string): void => {
    if (!holds) problems.push(`${of}: ${problem}`);
  };
  need(valueAt(spec, 'securityContext', 'runAsNonRoot') === true, 'may run as root');
  need(Number(valueAt(spec, 'securityContext', 'runAsUser')) > 0, 'names no user');
  need(valueAt(spec, 'securityContext', 'seccompProfile', 'type') === 'RuntimeDefault', 'has no seccomp profile');
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) need(spec[field] !== true, `has ${field}`);
  for (const volume of listAt(spec, 'volumes')) need(!('hostPath' in volume), 'mounts a path of its node');
  for (const container of [...listAt(spec, 'initContainers'), ...listAt(spec, 'containers')]) {
    const name = String(container['name']);
    const context = valueAt(container, 'securityContext');
    need(valueAt(context, 'allowPrivilegeEscalation') === false, `${name} may gain rights`);
    need(valueAt(context, 'readOnlyRootFilesystem') === true, `${name} may write its root`);
    need(String(valueAt(context, 'capabilities', 'drop')) === 'ALL', `${name} keeps capabilities`);
  }
  return problems;
}
