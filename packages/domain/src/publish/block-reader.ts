/**
 * Looks at a stamped block as a whole. In: its bytes. Out: decoded columns if every tick of it is in order by itself,
 * so that the block can go into the log as it is; otherwise nothing, and the ticks are looked at one by one.
 */
import { LogDictionary } from '../log/log-dictionary.ts';
import { MalformedError } from '../log/proto-reader.ts';
import { checkRareColumns, quotesOf, tradingStatesOf, venueSequencesOf } from '../log/rare-columns.ts';
import { decodeTickBlock } from '../log/tick-block-decode.ts';
import { Column } from '../log/tick-block-fields.ts';
import { secondOf, TickColumns } from '../log/tick-columns.ts';
import { eventSecMax } from './instant.ts';

const tradingStateMax = 8;

/** Decodes blocks, one after the other, into the same columns. */
export class BlockReader {
  /** The columns of the last block that was in order; filled anew by the next call. */
  readonly columns: TickColumns = new TickColumns();
  readonly #dictionary = new LogDictionary();

  /** Whether the block is in order; `columns` holds it then. */
  read(block: Uint8Array): boolean {
    try {
      decodeTickBlock(block, 0, block.length, this.#dictionary, this.columns);
      checkRareColumns(this.columns);
      return isFaultless(this.columns);
    } catch (error) {
      if (error instanceof MalformedError) return false;
      throw error;
    }
  }
}

/** What the log's decoder lets pass and the contract does not. */
function isFaultless(columns: TickColumns): boolean {
  if (secondOf(columns, columns.highNs) > eventSecMax) return false;
  if (columns.columnEnd[Column.venueSequenceSteps]! > 0) {
    const sequences = venueSequencesOf(columns);
    for (let index = 0; index < columns.tickCount; index += 1) if (sequences![index]! < 0) return false;
  }
  if (columns.onlyTrades) return true;
  for (const quote of quotesOf(columns)) {
    if (quote === undefined) continue;
    if ((quote.bidSize ?? 0) > Number.MAX_SAFE_INTEGER || (quote.askSize ?? 0) > Number.MAX_SAFE_INTEGER) return false;
  }
  return (tradingStatesOf(columns) ?? []).every((state) => state <= tradingStateMax);
}
