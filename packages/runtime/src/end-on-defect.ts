/**
 * What nobody caught. In: an exception or rejection that reached the process. Out: one log line, and an exit. After a
 * defect memory may contradict the log; a new process reads the truth again (law 1).
 */
import type { Logger } from './logger.ts';

/** The part of Node's `process` that this needs. */
export type DefectSource = {
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (reason: unknown) => void): unknown;
  exit(code: number): unknown;
};

/** Ends the process with `exitCode`, 1 to 255, at the first such error; errors that follow it are not told. */
export function endOnDefect(log: Logger, exitCode: number, source: DefectSource = process): void {
  let ended = false;
  const end =
    (kind: string) =>
    (reason: unknown): void => {
      if (ended) return;
      ended = true;
      log.error('a defect of tapeline, please report it', { kind, error: reason });
      source.exit(exitCode);
    };
  source.on('uncaughtException', end('exception'));
  source.on('unhandledRejection', end('rejection'));
}
