/**
 * What stands in store and topics after a run, in a form that is compared whole. In: a log and a store. Out: rows, chunks
 * and topics as text; repeats in topics are dropped as readers drop them, and what a record's clock promises is checked.
 */
import {
  type Bar,
  decodeTapeRecord,
  type LogRecordInput,
  type StoredInstrument,
  type TapeSegment,
  type TickLog,
  type TopicName,
} from '@tapeline/domain';
import { barKey, barText, type SimulatedLog, type SimulatedStore } from '@tapeline/simulation';
import { barFromWire, wireOutput } from '@tapeline/wire';

const everything = 1_000_000_000;

/** All records of a topic of a partition, 0 if none is named. */
export async function recordsOf(
  log: Pick<TickLog, 'open' | 'range'>,
  topic: TopicName,
  partition: number = 0,
): Promise<readonly LogRecordInput[]> {
  const { firstOffset, endOffset } = await log.range(topic, partition);
  const records: LogRecordInput[] = [];
  const reader = log.open(topic, partition, firstOffset);
  while (records.length < endOffset - firstOffset) records.push(...((await reader.next()) ?? []));
  await reader.close();
  return records;
}

/** A record of the topic `bars` with the domain's bars. */
export type BarsPutOut = { readonly bars: readonly Bar[]; readonly clockMs: number; readonly nextOffset: number };

/** The topic `bars` as it stands, repeats included. */
export async function barsTopic(log: SimulatedLog, partition: number = 0): Promise<BarsPutOut[]> {
  const records = await recordsOf(log, 'bars', partition);
  return records.map(({ bytes }) => {
    const { bars, clockTimeNs, nextOffset } = wireOutput.BarRecord.decode(bytes);
    return {
      bars: bars.map((wire) => {
        const bar = barFromWire(wire);
        if ('code' in bar) throw new RangeError(bar.message);
        return bar;
      }),
      clockMs: Number(clockTimeNs / 1_000_000n),
      nextOffset: Number(nextOffset),
    };
  });
}

/** Revisions of each bar in the order of the topic, without those not above one before. */
export function withoutRepeats(bars: Iterable<Bar>): Bar[] {
  const last = new Map<string, number>();
  const kept: Bar[] = [];
  for (const bar of bars) {
    const key = barKey(bar);
    if (bar.revision <= (last.get(key) ?? 0)) continue;
    last.set(key, bar.revision);
    kept.push(bar);
  }
  return kept;
}

/** Revisions by bar, as text: bars of different instruments may come in another order where steps are cut otherwise. */
export function revisionTexts(bars: readonly Bar[]): string[] {
  return bars
    .toSorted((left, right) => (barKey(left) < barKey(right) ? -1 : barKey(left) > barKey(right) ? 1 : 0))
    .map(barText);
}

/** Ticks of a tape's segments by instrument and number, each once, as text. Throws where one number has two ticks. */
export function tickTexts(segments: Iterable<TapeSegment>): string[] {
  const ticks = new Map<string, string>();
  for (const { dataset, symbol, late, outOfOrder, position, publisherId, ticks: own } of segments) {
    for (const { number, ...tick } of own) {
      const key = `${dataset} ${symbol} ${String(number).padStart(9, '0')}`;
      const text = JSON.stringify({ late, outOfOrder, position, publisherId, ...tick }, (_, value: unknown) =>
        typeof value === 'bigint' ? `${value}` : value,
      );
      const known = ticks.get(key);
      if (known !== undefined && known !== text) throw new RangeError(`${key} is two ticks: ${known} and ${text}`);
      ticks.set(key, text);
    }
  }
  return [...ticks].map(([key, text]) => `${key} ${text}`).toSorted();
}

/** The segments of the topic `tape`. */
export async function tapeTopic(log: SimulatedLog): Promise<TapeSegment[]> {
  const records = await recordsOf(log, 'tape');
  return records.flatMap(({ bytes }) => decodeTapeRecord(bytes).segments);
}

/** Everything in a store but bars: instruments in their order, and chunks with their bytes. */
export async function storedTexts(
  store: SimulatedStore,
): Promise<{ instruments: readonly StoredInstrument[]; chunks: string[]; segments: TapeSegment[] }> {
  const instruments = await store.instruments({ limit: everything });
  const chunks: string[] = [];
  const segments: TapeSegment[] = [];
  for (const { dataset, symbol } of instruments) {
    for (const chunk of await store.tape({ dataset, symbol, order: 'number', limit: everything })) {
      const { firstNumber, lastNumber, firstEventNs, lastEventNs, amends, bytes } = chunk;
      const facts = `${dataset} ${symbol} ${firstNumber}-${lastNumber} ${firstEventNs}-${lastEventNs} ${amends}`;
      chunks.push(`${facts} ${Buffer.from(bytes).toString('hex')}`);
      segments.push(...decodeTapeRecord(bytes).segments);
    }
  }
  return { instruments, chunks, segments };
}
