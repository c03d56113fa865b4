/** What a step brings about, where instruments come and go: what is written before what, what is listed, where chunks end. */
import {
  CountedTape,
  type CountedTicks,
  encodeLogRecord,
  foldConfigDefaults,
  homePartition,
  type ListedInstrument,
  type LogRecordInput,
  PartitionFold,
  type TapeChunk,
  type TapeSegmentOut,
  type StepOfMove,
  type Emission,
} from '@tapeline/domain';
import { expect, test } from 'vitest';
import { scriptBaseSec, ScriptedPublisher } from '../../packages/domain/test-kit/scripted-publisher.ts';
import { Folding, type FoldToStep } from '../../services/worker/src/folding.ts';
import { InstrumentRates } from '../../services/worker/src/instrument-rates.ts';
import type { Outbox } from '../../services/worker/src/outbox.ts';
import type { ToldMove } from '../../services/worker/src/output-records.ts';
import type { SnapshotSaves } from '../../services/worker/src/snapshot-saves.ts';
import { TapeChunks } from '../../services/worker/src/tape-chunks.ts';

const partition = 1;
const basePartitions = 4;
const startMs = scriptBaseSec * 1_000;

/** A fold that says on top what a test wants it to say. */
class MovingFold implements FoldToStep {
  readonly #fold = PartitionFold.start({ ...foldConfigDefaults, intervals: ['1s'], profiles: ['all'], partition });
  moved: StepOfMove[] = [];
  emissions: Emission[] = [];
  epochs = new Map<string, number>();

  get nextOffset(): number {
    return this.#fold.nextOffset;
  }
  get clockMs(): number {
    return this.#fold.clockMs;
  }
  get parked(): { readonly count: number; readonly bytes: number } {
    return { count: 0, bytes: 0 };
  }
  get instrumentCount(): number {
    return this.#fold.instrumentCount;
  }
  instruments(from: number): ReturnType<PartitionFold['instruments']> {
    return this.#fold.instruments(from).map((one) => ({ ...one, epoch: this.epochs.get(one.symbol) ?? 0 }));
  }
  beginSnapshot(): ReturnType<PartitionFold['beginSnapshot']> {
    return this.#fold.beginSnapshot();
  }
  step(records: readonly LogRecordInput[], counted?: CountedTicks): ReturnType<FoldToStep['step']> {
    const output = this.#fold.step(records, counted);
    const of = <Told extends { readonly offset: number }>(all: readonly Told[]): Told[] =>
      all.filter(({ offset }) => records.some((record) => record.offset === offset));
    return { ...output, emissions: of(this.emissions), moved: of(this.moved) };
  }
}

type Rig = {
  readonly fold: MovingFold;
  readonly folding: Folding;
  readonly calls: string[];
  readonly listed: ListedInstrument[];
  readonly chunks: TapeChunk[];
  readonly told: { bars: ToldMove[]; tape: ToldMove[] };
  readonly rates: InstrumentRates;
  readonly changed: string[];
  readonly heard: StepOfMove[];
  /** Appends a record so many ms after the start. */
  append: (...records: readonly [number, ...Parameters<typeof encodeLogRecord>[0]][]) => void;
};

function setUp(tape: 'on' | 'off' = 'on'): Rig {
  const fold = new MovingFold();
  const [calls, changed]: [string[], string[]] = [[], []];
  const listed: ListedInstrument[] = [];
  const chunks: TapeChunk[] = [];
  const heard: StepOfMove[] = [];
  const told: Rig['told'] = { bars: [], tape: [] };
  const rates = new InstrumentRates(partition, 0);
  const outbox: Pick<Outbox, 'addStep' | 'addTape' | 'addEmissions'> = {
    addStep: (instruments, bars, mark, moved) => {
      calls.push(`step ${mark.nextOffset}: ${bars.length} bars`);
      listed.push(...instruments);
      told.bars.push(...(moved ?? []));
    },
    addTape: (changedChunks: readonly TapeChunk[], segments: readonly TapeSegmentOut[], mark, moved) => {
      calls.push(`tape ${mark.nextOffset}: ${segments.length} segments`);
      chunks.push(...changedChunks);
      told.tape.push(...(moved ?? []));
    },
    addEmissions: (emissions) => {
      calls.push(`emissions ${emissions.map(({ to }) => to).join()}`);
    },
  };
  const folding = new Folding({
    partition,
    basePartitions,
    fold,
    chunks: new TapeChunks(),
    // Only these three are called by a step.
    outbox: outbox as Outbox,
    saves: { add: () => undefined } as unknown as SnapshotSaves,
    tape,
    logIdentity: '',
    rates,
    notice: () => undefined,
    changed: (_dataset, symbol) => changed.push(symbol),
    moved: (steps) => heard.push(...steps),
  });
  let offset = 0;
  const append: Rig['append'] = (...records) => {
    folding.step(
      records.map(([ms, ...entries]) => {
        return { offset: offset++, appendTimeMs: startMs + ms, bytes: encodeLogRecord(entries) };
      }),
    );
  };
  return { fold, folding, calls, listed, chunks, told, rates, changed, heard, append };
}

const of = { dataset: 'test', logTimeMs: 0 };
const a = new ScriptedPublisher('live');

