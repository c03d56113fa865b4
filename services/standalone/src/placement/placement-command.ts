/**
 * The command `placement`: where instruments live in a market that runs, and how they are moved. In: what follows the name. Out: text or
 * JSON on standard output, and the exit code. On Kubernetes `kubectl tapeline` does the same from the TickStream.
 */
import { connectGrpc, RpcError } from '@tapeline/grpc';
import { quoted, readOptions } from '@tapeline/runtime';
import { errorDetails } from '@tapeline/wire';
import { streamOutput } from '../bars/output.ts';
import type { Command, Surroundings } from '../command.ts';
import { ExitCode } from '../exit-code.ts';
import { callOptions, type PlacementValues } from './call-options.ts';
import { type PlacementAction, placementActions, type PlacementCall } from './placement-actions.ts';

const names = Object.keys(placementActions);

/** `tapeline placement ACTION`. */
export const placementCommand: Command = {
  name: 'placement',
  operands: 'ACTION [options]',
  summary: 'shows and changes where instruments live in a market that runs',
  about: [
    `ACTION is one of ${names.join(', ')}.`,
    'show [SYMBOL…] tells the map, its partitions and pins, or where these instruments live. top lists the busiest ones. moves lists ' +
      'what is under way, with its phase and age. plan says what the market would move now, and why; it changes nothing.',
    'pin SYMBOL PARTITION moves an instrument there and keeps it there, over restarts; unpin SYMBOL lets it go back. grow COUNT adds ' +
      'partitions until there are COUNT in all; they are never taken away.',
    'Ticks flow on while an instrument moves: none is lost, doubled or out of order.',
  ],
  options: callOptions,
  exitCodes: ['0  it was done, or shown', '2  it was refused, or no market answers'],
  examples: [
    'tapeline placement top',
    'tapeline placement pin BTCUSDT 3 --dataset sim',
    'tapeline placement plan --target 20000 --partitions 16',
    'tapeline placement show --output json',
  ],
  run: readAndRun,
};

async function readAndRun(args: readonly string[], surroundings: Surroundings): Promise<number | 'help'> {
  const line = readOptions(callOptions, args, surroundings.env);
  if (line.kind === 'help') return 'help';
  const say = (text: string): void => void surroundings.err.write(`tapeline placement: ${text}\n`);
  const [name = '', ...operands] = line.operands;
  const action: PlacementAction | undefined = Object.entries(placementActions).find(([each]) => each === name)?.[1];
  const problems = line.kind === 'wrong' ? [...line.problems] : [];
  if (name === '') problems.push(`say what to do: ${names.join(', ')}`);
  else if (action === undefined) problems.push(`knows no ${quoted(name)}; there are ${names.join(', ')}`);
  const call = action === undefined || problems.length > 0 ? undefined : action.read(operands);
  if (typeof call === 'string') problems.push(`${name} ${call}`);
  for (const problem of problems) say(problem);
  if (line.kind === 'wrong' || problems.length > 0 || call === undefined || typeof call === 'string') {
    return ExitCode.refused;
  }
  return runCall(call, line.values, surroundings, say);
}

async function runCall(
  call: PlacementCall,
  values: PlacementValues,
  { out, stop }: Surroundings,
  say: (text: string) => void,
): Promise<number> {
  const channel = connectGrpc({ address: values.server, errorCodec: errorDetails });
  try {
    const { text, json } = await call(channel, values, stop);
    const written = values.output === 'json' ? `${JSON.stringify(json, plainNumber, 2)}\n` : text;
    await streamOutput(out, 'standard output').write(written);
    return ExitCode.good;
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    say(problemOf(error, values.server));
    return stop.aborted ? ExitCode.stopped : ExitCode.refused;
  } finally {
    channel.close();
  }
}

/** A refusal of ours is said as it is; what the transport says is put in words. */
function problemOf({ status, reason, message }: RpcError, server: string): string {
  if (reason !== '') return message;
  if (status === 'UNIMPLEMENTED') {
    return `${server} does not place instruments; name a market that "tapeline" started, with --server HOST:PORT`;
  }
  if (status === 'UNAVAILABLE' || status === 'DEADLINE_EXCEEDED') {
    return `no market answers at ${server}; start one with "tapeline", or name where its gRPC is with --server HOST:PORT`;
  }
  return `${server} answers with ${status}: ${message}`;
}

/** Times and counts of the contract are 64 bits wide; none of them is above what a number holds. */
function plainNumber(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}
