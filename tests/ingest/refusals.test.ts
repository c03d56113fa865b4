/** Every reason of the contract for which ingest refuses a call or ends a stream, with its status. */
import { encodeTickBlock, publisherId, type TickRow, TimeDomain } from '@tapeline/domain';
import type { RpcError } from '@tapeline/grpc';
import { wireIngest } from '@tapeline/wire';
import { expect, test } from 'vitest';
import {
  collect,
  eventNs,
  liveId,
  open,
  publish,
  pumped,
  replayId,
  requestBytes,
  type RequestParts,
  type Rig,
  rows,
  startMs,
  startRig,
  trade,
} from './ingest-rig.ts';

const today = Math.floor(startMs / 86_400_000);
const terms = { priceExponent: -2, sizeExponent: 0, calendar: 'XNYS', currency: '', tickSize: 0 };

function row(sequence: number, link: number, symbol: string = 'AAA'): TickRow {
  const attributes = { kind: 1, venue: '', tape: 0, conditions: [], side: 0, flags: 0 } as const;
  const [eventSec, eventNano] = [Number(eventNs / 1_000_000_000n), 0];
  return { symbol, terms, sequence, link, eventSec, eventNano, attributes, price: 1, size: 1 };
}

function block(ticks: readonly TickRow[], change: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes): RequestParts {
  const header = { publisherId: liveId, timeDomain: 1, mapEpoch: 0, dataset: 'test', receiveTimeNs: 0n } as const;
  return { block: change(encodeTickBlock(header, ticks)) };
}

async function send(rig: Rig, requests: readonly RequestParts[]): Promise<RpcError | undefined> {
  async function* all(): AsyncGenerator<{ bytes: Uint8Array }> {
    for (const request of requests) yield requestBytes(request);
  }
  const call = { signal: new AbortController().signal };
  return (await pumped(rig.clock, collect(rig.ingest.service.publish(all(), call)))).error;
}

const tooManyRows = Array.from({ length: 2_001 }, (_, index) => trade(index + 1, index));
const exponent = { symbol: 'AAA', priceExponent: -19, calendar: 'XNYS' };

function progressOf(link: number): RequestParts {
  const instruments = [{ symbol: 'AAA', link: BigInt(link), timeNs: eventNs }];
  return { request: { $case: 'progress', value: { instruments } } };
}

function endOf(link: number): RequestParts {
  return { request: { $case: 'endOfReplay', value: { instruments: [{ symbol: 'AAA', link: BigInt(link) }] } } };
}

function openWith(value: object): RequestParts {
  return { request: { $case: 'open', value: { dataset: 'test', ...value } } };
}

