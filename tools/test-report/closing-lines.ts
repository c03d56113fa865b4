/**
 * The text of the test report's end. In: counts and the skipped tests. Out: lines, the last of which always reads
 * `Tests: 123 passed, 0 failed, 2 skipped` and nothing else, so that scripts can find it. Pure.
 */

/** One test that did not run. `note` is what the test gave as its reason while it ran, if it did. */
export type SkippedTest = { readonly file: string; readonly name: string; readonly note: string | undefined };

/** What a run came to. `failed` also counts files that could not be loaded and errors outside any test. */
export type TestRun = {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly SkippedTest[];
  /** Whether the skipped tests fail the run. */
  readonly skipsFail: boolean;
  readonly listSkipped: boolean;
};

/** The lines to print, in order, without line ends. */
export function closingLines(run: TestRun): string[] {
  const lines: string[] = [];
  if (run.listSkipped && run.skipped.length > 0) {
    lines.push('Skipped:');
    for (const test of run.skipped) {
      lines.push(`  ${test.file}: ${test.name}${test.note === undefined ? '' : ` (${test.note})`}`);
    }
    lines.push('');
  }
  if (run.skipsFail) lines.push(`TAPELINE_SKIPS=fail: ${run.skipped.length} skipped, so this run fails.`);
  lines.push(`Tests: ${run.passed} passed, ${run.failed} failed, ${run.skipped.length} skipped`);
  return lines;
}
