/** Requests as callers of any language write them: what ingest reads by hand is what the generated code wrote. */
import {
  encodeTickBlock,
  foldConfigDefaults,
  PartitionFold,
  Placement,
  type PublishPart,
  PublishReaders,
  PublishRefusedError,
  PublishStream,
  readPublishMessage,
  recordOf,
  type TakeContext,
  type TickRow,
  TimeDomain,
} from '@tapeline/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  eventNs,
  generatedBlock,
  liveId,
  requestBytes,
  type RowParts,
  rows as rowsRequest,
  startMs,
  ticksOf,
} from './ingest-rig.ts';
import { ScriptedLog } from '../../services/ingest/test-kit/scripted-log.ts';

const terms = { priceExponent: -4, sizeExponent: -3, calendar: 'XNYS', currency: 'USD', tickSize: 1 };
const symbols = ['AAA', 'B', 'Ünï', 'C.D', 'EEEE'];

type Draft = {
  readonly symbol: string;
  readonly kind: 'trade' | 'quote' | 'cancel' | 'correction' | 'status';
  readonly price: bigint;
  readonly size: bigint;
  readonly agoNs: bigint;
  readonly text: string;
  readonly number: number;
  readonly receiveNs: bigint;
  readonly step: number;
};

const safe = BigInt(Number.MAX_SAFE_INTEGER);
const drafts: fc.Arbitrary<Draft[]> = fc.array(
  fc.record({
    symbol: fc.constantFrom(...symbols),
    kind: fc.constantFrom('trade', 'trade', 'trade', 'quote', 'cancel', 'correction', 'status'),
    price: fc.oneof(fc.bigInt(-safe, safe), fc.bigInt(0n, 1_000_000n)),
    size: fc.oneof(fc.bigInt(1n, safe), fc.bigInt(1n, 500n)),
    agoNs: fc.oneof(fc.bigInt(0n, eventNs), fc.bigInt(0n, 1_000_000_000n)),
    text: fc.oneof(fc.constant(''), fc.string({ maxLength: 8 }), fc.nat(1_000).map(String)),
    number: fc.nat(3),
    receiveNs: fc.oneof(fc.constant(0n), fc.bigInt(1n, 2n ** 62n)),
    step: fc.integer({ min: 1, max: 3 }),
  }),
  { minLength: 1, maxLength: 40 },
);

function rowsOf(ticks: readonly Draft[]): RowParts[] {
  const links = new Map<string, number>();
  let sequence = 0;
  return ticks.map((tick) => {
    sequence += tick.step;
    const link = links.get(tick.symbol);
    links.set(tick.symbol, sequence);
    const row = { sequence: BigInt(sequence), symbol: tick.symbol, tick: tickOf(tick) };
    // Only the first of an instrument must say its link.
    return link === undefined ? { ...row, link: 0n } : tick.number === 0 ? { ...row, link: BigInt(link) } : row;
  });
}

function tickOf(tick: Draft): NonNullable<RowParts['tick']> {
  const { kind, price, size, agoNs, text, number, receiveNs } = tick;
  const shared = { eventTimeNs: eventNs - agoNs, venue: text, tape: number as 0, receiveTimeNs: receiveNs };
  const priced = {
    price,
    size,
    conditions: text === '' ? [] : [text, '@'],
    aggressorSide: (number % 3) as 0,
    tradeId: text,
  };
  const original = { $case: 'originalTradeId' as const, value: `x${text}` };
  const venueSequence = number === 2 ? safe : undefined;
  const sequenced = venueSequence === undefined ? {} : { venueSequence };
  switch (kind) {
    case 'trade':
      return { $case: 'trade', value: { ...shared, ...priced, ...sequenced, suspicious: number === 1 } };
    case 'quote':
      return {
        $case: 'quote',
        value: {
          ...shared,
          ...(number > 0 ? { bid: { price, size } } : {}),
          ...(number > 1 ? { ask: { price, size: 0n } } : {}),
        },
      };
    case 'cancel':
      return { $case: 'cancel', value: { ...shared, original } };
    case 'correction':
      return {
        $case: 'correction',
        value: { ...shared, ...priced, original, ...(number > 1 ? { correctedEventTimeNs: eventNs - agoNs } : {}) },
      };
    case 'status':
      return { $case: 'status', value: { eventTimeNs: eventNs - agoNs, state: number as 0, venue: text } };
  }
}

function context(partitions: number): TakeContext {
  return {
    nowNs: eventNs,
    aheadMsMax: 60_000,
    placement: Placement.atHome(partitions),
    partitions,
    terms: { find: () => terms, pinOf: () => undefined, use: () => undefined },
    calendar: '24/7',
    unknown: new Set(),
  };
}

function streamOf(): { stream: PublishStream; readers: PublishReaders } {
  const readers = new PublishReaders();
  const identity = { publisherId: liveId, timeDomain: TimeDomain.live, dataset: 'test' };
  return { stream: new PublishStream(identity, readers), readers };
}

/** What a message leaves in a log of so many partitions. */
function logged(bytes: Uint8Array, partitions: number): { log: ScriptedLog; rejects: string[] } {
  const { stream, readers } = streamOf();
  const taken = stream.take(readPublishMessage(bytes, readers.rows), context(partitions));
  if ('missing' in taken) throw new RangeError('terms are known');
  const log = new ScriptedLog(partitions, () => startMs);
  for (const { partition, pieces } of taken.parts) {
    log.records[partition]?.push({ offset: 0, appendTimeMs: startMs, bytes: recordOf(pieces) });
  }
  const rejects = taken.parts.flatMap((part) =>
    part.rejects.map(({ sequence, rejection }) => `${sequence} ${rejection.code}`),
  );
  return { log, rejects };
}

