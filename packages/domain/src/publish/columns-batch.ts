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
import { isAhead, knownTerms, takeRows } from './rows-batch.ts';
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
    const block = stampBlock(slice.bytes, slice.start, slice.end, stream.header(context.nowNs, context));
    if (readers.blocks.read(block)) {
      const { columns } = readers.blocks;
      if (columns.tickCount > batchTicksMax) throw tooLarge('ticks');
      const missing: string[] = [];
      const instruments = plainInstruments(stream, columns, context, missing);
      if (missing.length > 0) return { missing: [...new Set(missing)] };
      if (instruments !== undefined) return passOn(stream, columns, block, instruments, context);
    }
    return takeRows(stream, readLooseBlock(block, readers.rows), [], context);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    const message = `the block is none: ${error.message}`;
    throw new PublishRefusedError('FIELD_INVALID', message, { field: 'block' }, { cause: error });
  }
}

/**
 * The instruments of the block's groups, if nothing about any of them wants a look at single ticks. `missing` gets the
 * symbols that must be asked for first.
 */
function plainInstruments(
  stream: StreamState,
  columns: TickColumns,
  context: TakeContext,
  missing: string[],
): InstrumentOfStream[] | undefined {
  const instruments: InstrumentOfStream[] = [];
  let isPlain = columns.groupCount > 0 && !wantsALook(stream, columns, context);
  for (let group = 0; group < columns.groupCount; group += 1) {
    const symbol = columns.symbols[group]!;
    const found = stream.instruments.find(symbol);
    const known = knownTerms(stream, found, symbol, context);
    if (known === undefined) {
      if (!context.unknown.has(symbol)) missing.push(symbol);
      isPlain = false;
    }
    if (!isPlain || known === undefined) continue;
    const instrument = found ?? stream.instruments.at(symbol);
    isPlain = !instrument.ended && sameMeaning(known, columns.terms[columns.groupTerms[group]!]!.terms);
    instruments.push(instrument);
  }
  return isPlain ? instruments : undefined;
}

/** Whether a live tick may lie ahead of the clock; a corrected time may where no event time does. */
function wantsALook(stream: StreamState, columns: TickColumns, context: TakeContext): boolean {
  if (stream.identity.timeDomain !== TimeDomain.live) return false;
  const sec = secondOf(columns, columns.highNs);
  return columns.columnEnd[Column.originals]! > 0 || isAhead(sec, nanoOf(columns, columns.highNs, sec), context);
}

function passOn(
  stream: StreamState,
  columns: TickColumns,
  block: Uint8Array,
  instruments: readonly InstrumentOfStream[],
  context: TakeContext,
): Taken {
  stream.instruments.batch += 1;
  const header = stream.header(context.nowNs, context);
  const floor = stream.lastSequence;
  const parts: PartBuilder[] = [];
  const byPartition: (PartBuilder | undefined)[] = [];
  const ticks: number[] = [];
  const partitions: number[] = [];
  for (const [group, instrument] of instruments.entries()) {
    const symbol = columns.symbols[group]!;
    const partition = stream.place(instrument, symbol, context);
    partitions.push(partition);
    let part = byPartition[partition];
    if (part === undefined) {
      part = new PartBuilder(partition, header);
      byPartition[partition] = part;
      parts.push(part);
    }
    if (instrument.origin === 'wanted') part.introduce(instrument, symbol);
    const [from, to] = [columns.groupStart[group]!, columns.groupStart[group + 1]!];
    const last = columns.sequenceAt(group, to - 1);
    const link = columns.groupLink[group]!;
    const run = { symbol, first: columns.groupSequence[group]!, last, link };
    carryRun(instrument, run, stream.instruments.batch, floor, part.reached);
    stream.lastSequence = Math.max(stream.lastSequence, last);
    ticks[partition] = (ticks[partition] ?? 0) + to - from;
  }
  if (parts.length === 1) parts[0]!.addBlock(block, columns.tickCount);
  else {
    for (const [partition, bytes] of splitBlock(columns, header, partitions)) {
      byPartition[partition]!.addBlock(bytes, ticks[partition]!);
    }
  }
  for (const [group, instrument] of instruments.entries()) {
    if (instrument.terms !== undefined) continue;
    const { terms } = columns.terms[columns.groupTerms[group]!]!;
    byPartition[partitions[group]!]!.use(instrument, columns.symbols[group]!, terms, context.terms);
  }
  return { parts: parts.map((part) => part.finish()), ticks: columns.tickCount, sequence: stream.lastSequence };
}
