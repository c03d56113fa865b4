/** From when to when the terms of a new instrument bind other streams: the log decides, not who sent first. */
import { type FeedStream, type TickRow, TimeDomain } from '@tapeline/domain';
import { RpcError } from '@tapeline/grpc';
import { expect, test } from 'vitest';
import {
  collect,
  liveId,
  open,
  pumped,
  requestBytes,
  type Rig,
  rows,
  startMs,
  startRig,
  ticksOf,
  trade,
} from './ingest-rig.ts';

const cents = { priceExponent: -2, sizeExponent: 0, calendar: '24/7', currency: 'USD', tickSize: 1 };
const finer = { ...cents, priceExponent: -4 };

function row(sequence: number, terms: typeof cents): TickRow {
  const attributes = { kind: 1, venue: '', tape: 0, conditions: [], side: 0, flags: 0 } as const;
  const [eventSec, eventNano] = [startMs / 1_000, 0];
  return { symbol: 'NEW', terms, sequence, link: sequence - 1, eventSec, eventNano, attributes, price: 100, size: 1 };
}

async function openOn(rig: Rig): Promise<FeedStream> {
  return rig.ingest.sink.open({ dataset: 'd', timeDomain: TimeDomain.live, clientName: 'feed' });
}

/** Ends a stream while what it sent lingers: progress is nothing that a live publisher tells. */
async function fail(stream: FeedStream): Promise<void> {
  await expect(stream.progress([])).rejects.toMatchObject({ reason: 'PROGRESS_NOT_OF_DOMAIN' });
}

test('terms of a tick that never reached the log bind nobody', async () => {
  const rig = startRig();
  const [one, other] = [await openOn(rig), await openOn(rig)];
  await one.send([row(1, cents)]);
  await fail(one);
  await rig.clock.advance(10);
  expect(rig.log.records[0]).toEqual([]);
  await other.send([row(1, finer)]);
  await pumped(rig.clock, other.settled());
  expect([other.rejected.count, ticksOf(rig.log).length]).toEqual([0, 1]);
});

test('terms on which another stream counts stay when their first stream fails, and bind everybody once they landed', async () => {
  const rig = startRig();
  const [one, other, late] = [await openOn(rig), await openOn(rig), await openOn(rig)];
  await one.send([row(1, cents)]);
  await other.send([row(1, cents)]);
  await fail(one);
  await pumped(rig.clock, other.settled());
  await late.send([row(1, finer)]);
  await pumped(rig.clock, late.settled());
  expect([other.rejected.count, late.rejected.count, late.rejected.first?.message]).toMatchObject([
    0,
    1,
    expect.stringContaining('price_exponent -2'),
  ]);
});

test('a full disk takes terms back only where no other tick under them is on its way', async () => {
  const rig = startRig({ lingerMs: 0 });
  let letFail = (): void => undefined;
  const append = rig.log.append.bind(rig.log);
  rig.log.append = async (...record) => {
    if (rig.log.appends === 0) await new Promise<void>((resolve) => (letFail = resolve));
    return append(...record);
  };
  rig.log.fate = (_partition, number) => (number === 1 ? 'full' : 'land');
  const [one, other, late] = [await openOn(rig), await openOn(rig), await openOn(rig)];
  await one.send([row(1, cents)]);
  await rig.clock.advance(1);
  // Waits in the lane while the record before it fails.
  await other.send([row(1, cents)]);
  letFail();
  await expect(pumped(rig.clock, one.settled())).rejects.toMatchObject({ reason: 'LOG_UNAVAILABLE' });
  await late.send([row(1, finer)]);
  await pumped(rig.clock, Promise.all([other.settled(), late.settled()]));
  expect([other.rejected.count, late.rejected.count]).toEqual([0, 1]);
  expect(ticksOf(rig.log)).toHaveLength(1);
});

test('terms of a record of which nobody knows whether it landed stay', async () => {
  const rig = startRig();
  rig.log.fate = (_partition, number) => (number === 1 ? 'land-unknown' : 'land');
  const [one, other] = [await openOn(rig), await openOn(rig)];
  await one.send([row(1, cents)]);
  await expect(pumped(rig.clock, one.settled())).rejects.toMatchObject({ reason: 'LOG_UNAVAILABLE' });
  await other.send([row(1, finer)]);
  await pumped(rig.clock, other.settled());
  expect(other.rejected.count).toBe(1);
});

test('what waits for room in a lane goes with its caller at once, and its terms with it', async () => {
  const rig = startRig({ laneBytesMax: 1, lingerMs: 0 });
  rig.log.fate = () => 'wait';
  const [first, second] = [await openOn(rig), await openOn(rig)];
  await first.send([{ ...row(1, cents), symbol: 'OLD' }]);
  await rig.clock.advance(1);
  await second.send([{ ...row(1, cents), symbol: 'OLD' }]);
  const gone = new AbortController();
  const batch = rows([{ ...trade(1, 0), symbol: 'NEW' }], [{ symbol: 'NEW', priceExponent: -2, calendar: '24/7' }]);
  async function* requests(): AsyncGenerator<{ bytes: Uint8Array }> {
    for (const request of [open(liveId, 'd'), batch]) yield requestBytes(request);
  }
  const outcome = collect(rig.ingest.service.publish(requests(), { signal: gone.signal }));
  await rig.clock.advance(10);
  gone.abort(new RpcError('CANCELLED', '', 'gone'));
  expect((await outcome).error?.message).toBe('gone');
  const other = await openOn(rig);
  const sent = other.send([row(1, finer)]);
  await rig.clock.advance(1);
  rig.log.fate = () => 'land';
  rig.log.letGo();
  await pumped(rig.clock, sent);
  await pumped(rig.clock, other.settled());
  expect([other.rejected.count, ticksOf(rig.log).map(({ symbol }) => symbol)]).toEqual([0, ['OLD', 'OLD', 'NEW']]);
});
