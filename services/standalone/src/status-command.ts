/**
 * The command `status`, which is also `kubectl tapeline status`. In: what follows the name. Out: trees of the TickStreams of a cluster,
 * and the exit code. The operator's package has it all; this gives it our streams.
 */
import { runStatus, statusOptions, statusWords } from '@tapeline/operator/status';
import { streamOutput } from './bars/output.ts';
import type { Command } from './command.ts';

/** `tapeline status [NAME…]`. */
export const statusCommand: Command = {
  name: 'status',
  operands: statusWords.operands,
  summary: `${statusWords.summary}; also kubectl tapeline status`,
  about: [
    ...statusWords.about,
    'As a kubectl plugin of this checkout: ln -s "$PWD/operator/bin/kubectl-tapeline" /usr/local/bin/',
  ],
  options: statusOptions,
  exitCodes: statusWords.exitCodes,
  examples: ['tapeline status -A', 'kubectl tapeline status us-equities -n market'],
  run: async (args, { out, err, env, stop }) =>
    runStatus(args, {
      caller: 'tapeline status',
      typed: 'tapeline status',
      env,
      stop,
      write: async (text) => streamOutput(out, 'standard output').write(text),
      complain: (text) => void err.write(text),
    }),
};