test('O6: what an instrument leaves behind is in the outbox before what it takes along, tape and chunk too', () => {
  const { fold, append, calls, chunks } = setUp();
  const none = (): readonly Uint8Array[] => [];
  fold.emissions = [{ offset: 1, to: 3, bytes: 0, isAhead: false, isBehindAhead: false, records: none, pieces: none }];
  fold.moved = [{ ...of, symbol: 'S', offset: 1, epoch: 1, step: 'left', to: 3 }];
  append([0, a.block(a.trade(0, 10))]);
  expect(calls).toEqual(['step 1: 0 bars']);
  append([10, a.block(a.trade(10, 11))]);
  expect(calls.slice(1)).toEqual(['step 2: 0 bars', 'emissions 3', 'tape 2: 2 segments']);
  expect(chunks.map(({ firstNumber, lastNumber }) => [firstNumber, lastNumber])).toEqual([[1, 2]]);
});

test('the open chunk of an instrument that left gets nothing more, in whatever steps its records are read', () => {
  const cut = (together: boolean): unknown => {
    const live = new ScriptedPublisher('live');
    const { fold, append, chunks, folding } = setUp();
    fold.moved = [
      { ...of, symbol: 'S', offset: 1, epoch: 1, step: 'left', to: 3 },
      { ...of, symbol: 'S', offset: 2, epoch: 2, step: 'arrived', movedAtMs: 0 },
    ];
    const records = [0, 10, 20, 30].map((ms) => [ms, live.block(live.trade(ms, 10))] as const);
    if (together) append(...records.map(([ms, block]): [number, typeof block] => [ms, block]));
    else for (const [ms, block] of records) append([ms, block]);
    folding.writeTape();
    return chunks.map(({ firstNumber, lastNumber }) => [firstNumber, lastNumber]);
  };
  const expected = [
    [1, 2],
    [3, 4],
  ];
  expect([cut(true), cut(false)]).toEqual([expected, expected]);
});

test('what began here is listed with its place; what had moved before its first tick without one', () => {
  const { fold, append, listed } = setUp();
  const names = ['A', 'B', 'C', 'D', 'E', 'F'];
  fold.epochs.set('F', 2);
  const live = new ScriptedPublisher('live');
  append([0, live.block(...names.map((symbol) => live.trade(0, 10, 1, { symbol })))]);
  const places = listed.map(({ symbol, pin, seenIn }) => [symbol, pin, seenIn]);
  expect(places).toEqual(
    names.map((symbol) => {
      if (symbol === 'F') return [symbol, undefined, undefined];
      return [symbol, homePartition('test', symbol, basePartitions) === partition ? undefined : partition, partition];
    }),
  );
  expect(new Set(places.map(([, pin]) => pin))).toEqual(new Set([undefined, partition]));
});

test('readers of both topics are told of what came and went, with the clock before its record', () => {
  const { fold, append, told, heard, folding } = setUp();
  fold.moved = [
    { ...of, symbol: 'S', offset: 1, epoch: 1, step: 'prepared' },
    { ...of, symbol: 'S', offset: 2, epoch: 1, step: 'left', to: 3 },
    { ...of, symbol: 'T', offset: 2, epoch: 4, step: 'arrived', movedAtMs: 0 },
  ];
  const live = new ScriptedPublisher('live');
  const trade = (ms: number): [number, ReturnType<typeof live.block>] => [ms, live.block(live.trade(ms, 10))];
  append(trade(0), trade(70), trade(100));
  expect(told.tape).toEqual([]);
  folding.writeTape();
  expect(told.bars).toEqual(told.tape);
  expect(told.bars.map(({ step, epoch, clockBeforeMs }) => [step, epoch, clockBeforeMs - startMs])).toEqual([
    ['left', 1, 70],
    ['arrived', 4, 70],
  ]);
  expect(heard.map(({ step }) => step)).toEqual(['prepared', 'left', 'arrived']);
  // Once.
  append(trade(200));
  folding.writeTape();
  expect([told.bars.length, told.tape.length]).toEqual([2, 2]);
});

test.each(['on', 'off'] as const)(
  'with tape %s, rates are of the ticks that were counted, each at its own clock',
  (tape) => {
    const { append, rates, changed } = setUp(tape);
    const live = new ScriptedPublisher('live');
    const block = (ms: number, ...symbols: string[]): [number, ReturnType<typeof live.block>] => [
      ms,
      live.block(...symbols.map((symbol) => live.trade(ms, 10, 1, { symbol })), live.quote(ms)),
    ];
    // A half-life lies between the two, though one step has both.
    append(block(0, 'A', 'A', 'B', 'A'), block(30_000, 'B', 'B'));
    const { ticks, logTimeMs, sinceMs } = rates.report();
    expect([logTimeMs, sinceMs]).toEqual([startMs + 30_000, startMs]);
    expect(ticks.get('test', 'A')).toBeCloseTo(1.5);
    expect(ticks.get('test', 'B')).toBeCloseTo(2.5);
    expect(new Set(changed)).toEqual(new Set(['A', 'B']));
  },
);

test('of records that are read again nothing is said', () => {
  const { append, calls, folding, rates } = setUp();
  const live = new ScriptedPublisher('live');
  const block = live.block(live.trade(0, 10));
  append([0, block]);
  const before = calls.length;
  folding.step([{ offset: 0, appendTimeMs: startMs, bytes: encodeLogRecord([block]) }]);
  expect(calls.length).toBe(before);
  expect(rates.report().ticks.get('test', 'S')).toBe(1);
});

// The fold of this file must not know more than the real one does.
test('a real fold is one that can be stepped', () => {
  const fold: FoldToStep = PartitionFold.start({ ...foldConfigDefaults, partition });
  expect(fold.step([], new CountedTape()).emissions).toEqual([]);
});
