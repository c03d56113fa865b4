/**
 * What a fold sends to other partitions, as a test reads it. In: emissions. Out: their Forwards with every tick, Void and
 * Progress by name; and instruments by where their home is.
 */
import type { Emission } from '../src/fold/emissions.ts';
import { LogDictionary } from '../src/log/log-dictionary.ts';
import { decodeLogRecord } from '../src/log/log-record.ts';
import { decodeEntryOfMoves, type EntryOfMoves } from '../src/log/move-entries.ts';
import { decodeTickBlock } from '../src/log/tick-block-decode.ts';
import { TickColumns } from '../src/log/tick-columns.ts';
import { homePartition } from '../src/placement/home.ts';
import { scriptBaseSec } from './scripted-publisher.ts';

/** A Forward: `entries` such as `tick 3`, `void 4`, `progress 4`, `end 4`; `firstMs` counts from `scriptBaseSec`. */
export type SentForward = {
  readonly offset: number;
  readonly to: number;
  readonly epoch: number;
  readonly symbol: string;
  readonly firstMs: number;
  readonly entries: readonly string[];
};

/** The Forwards of the emissions, in order; what leaves with an instrument besides is passed over. Throws `RangeError` for entries that are sent to nobody. */
export function sentForwards(emissions: readonly Emission[]): SentForward[] {
  return emissions.flatMap(({ offset, to, records }) =>
    records().flatMap((bytes) =>
      decodeLogRecord(bytes).flatMap((slice) => {
        if (slice.kind === 'handover' || slice.kind === 'trades') return [];
        const entry = slice.kind === 'forward' ? decodeEntryOfMoves(bytes, slice) : undefined;
        if (entry?.kind !== 'forward')
          throw new RangeError(`a record that is sent on has an entry of kind ${slice.kind}`);
        const { epoch, symbol, firstAppendTimeMs } = entry;
        const entries = entry.entries.flatMap((one) => namesOf(bytes, one));
        return { offset, to, epoch, symbol, firstMs: firstAppendTimeMs - scriptBaseSec * 1000, entries };
      }),
    ),
  );
}

function namesOf(
  bytes: Uint8Array,
  entry: Extract<EntryOfMoves, { kind: 'forward' }>['entries'][number],
): string | string[] {
  if (entry.kind === 'void') return `void ${entry.sequence}`;
  if (entry.kind !== 'tickBlock') {
    return `${entry.kind === 'progress' ? 'progress' : 'end'} ${entry.instruments.map(({ link }) => link).join()}`;
  }
  const columns = new TickColumns();
  decodeTickBlock(bytes, entry.start, entry.end, new LogDictionary(), columns);
  const names: string[] = [];
  for (let group = 0; group < columns.groupCount; group += 1) {
    for (
      let index = columns.groupStart[group] as number;
      index < (columns.groupStart[group + 1] as number);
      index += 1
    ) {
      names.push(`tick ${columns.sequenceAt(group, index)}`);
    }
  }
  return names;
}

/** A symbol of the dataset `test` whose home is that one of so many base partitions; others with a higher `place`. */
export function symbolAtHome(home: number, basePartitions: number, place = 0): string {
  for (let number = 0, left = place; ; number += 1) {
    const symbol = `S${number}`;
    if (homePartition('test', symbol, basePartitions) !== home) continue;
    if (left === 0) return symbol;
    left -= 1;
  }
}
