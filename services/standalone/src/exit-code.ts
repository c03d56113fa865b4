/**
 * How a command ends. In: nothing. Out: the closed list of exit codes, and what the help says of them. The reasons
 * stand in docs/adr/0004-the-bars-command.md.
 */

/** Exit codes of every command. */
export const ExitCode = {
  /** Everything that was given went in. */
  good: 0,
  /** Some rows or files could not be read; the result of the others is written. */
  incomplete: 1,
  /** Nothing was written: bad arguments, no readable file, or an output that cannot be written. */
  refused: 2,
  /** A defect of tapeline itself. */
  defect: 3,
  /** Stopped by a signal; the process then ends by that signal. */
  stopped: 130,
} as const;

/** What the help says of them. */
export const exitCodeHelp: readonly string[] = [
  '0  every row was read',
  '1  some rows or files could not be read (each has its message); the bars of the others are written',
  '2  nothing was written: bad arguments, no file that could be read, or an output that cannot be written',
  '3  a defect of tapeline itself',
];