const streams: readonly [reason: string, status: string, about: string, requests: readonly RequestParts[]][] = [
  ['OPEN_MISSING', 'INVALID_ARGUMENT', 'a batch first', [rows([trade(1, 0)])]],
  ['OPEN_MISSING', 'INVALID_ARGUMENT', 'nothing at all', []],
  ['OPEN_REPEATED', 'INVALID_ARGUMENT', 'open twice', [open(), open()]],
  ['FIELD_INVALID', 'INVALID_ARGUMENT', 'no dataset', [openWith({ dataset: '' })]],
  ['FIELD_INVALID', 'INVALID_ARGUMENT', 'a dataset too long', [openWith({ dataset: 'x'.repeat(65) })]],
  ['FIELD_INVALID', 'INVALID_ARGUMENT', 'a client name too long', [openWith({ clientName: 'x'.repeat(65) })]],
  ['FIELD_INVALID', 'INVALID_ARGUMENT', 'a time domain that is none', [openWith({ timeDomain: 4 })]],
  ['FIELD_INVALID', 'INVALID_ARGUMENT', 'an empty request', [open(), { request: undefined }]],
  ['FIELD_INVALID', 'INVALID_ARGUMENT', 'no symbol', [open(), rows([{ ...trade(1, 0), symbol: '' }])]],
  [
    'FIELD_INVALID',
    'INVALID_ARGUMENT',
    'a symbol too long',
    [open(), rows([{ ...trade(1, 0), symbol: 'x'.repeat(65) }])],
  ],
  ['FIELD_INVALID', 'INVALID_ARGUMENT', 'sequence 0', [open(), rows([trade(0, 0)])]],
  ['FIELD_INVALID', 'INVALID_ARGUMENT', 'sequence 2^53', [open(), rows([trade(2 ** 53, 0)])]],
  ['FIELD_INVALID', 'INVALID_ARGUMENT', 'a link that is not before', [open(), rows([trade(1, 1)])]],
  ['FIELD_INVALID', 'INVALID_ARGUMENT', 'terms out of range', [open(), rows([trade(1, 0)], [exponent])]],
  [
    'FIELD_INVALID',
    'INVALID_ARGUMENT',
    'terms of another dataset',
    [open(), rows([trade(1, 0)], [{ ...exponent, priceExponent: 0, dataset: 'x' }])],
  ],
  [
    'FIELD_INVALID',
    'INVALID_ARGUMENT',
    'columns of other lengths',
    [open(), block([row(1, 0)], (bytes) => withoutSizes(bytes))],
  ],
  ['FIELD_INVALID', 'INVALID_ARGUMENT', 'columns of another publisher', [open(replayId), block([row(1, 0)])]],
  ['FIELD_INVALID', 'INVALID_ARGUMENT', 'bytes that are no block', [open(), { block: Uint8Array.of(8, 1, 255) }]],
  [
    'FIELD_INVALID',
    'INVALID_ARGUMENT',
    'a progress before 1970',
    [
      open(replayId),
      { request: { $case: 'progress', value: { instruments: [{ symbol: 'AAA', link: 0n, timeNs: -1n }] } } },
    ],
  ],
  [
    'FORMAT_VERSION_UNKNOWN',
    'INVALID_ARGUMENT',
    'version 2',
    [open(), block([row(1, 0)], (bytes) => Uint8Array.of(8, 2, ...bytes.subarray(2)))],
  ],
  ['BATCH_EMPTY', 'INVALID_ARGUMENT', 'no rows', [open(), rows([])]],
  ['BATCH_EMPTY', 'INVALID_ARGUMENT', 'no form', [open(), { request: { $case: 'tickBatch', value: {} } }]],
  ['BATCH_EMPTY', 'INVALID_ARGUMENT', 'no progress', [open(replayId), { request: { $case: 'progress', value: {} } }]],
  ['BATCH_TOO_LARGE', 'INVALID_ARGUMENT', '2,001 rows', [open(), rows(tooManyRows)]],
  [
    'BATCH_TOO_LARGE',
    'INVALID_ARGUMENT',
    '2,001 in columns',
    [open(), block(tooManyRows.map((_, index) => row(index + 1, index)))],
  ],
  [
    'LINK_MISSING',
    'INVALID_ARGUMENT',
    'the first of a batch',
    [open(), rows([trade(1, 0)]), rows([trade(2, undefined)])],
  ],
  ['PROGRESS_NOT_OF_DOMAIN', 'INVALID_ARGUMENT', 'progress', [open(), progressOf(0)]],
  ['PROGRESS_NOT_OF_DOMAIN', 'INVALID_ARGUMENT', 'end of replay', [open(), endOf(0)]],
  ['PUBLISHER_UNKNOWN', 'FAILED_PRECONDITION', 'domain 0', [open(5n)]],
  ['PUBLISHER_UNKNOWN', 'FAILED_PRECONDITION', 'of the future', [open(publisherId(today + 2, TimeDomain.live, 1n))]],
  ['PUBLISHER_EXPIRED', 'FAILED_PRECONDITION', '7 days old', [open(publisherId(today - 7, TimeDomain.live, 1n))]],
  [
    'TIME_DOMAIN_MISMATCH',
    'FAILED_PRECONDITION',
    'replay for live',
    [openWith({ publisherId: liveId, timeDomain: 3 })],
  ],
  [
    'SEQUENCE_NOT_RISING',
    'FAILED_PRECONDITION',
    'over batches',
    [open(), rows([trade(5, 0)]), rows([{ ...trade(4, 0), symbol: 'BBB' }])],
  ],
  ['SEQUENCE_NOT_RISING', 'FAILED_PRECONDITION', 'in a batch', [open(), rows([trade(5, 0), trade(5, undefined)])]],
  ['LINK_BROKEN', 'FAILED_PRECONDITION', 'over batches', [open(), rows([trade(5, 0)]), rows([trade(7, 4)])]],
  ['LINK_BROKEN', 'FAILED_PRECONDITION', 'in a batch', [open(), rows([trade(5, 0), trade(6, 4)])]],
  ['LINK_BROKEN', 'FAILED_PRECONDITION', 'in columns', [open(), block([row(5, 0), row(7, 6)])]],
  ['LINK_BROKEN', 'FAILED_PRECONDITION', 'a progress ahead', [open(replayId), rows([trade(5, 0)]), progressOf(6)]],
  [
    'LINK_BROKEN',
    'FAILED_PRECONDITION',
    'an end before the last tick',
    [open(replayId), rows([trade(5, 0), trade(6, 5)]), endOf(5)],
  ],
];

