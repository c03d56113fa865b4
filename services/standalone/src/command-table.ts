/**
 * The commands that there are. In: nothing. Out: one entry a command, from which the command line is read and the help
 * is written; a new command is one more entry.
 */
import { barsCommand } from './bars/bars-command.ts';
import type { Command } from './command.ts';
import { placementCommand } from './placement/placement-command.ts';
import { serveCommand } from './serve/serve-command.ts';
import { statusCommand } from './status-command.ts';

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [serveCommand, barsCommand, placementCommand, statusCommand];
