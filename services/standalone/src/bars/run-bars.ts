/**
 * Runs `tapeline bars`. In: files and settings. Out: bars on the output, messages and counts on the screen, the exit
 * code. What cannot be read is told of and left out; the good rows beside it go through.
 */
import { type RecordingProblem, type Recording, isRecordingProblem, openRecordings } from '@tapeline/recordings';
import type { Surroundings } from '../command.ts';
import { ExitCode } from '../exit-code.ts';
import type { Screen } from '../screen.ts';
import type { BarFormat, BarsSettings } from './bars-options.ts';
import { BarsRun } from './bars-run.ts';
import { type Output, OutputError, fileOutput, streamOutput } from './output.ts';

/** Makes the bars of `paths`; answers the exit code. */
export async function runBars(
  paths: readonly string[],
  settings: BarsSettings,
  surroundings: Surroundings,
  screen: Screen,
): Promise<number> {
  const output = await outputOf(settings, paths, surroundings);
  if ('problem' in output) {
    screen.say(output.problem);
    return ExitCode.refused;
  }
  try {
    const code = await runInto(output, paths, settings, surroundings, screen);
    if (code === ExitCode.good || code === ExitCode.incomplete) await output.finish();
    else await output.discard();
    return code;
  } catch (error) {
    await output.discard();
    if (!(error instanceof OutputError)) throw error;
    screen.clearProgress();
    // Whoever reads our output has had enough of it: nothing to tell, and nothing wrong.
    if (error.code === 'EPIPE') return ExitCode.good;
    screen.say(error.message);
    return ExitCode.refused;
  }
}

async function outputOf(
  settings: BarsSettings,
  paths: readonly string[],
  { out }: Surroundings,
): Promise<Output | { problem: string }> {
  if (settings.out === undefined || settings.out === '-') return streamOutput(out, 'standard output');
  return fileOutput(settings.out, paths);
}

async function runInto(
  output: Output,
  paths: readonly string[],
  settings: BarsSettings,
  { stop }: Surroundings,
  screen: Screen,
): Promise<number> {
  screen.progress(() => `looking at ${paths.length} files`);
  const options = settings.calendar === undefined ? {} : { calendar: settings.calendar };
  const answers = await openRecordings(paths, options);
  const problems = answers.filter((answer): answer is RecordingProblem => isRecordingProblem(answer));
  const recordings = answers.filter((answer): answer is Recording => !isRecordingProblem(answer));
  for (const problem of problems) screen.say(problem.message);
  if (recordings.length === 0) {
    if (problems.length > 1) screen.say(`none of the ${problems.length} files can be read`);
    return ExitCode.refused;
  }
  const run = new BarsRun({ ...settings, format: formatOf(settings) }, output, screen, stop);
  await run.read(recordings);
  if (stop.aborted) {
    screen.say('stopped; nothing more is written');
    return ExitCode.stopped;
  }
  run.tellCounts();
  return problems.length > 0 || !run.wentWell ? ExitCode.incomplete : ExitCode.good;
}

function formatOf({ format, out = '' }: BarsSettings): BarFormat {
  return format ?? (/\.(?:ndjson|jsonl)$/i.test(out) ? 'ndjson' : 'csv');
}
