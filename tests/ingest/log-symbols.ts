/**
 * What records of a log are of. In: records of `ticks`. Out: the symbols of everything in them: ticks, Voids, progress and
 * ends, so that a test sees in which partitions something of an instrument lies.
 */
import { decodeLogRecord, decodeTickBlock, LogDictionary, type LogRecordInput, TickColumns } from '@tapeline/domain';

/** The symbols that something in these records is of. */
export function symbolsOf(records: readonly LogRecordInput[]): ReadonlySet<string> {
  const [names, columns, dictionary] = [new Set<string>(), new TickColumns(), new LogDictionary()];
  for (const { bytes } of records) {
    for (const entry of decodeLogRecord(bytes)) {
      if (entry.kind === 'tickBlock') {
        decodeTickBlock(bytes, entry.start, entry.end, dictionary, columns);
        for (const symbol of columns.symbols.slice(0, columns.groupCount)) names.add(symbol);
      } else if (entry.kind === 'void') names.add(entry.symbol);
      else if ('instruments' in entry) for (const { symbol } of entry.instruments) names.add(symbol);
    }
  }
  return names;
}
