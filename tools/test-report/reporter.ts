/**
 * What the test run says last, after vitest's own output: every skipped test by name (the name carries the reason and
 * the remedy) and one plain line that a script can read. Nothing is silent: where the environment says
 * TAPELINE_SKIPS=fail, as in CI, a skipped test fails the run.
 */
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';
import { closingLines, type SkippedTest } from './closing-lines.ts';

/** A vitest reporter; stands behind `default` in vitest.config.ts. */
export default class TestReport implements Reporter {
  #filteredByName = false;

  onInit(vitest: Vitest): void {
    this.#filteredByName = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const skipped = modules.flatMap((module) => [...module.children.allTests('skipped')].map(skippedTest));
    const skipsFail = process.env['TAPELINE_SKIPS'] === 'fail' && skipped.length > 0;
    if (skipsFail) process.exitCode = 1;
    const lines = closingLines({
      passed: count(modules, 'passed'),
      // A file that cannot be loaded has no tests to fail, and an error outside any test belongs to none: each is one.
      failed: count(modules, 'failed') + modules.filter(failedOutsideTests).length + unhandledErrors.length,
      skipped,
      skipsFail,
      // With `-t` every other test counts as skipped; a list of them would hide the one that was asked for.
      listSkipped: skipsFail || !this.#filteredByName,
    });
    for (const line of lines) process.stdout.write(`${line}\n`);
  }
}

function count(modules: readonly TestModule[], state: 'passed' | 'failed'): number {
  return modules.reduce((sum, module) => sum + [...module.children.allTests(state)].length, 0);
}

function failedOutsideTests(module: TestModule): boolean {
  return module.state() === 'failed' && [...module.children.allTests('failed')].length === 0;
}

function skippedTest(test: TestCase): SkippedTest {
  const result = test.result();
  return {
    file: test.module.relativeModuleId,
    name: test.fullName,
    note: result.state === 'skipped' ? result.note : undefined,
  };
}
