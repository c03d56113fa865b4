// @ts-check
/**
 * Runs one child process as if it were this one: same terminal, same signals, same end. In: a command. Out: how it
 * ended. A signal from the terminal reaches the whole process group by itself, so it is not sent a second time.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * @typedef {{ label: string, command: string, args: readonly string[], cwd: string, stdio?: import('node:child_process').StdioOptions, shell?: boolean }} Step
 * One command to run; `label` is its name in messages.
 * @typedef {{ code: number, signal: NodeJS.Signals | null }} Ending
 * How a child ended: its exit code, or the signal that ended it (`code` is then 128 + the signal's number).
 */

/** @type {readonly NodeJS.Signals[]} */
const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a step to its end with this process's stdin, stdout and stderr unless the step says otherwise. A command that
 * cannot be started is one line on stderr and exit code 127, as in a shell.
 * @param {Step} step
 * @returns {Promise<Ending>}
 */
export function runChild(step) {
  return new Promise((resolve) => {
    const child = spawn(step.command, step.args, {
      cwd: step.cwd,
      stdio: step.stdio ?? 'inherit',
      shell: step.shell ?? false,
    });
    /** @param {NodeJS.Signals} signal */
    const passOn = (signal) => {
      const sentByTerminal = signal === 'SIGINT' && process.stdin.isTTY === true;
      if (!sentByTerminal) child.kill(signal);
    };
    /** @param {Ending} ending */
    const end = (ending) => {
      for (const signal of passedOn) process.off(signal, passOn);
      resolve(ending);
    };
    for (const signal of passedOn) process.on(signal, passOn);
    child.on('error', (error) => {
      process.stderr.write(`tapeline: ${step.label} did not start (${error.message}).\n`);
      end({ code: 127, signal: null });
    });
    child.on('exit', (code, signal) => end({ code: code ?? 128 + constants.signals[signal ?? 'SIGKILL'], signal }));
  });
}

/**
 * Ends this process as the child ended: by the same signal, else with the same code.
 * @param {Ending} ending
 */
export function endAs(ending) {
  process.exitCode = ending.code;
  if (ending.signal !== null) process.kill(process.pid, ending.signal);
}
