/**
 * Takes a batch of columns. In: the caller's block as a slice. Out: if every tick is in order by itself and every
 * instrument known, the block goes into the log as it came, whole or split by partition, and no row is made; otherwise
 * its ticks are taken one by one, as rows are.
 */
import { TimeDomain, nanoOf, secondOf, type TickColumns } from '../log/tick-columns.ts';
import { Column } from '../log/tick-block-fields.ts';
import { MalformedError } from '../log/proto-reader.ts';
import type { BlockReader } from './block-reader.ts';
import { sameMeaning } from './draft-tick.ts';
import { readLooseBlock } from './loose-block.ts';
import { batchTicksMax } from './publish-limits.ts';
import { PartBuilder } from './publish-part.ts';
import { PublishRefusedError } from './refusal.ts';
import { type RowReader, tooLarge } from './row-reader.ts';
import { isAhead, knownTerms, missingTerms, takeRows } from './rows-batch.ts';
import { splitBlock } from './split-block.ts';
import { stampBlock } from './stamped-block.ts';
import type { InstrumentOfStream } from './stream-instruments.ts';
import type { StreamState, TakeContext, Taken } from './stream-state.ts';
import { carryRun } from './tick-order.ts';

/** Takes the block in `bytes[start, end)`. Throws `PublishRefusedError`. */
export function takeColumns(
  stream: StreamState,
  slice: { readonly bytes: Uint8Array; readonly start: number; readonly end: number },
  context: TakeContext,
  readers: { readonly blocks: BlockReader; readonly rows: RowReader },
): Taken {
  try {
    const block = stampBlock(slice.bytes, slice.start, slice.end, stream.header(context.nowNs));
    if (readers.blocks.read(block)) {
      const { columns } = readers.blocks;
      if (columns.tickCount > batchTicksMax) throw tooLarge('ticks');
      const missing = columns.groupCount === 0 ? [] : missingTerms(stream, symbolsOf(columns), context);
      if (missing.length > 0) return { missing };
      const instruments = plainInstruments(stream, columns, context);
      if (instruments !== undefined) return passOn(stream, columns, block, instruments, context);
    }
    return takeRows(stream, readLooseBlock(block, readers.rows), [], context);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    const message = `the block is none: ${error.message}`;
    throw new PublishRefusedError('FIELD_INVALID', message, { field: 'block' }, { cause: error });
  }
}

function symbolsOf({ symbols }: TickColumns): { symbol: string }[] {
  return symbols.map((symbol) => ({ symbol }));
}

/** The instruments of the block's groups, if nothing about any of them wants a look at single ticks. */
function plainInstruments(
  stream: StreamState,
  columns: TickColumns,
  context: TakeContext,
): InstrumentOfStream[] | undefined {
  if (columns.groupCount === 0) return undefined;
  if (stream.identity.timeDomain === TimeDomain.live) {
    const sec = secondOf(columns, columns.highNs);
    // A corrected time may lie ahead where no event time does.
    if (columns.columnEnd[Column.originals]! > 0 || isAhead(sec, nanoOf(columns, columns.highNs, sec), context))
      return undefined;
  }
  const instruments: InstrumentOfStream[] = [];
  for (let group = 0; group < columns.groupCount; group += 1) {
    const symbol = columns.symbols[group]!;
    const instrument =
      stream.instruments.find(symbol) ?? stream.instruments.at(symbol, (name) => stream.partitionOf(name));
    const known = knownTerms(stream, instrument, symbol, context);
    if (known === undefined || instrument.ended) return undefined;
    if (!sameMeaning(known, columns.terms[columns.groupTerms[group]!]!.terms)) return undefined;
    instruments.push(instrument);
  }
  return instruments;
}

function passOn(
  stream: StreamState,
  columns: TickColumns,
  block: Uint8Array,
  instruments: readonly InstrumentOfStream[],
  context: TakeContext,
): Taken {
  stream.instruments.batch += 1;
  const header = stream.header(context.nowNs);
  const floor = stream.lastSequence;
  const parts = new Map<number, PartBuilder>();
  const ticks = new Map<number, number>();
  for (const [group, instrument] of instruments.entries()) {
    const { partition } = instrument;
    let part = parts.get(partition);
    if (part === undefined) parts.set(partition, (part = new PartBuilder(partition, header)));
    const [from, to] = [columns.groupStart[group]!, columns.groupStart[group + 1]!];
    const last = columns.sequenceAt(group, to - 1);
    const link = columns.groupLink[group]!;
    const run = { symbol: columns.symbols[group]!, first: columns.groupSequence[group]!, last, link };
    carryRun(instrument, run, stream.instruments.batch, floor, part.reached);
    stream.lastSequence = Math.max(stream.lastSequence, last);
    ticks.set(partition, (ticks.get(partition) ?? 0) + to - from);
  }
  const [only] = parts.values();
  if (parts.size === 1 && only !== undefined) only.addBlock(block, columns.tickCount);
  else {
    const partitions = instruments.map(({ partition }) => partition);
    for (const [partition, bytes] of splitBlock(columns, header, partitions)) {
      parts.get(partition)?.addBlock(bytes, ticks.get(partition) ?? 0);
    }
  }
  for (const [group, instrument] of instruments.entries()) {
    const { terms } = columns.terms[columns.groupTerms[group]!]!;
    parts.get(instrument.partition)?.use(instrument, columns.symbols[group]!, terms, context.terms);
  }
  const finished = Array.from(parts.values(), (part) => part.finish());
  return { parts: finished, ticks: columns.tickCount, sequence: stream.lastSequence };
}
