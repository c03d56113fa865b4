/**
 * Decoding alone. In: a tape's file. Out: CPU seconds a round, for our decoder of tick blocks and, on the first part of
 * the tape, for the decoder that is generated from the contract.
 */
import { decodeLogRecord, decodeTickBlock, LogDictionary, type LogRecordInput, TickColumns } from '@tapeline/domain';
import { decodeLogRecord as decodeByContract } from '@tapeline/wire';
import { measureRounds } from './measured-rounds.ts';
import { readTape } from './tape-file.ts';

/** What decoding a tape took. */
export type DecodeMeasure = { readonly ticks: number; readonly cpuSeconds: readonly number[] };

/** Decodes every tick block of the tape into columns. */
export function measureDecode(task: { file: string; rounds: number; ticksMax?: number }): DecodeMeasure {
  const tape = readTape(task.file, task.ticksMax);
  const rounds = measureRounds(task.rounds, () => decodeBlocks(tape.records));
  for (const { result } of rounds) expectTicks(result, tape.ticks);
  return { ticks: tape.ticks, cpuSeconds: rounds.map((round) => round.cpuSeconds) };
}

/** Decodes the first records of the tape by the generated code, into objects. */
export function measureContractDecode(task: { file: string; rounds: number; ticksMax: number }): DecodeMeasure {
  const tape = readTape(task.file, task.ticksMax);
  const rounds = measureRounds(task.rounds, () => decodeRecords(tape.records));
  for (const { result } of rounds) expectTicks(result, tape.ticks);
  return { ticks: tape.ticks, cpuSeconds: rounds.map((round) => round.cpuSeconds) };
}

/** Answers how many ticks there were, those that are sent again included. */
function decodeBlocks(records: readonly LogRecordInput[]): number {
  const columns = new TickColumns();
  const dictionary = new LogDictionary();
  let ticks = 0;
  for (const { bytes } of records) {
    for (const entry of decodeLogRecord(bytes)) {
      if (entry.kind !== 'tickBlock') continue;
      decodeTickBlock(bytes, entry.start, entry.end, dictionary, columns);
      ticks += columns.tickCount;
    }
  }
  return ticks;
}

function decodeRecords(records: readonly LogRecordInput[]): number {
  let ticks = 0;
  for (const { bytes } of records) {
    const record = decodeByContract(bytes);
    if ('code' in record) throw new Error(record.message);
    for (const { entry } of record.entries) {
      if (entry?.$case === 'tickBlock') ticks += entry.value.timeSteps.length;
    }
  }
  return ticks;
}

function expectTicks(found: number, written: number): void {
  if (found < written) throw new Error(`${found} ticks were decoded of ${written} that were written`);
}
