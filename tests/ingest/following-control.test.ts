/**
 * Ingest follows `control`: nothing is appended before it was read, the newest map decides where each message goes, partitions are
 * added while ticks flow, and a move in the middle of a stream changes neither the order of acks nor what is known to be settled.
 */
import {
  applyChange,
  controlKeyText,
  decodeEntryOfMoves,
  decodeLogRecord,
  decodeTickBlock,
  homePartition,
  LogDictionary,
  type LogError,
  Placement,
  TickColumns,
} from '@tapeline/domain';
import { decodeControl } from '@tapeline/control';
import type { IngestConfig } from '@tapeline/ingest';
import type { ManualClock } from '@tapeline/runtime';
import { SimulatedControlLog, VirtualClock } from '@tapeline/simulation';
import { wireIngest } from '@tapeline/wire';
import { expect, test } from 'vitest';
import type { ScriptedLog } from '../../services/ingest/test-kit/scripted-log.ts';
import { appendMap, movedIn } from '../control/written-records.ts';
import {
  collect,
  open,
  type Outcome,
  publish,
  pumped,
  replayId,
  requestBytes,
  type RequestParts,
  type Rig,
  rows,
  startMs,
  startRig,
  ticksOf,
  trade,
} from './ingest-rig.ts';

const call = { signal: new AbortController().signal };
const partitions = 4;
const home = homePartition('test', 'AAA', partitions);
const elsewhere = (home + 1) % partitions;
/** One that has read all of `control`. */
async function startMoved(config: Partial<IngestConfig> = {}): Promise<MovedRig> {
  const moved = new MovedRig(config);
  await moved.rig.ingest.ready();
  return moved;
}

const terms = { priceExponent: -9, sizeExponent: 0, calendar: '24/7', currency: '', tickSize: 0 };

/** An ingest with maps, and a coordinator of token 1. */
class MovedRig {
  readonly control = new SimulatedControlLog({ clock: new VirtualClock(startMs) });
  readonly own = this.control.beside();
  readonly replaced: string[] = [];
  readonly rig: Rig;
  placement: Placement = Placement.atHome(partitions);

  constructor(config: Partial<IngestConfig>) {
    const control = { log: this.own, writer: 'w' };
    const onLogReplaced = ({ code }: LogError): void => void this.replaced.push(code);
    this.rig = startRig(config, partitions, { control, onLogReplaced });
  }

  get log(): ScriptedLog {
    return this.rig.log;
  }

  get clock(): ManualClock {
    return this.rig.clock;
  }

  /** Publishes a map with AAA in that partition; it was read by the ingest when this resolves. */
  async moveTo(to: number, partitionsNow: number = this.placement.partitions, symbol: string = 'AAA'): Promise<void> {
    const settled = applyChange(this.placement, { logTimeMs: 0, moves: [], appended: this.placement.moves });
    if (settled.kind === 'refused') throw new RangeError(settled.code);
    const before = this.placement.moves.length === 0 ? this.placement : settled.placement;
    const moved = movedIn(before, symbol, to, partitionsNow);
    if (before !== this.placement) await this.#write(before);
    await this.#write(moved);
  }

  async #write(placement: Placement): Promise<void> {
    this.placement = placement;
    await appendMap(this.control, placement);
    await this.clock.advance(1);
  }

  /** Where each record of the log is of, and which map its entries name. */
  entries(): string[] {
    return this.log.records.flatMap((records, partition) =>
      records.flatMap(({ bytes }) => decodeLogRecord(bytes).map((entry) => `${partition} ${textOf(bytes, entry)}`)),
    );
  }

  /** The newest report of this ingest; `out` where it was taken out. */
  report(): string | number | undefined {
    const key = controlKeyText({ kind: 'writer', writer: 'w' });
    const last = this.control.records.findLast((record) => record.key === key);
    if (last === undefined || last.bytes === undefined) return last && 'out';
    const entry = decodeControl(key, last.bytes);
    return entry.kind === 'writer' ? entry.report.mapEpoch : entry.kind;
  }
}

function textOf(bytes: Uint8Array, entry: ReturnType<typeof decodeLogRecord>[number]): string {
  if (entry.kind === 'tickBlock') {
    const columns = new TickColumns();
    decodeTickBlock(bytes, entry.start, entry.end, new LogDictionary(), columns);
    return `block ${columns.mapEpoch} ${columns.symbols.slice(0, columns.groupCount).join()}`;
  }
  if (entry.kind === 'origin') {
    const origin = decodeEntryOfMoves(bytes, entry);
    return 'symbol' in origin ? `origin ${origin.symbol}` : '';
  }
  return `${entry.kind} ${'mapEpoch' in entry ? entry.mapEpoch : ''}`;
}