test('rows of the generated code stand in the log as they were sent', () => {
  fc.assert(
    fc.property(drafts, (ticks) => {
      const rows = rowsOf(ticks);
      const { log, rejects } = logged(requestBytes(rowsRequest(rows)).bytes, 1);
      expect(rejects).toEqual([]);
      const found = new Map(ticksOf(log).map((tick) => [tick.sequence, tick]));
      expect(found.size).toBe(rows.length);
      for (const [index, tick] of ticks.entries()) {
        const sequence = Number(rows[index]?.sequence);
        const priced = tick.kind === 'trade' || tick.kind === 'correction';
        expect(found.get(sequence)).toMatchObject({
          symbol: tick.symbol,
          eventNs: eventNs - tick.agoNs,
          price: priced ? Number(tick.price) : 0,
          size: priced ? Number(tick.size) : 0,
        });
      }
    }),
    { numRuns: 300 },
  );
});

function tickRows(ticks: readonly Draft[]): TickRow[] {
  const links = new Map<string, number>();
  let sequence = 0;
  return ticks.map((tick) => {
    sequence += tick.step;
    const link = links.get(tick.symbol) ?? 0;
    links.set(tick.symbol, sequence);
    // Near each other, as a block of one caller has them.
    const at = eventNs - (tick.agoNs % 1_000_000_000_000n);
    const attributes = {
      kind: 1,
      venue: tick.text,
      tape: tick.number as 0,
      conditions: ['@'],
      side: 0,
      flags: 0,
    } as const;
    const [eventSec, eventNano] = [Number(at / 1_000_000_000n), Number(at % 1_000_000_000n)];
    const row = { symbol: tick.symbol, terms, sequence, link, eventSec, eventNano, attributes };
    return { ...row, price: Number(tick.price), size: Number(tick.size), tradeId: tick.text };
  });
}

test('columns, split over partitions or not, hold what the same rows hold, and every instrument keeps its order', () => {
  fc.assert(
    fc.property(drafts, fc.integer({ min: 1, max: 5 }), (ticks, partitions) => {
      const rows = tickRows(ticks);
      const header = { publisherId: liveId, timeDomain: 1, mapEpoch: 0, dataset: 'test', receiveTimeNs: 0n } as const;
      const block = generatedBlock(encodeTickBlock(header, rows));
      const { log, rejects } = logged(requestBytes(block).bytes, partitions);
      expect(rejects).toEqual([]);
      const found = log.records.flatMap((_, partition) => ticksOf(log, partition));
      expect(found.length).toBe(rows.length);
      for (const row of rows) {
        const at = found.find(({ sequence }) => sequence === row.sequence);
        expect(at).toMatchObject({ symbol: row.symbol, link: row.link, price: row.price, size: row.size });
      }
      for (const symbol of symbols) {
        const own = found.filter((tick) => tick.symbol === symbol).map(({ sequence }) => sequence);
        expect(own).toEqual(own.toSorted((left, right) => left - right));
      }
    }),
    { numRuns: 300 },
  );
});

/** Ticks and entries of a partition that the fold refuses for good. */
function quarantinedOf(log: ScriptedLog, partition: number): number {
  const fold = PartitionFold.start({ ...foldConfigDefaults, partition });
  fold.step((log.records[partition] ?? []).map((record, offset) => ({ ...record, offset })));
  return fold.counters.quarantined;
}

/** The parts of a message; none if it is refused. Any other error is a failure. */
function takenOrRefused(bytes: Uint8Array, readers: PublishReaders): readonly PublishPart[] {
  try {
    const taken = streamOf().stream.take(readPublishMessage(bytes, readers.rows), context(2));
    return 'missing' in taken ? [] : taken.parts;
  } catch (error) {
    if (error instanceof PublishRefusedError) return [];
    throw error;
  }
}

const garbling = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });

test('bytes that are garbled are refused or read, and never anything else', () => {
  const { readers } = streamOf();
  fc.assert(
    fc.property(drafts, garbling, fc.boolean(), (ticks, garbled, columns) => {
      const rows = tickRows(ticks);
      const header = { publisherId: liveId, timeDomain: 1, mapEpoch: 0, dataset: 'test', receiveTimeNs: 0n } as const;
      const request = columns ? { block: encodeTickBlock(header, rows) } : rowsRequest(rowsOf(ticks));
      const { bytes } = requestBytes(request);
      for (const [place, byte] of garbled) bytes[place % bytes.length] = byte;
      const taken = takenOrRefused(bytes, readers);
      // What is taken the log's decoder and the fold take as well.
      const log = new ScriptedLog(2, () => startMs);
      for (const { partition, pieces } of taken) {
        log.records[partition]?.push({ offset: 0, appendTimeMs: startMs, bytes: recordOf(pieces) });
      }
      const accepted = taken.reduce((sum, part) => sum + part.accepted, 0);
      expect(ticksOf(log, 0).length + ticksOf(log, 1).length).toBe(accepted);
      expect([quarantinedOf(log, 0), quarantinedOf(log, 1)]).toEqual([0, 0]);
    }),
    { numRuns: 2_000 },
  );
});
