/**
 * The commands `plan`, `moves`, `top`, `pin` and `unpin` of the kubectl plugin. In: what follows the name. Out: what the cluster says, or
 * one changed spec; an exit code. This file has the words and the checks, and loads what speaks to Kubernetes only when it is asked.
 */
import { type Option, type OptionValues, quoted, readOptions } from '@tapeline/runtime';
import type { Asker } from './open-cluster.ts';
import { type PinWish, readInstrument } from './pin-edit.ts';
import type { PlacementView } from './placement-text.ts';
import { longArguments, type StatusOptions, statusOptions, streamName } from './status-command.ts';

/** The commands that show something, and those that change a spec. */
export type PlacementCommand = PlacementView | 'pin' | 'unpin';

/** A command's words in the help. */
export type CommandWords = { readonly operands: string; readonly about: string };

/** By name, in the order of the help. */
export const placementWords: Readonly<Record<PlacementCommand, CommandWords>> = {
  plan: {
    operands: '[NAME…] [options]',
    about: 'plan: which instruments would be moved and why, of TickStreams whose placement.mode is Propose.',
  },
  moves: {
    operands: '[NAME…] [options]',
    about: 'moves: which instruments are under way, from where to where, how far and since when.',
  },
  top: { operands: '[NAME…] [options]', about: 'top: the busiest instruments, and how uneven the partitions are.' },
  pin: {
    operands: 'NAME DATASET/SYMBOL PARTITION [options]',
    about:
      'pin: sets a pin in spec.pins of a TickStream: the instrument begins in that partition, or is moved there. ' +
      'Who applies the object from a file writes it there as well, since the next apply would undo it.',
  },
  unpin: {
    operands: 'NAME DATASET/SYMBOL [options]',
    about: 'unpin: takes a pin out: the instrument may go back to where it was first.',
  },
};

/** Its names, in that order. */
export const placementCommands: readonly PlacementCommand[] = ['plan', 'moves', 'top', 'pin', 'unpin'];

/** What is asked of the cluster for a view. */
export type ViewWish = OptionValues<StatusOptions> & {
  readonly view: PlacementView;
  readonly names: readonly string[];
};

type PinOptions = {
  readonly namespace: Option<string>;
  readonly context: Option<string>;
  readonly kubeconfig: Option<string>;
};

/** What is to become of a pin, and of which stream. */
export type PinCommandWish = OptionValues<PinOptions> & { readonly name: string; readonly pin: PinWish };

const { namespace, context, kubeconfig } = statusOptions;
const pinOptions: PinOptions = { namespace, context, kubeconfig };
/** Digits of a partition that are read; the API server says which are there. */
const partitionForm = /^[0-9]{1,6}$/;

/** Who asks, and how the command is typed. */
export type PlacementCaller = Asker & { readonly typed: string };

/** The exit code, or `help` if that was asked for. Rejects for a defect, and with what `write` rejects with. */
export async function runPlacement(
  command: PlacementCommand,
  args: readonly string[],
  caller: PlacementCaller,
): Promise<number | 'help'> {
  if (command === 'pin' || command === 'unpin') return runPin(command, args, caller);
  const line = readOptions(statusOptions, longArguments(args), {});
  if (line.kind === 'help') return 'help';
  if (line.kind === 'wrong') return refused(caller, line.problems);
  const { showPlacement } = await import('./show-placement.ts');
  return showPlacement({ ...line.values, view: command, names: line.operands.map(streamName) }, caller);
}

async function runPin(
  command: 'pin' | 'unpin',
  args: readonly string[],
  caller: PlacementCaller,
): Promise<number | 'help'> {
  const line = readOptions(pinOptions, longArguments(args), {});
  if (line.kind === 'help') return 'help';
  if (line.kind === 'wrong') return refused(caller, line.problems);
  const read = readPin(command, line.operands);
  if (typeof read === 'string') return refused(caller, [read]);
  const { setPin } = await import('./set-pin.ts');
  return setPin({ ...line.values, ...read }, caller);
}

function readPin(
  command: 'pin' | 'unpin',
  operands: readonly string[],
): string | { readonly name: string; readonly pin: PinWish } {
  const [stream, instrument, partition] = operands;
  const count = command === 'pin' ? 3 : 2;
  if (operands.length !== count || stream === undefined || instrument === undefined) {
    return `it takes ${placementWords[command].operands}, and ${operands.length} were given`;
  }
  const named = readInstrument(instrument);
  if (named === undefined)
    return `${quoted(instrument)} is no instrument; write its dataset and symbol, such as sim/AAPL`;
  const name = streamName(stream);
  if (partition === undefined) return { name, pin: named };
  if (!partitionForm.test(partition)) return `${quoted(partition)} is no partition; they are numbered from 0`;
  return { name, pin: { ...named, partition: Number(partition) } };
}

function refused({ caller, complain, typed }: PlacementCaller, problems: readonly string[]): number {
  for (const problem of problems) complain(`${caller}: ${problem}\n`);
  complain(`${typed} --help tells what it takes\n`);
  return 2;
}