/** A stream that stays open until the test ends it. */
class LiveStream {
  readonly outcome: Promise<Outcome>;
  readonly #clock: ManualClock;
  #queue: RequestParts[] = [];
  #isOver = false;

  constructor({ ingest, clock }: Rig, first: RequestParts = open()) {
    this.#clock = clock;
    this.#queue.push(first);
    this.outcome = collect(ingest.service.publish(this.#requests(), { signal: new AbortController().signal }));
  }

  async send(...requests: RequestParts[]): Promise<void> {
    this.#queue.push(...requests);
    await this.#clock.advance(20);
  }

  async end(): Promise<Outcome> {
    this.#isOver = true;
    return pumped(this.#clock, this.outcome);
  }

  async *#requests(): AsyncGenerator<{ bytes: Uint8Array }> {
    while (!this.#isOver || this.#queue.length > 0) {
      const next = this.#queue.shift();
      if (next === undefined) await this.#clock.sleep(1);
      else yield requestBytes(next);
    }
  }
}

test('nothing is taken before control was read to its end: calls are refused, feeds wait', async () => {
  const moved = await startMoved();
  const { rig, own } = moved;
  own.faults.break('down');
  const cold = startRig({}, partitions, { control: { log: own, writer: 'v' } });
  await moved.moveTo(elsewhere);
  const refused = await publish(cold, [open(), rows([trade(1, 0)])]);
  expect([refused.error?.status, refused.error?.reason, refused.acks]).toEqual(['UNAVAILABLE', 'LOG_UNAVAILABLE', []]);
  let isReady = false;
  const ready = cold.ingest.ready().then(() => {
    isReady = true;
  });
  const stream = cold.ingest.sink.open({ dataset: 'test', timeDomain: 3, clientName: 'feed' });
  await cold.clock.advance(5_000);
  expect(isReady).toBe(false);
  own.faults.break(undefined);
  await cold.clock.advance(5_000);
  await ready;
  expect((await stream).settledSequence).toBe(0);
  const { error } = await publish(cold, [open(), rows([trade(1, 0)])]);
  expect(error).toBeUndefined();
  const holds = cold.log.records.map((_, partition) => ticksOf(cold.log, partition).length);
  expect(holds.findIndex((ticks) => ticks > 0)).toBe(elsewhere);
  await pumped(cold.clock, cold.ingest.stop());
  await pumped(rig.clock, rig.ingest.stop());
});

test('each message goes by the newest map that was read, in every form, and says which that was', async () => {
  const moved = await startMoved();
  moved.rig.known.set('AAA', terms);
  const stream = new LiveStream(moved.rig, open(replayId));
  const instruments = [{ symbol: 'AAA', link: 5n, timeNs: 1n }];
  await stream.send(rows([trade(1, 0), trade(2, 1)]), rows([trade(3, 2)]));
  await moved.moveTo(elsewhere);
  await stream.send(rows([trade(4, 3, { size: 0n }), trade(5, 4)]), {
    request: { $case: 'progress', value: { instruments } },
  });
  await moved.moveTo(home);
  await stream.send(rows([trade(6, 5)]), rows([trade(7, 6)]), {
    request: { $case: 'endOfReplay', value: { instruments: [{ symbol: 'AAA', link: 7n }] } },
  });
  const { error, acks, rejects } = await stream.end();
  expect([error, acks.at(-1), rejects.map(({ sequence }) => sequence)]).toEqual([
    undefined,
    { sequence: 7, requests: 8 },
    [4],
  ]);
  const found = moved.entries().filter((text) => !text.includes('alive'));
  expect(found.toSorted()).toEqual(
    [
      `${home} block 0 AAA`,
      `${home} block 0 AAA`,
      `${elsewhere} void 1`,
      `${elsewhere} block 1 AAA`,
      `${elsewhere} progress 1`,
      `${home} block 3 AAA`,
      `${home} endOfReplay 3`,
    ].toSorted(),
  );
  expect(moved.report()).toBe(3);
  expect(await moved.rig.metrics.text()).toContain('tapeline_ingest_map_epoch 3');
  await pumped(moved.clock, moved.rig.ingest.stop());
  expect(moved.report()).toBe('out');
});

test('a move in the middle of a stream leaves acks in the order of messages, and what is settled is known to the end', async () => {
  const moved = await startMoved();
  moved.rig.known.set('AAA', terms);
  moved.log.fate = (partition) => (partition === home ? 'wait' : 'land');
  const stream = new LiveStream(moved.rig);
  await stream.send(rows([trade(1, 0)]), rows([trade(2, 1), trade(3, 2)]), rows([trade(4, 3)]));
  await moved.moveTo(elsewhere);
  await stream.send(rows([trade(5, 4)]), rows([trade(6, 5), trade(7, 6)]), rows([trade(8, 7)]));
  expect(moved.log.records[elsewhere]?.length).toBeGreaterThan(0);
  expect(await settled(moved)).toEqual([]);
  moved.log.fate = () => 'land';
  moved.log.letGo();
  await moved.clock.advance(100);
  expect(await settled(moved)).toEqual([8]);
  await stream.send(rows([trade(9, 8)]));
  const { acks, error } = await stream.end();
  expect(error).toBeUndefined();
  expect(acks.map(({ sequence }) => sequence).at(-1)).toBe(9);
  expect(await settled(moved)).toEqual([9]);
  await pumped(moved.clock, moved.rig.ingest.stop());
});

test('ticks that are gathered for one record go by one map, and there and back in one linger nothing is forgotten', async () => {
  const moved = await startMoved({ lingerMs: 100 });
  moved.rig.known.set('AAA', terms);
  const stream = new LiveStream(moved.rig);
  await stream.send(rows([trade(1, 0)]));
  await moved.moveTo(elsewhere);
  await stream.send(rows([trade(2, 1)]));
  await moved.moveTo(home);
  await stream.send(rows([trade(3, 2)]));
  expect(moved.entries()).toEqual([]);
  await moved.clock.advance(200);
  expect(moved.entries().toSorted()).toEqual(
    [`${home} block 0 AAA`, `${elsewhere} block 1 AAA`, `${home} block 3 AAA`].toSorted(),
  );
  expect(await settled(moved)).toEqual([3]);
  expect((await stream.end()).error).toBeUndefined();
  await pumped(moved.clock, moved.rig.ingest.stop());
});

/** How far the publisher is known to be, by instrument. */
async function settled(moved: MovedRig): Promise<number[]> {
  const subject = { $case: 'publisherId' as const, value: publisherOf(moved) };
  const request = wireIngest.GetPublisherRequest.fromPartial({ subject });
  const { instruments } = await moved.rig.ingest.service.getPublisher(request, call);
  return instruments.map(({ settledSequence }) => Number(settledSequence));
}

function publisherOf({ log }: MovedRig): bigint {
  const columns = new TickColumns();
  for (const { bytes } of log.records.flat()) {
    for (const entry of decodeLogRecord(bytes)) {
      if (entry.kind !== 'tickBlock') continue;
      decodeTickBlock(bytes, entry.start, entry.end, new LogDictionary(), columns);
      return columns.publisherId;
    }
  }
  throw new RangeError('the log has no block');
}

test('partitions are added while ticks flow: what lives in one that is missing is refused, and nothing else', async () => {
  const moved = await startMoved();
  const { rig, log, clock } = moved;
  for (const symbol of ['AAA', 'BBB']) rig.known.set(symbol, terms);
  const stream = new LiveStream(rig);
  await stream.send(rows([trade(1, 0)]));
  await moved.moveTo(5, 6);
  await clock.advance(50);
  const other = new LiveStream(rig);
  await other.send(rows([trade(1, 0, {})].map((row) => ({ ...row, symbol: 'BBB' }))));
  await stream.send(rows([trade(2, 1)]));
  const { error, acks } = await pumped(clock, stream.outcome);
  expect([error?.status, error?.reason, acks.at(-1)?.sequence]).toEqual(['UNAVAILABLE', 'LOG_UNAVAILABLE', 1]);
  expect(error?.message).toContain('lives in partition 5 by the map of epoch 1, and the tick log has 4 partitions');
  expect((await other.end()).acks.at(-1)).toEqual({ sequence: 1, requests: 2 });
  log.grow(6);
  await clock.advance(2_000);
  const again = await publish(rig, [open(), rows([trade(2, 1)])]);
  expect([again.error, again.acks.at(-1)?.sequence, log.records[5]?.length]).toEqual([undefined, 2, 1]);
  await pumped(clock, rig.ingest.stop());
});

test('while the log does not say how many partitions it has, the map before is used, and nobody waits', async () => {
  const moved = await startMoved();
  const { rig, log, clock } = moved;
  rig.known.set('AAA', terms);
  log.grow(6);
  log.refreshes = false;
  await moved.moveTo(5, 6);
  const before = await publish(rig, [open(), rows([trade(1, 0)])]);
  expect([before.error, log.records[home]?.length, moved.report()]).toEqual([undefined, 1, 0]);
  log.refreshes = true;
  await clock.advance(2_000);
  const after = await publish(rig, [open(), rows([trade(2, 1)])]);
  expect([after.error, log.records[5]?.length, moved.report()]).toEqual([undefined, 1, 1]);
  await pumped(clock, rig.ingest.stop());
});

test('a pin in a partition that was added and that no map told of is found', async () => {
  const { rig, log, clock } = await startMoved();
  rig.known.set('AAA', terms);
  rig.pins.set('AAA', 5);
  log.grow(6);
  const { error } = await publish(rig, [open(), rows([trade(1, 0)])]);
  expect([error, log.records[5]?.length]).toEqual([undefined, 1]);
  await pumped(clock, rig.ingest.stop());
});

test('a home is one of the partitions that the stream began with, also where more were added', async () => {
  const asked: [string, number][] = [];
  const rig = startRig({}, partitions, {
    knownInstruments: {
      find: async (_dataset, symbol) => (symbol === 'AAA' ? { terms, pin: 63 } : undefined),
      claim: async () => new Map(),
      place: async (_dataset, homes) => {
        asked.push(...homes);
        return new Map();
      },
    },
  });
  rig.log.grow(64);
  const symbols = ['P', 'Q', 'R', 'S', 'T'];
  const instruments = symbols.map((symbol) => ({ symbol, link: 0n, timeNs: 1n }));
  const progress: RequestParts = { request: { $case: 'progress', value: { instruments } } };
  const { error } = await publish(rig, [open(replayId), rows([trade(1, 0)]), progress]);
  expect([error, rig.log.records[63]?.length]).toEqual([undefined, 1]);
  expect(asked).toEqual(symbols.map((symbol) => [symbol, homePartition('test', symbol, partitions)]));
  await pumped(rig.clock, rig.ingest.stop());
});

test('the Origin of a pinned instrument goes before it, in each record until one is durable, and not without maps', async () => {
  const moved = await startMoved();
  const { rig, log } = moved;
  for (const symbol of ['AAA', 'BBB']) rig.known.set(symbol, terms);
  rig.pins.set('AAA', elsewhere);
  const stream = new LiveStream(rig);
  await stream.send(rows([trade(1, 0)]));
  expect(moved.entries()).toEqual([`${elsewhere} block 0 AAA`]);
  // Another instrument moves; from here on there are maps.
  await moved.moveTo((homePartition('test', 'BBB', partitions) + 1) % partitions, partitions, 'BBB');
  log.fate = () => 'wait';
  await stream.send(rows([trade(2, 1), trade(3, 2)]));
  await stream.send(rows([trade(4, 3), trade(5, 4)]));
  log.fate = () => 'land';
  log.letGo();
  await moved.clock.advance(50);
  await stream.send(rows([trade(6, 5)]), rows([trade(7, 6), trade(8, 7)]));
  expect((await stream.end()).acks.at(-1)?.sequence).toBe(8);
  expect(moved.entries().slice(1)).toEqual([
    `${elsewhere} origin AAA`,
    `${elsewhere} block 1 AAA`,
    `${elsewhere} origin AAA`,
    `${elsewhere} block 1 AAA`,
    `${elsewhere} block 1 AAA`,
    `${elsewhere} block 1 AAA`,
  ]);
  const once = {
    dataset: 'test',
    ticks: [{ symbol: 'AAA', tick: { $case: 'trade' as const, value: { price: '1', size: '1' } } }],
  };
  const answer = rig.ingest.service.publishOnce(wireIngest.PublishOnceRequest.fromPartial(once), call);
  expect((await pumped(moved.clock, answer)).accepted).toBe(1);
  expect(moved.entries().slice(-2)).toEqual([`${elsewhere} origin AAA`, `${elsewhere} block 1 AAA`]);
  await pumped(moved.clock, rig.ingest.stop());
});

test('when control is lost, streams end, nothing more is taken, and the owner hears of a log that was replaced', async () => {
  const moved = await startMoved();
  const stream = new LiveStream(moved.rig);
  await stream.send(rows([trade(1, 0)]));
  await moved.own.close();
  const { error, acks } = await pumped(moved.clock, stream.outcome);
  expect([error?.reason, acks.at(-1)?.sequence]).toEqual(['LOG_UNAVAILABLE', 1]);
  const later = await publish(moved.rig, [open(), rows([trade(2, 1)])]);
  expect([later.error?.reason, later.acks, moved.replaced]).toEqual(['LOG_UNAVAILABLE', [], []]);
  await pumped(moved.clock, moved.rig.ingest.stop());
});
