/**
 * Adds up what a worker put out. In: parts of the topics `bars` and `tape`. Out: trades in closed bars of a second, profile
 * `all`, each bar by its highest revision; and ticks of the tape by the segments that hold them.
 */
import type { TickLog } from '@tapeline/domain';
import { wireOutput } from '@tapeline/wire';
import { type LogPart, recordsBetween } from './records-between.ts';

/** Trades in the bars of a part of the topic `bars`. */
export async function tradesInBars(log: TickLog, part: Omit<LogPart, 'topic'>): Promise<number> {
  const newest = new Map<string, { readonly revision: bigint; readonly trades: number }>();
  for await (const { bytes } of recordsBetween(log, { ...part, topic: 'bars' })) {
    for (const bar of wireOutput.BarRecord.decode(bytes).bars) {
      if (bar.interval !== '1s' || bar.profile !== 'all') continue;
      const key = `${bar.instrument?.symbol ?? ''} ${bar.startTimeNs}`;
      const known = newest.get(key);
      if (known !== undefined && bar.revision <= known.revision) continue;
      newest.set(key, { revision: bar.revision, trades: Number(bar.trades) });
    }
  }
  return [...newest.values()].reduce((sum, { trades }) => sum + trades, 0);
}

/** Segments of ticks in a part of the topic `tape`; records that say only how far the worker is have none. */
export async function segmentsOfTape(log: TickLog, part: Omit<LogPart, 'topic'>): Promise<number> {
  let segments = 0;
  for await (const { bytes } of recordsBetween(log, { ...part, topic: 'tape' })) {
    segments += wireOutput.TapeRecord.decode(bytes).segments.length;
  }
  return segments;
}
