// @ts-check
/**
 * The bootstrap itself: task name and arguments in, exit code or signal of the task out. Order: know the task, install
 * what is missing, find Node 24, build the page if it will be shown, run. Whatever is wrong before the task starts is one line on stderr and exit code 1,
 * or 2 for an unknown task; stdout belongs to the task.
 */
import { fileURLToPath } from 'node:url';
import { endAs, runChild } from './child.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { findNode, pathWithNodeFirst } from './node-runtime.mjs';
import { ensurePage, servesPage } from './page.mjs';
import { runSteps } from './steps.mjs';
import { isTask, taskNames, taskSteps } from './tasks.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Runs one task to its end and leaves the process with the task's exit code or by its signal.
 * @param {readonly string[]} args the task's name and its own arguments
 * @returns {Promise<void>}
 */
export async function main(args) {
  const [task, ...taskArgs] = args;
  if (!isTask(task)) return fail(`unknown task '${task ?? ''}'; there are: ${taskNames.join(', ')}.`, 2);
  const install = await ensureDependencies(root);
  if (install.problem !== undefined) return fail(install.problem, 1);
  const found = findNode(root);
  if (found.problem !== undefined) return fail(found.problem, 1);

  // Children that say `node` (the tools' own launchers, tests that start the command) must get the same Node.
  Object.assign(process.env, pathWithNodeFirst(process.env, found.node));
  if (servesPage(task, taskArgs)) {
    const page = await ensurePage(root, found.node);
    if (page.problem !== undefined) return fail(page.problem, 1);
  }
  const steps = taskSteps(task, taskArgs, { root, node: found.node, env: process.env, cwd: process.cwd() });
  const [only] = steps;
  endAs(steps.length === 1 && only !== undefined ? await runChild(only) : await runSteps(task, steps));
}

/**
 * @param {string} problem what is wrong and what to do, one sentence
 * @param {number} exitCode
 */
function fail(problem, exitCode) {
  process.stderr.write(`tapeline: ${problem}\n`);
  process.exitCode = exitCode;
}
