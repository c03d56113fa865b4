/**
 * Messages of one tick, as a naive caller sends them. In: ticks of all kinds, by rows and by columns, also garbled. Out:
 * proof that the short way by which ingest takes them says what the long way says, and that they share blocks.
 */
import {
  encodeTickBlock,
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
import { ScriptedLog } from '../../services/ingest/test-kit/scripted-log.ts';
import {
  entriesOf,
  eventNs,
  liveId,
  publish,
  open,
  requestBytes,
  type RequestParts,
  rows,
  startMs,
  startRig,
  ticksOf,
  trade,
} from './ingest-rig.ts';

const seed = 20_260_105;
const partitions = 3;
const terms = { priceExponent: -4, sizeExponent: -3, calendar: 'XNYS', currency: 'USD', tickSize: 1 };
const header = { publisherId: 0n, timeDomain: 1, mapEpoch: 0, dataset: 'test', receiveTimeNs: 0n } as const;
const safe = Number.MAX_SAFE_INTEGER;

type Draft = {
  readonly symbol: string;
  readonly kind: number;
  readonly price: number;
  readonly size: number;
  readonly agoNs: bigint;
  readonly unitNs: bigint;
  readonly text: string;
  readonly number: number;
  readonly step: number;
};

const drafts: fc.Arbitrary<Draft[]> = fc.array(
  fc.record({
    symbol: fc.constantFrom('AAA', 'B', 'Ünï', 'EEEE'),
    kind: fc.constantFrom(1, 1, 1, 1, 2, 4),
    price: fc.oneof(fc.integer(), fc.maxSafeInteger()),
    size: fc.oneof(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: safe })),
    agoNs: fc.bigInt(-120_000_000_000n, 1_000_000_000_000n),
    unitNs: fc.constantFrom(1n, 1_000n, 1_000_000n, 1_000_000_000n),
    text: fc.oneof(fc.constant(''), fc.constant(''), fc.nat(1_000).map(String), fc.string({ maxLength: 20 })),
    number: fc.nat(3),
    step: fc.integer({ min: 1, max: 3 }),
  }),
  { minLength: 1, maxLength: 20 },
);

function tickRows(ticks: readonly Draft[]): TickRow[] {
  const links = new Map<string, number>();
  let sequence = 0;
  return ticks.map(({ symbol, kind, price, size, agoNs, unitNs, text, number, step }) => {
    sequence += step;
    const link = links.get(symbol) ?? 0;
    links.set(symbol, sequence);
    const at = eventNs - agoNs - ((eventNs - agoNs) % unitNs);
    const row: TickRow = {
      symbol,
      terms: number === 3 ? { ...terms, currency: '' } : terms,
      sequence,
      link,
      eventSec: Number(at / 1_000_000_000n),
      eventNano: Number(at % 1_000_000_000n),
      attributes: {
        kind: kind as 1,
        venue: text,
        tape: number as 0,
        conditions: text === '' ? [] : ['@'],
        side: 0,
        flags: kind === 4 ? 6 : 0,
      },
      price: kind === 1 ? price : 0,
      size: kind === 1 ? size : 0,
    };
    if (kind === 4) return { ...row, quote: { bidPrice: price, bidSize: size, askPrice: price, askSize: 0 } };
    if (kind === 2) return { ...row, original: { sequence: 0, tradeId: `x${text}` } };
    return text === '' ? row : { ...row, tradeId: text };
  });
}

/** A message of one tick, by columns or by rows. */
function messageOf(row: TickRow, isColumns: boolean): Uint8Array {
  if (isColumns || row.attributes.kind !== 1) return requestBytes({ block: encodeTickBlock(header, [row]) }).bytes;
  const eventTimeNs = BigInt(row.eventSec) * 1_000_000_000n + BigInt(row.eventNano);
  const { venue, tape, conditions } = row.attributes;
  const { symbol, link, sequence, price, size, tradeId = '' } = row;
  const fields = {
    eventTimeNs,
    venue,
    tape,
    conditions: [...conditions],
    price: BigInt(price),
    size: BigInt(size),
    tradeId,
  };
  return requestBytes(rows([{ ...trade(sequence, link, fields), symbol }])).bytes;
}

