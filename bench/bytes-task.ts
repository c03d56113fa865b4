/**
 * What a trade weighs in the log. In: a tape's file. Out: bytes a tick, plain and with zstd record by record, which is
 * how Kafka compresses a batch of one record, and how the plain bytes divide among the columns of a block.
 */
import { constants, zstdCompressSync, type ZstdOptions } from 'node:zlib';
import { decodeLogRecord, decodeTickBlock, LogDictionary, type LogRecordInput, TickColumns } from '@tapeline/domain';
import { readTape } from './tape-file.ts';

/** zstd's level 3, its default and Kafka's. */
export const zstdLevel: ZstdOptions = { params: { [constants.ZSTD_c_compressionLevel]: 3 } };

/** Bytes a tick. */
export type BytesMeasure = {
  readonly ticks: number;
  readonly records: number;
  readonly perTradePlain: number;
  readonly perTradeZstd: number;
  readonly recordBytesMax: number;
  /** Plain bytes a tick by what they say; they add up to `perTradePlain`. */
  readonly byPart: Readonly<Record<string, number>>;
};

/** Field numbers of the columns of `TickBlock` (proto/tapeline/v1/log.proto) and what they say. */
const parts: Readonly<Record<string, readonly number[]>> = {
  'groups (counts, sequences, links)': [13, 14, 15, 16],
  sequences: [17],
  times: [18],
  'venue and conditions': [19],
  prices: [20],
  sizes: [21],
  'trade ids': [24, 25],
  'amended trades': [26],
};

/** Weighs the tape. */
export function measureBytes(task: { file: string }): BytesMeasure {
  const { records, ticks, bytes } = readTape(task.file);
  const zstd = records.reduce((sum, record) => sum + zstdCompressSync(record.bytes, zstdLevel).length, 0);
  return {
    ticks,
    records: records.length,
    perTradePlain: bytes / ticks,
    perTradeZstd: zstd / ticks,
    recordBytesMax: records.reduce((most, record) => Math.max(most, record.bytes.length), 0),
    byPart: bytesByPart(records, ticks, bytes),
  };
}

function bytesByPart(records: readonly LogRecordInput[], ticks: number, bytes: number): Record<string, number> {
  const columns = new TickColumns();
  const dictionary = new LogDictionary();
  const sums: Record<string, number> = Object.fromEntries(Object.keys(parts).map((part) => [part, 0]));
  for (const record of records) {
    for (const entry of decodeLogRecord(record.bytes)) {
      if (entry.kind !== 'tickBlock') continue;
      decodeTickBlock(record.bytes, entry.start, entry.end, dictionary, columns);
      for (const [part, fields] of Object.entries(parts)) sums[part] = (sums[part] ?? 0) + bytesOf(columns, fields);
    }
  }
  const inColumns = Object.values(sums).reduce((sum, part) => sum + part, 0);
  const byPart = Object.entries(sums).map(([part, sum]) => [part, sum / ticks] as const);
  return Object.fromEntries([['header, dictionaries, symbols', (bytes - inColumns) / ticks] as const, ...byPart]);
}

function bytesOf(columns: TickColumns, fields: readonly number[]): number {
  return fields.reduce((sum, field) => sum + columns.columnEnd[field]! - columns.columnStart[field]!, 0);
}
