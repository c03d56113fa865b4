/**
 * What `tapeline placement` can do, one entry an action. In: operands. Out: a call of the service and its answer as text and JSON, or
 * what is wrong with the operands.
 */
import type { GrpcChannel } from '@tapeline/grpc';
import { quoted } from '@tapeline/runtime';
import { wirePlacement } from '@tapeline/wire';
import type { PlacementValues } from './call-options.ts';
import { movesText, placesText, planText, showText } from './placement-text.ts';

/** What an action answers. */
export type PlacementAnswer = { readonly text: string; readonly json: unknown };

/** A call that was understood. */
export type PlacementCall = (
  channel: GrpcChannel,
  values: PlacementValues,
  stop: AbortSignal,
) => Promise<PlacementAnswer>;

/** Reads the operands of an action; a text is the end of a sentence about what is wrong. */
export type PlacementAction = { readonly read: (operands: readonly string[]) => PlacementCall | string };

const { fullName, methods } = wirePlacement.PlacementServiceDefinition;

/** Every action, in the order of the help. */
export const placementActions: Readonly<
  Record<'plan' | 'moves' | 'pin' | 'unpin' | 'top' | 'show' | 'grow', PlacementAction>
> = {
  plan: { read: (operands) => without(operands, plan) },
  moves: { read: (operands) => without(operands, moves) },
  pin: { read: readPin },
  unpin: { read: readUnpin },
  top: { read: (operands) => without(operands, top) },
  show: { read: (symbols) => (channel, values, signal) => show(symbols, channel, values, signal) },
  grow: { read: readGrow },
};

const plan: PlacementCall = async (channel, { target, partitions }, signal) => {
  const request = {
    ...(target === undefined ? {} : { targetTicksPerSecond: target }),
    ...(partitions === undefined ? {} : { partitions }),
  };
  const answer = await channel.unary(methods.dryRun, fullName, request, { signal });
  return { text: planText(answer), json: answer };
};

const moves: PlacementCall = async (channel, _, signal) => {
  const answer = await channel.unary(methods.getPlacement, fullName, { busiest: 0, instruments: [] }, { signal });
  return { text: movesText(answer.moves), json: answer.moves };
};

const top: PlacementCall = async (channel, { limit }, signal) => {
  const answer = await channel.unary(methods.getPlacement, fullName, { busiest: limit, instruments: [] }, { signal });
  return {
    text: placesText(answer.busiest, 'no rates are known yet; they come within ten seconds'),
    json: answer.busiest,
  };
};

async function show(
  symbols: readonly string[],
  channel: GrpcChannel,
  { dataset = '' }: PlacementValues,
  signal: AbortSignal,
): Promise<PlacementAnswer> {
  const instruments = symbols.map((symbol) => ({ dataset, symbol }));
  const answer = await channel.unary(methods.getPlacement, fullName, { busiest: 0, instruments }, { signal });
  if (symbols.length === 0) return { text: showText(answer), json: answer };
  return { text: placesText(answer.instruments, ''), json: answer.instruments };
}

function readPin([symbol, partition, ...more]: readonly string[]): PlacementCall | string {
  if (symbol === undefined || partition === undefined) return 'takes SYMBOL PARTITION, such as pin BTCUSDT 3';
  if (more.length > 0) return `takes one SYMBOL and one PARTITION, not ${quoted(more.join(' '))} as well`;
  const number = wholeNumber(partition);
  if (number === undefined) return `takes a partition by its number, and ${quoted(partition)} is none; give 0 or more`;
  return async (channel, { dataset = '' }, signal) => {
    const request = { instrument: { dataset, symbol }, partition: number };
    const answer = await channel.unary(methods.pin, fullName, request, { signal });
    return { text: `${answer.text}\n`, json: answer };
  };
}

function readUnpin([symbol, ...more]: readonly string[]): PlacementCall | string {
  if (symbol === undefined) return 'takes SYMBOL, such as unpin BTCUSDT';
  if (more.length > 0) return `takes one SYMBOL, not ${quoted(more.join(' '))} as well`;
  return async (channel, { dataset = '' }, signal) => {
    const answer = await channel.unary(methods.unpin, fullName, { instrument: { dataset, symbol } }, { signal });
    return { text: `${answer.text}\n`, json: answer };
  };
}

function readGrow([count, ...more]: readonly string[]): PlacementCall | string {
  if (count === undefined) return 'takes COUNT, how many partitions there shall be in all, such as grow 16';
  if (more.length > 0) return `takes one COUNT, not ${quoted(more.join(' '))} as well`;
  const partitions = wholeNumber(count);
  if (partitions === undefined) return `takes a whole number of partitions, and ${quoted(count)} is none`;
  return async (channel, _, signal) => {
    const answer = await channel.unary(methods.addPartitions, fullName, { partitions }, { signal, deadlineMs: 60_000 });
    const text = `there are ${answer.partitions} partitions now\n`;
    return { text, json: answer };
  };
}

function without(operands: readonly string[], call: PlacementCall): PlacementCall | string {
  return operands.length === 0 ? call : `takes no ${quoted(operands.join(' '))}`;
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,7}$/.test(text) ? Number(text) : undefined;
}
