/**
 * How a command ends. In: nothing. Out: the closed list of exit codes, and what the help of every command says of some
 * of them; each command says the others in its own words. The reasons stand in docs/adr/0004-the-bars-command.md.
 */

/** Exit codes of every command. */
export const ExitCode = {
  /** Everything that was given went in. */
  good: 0,
  /** Some rows or files could not be read; the result of the others is there. */
  incomplete: 1,
  /** It could not begin, or cannot go on: bad arguments, no readable file, a place that cannot be written. */
  refused: 2,
  /** A defect of tapeline itself. */
  defect: 3,
  /** Stopped by a signal; the process then ends by that signal. */
  stopped: 130,
} as const;

/** What the help says of the codes that mean the same in every command. */
export const exitCodesOfAll: readonly string[] = [
  '3  a defect of tapeline itself',
  'SIGINT and SIGTERM end it by that signal; a shell shows 130 and 143',
];
