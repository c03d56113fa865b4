/**
 * What keeps a market from starting, in words. In: what a part of it threw. Out: one sentence that names the option, its
 * value and the remedy; nothing for a defect, which has to be told as one.
 */
import { isBackendProblem } from '@tapeline/backend';
import { ReplayRegisterError } from '@tapeline/feed';
import { NotListeningError } from '@tapeline/runtime';
import { WorkerFailedError } from '@tapeline/worker';

/** What kept the market from starting, in one sentence; undefined for a defect. */
export function startProblem(error: unknown): string | undefined {
  const toldErrors = [NotListeningError, ReplayRegisterError, WorkerFailedError];
  const told = isBackendProblem(error) || toldErrors.some((kind) => error instanceof kind);
  return told && error instanceof Error ? error.message : undefined;
}