/** The block without field 21. */
function withoutSizes(bytes: Uint8Array): Uint8Array {
  const at = Buffer.from(bytes).indexOf(Buffer.from([0xaa, 0x01]));
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 3 + (bytes[at + 2] ?? 0))]);
}

test.each(streams)('%s (%s): %s', async (reason, status, _about, requests) => {
  const rig = startRig();
  const error = await send(rig, requests);
  expect([error?.reason, error?.status]).toEqual([reason, status]);
  expect(error?.message.length).toBeGreaterThan(20);
  await pumped(rig.clock, rig.ingest.stop());
});

test('an id is taken up to the last ms of its seventh day', async () => {
  const rig = startRig();
  const old = publisherId(today - 6, TimeDomain.live, 1n);
  const { error, acks } = await publish(rig, [open(old), rows([trade(1, 0)])]);
  expect(error).toBeUndefined();
  expect(acks.at(-1)).toEqual({ sequence: 1, requests: 2 });
});

test('a message over the end of the id is refused on a stream that is open', async () => {
  const rig = startRig();
  const old = publisherId(today - 6, TimeDomain.live, 1n);
  async function* requests(): AsyncGenerator<{ bytes: Uint8Array }> {
    yield requestBytes(open(old));
    yield requestBytes(rows([trade(1, 0)]));
    await rig.clock.sleep(12 * 3_600_000);
    yield requestBytes(rows([trade(2, 1)]));
  }
  const call = collect(rig.ingest.service.publish(requests(), { signal: new AbortController().signal }));
  await rig.clock.advance(13 * 3_600_000);
  const { error, acks } = await call;
  expect(error?.reason).toBe('PUBLISHER_EXPIRED');
  expect(acks.at(-1)).toEqual({ sequence: 1, requests: 2 });
});

test('what the log takes 8 days after the issue is not acknowledged', async () => {
  const rig = startRig();
  rig.log.fate = () => 'wait';
  const old = publisherId(today - 6, TimeDomain.live, 1n);
  const call = publish(rig, [open(old), rows([trade(1, 0)])]);
  await rig.clock.advance(10);
  rig.clock.setWallMs(startMs + 36 * 3_600_000);
  rig.log.letGo();
  const { error, acks } = await call;
  expect([error?.reason, error?.status]).toEqual(['PUBLISHER_EXPIRED', 'FAILED_PRECONDITION']);
  expect(acks).toEqual([]);
});

