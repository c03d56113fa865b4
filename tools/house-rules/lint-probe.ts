/**
 * Runs the linter, with this repository's configuration, over texts that are not part of it. In: paths and texts. Out:
 * what the linter says of each. The texts lie in a folder of their own, laid out like the repository, because most bans
 * hold for some folders only.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { repositoryRoot } from './repository.ts';

/** One text to judge, at a path relative to the repository's root. */
export type Probe = { readonly path: string; readonly source: string };

/** What the linter said of a file: the rule as `plugin(rule)`, and its sentence with our reason. */
export type Verdict = { readonly path: string; readonly rule: string; readonly text: string };

/** The linter's configuration, as far as the tests ask about it. */
export type LintConfig = {
  readonly rules: Record<string, unknown>;
  readonly overrides: readonly { readonly files: readonly string[]; readonly rules: Record<string, unknown> }[];
};

const configName = '.oxlintrc.json';

/** Lints all probes in one run. Throws if the linter could not run. */
export function lint(probes: readonly Probe[]): Verdict[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'tapeline-lint-'));
  try {
    for (const name of [configName, 'tsconfig.base.json'])
      copyFileSync(path.join(repositoryRoot, name), path.join(folder, name));
    writeFileSync(path.join(folder, 'tsconfig.json'), '{ "extends": "./tsconfig.base.json", "include": ["**/*.ts"] }');
    // The linter looks for its type-aware half in node_modules. A junction needs no rights on Windows.
    symlinkSync(path.join(repositoryRoot, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
    for (const probe of probes) {
      const file = path.join(folder, probe.path);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, probe.source);
    }
    const linter = path.join(repositoryRoot, 'node_modules/oxlint/bin/oxlint');
    const run = spawnSync(process.execPath, [linter, '--format=json', '.'], {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    if (!run.stdout.startsWith('{')) throw new Error(`the linter did not run: ${run.stdout}${run.stderr}`);
    return readVerdicts(run.stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Report = {
  readonly diagnostics: readonly {
    readonly message: string;
    readonly code?: string;
    readonly help?: string;
    readonly filename: string;
  }[];
};

function readVerdicts(json: string): Verdict[] {
  const report = JSON.parse(json) as Report;
  return report.diagnostics.map(({ filename, code, message, help }) => ({
    path: filename.split(path.sep).join('/'),
    rule: code ?? '',
    text: `${message} ${help ?? ''}`,
  }));
}

/** The linter's configuration, its comments left out. */
export function readLintConfig(): LintConfig {
  const text = readFileSync(path.join(repositoryRoot, configName), 'utf8');
  return JSON.parse(text.replace(/^\s*\/\/.*$/gm, '')) as LintConfig;
}
