// @ts-check
/**
 * Builds the page of the dashboard before a market is started. In: the task and its arguments. Out: nothing, or what is
 * wrong and what to do. tools/page/build.mjs knows itself whether its sources have changed; its output goes to stderr.
 */
import path from 'node:path';
import { runChild } from './child.mjs';

/**
 * Whether a task serves the page: `tapeline` by itself or with options. A command by name (`bars`, `help`) does not.
 * @param {string} task
 * @param {readonly string[]} args
 * @returns {boolean}
 */
export function servesPage(task, args) {
  const [first] = args;
  const asksOnly = args.some((arg) => arg === '--help' || arg === '-h' || arg === '--version');
  return task === 'tapeline' && !asksOnly && (first === undefined || first.startsWith('-') || first === 'serve');
}

/**
 * @param {string} root
 * @param {string} node to run with
 * @returns {Promise<{ problem?: string }>}
 */
export async function ensurePage(root, node) {
  const ending = await runChild({
    label: 'tools/page/build.mjs',
    command: node,
    args: [path.join(root, 'tools', 'page', 'build.mjs')],
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (ending.code === 0) return {};
  return {
    problem: `the page could not be built (tools/page/build.mjs ended with ${ending.code}); see the lines above.`,
  };
}