test('a log whose clock is more than a day ahead ends the stream with LOG_UNAVAILABLE, as no new id would help', async () => {
  const rig = startRig();
  rig.log.nowMs = () => startMs + 9 * 86_400_000;
  const { error, acks } = await publish(rig, [open(), rows([trade(1, 0)])]);
  expect([error?.reason, error?.status]).toEqual(['LOG_UNAVAILABLE', 'UNAVAILABLE']);
  expect(error?.message).toMatch(/disagree.*set the clock/);
  expect(error?.facts).toEqual({ append_time_ms: String(startMs + 9 * 86_400_000), now_ms: String(startMs + 5) });
  expect(acks).toEqual([]);
  const feed = await rig.ingest.sink.open({ dataset: 'test', timeDomain: TimeDomain.live, clientName: 'feed' });
  await feed.send([row(1, 0)]);
  await expect(pumped(rig.clock, feed.settled())).rejects.toMatchObject({ reason: 'LOG_UNAVAILABLE' });
});

test('streams beyond the limit are refused with STREAMS_TOO_MANY, those of feeds counted', async () => {
  const rig = startRig({ streamsMax: 1 });
  const feed = await rig.ingest.sink.open({ dataset: 'test', timeDomain: TimeDomain.live, clientName: 'feed' });
  const { error } = await publish(rig, [open()]);
  expect([error?.reason, error?.status]).toEqual(['STREAMS_TOO_MANY', 'RESOURCE_EXHAUSTED']);
  await feed.close();
  expect((await publish(rig, [open()])).error).toBeUndefined();
});

test('terms that nobody can look up end the stream with STORE_UNAVAILABLE, and nothing was taken', async () => {
  const rig = startRig();
  rig.known.get = () => {
    throw new Error('the store is away');
  };
  const { error } = await publish(rig, [open(), rows([trade(1, 0)])]);
  expect([error?.reason, error?.status]).toEqual(['STORE_UNAVAILABLE', 'UNAVAILABLE']);
  expect(rig.log.appends).toBe(0);
});

test('a pin beyond the partitions ends the stream with its own words, as no other try mends it', async () => {
  const rig = startRig();
  rig.known.set('AAA', terms);
  rig.pins.set('AAA', 99);
  const { error } = await publish(rig, [open(), rows([trade(1, 0)])]);
  expect([error?.reason, error?.status]).toEqual(['STORE_UNFIT', 'FAILED_PRECONDITION']);
  expect(error?.message).toMatch(/AAA in test is pinned to partition 99, and the stream has 1;/);
  expect(rig.log.appends).toBe(0);
});

test.each([
  ['lose', /nobody knows/],
  ['full', /disk or quota is full/],
] as const)(
  'a log that takes nothing (%s) ends the stream with LOG_UNAVAILABLE and without an ack',
  async (fate, text) => {
    const rig = startRig();
    rig.log.fate = () => fate;
    const { error, acks } = await publish(rig, [open(), rows([trade(1, 0)])]);
    expect([error?.reason, error?.status]).toEqual(['LOG_UNAVAILABLE', 'UNAVAILABLE']);
    expect(error?.message).toMatch(text);
    expect(acks).toEqual([]);
  },
);

test('after the stop every call is refused with SHUTTING_DOWN', async () => {
  const rig = startRig();
  await pumped(rig.clock, rig.ingest.stop());
  const call = { signal: new AbortController().signal };
  const { error } = await publish(rig, [open()]);
  expect([error?.reason, error?.status]).toEqual(['SHUTTING_DOWN', 'UNAVAILABLE']);
  const once = wireIngest.PublishOnceRequest.create({ dataset: 'test' });
  await expect(rig.ingest.service.publishOnce(once, call)).rejects.toMatchObject({ reason: 'SHUTTING_DOWN' });
  const get = wireIngest.GetPublisherRequest.create();
  await expect(rig.ingest.service.getPublisher(get, call)).rejects.toMatchObject({ reason: 'SHUTTING_DOWN' });
  const feed = rig.ingest.sink.open({ dataset: 'test', timeDomain: TimeDomain.live, clientName: 'feed' });
  await expect(feed).rejects.toMatchObject({ name: 'FeedStreamError', reason: 'SHUTTING_DOWN' });
});
