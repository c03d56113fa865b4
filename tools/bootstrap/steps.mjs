// @ts-check
/**
 * Runs the steps of a task that has several. In: steps. Out: exit code 0 if all ended well. All steps run even if one
 * fails, so that one run shows everything; the last line says which failed. A signal ends the task at once.
 */
import { runChild } from './child.mjs';

/**
 * @param {string} task
 * @param {readonly import('./child.mjs').Step[]} steps
 * @returns {Promise<import('./child.mjs').Ending>}
 */
export async function runSteps(task, steps) {
  const failed = [];
  for (const step of steps) {
    process.stderr.write(`${task}: ${step.label}\n`);
    const ending = await runChild(step);
    if (ending.signal !== null) return ending;
    if (ending.code !== 0) failed.push(step.label);
  }
  const verdict = failed.length === 0 ? `all ${steps.length} steps passed` : `failed: ${failed.join(', ')}`;
  process.stderr.write(`${task}: ${verdict}\n`);
  return { code: failed.length === 0 ? 0 : 1, signal: null };
}