function context(): TakeContext {
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

/** A stream that takes messages by the short way where there is one, or by the long way alone. */
class Taker {
  readonly parts: PublishPart[] = [];
  shorts = 0;
  readonly #isShort: boolean;
  readonly #readers = new PublishReaders();
  readonly #stream: PublishStream;
  readonly #open = new Map<number, ReturnType<PublishStream['openPart']>>();

  constructor(isShort: boolean) {
    this.#isShort = isShort;
    const identity = { publisherId: liveId, timeDomain: TimeDomain.live, dataset: 'test' };
    this.#stream = new PublishStream(identity, this.#readers);
  }

  /** `undefined`, or the reason of the refusal. */
  take(bytes: Uint8Array): string | undefined {
    try {
      const single = this.#isShort ? this.#stream.readSingle(bytes) : undefined;
      if (single === undefined) this.#takeLong(bytes);
      else {
        this.shorts += 1;
        this.#stream.takeSingle(single, context(), (partition) => this.#partOf(partition));
      }
      return undefined;
    } catch (error) {
      if (error instanceof PublishRefusedError) return error.reason;
      throw error;
    }
  }

  /** What it leaves in the log and tells of ticks, when no message follows. */
  end(): {
    readonly ticks: readonly object[];
    readonly rejects: readonly string[];
    readonly reached: readonly string[];
  } {
    for (const partition of this.#open.keys()) this.#close(partition);
    const log = new ScriptedLog(partitions, () => startMs);
    for (const { partition, pieces } of this.parts) {
      log.records[partition]?.push({ offset: 0, appendTimeMs: startMs, bytes: recordOf(pieces) });
    }
    const rejected = this.parts.flatMap((part) => part.rejects);
    const reached = new Map<string, number>();
    for (const part of this.parts) for (const { symbol, sequence } of part.reached) reached.set(symbol, sequence);
    return {
      ticks: log.records
        .flatMap((_, partition) => ticksOf(log, partition).map((tick) => ({ ...tick, partition })))
        .toSorted((left, right) => left.sequence - right.sequence),
      rejects: rejected.map(({ sequence, symbol, rejection }) => `${sequence} ${symbol} ${rejection.code}`).toSorted(),
      reached: [...reached].map(([symbol, sequence]) => `${symbol} ${sequence}`).toSorted(),
    };
  }

  #takeLong(bytes: Uint8Array): void {
    const taken = this.#stream.take(readPublishMessage(bytes, this.#readers.rows), context());
    if ('missing' in taken) throw new RangeError('terms are known');
    for (const part of taken.parts) {
      this.#close(part.partition);
      this.parts.push(part);
    }
  }

  #partOf(partition: number): ReturnType<PublishStream['openPart']> {
    const known = this.#open.get(partition);
    if (known !== undefined) return known;
    const part = this.#stream.openPart(partition, context());
    this.#open.set(partition, part);
    return part;
  }

  #close(partition: number): void {
    const part = this.#open.get(partition);
    if (part !== undefined) this.parts.push(part.finish());
    this.#open.delete(partition);
  }
}

test('a tick that is a message of its own is taken, rejected or refused as in the long way, in every form', () => {
  let shorts = 0;
  fc.assert(
    fc.property(drafts, fc.boolean(), (ticks, isColumns) => {
      const [short, long] = [new Taker(true), new Taker(false)];
      for (const row of tickRows(ticks)) {
        const bytes = messageOf(row, isColumns);
        expect(short.take(bytes)).toBe(long.take(bytes));
      }
      expect(short.end()).toEqual(long.end());
      shorts += short.shorts / ticks.length;
    }),
    { numRuns: 500, seed },
  );
  expect(shorts).toBe(500);
});

test('bytes that are garbled are the same by both ways', () => {
  const garbling = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(drafts, garbling, fc.boolean(), (ticks, garbled, isColumns) => {
      const bytes = messageOf(tickRows(ticks)[0] as TickRow, isColumns);
      for (const [place, byte] of garbled) bytes[place % bytes.length] = byte;
      const [short, long] = [new Taker(true), new Taker(false)];
      expect(short.take(bytes)).toBe(long.take(bytes));
      expect(short.end()).toEqual(long.end());
    }),
    { numRuns: 5_000, seed },
  );
});

test('single ticks of a stream make one block for each partition and linger, with Voids and batches in their order', async () => {
  const rig = startRig({}, 1);
  const requests: RequestParts[] = [open()];
  for (let sequence = 1; sequence <= 100; sequence += 1) {
    const fields = sequence === 40 ? { price: 2n ** 60n } : {};
    requests.push(rows([trade(sequence, sequence - 1, fields)]));
  }
  requests.push(rows([trade(101, 100), trade(102, 101)]));
  requests.push(rows([trade(103, 102)]));
  const { acks, rejects, error } = await publish(rig, requests);
  expect(error).toBeUndefined();
  expect(acks.at(-1)).toEqual({ sequence: 103, requests: requests.length });
  expect(rejects.map(({ sequence }) => sequence)).toEqual([40]);
  const sequences = ticksOf(rig.log).map(({ sequence }) => sequence);
  expect(sequences).toEqual(Array.from({ length: 103 }, (_, index) => index + 1).filter((sequence) => sequence !== 40));
  // The first tick waits for the store to say that nobody knows its instrument; all others come at once.
  const kinds = entriesOf(rig.log).map(({ kind }) => kind);
  expect([kinds.filter((kind) => kind === 'void').length, kinds.length <= 8]).toEqual([1, true]);
});
