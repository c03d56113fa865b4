/**
 * The command `status`, of the kubectl plugin and of `tapeline`. In: what follows its name. Out: trees, and 0 if every stream and
 * store that is shown is ready, 1 if one is not or none is there, 2 if it was not understood or nobody could be asked. This file has the
 * words and the checks, and loads what speaks to Kubernetes only when it is asked.
 */
import {
  type Option,
  type OptionValues,
  type OptionWithDefault,
  readOptions,
  switchOption,
  textOption,
} from '@tapeline/runtime';
import type { Asker } from './open-cluster.ts';

/** Names and kinds of what may be set of it. */
export type StatusOptions = {
  readonly namespace: Option<string>;
  readonly 'all-namespaces': OptionWithDefault<boolean>;
  readonly context: Option<string>;
  readonly kubeconfig: Option<string>;
};

/** What may be set of it, in the order of the help. */
export const statusOptions: StatusOptions = {
  namespace: textOption({
    placeholder: 'NAME',
    charsMax: 63,
    help: 'Namespace of the streams, or -n NAME. Default: that of the context.',
  }),
  'all-namespaces': switchOption({ help: 'Streams and stores of every namespace, or -A.' }),
  context: textOption({
    placeholder: 'NAME',
    charsMax: 1_024,
    help: 'Context of the kubeconfig. Default: its current one.',
  }),
  kubeconfig: textOption({
    placeholder: 'FILE',
    charsMax: 4_096,
    help: 'A kubeconfig. Default: as kubectl, the files that KUBECONFIG lists, else ~/.kube/config.',
  }),
};

/** What was asked. Names are those of TickStreams; none = all of them, and stores that none of them uses. */
export type StatusWish = OptionValues<StatusOptions> & { readonly names: readonly string[] };

/** Its words in a help. */
export const statusWords: {
  readonly operands: string;
  readonly summary: string;
  readonly about: readonly string[];
  readonly exitCodes: readonly string[];
} = {
  operands: '[NAME…] [options]',
  summary: 'shows the TickStreams of a Kubernetes cluster as trees',
  about: [
    'Each TickStream with its partitions and topics, TickStore, workers, feeds and lag, and what is wrong with them and ' +
      'what to do. NAME… are those to show; without, all of a namespace, and TickStores that no stream there uses.',
  ],
  exitCodes: [
    '0  every stream and store that is shown is ready',
    '1  one is not, or there is none',
    '2  it was not understood, or the API server could not be asked',
  ],
};

/** Where it is called from. */
export type StatusCaller = Asker & {
  /** How it is typed, such as `kubectl tapeline status`. */
  readonly typed: string;
};

/** The exit code, or `help` if that was asked for. Rejects for a defect, and with what `write` rejects with. */
export async function runStatus(args: readonly string[], caller: StatusCaller): Promise<number | 'help'> {
  const line = readOptions(statusOptions, longArguments(args), {});
  if (line.kind === 'help') return 'help';
  if (line.kind === 'wrong') {
    for (const problem of line.problems) caller.complain(`${caller.caller}: ${problem}\n`);
    caller.complain(`${caller.typed} --help tells what it takes\n`);
    return 2;
  }
  // Loaded late, so that commands beside it start without the Kubernetes client.
  const { showStatus } = await import('./show-status.ts');
  return showStatus({ ...line.values, names: line.operands.map(streamName) }, caller);
}

/** Short options as the long ones that they stand for: `-n NAME`, `-nNAME`, `-n=NAME`, `-A`. */
export function longArguments(args: readonly string[]): readonly string[] {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const long = args.slice(0, end).map((arg) => {
    if (arg === '-A') return '--all-namespaces';
    return arg === '-n' ? '--namespace' : arg.replace(/^-n=?(?=[^-])/, '--namespace=');
  });
  return [...long, ...args.slice(end)];
}

/** kubectl takes `ts/NAME`, too. */
export function streamName(operand: string): string {
  return operand.replace(/^(ts|tickstreams?(\.tapeline\.dev)?)\//, '');
}
