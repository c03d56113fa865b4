/**
 * The mutants still fit the code they change. In: the checkout. Out: a breach for each patch that git cannot apply, so
 * that a change of a rule which leaves its mutant behind is noticed before the long run of all mutants.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { Offence } from './offence.ts';
import { listFiles } from './repository.ts';

/** Whether git can be run at all. */
export function hasGit(): boolean {
  return spawnSync('git', ['--version']).status === 0;
}

/** Every tests/mutants/*.patch below `root` that does not apply. Nothing is changed. */
export function mutantOffences(root: string): Offence[] {
  // A checkout that lies inside another repository would be taken for a part of that one, where no patch fits.
  const env = { ...process.env, GIT_CEILING_DIRECTORIES: path.dirname(path.resolve(root)) };
  return listFiles(root)
    .filter((file) => /^tests\/mutants\/[^/]+\.patch$/.test(file))
    .flatMap((file) => {
      const applied = spawnSync('git', ['apply', '--check', file], { cwd: root, env, encoding: 'utf8' });
      if (applied.status === 0) return [];
      const reason = applied.stderr.trim().split('\n')[0] ?? '';
      return [
        {
          path: file,
          line: 1,
          problem: `does not apply (${reason})`,
          remedy: 'write the mutant anew for the code as it is',
        },
      ];
    });
}
