/** Entries of moves within their bounds and outside: what is refused names the field, the value and the limits. */
import { expect, test } from 'vitest';
import { ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import type { ForwardedToWrite } from './forward-entry.ts';
import { decodeLogRecord, encodeLogRecord, type LogEntryToWrite } from './log-record.ts';
import { decodeEntryOfMoves, type EntryOfMoves, type EntryOfMovesToWrite, kindOfMoves } from './move-entries.ts';
import { MalformedError } from './proto-reader.ts';
import { ProtoWriter } from './proto-writer.ts';
import type { BlockToShip } from './trades-entry.ts';

const named = { dataset: 'test', symbol: 'S' };
const publisher = new ScriptedPublisher('replay');
const block = bytesOf(publisher.block(publisher.trade(0, 10), publisher.trade(5, 11), publisher.trade(9, 12)));
const other = bytesOf(publisher.block(publisher.trade(0, 10, 1, { symbol: 'T' })));
const mixed = bytesOf(publisher.block(publisher.trade(20, 10), publisher.trade(20, 10, 1, { symbol: 'T' })));
const elsewhere = new ScriptedPublisher('replay', 2, { dataset: 'other' });
const ofOtherDataset = bytesOf(elsewhere.block(elsewhere.trade(0, 10)));

const move = { kind: 'move', ...named, epoch: 7, fromEpoch: 3, to: 2 } as const;
const handover = {
  kind: 'handover',
  ...named,
  epoch: 7,
  part: 1,
  parts: 2,
  stateVersion: 1,
  configChecksum: 0xfedc_ba98,
  state: Uint8Array.of(1, 2, 3),
  foldVersion: 3,
  tradeBlocks: 5,
  movedAtMs: 1_700_000_000_000,
} as const;
const bounds = { sequenceLow: 1, sequenceHigh: 3, lowSec: 5, highSec: 6, excluded: [0, 1, 2, 3] };
const shipped = { ...bounds, bytes: block };
const trades = {
  kind: 'trades',
  ...named,
  epoch: 7,
  stateVersion: 1,
  configChecksum: 9,
  first: 4,
  blocks: [shipped] as readonly BlockToShip[],
} as const;
const forward = {
  kind: 'forward',
  ...named,
  epoch: 7,
  firstAppendTimeMs: 1_700_000_000_000,
  entries: [{ kind: 'tickBlock', bytes: block }] as readonly ForwardedToWrite[],
} as const;
const origin = { kind: 'origin', ...named, partition: 6 } as const;
const prepare = { kind: 'prepare', ...named, epoch: 7, to: 2 } as const;

function bytesOf(entry: LogEntryToWrite): Uint8Array {
  if (entry.kind !== 'tickBlock') throw new RangeError(`${entry.kind} is no block`);
  return entry.bytes;
}

/** The only entry of a record, decoded, and the record. */
function read(record: Uint8Array): EntryOfMoves {
  const [entry] = decodeLogRecord(record);
  if (entry === undefined || !('start' in entry) || entry.kind === 'tickBlock')
    throw new RangeError('no entry of moves');
  return decodeEntryOfMoves(record, entry);
}

function readBack(entry: EntryOfMovesToWrite): EntryOfMoves {
  return read(encodeLogRecord([entry]));
}

test.each([move, handover, origin, prepare])('$kind comes back as it was written', (entry) => {
  expect(readBack(entry)).toEqual(entry);
});

test('everything at its lowest comes back too: the fields are absent', () => {
  expect(readBack({ ...move, epoch: 1, fromEpoch: 0, to: 0 })).toEqual({ ...move, epoch: 1, fromEpoch: 0, to: 0 });
  const least = { stateVersion: 0, configChecksum: 0, foldVersion: 0, tradeBlocks: 0, movedAtMs: 0, part: 0, parts: 1 };
  expect(readBack({ ...handover, ...least })).toEqual({ ...handover, ...least });
  expect(readBack({ ...origin, partition: 0 })).toEqual({ ...origin, partition: 0 });
});

test('Trades come back with slices of the record in place of blocks, and what their blocks say of themselves', () => {
  const record = encodeLogRecord([trades]);
  const entry = read(record);
  const own = { ...bounds, publisherId: publisher.id, ticks: 3 };
  expect(entry).toMatchObject({ ...trades, blocks: [own] });
  const [slice] = entry.kind === 'trades' ? entry.blocks : [];
  expect(record.slice(slice?.start, slice?.end)).toEqual(block);
});

test('a Forward comes back with every kind of entry, blocks as slices of the record', () => {
  const { id } = publisher;
  const said = { publisherId: id, dataset: 'test', mapEpoch: 4 };
  const entries: ForwardedToWrite[] = [
    { kind: 'void', ...said, sequence: 4, link: 3, symbol: 'S', reason: 'SIZE_OUT_OF_RANGE' },
    { kind: 'tickBlock', bytes: block },
    { kind: 'progress', ...said, instruments: [{ symbol: 'S', link: 4, timeNs: -5n }] },
    { kind: 'endOfReplay', ...said, instruments: [{ symbol: 'S', link: 4 }] },
  ];
  const record = encodeLogRecord([{ ...forward, entries }]);
  const entry = read(record);
  expect(entry).toMatchObject({ ...forward, entries: entries.map((one) => ('bytes' in one ? {} : one)) });
  const slice = entry.kind === 'forward' ? entry.entries[1] : undefined;
  expect(slice?.kind === 'tickBlock' && record.slice(slice.start, slice.end)).toEqual(block);
});

test('a Forward home of an instrument that is not known has epoch 0', () => {
  expect(readBack({ ...forward, epoch: 0 })).toMatchObject({ epoch: 0 });
});

const longName = 'Ü'.repeat(65);

test.each<[string, EntryOfMovesToWrite]>([
  ["dataset's length in characters 0 is not between 1 and 64", { ...move, dataset: '' }],
  ["symbol's length in characters 65 is not between 1 and 64", { ...origin, symbol: longName }],
  ["symbol's length in characters 0 is not between 1 and 64", { ...trades, symbol: '' }],
  ["dataset's length in characters 65 is not between 1 and 64", { ...forward, dataset: longName }],
  ["symbol's length in characters 0 is not between 1 and 64", { ...handover, symbol: '' }],
  ["symbol's length in characters 0 is not between 1 and 64", { ...prepare, symbol: '' }],
  ['epoch 0 is not between 1 and 2147483647', { ...move, epoch: 0 }],
  ['epoch 2147483648 is not between 0 and 2147483647', { ...move, epoch: 2_147_483_648 }],
  ['from_epoch 7 is not between 0 and 6', { ...move, fromEpoch: 7 }],
  ['to_partition 1048576 is not between 0 and 1048575', { ...move, to: 1_048_576 }],
  ['epoch 0 is not between 1 and 2147483647', { ...prepare, epoch: 0 }],
  ['to_partition 1048576 is not between 0 and 1048575', { ...prepare, to: 1_048_576 }],
  ['partition 1048576 is not between 0 and 1048575', { ...origin, partition: 1_048_576 }],
  ['epoch 0 is not between 1 and 2147483647', { ...handover, epoch: 0 }],
  ['parts 0 is not between 1 and 4096', { ...handover, part: 0, parts: 0 }],
  ['parts 4097 is not between 0 and 4096', { ...handover, parts: 4_097 }],
  ['part 2 is not between 0 and 1', { ...handover, part: 2 }],
  ['part 4096 is not between 0 and 4095', { ...handover, part: 4_096 }],
  ['the length of state in bytes 0 is not between 1 and 524288', { ...handover, state: new Uint8Array() }],
  ['the length of state in bytes 524289 is not between 1 and 524288', { ...handover, state: new Uint8Array(524_289) }],
  ['state_version 4294967296 is not between 0 and 4294967295', { ...handover, stateVersion: 4_294_967_296 }],
  ['fold_version 4294967296 is not between 0 and 4294967295', { ...handover, foldVersion: 4_294_967_296 }],
  ['moved_at_ms -1 is not between 0 and 9007199254740991', { ...handover, movedAtMs: -1 }],
  ['first_append_time_ms -1 is not between 0 and 9007199254740991', { ...forward, firstAppendTimeMs: -1 }],
  ['epoch 0 is not between 1 and 2147483647', { ...trades, epoch: 0 }],
  ['first 9007199254740991 is not between 0 and 9007199254740990', { ...trades, first: Number.MAX_SAFE_INTEGER }],
])('%s', (problem, entry) => {
  expect(() => readBack(entry)).toThrow(new MalformedError(problem));
});

test.each<[string, Partial<BlockToShip>]>([
  ['sequence_low 0 is not between 1 and 9007199254740991', { sequenceLow: 0 }],
  ['sequence_high 3 is not between 4 and 9007199254740991', { sequenceLow: 4 }],
  ['low_sec -1 is not between 0 and 9223372036', { lowSec: -1 }],
  ['high_sec 9223372037 is not between 0 and 9223372036', { highSec: 9_223_372_037 }],
  ['high_sec 6 is not between 7 and 9223372036', { lowSec: 7 }],
  ['excluded has 3 entries, which are no pairs', { excluded: [0, 1, 2] }],
  ['excluded 0 is not between 1 and 3', { excluded: [0, 0] }],
  ['excluded 1 is not between 2 and 3', { excluded: [0, 2, 1, 3] }],
  ['excluded 4 is not between 3 and 3', { excluded: [2, 4] }],
  ['tick block format 0 is not 1', { bytes: new Uint8Array() }],
  ['a block has another symbol than S', { bytes: other }],
  ['a block has another symbol than S', { bytes: mixed }],
  ['a block is of another dataset than test', { bytes: ofOtherDataset }],
])('a shipped block: %s', (problem, wrong) => {
  expect(() => readBack({ ...trades, blocks: [shipped, { ...shipped, ...wrong }] })).toThrow(
    new MalformedError(problem),
  );
});

test('ranges of places may touch: they come from groups that others lay between', () => {
  const entry = readBack({ ...trades, blocks: [{ ...shipped, excluded: [0, 1, 1, 3] }] });
  expect(entry).toMatchObject({ blocks: [{ excluded: [0, 1, 1, 3] }] });
});

const { id: publisherId } = publisher;
const said = { publisherId, dataset: 'test' };

test.each<[string, ForwardedToWrite]>([
  ['a block has another symbol than S', { kind: 'tickBlock', bytes: mixed }],
  ['a block is of another dataset than test', { kind: 'tickBlock', bytes: ofOtherDataset }],
  ...(
    [
      { kind: 'void', ...said, sequence: 1, link: 0, symbol: 'T', reason: '' },
      { kind: 'void', ...said, dataset: 'other', sequence: 1, link: 0, symbol: 'S', reason: '' },
      { kind: 'progress', ...said, instruments: [] },
      { kind: 'progress', ...said, instruments: [{ symbol: 'T', link: 1, timeNs: 0n }] },
      { kind: 'endOfReplay', ...said, instruments: ['S', 'S'].map((symbol) => ({ symbol, link: 1 })) },
    ] satisfies ForwardedToWrite[]
  ).map((one): [string, ForwardedToWrite] => ['an entry in a Forward of test/S is not of that instrument alone', one]),
])('a Forward: %s', (problem, wrong) => {
  expect(() => readBack({ ...forward, entries: [...forward.entries, wrong] })).toThrow(new MalformedError(problem));
});

/** A Forward that holds the entry in field `field`, whatever that is. */
function forwardOf(field: number, body: Uint8Array): Uint8Array {
  const out = new ProtoWriter().uint(1, 7).text(2, 'test').text(3, 'S');
  const entry = new ProtoWriter().message(field, body).finish();
  return new ProtoWriter().message(1, new ProtoWriter().message(9, out.message(5, entry).finish()).finish()).finish();
}

test.each([3, 5, 7, 8, 9, 10, 11, 12, 13])('entry kind %i may not stand in a Forward', (field) => {
  const problem = new MalformedError(`entry kind ${field} may not stand in a Forward`);
  expect(() => read(forwardOf(field, new Uint8Array()))).toThrow(problem);
});

test('a Forward, and Trades, hold something', () => {
  expect(() => readBack({ ...forward, entries: [] })).toThrow('entries has 0 entries; the least is 1');
  expect(() => readBack({ ...trades, blocks: [] })).toThrow('blocks has 0 entries; the least is 1');
});

test('a block without a publisher, or without ticks, is none of an instrument', () => {
  const named1 = new ProtoWriter().uint(1, 1).text(5, 'test').text(12, 'S');
  const noPublisher = named1.finish();
  expect(() => readBack({ ...trades, blocks: [{ ...shipped, bytes: noPublisher }] })).toThrow(
    'a block names no publisher',
  );
  const noTicks = new ProtoWriter().uint(1, 1).fixed64(2, publisherId).text(5, 'test').text(12, 'S').finish();
  expect(() => readBack({ ...trades, blocks: [{ ...shipped, bytes: noTicks }] })).toThrow(
    'a block has 1 groups and 0 ticks',
  );
});

test('a name of bad bytes is refused: two that differ in those alone would become one', () => {
  const body = new ProtoWriter().text(1, 'test').message(2, Uint8Array.of(0x53, 0xff)).finish();
  const record = new ProtoWriter().message(1, new ProtoWriter().message(10, body).finish()).finish();
  expect(() => read(record)).toThrow(new MalformedError('symbol is no valid UTF-8'));
});

test('an integer beyond 2^53 is told as it is', () => {
  const body = new ProtoWriter().text(1, 'test').text(2, 'S').varint(24).varint64(18_446_744_073_709_551_615n).finish();
  const record = new ProtoWriter().message(1, new ProtoWriter().message(12, body).finish()).finish();
  const problem = 'epoch 18446744073709551615 is not between 0 and 2147483647';
  expect(() => read(record)).toThrow(new MalformedError(problem));
});

test('an entry that cannot be read takes nothing else of its record with it', () => {
  const record = encodeLogRecord([{ ...move, epoch: 0 }, publisher.block(publisher.trade(50, 10)), { kind: 'time' }]);
  expect(decodeLogRecord(record).map(({ kind }) => kind)).toEqual(['move', 'tickBlock', 'time']);
});

test('an entry ends where its field does, whatever a later version puts behind it', () => {
  const body = new ProtoWriter().text(1, 'test').text(2, 'S').uint(3, 7).finish();
  const record = new ProtoWriter().message(1, new ProtoWriter().message(12, body).uint(3, 9).finish()).finish();
  expect(read(record)).toMatchObject({ kind: 'prepare', epoch: 7 });
});

test('the map of a writer is read with its Void, Progress and EndOfReplay; without one it is 0', () => {
  const entries = [
    { kind: 'void', ...said, sequence: 4, link: 3, symbol: 'S', reason: '' },
    { kind: 'progress', ...said, instruments: [] },
    { kind: 'endOfReplay', ...said, instruments: [] },
  ] satisfies LogEntryToWrite[];
  const epochs = (record: Uint8Array): unknown[] =>
    decodeLogRecord(record).map((entry) => 'mapEpoch' in entry && entry.mapEpoch);
  expect(epochs(encodeLogRecord(entries))).toEqual([0, 0, 0]);
  expect(epochs(encodeLogRecord(entries.map((entry) => ({ ...entry, mapEpoch: 9 }))))).toEqual([9, 9, 9]);
  const beyond = encodeLogRecord([{ ...entries[0]!, mapEpoch: 2_147_483_648 }]);
  expect(() => decodeLogRecord(beyond)).toThrow('map_epoch 2147483648 is not between 0 and 2147483647');
});

test('fields 7 to 12 of an entry are those of moves', () => {
  expect([6, 7, 8, 9, 10, 11, 12, 13].map(kindOfMoves)).toEqual([
    undefined,
    'move',
    'handover',
    'forward',
    'origin',
    'trades',
    'prepare',
    undefined,
  ]);
});
