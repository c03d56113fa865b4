/** Streams of bars as the contract has them: snapshot, live, signs of life, slow readers, every refusal. */
import { afterEach, expect, test } from 'vitest';
import { barOf, failure, QueryRig, type RigOptions, shortOf } from './query-rig.ts';

const rigs: QueryRig[] = [];

async function rigWith(options: RigOptions = {}): Promise<QueryRig> {
  const rig = await QueryRig.start(options);
  rigs.push(rig);
  return rig;
}

afterEach(async () => {
  await Promise.all(rigs.splice(0).map(async (rig) => rig.stop()));
});

const minute = 1_381_239_000;

test('without a start the snapshot is the last closed bar of each series, then bars come as they close', async () => {
  const rig = await rigWith();
  await rig.putBars([barOf(minute), barOf(minute + 60)]);
  const reader = rig.streamBars();
  expect(shortOf(await reader.snapshot())).toEqual([`SPY 1m ${minute + 60} r1 closed`]);
  await rig.putBars([barOf(minute + 120)]);
  await rig.putBars([barOf(minute + 60, { revision: 2, state: 'revised' })]);
  expect(shortOf(await reader.bars(2))).toEqual([
    `SPY 1m ${minute + 120} r1 closed`,
    `SPY 1m ${minute + 60} r2 revised`,
  ]);
  await reader.leave();
});

test('a bar that was written between the place and the read of the snapshot is neither missing nor repeated', async () => {
  const rig = await rigWith();
  await rig.putBars([barOf(minute)]);
  // In the store, and not yet in the topic.
  await rig.store.writeBars([barOf(minute + 60)]);
  const reader = rig.streamBars({ startTimeNs: BigInt(minute) * 1_000_000_000n });
  expect(shortOf(await reader.snapshot())).toEqual([`SPY 1m ${minute} r1 closed`, `SPY 1m ${minute + 60} r1 closed`]);
  await rig.tellBars([barOf(minute + 60)]);
  await rig.putBars([barOf(minute + 120)]);
  expect(shortOf(await reader.bars(1))).toEqual([`SPY 1m ${minute + 120} r1 closed`]);
  await reader.leave();
});

test('bars of other instruments, intervals and profiles are not sent', async () => {
  const rig = await rigWith();
  const reader = rig.streamBars();
  expect(await reader.snapshot()).toEqual([]);
  await rig.putBars([barOf(minute, { symbol: 'QQQ' })]);
  await rig.putBars([barOf(minute, { interval: '5m', endSec: minute + 300 }), barOf(minute, { profile: 'sip' })]);
  await rig.putBars([barOf(minute)]);
  expect(shortOf(await reader.bars(1))).toEqual([`SPY 1m ${minute} r1 closed`]);
  await reader.leave();
});

test('what a worker puts out once more after a restart is not sent again', async () => {
  const rig = await rigWith();
  const reader = rig.streamBars();
  await reader.snapshot();
  await rig.putBars([barOf(minute)]);
  await rig.putBars([barOf(minute), barOf(minute + 60)]);
  expect(shortOf(await reader.bars(2))).toEqual([`SPY 1m ${minute} r1 closed`, `SPY 1m ${minute + 60} r1 closed`]);
  await reader.leave();
});

test('streams that follow the same share the bytes of a response', async () => {
  const rig = await rigWith();
  const [one, other] = [rig.streamBars(), rig.streamBars()];
  await Promise.all([one.snapshot(), other.snapshot()]);
  const next = Promise.all([one.raw(), other.raw()]);
  await rig.putBars([barOf(minute)]);
  const [left, right] = await next;
  expect(left).toBeInstanceOf(Uint8Array);
  expect(left).toBe(right);
  await Promise.all([one.leave(), other.leave()]);
});

test('a bucket ends when the clock of the partition is past its end and the lateness, and only then', async () => {
  const rig = await rigWith();
  const reader = rig.streamBars({ intervals: ['1m', '5m'] });
  await reader.snapshot();
  await rig.tellBars([], minute + 61);
  // Half a minute past the start of an earlier bucket: what is told first is the end before it.
  const first = await reader.nextOf('bucketEnd');
  expect(first.value).toEqual({ interval: '1m', endTimeNs: BigInt(minute) * 1_000_000_000n });
  expect((await reader.nextOf('bucketEnd')).value).toEqual({
    interval: '5m',
    endTimeNs: BigInt(minute - (minute % 300)) * 1_000_000_000n,
  });
  await rig.putBars([barOf(minute)], minute + 62);
  expect(shortOf(await reader.bars(1))).toEqual([`SPY 1m ${minute} r1 closed`]);
  expect((await reader.nextOf('bucketEnd')).value).toEqual({
    interval: '1m',
    endTimeNs: BigInt(minute + 60) * 1_000_000_000n,
  });
  await reader.leave();
});

test('the watermark is the lowest clock of the partitions of the selection, and does not go back', async () => {
  const rig = await rigWith({ partitions: 8 });
  const names = Array.from({ length: 40 }, (_, index) => `S${index}`);
  const home = rig.homeOf();
  const elsewhere = names.find((symbol) => rig.homeOf({ dataset: 'd', symbol }) !== home) ?? '';
  const other = rig.homeOf({ dataset: 'd', symbol: elsewhere });
  await rig.addInstruments([{ symbol: elsewhere }]);
  await rig.tellBars([], 1_000, home);
  await rig.tellBars([], 900, other);
  const reader = rig.streamBars({
    instruments: [
      { dataset: 'd', symbol: 'SPY' },
      { dataset: 'd', symbol: elsewhere },
    ],
  });
  await reader.snapshot();
  const watermark = async (): Promise<bigint> => (await reader.nextOf('heartbeat')).value.watermarkTimeNs;
  const untilIs = async (seconds: bigint): Promise<void> => {
    while ((await watermark()) !== seconds * 1_000_000_000n);
  };
  await untilIs(900n);
  await rig.tellBars([], 950, other);
  await untilIs(950n);
  await rig.tellBars([], 940, other);
  await rig.tellBars([], 2_000, home);
  expect([await watermark(), await watermark()]).toEqual([950_000_000_000n, 950_000_000_000n]);
  await reader.leave();
});

test('forming bars come when they are asked for, the newest of each, and never after the closed one', async () => {
  const rig = await rigWith();
  rig.forming.publish([barOf(minute, { state: 'forming', revision: 1 })]);
  const [plain, reader] = [rig.streamBars(), rig.streamBars({ includeForming: true })];
  await Promise.all([plain.snapshot(), reader.snapshot()]);
  for (let revision = 2; revision <= 100; revision += 1) {
    rig.forming.publish([barOf(minute, { state: 'forming', revision, trades: revision })]);
  }
  const seen: string[] = [];
  while (seen.at(-1) !== `SPY 1m ${minute} r100 forming`) seen.push(...shortOf(await reader.bars(1)));
  expect(seen.length).toBeLessThan(5);
  await rig.putBars([barOf(minute, { revision: 101 })]);
  expect(shortOf(await reader.bars(1))).toEqual([`SPY 1m ${minute} r101 closed`]);
  rig.forming.publish([barOf(minute, { state: 'forming', revision: 100 })]);
  rig.forming.publish([barOf(minute + 60, { state: 'forming', revision: 1 })]);
  expect(shortOf(await reader.bars(1))).toEqual([`SPY 1m ${minute + 60} r1 forming`]);
  expect(shortOf(await plain.bars(1))).toEqual([`SPY 1m ${minute} r101 closed`]);
  await Promise.all([plain.leave(), reader.leave()]);
  expect(rig.forming.isWanted('d', 'SPY')).toBe(true);
});

test('forming bars are wanted while somebody follows them, and some time after somebody asked', async () => {
  const rig = await rigWith({ config: { formingWaitMs: 5_000 } });
  expect(rig.forming.isWanted('d', 'SPY')).toBe(false);
  const reader = rig.streamBars({ includeForming: true, startTimeNs: 0n });
  const answer = reader.snapshot();
  await expect.poll(() => rig.forming.isWanted('d', 'SPY')).toBe(true);
  rig.forming.publish([barOf(minute, { state: 'forming' })]);
  expect(shortOf(await answer)).toEqual([`SPY 1m ${minute} r1 forming`]);
  await reader.leave();
});

test('a reader that takes nothing is ended at its bound, others go on, and its last token leads on', async () => {
  const rig = await rigWith({ config: { waitingBytesMax: 20_000 } });
  const [stuck, other] = [rig.streamBars(), rig.streamBars()];
  await Promise.all([stuck.snapshot(), other.snapshot()]);
  const seen: string[] = [];
  const starts = Array.from({ length: 300 }, (_, index) => minute + 60 * index);
  // One read stands open, so that the stream is joined to the hub.
  const first = stuck.next();
  for (const start of starts) {
    await rig.putBars([barOf(start)]);
    seen.push(...shortOf(await other.bars(1)));
  }
  expect(seen).toEqual(starts.map((start) => `SPY 1m ${start} r1 closed`));
  const event = await first;
  expect(stuck.call.aborted?.reason).toBe('READER_TOO_SLOW');
  // A sign of life may come before the end, and its token is past what was sent.
  const error = await failure(stuck.bars(300));
  expect(error).toMatchObject({ status: 'RESOURCE_EXHAUSTED', reason: 'READER_TOO_SLOW', facts: { limit: '20000' } });
  const again = rig.streamBars({ resumeToken: stuck.token });
  const sent = event.$case === 'bars' ? shortOf(event.value.bars) : [];
  const missed = shortOf(await again.snapshot());
  expect(new Set([...sent, ...missed])).toEqual(new Set(seen));
  expect(missed).toEqual(seen.slice(-missed.length));
  await Promise.all([again.leave(), other.leave()]);
});

test('a stream resumed by another process has what was missed in place of the snapshot', async () => {
  const rig = await rigWith();
  await rig.putBars([barOf(minute)]);
  const reader = rig.streamBars();
  await reader.snapshot();
  await reader.leave();
  await rig.putBars([barOf(minute + 60)]);
  await rig.stop();
  await rig.putBars([barOf(minute + 60, { revision: 2, state: 'revised' }), barOf(minute + 120)]);
  await rig.startQuery();
  const again = rig.streamBars({ resumeToken: reader.token });
  expect(shortOf(await again.snapshot())).toEqual([
    `SPY 1m ${minute + 60} r1 closed`,
    `SPY 1m ${minute + 60} r2 revised`,
    `SPY 1m ${minute + 120} r1 closed`,
  ]);
  await again.leave();
});

test('the resume token of a read of bars leads to what came after the read began', async () => {
  const rig = await rigWith();
  await rig.putBars([barOf(minute), barOf(minute + 60)]);
  const first = await rig.getBars({ pageSize: 1 });
  await rig.putBars([barOf(minute, { revision: 2, state: 'revised' })]);
  const last = await rig.getBars({ pageSize: 1, pageToken: first.nextPageToken });
  expect([first.resumeToken, last.nextPageToken]).toEqual(['', '']);
  const reader = rig.streamBars({ resumeToken: last.resumeToken });
  expect(shortOf(await reader.snapshot())).toEqual([`SPY 1m ${minute} r2 revised`]);
  await reader.leave();
});

test('an instrument that is pinned is followed where it lives, with tokens of streams and of reads', async () => {
  const rig = await rigWith();
  const pinned = { dataset: 'd', symbol: 'PIN' };
  const pin = 1 - rig.homeOf(pinned);
  await rig.addInstruments([{ ...pinned, pin }]);
  const put = async (startSec: number): Promise<void> => {
    const bars = [barOf(startSec, pinned)];
    await rig.store.writeBars(bars);
    await rig.tellBars(bars, 0, pin);
  };
  await put(minute);
  const { resumeToken } = await rig.getBars({ instrument: pinned });
  const reader = rig.streamBars({ instruments: [pinned] });
  expect(shortOf(await reader.snapshot())).toEqual([`PIN 1m ${minute} r1 closed`]);
  await put(minute + 60);
  expect(shortOf(await reader.bars(1))).toEqual([`PIN 1m ${minute + 60} r1 closed`]);
  await reader.leave();
  await put(minute + 120);
  for (const token of [reader.token, resumeToken]) {
    const again = rig.streamBars({ instruments: [pinned], resumeToken: token });
    const missed = shortOf(await again.snapshot());
    expect(missed.at(-1)).toBe(`PIN 1m ${minute + 120} r1 closed`);
    await again.leave();
  }
});

const spy = { dataset: 'd', symbol: 'SPY' };

test.each([
  ['no instrument', { instruments: [] }, 'FIELD_INVALID', 'instruments'],
  ['one instrument twice', { instruments: [spy, spy] }, 'FIELD_INVALID', 'instruments'],
  [
    'an instrument without a symbol',
    { instruments: [{ dataset: 'd', symbol: '' }] },
    'FIELD_INVALID',
    'instruments[0].symbol',
  ],
  [
    'too long a name',
    { instruments: [{ dataset: 'd'.repeat(65), symbol: 'S' }] },
    'FIELD_INVALID',
    'instruments[0].dataset',
  ],
  ['no interval', { intervals: [] }, 'FIELD_INVALID', 'intervals'],
  ['17 intervals', { intervals: Array.from({ length: 17 }, (_, index) => `${index}s`) }, 'FIELD_INVALID', 'intervals'],
  ['one profile twice', { profiles: ['all', 'all'] }, 'FIELD_INVALID', 'profiles'],
  ['an interval that is not made', { intervals: ['7m'] }, 'INTERVAL_UNKNOWN', 'interval'],
  ['a profile that is not made', { profiles: ['none'] }, 'PROFILE_UNKNOWN', 'profile'],
  ['a token that is none', { resumeToken: 'x y' }, 'RESUME_TOKEN_INVALID', 'resume_token'],
])('%s is refused with its reason and field', async (_, request, reason, field) => {
  const rig = await rigWith();
  const error = await failure(rig.streamBars(request).next());
  expect(error).toMatchObject({ status: 'INVALID_ARGUMENT', reason });
  expect(error.facts['field']).toBe(field);
});

test('an instrument that is not known is refused', async () => {
  const rig = await rigWith();
  const error = await failure(rig.streamBars({ instruments: [{ dataset: 'd', symbol: 'NONE' }] }).next());
  expect(error).toMatchObject({ status: 'NOT_FOUND', reason: 'INSTRUMENT_UNKNOWN', facts: { symbol: 'NONE' } });
});

test('a token of another selection, another log or a damaged one is refused', async () => {
  const rig = await rigWith();
  const reader = rig.streamBars();
  await reader.snapshot();
  await reader.leave();
  const { token } = reader;
  const reasonOf = async (request: object): Promise<string> => {
    const error = await failure(rig.streamBars(request).next());
    return `${error.reason} ${error.facts['problem'] ?? ''}`;
  };
  expect(await reasonOf({ intervals: ['5m'], resumeToken: token })).toContain(
    'RESUME_TOKEN_INVALID is of another selection',
  );
  const damaged = `${token.slice(0, 10)}${token[10] === 'A' ? 'B' : 'A'}${token.slice(11)}`;
  expect(await reasonOf({ resumeToken: damaged })).toContain('RESUME_TOKEN_INVALID is damaged');
  const other = await rigWith({ partitions: 3 });
  const error = await failure(other.streamBars({ resumeToken: token }).next());
  expect(error).toMatchObject({ status: 'INVALID_ARGUMENT', reason: 'RESUME_TOKEN_INVALID' });
  const shorter = await rigWith();
  await rig.putBars([barOf(minute)]);
  const ahead = rig.streamBars();
  await ahead.snapshot();
  await ahead.leave();
  expect((await failure(shorter.streamBars({ resumeToken: ahead.token }).next())).message).toContain('of another log');
});

test('a token whose place is not kept any more is refused as expired, and a fresh snapshot works', async () => {
  const rig = await rigWith({ retentionMs: 1_000 });
  const reader = rig.streamBars();
  await reader.snapshot();
  await reader.leave();
  await rig.putBars([barOf(minute)]);
  rig.time.advanceBy(10_000);
  await rig.putBars([barOf(minute + 60)]);
  rig.log.sweep();
  const error = await failure(rig.streamBars({ resumeToken: reader.token }).next());
  expect(error).toMatchObject({ status: 'OUT_OF_RANGE', reason: 'RESUME_TOKEN_EXPIRED' });
  const again = rig.streamBars();
  expect(shortOf(await again.snapshot())).toEqual([`SPY 1m ${minute + 60} r1 closed`]);
  await again.leave();
});

test('one stream too many is refused, and has a place once another left', async () => {
  const rig = await rigWith({ config: { streamsMax: 1 } });
  const reader = rig.streamBars();
  await reader.snapshot();
  const error = await failure(rig.streamBars().next());
  expect(error).toMatchObject({ status: 'RESOURCE_EXHAUSTED', reason: 'STREAMS_TOO_MANY', facts: { limit: '1' } });
  await reader.leave();
  const again = rig.streamBars();
  expect(await again.snapshot()).toEqual([]);
  await again.leave();
});

test('a store that does not answer ends a snapshot, a log that does not answer every stream', async () => {
  const rig = await rigWith();
  const reader = rig.streamBars();
  await reader.snapshot();
  rig.store.faults.break('unavailable');
  const noStore = await failure(rig.streamBars().next());
  expect(noStore).toMatchObject({ status: 'UNAVAILABLE', reason: 'STORE_UNAVAILABLE' });
  rig.store.faults.break(undefined);
  rig.log.faults.break('unavailable');
  const noRange = await failure(rig.streamBars({ resumeToken: reader.token }).next());
  expect(noRange).toMatchObject({ status: 'UNAVAILABLE', reason: 'LOG_UNAVAILABLE' });
  rig.log.faults.break(undefined);
  await reader.leave();
});

test('a log that fails ends the streams that run, and new ones begin once it answers again', async () => {
  const rig = await rigWith();
  const reader = rig.streamBars();
  await reader.snapshot();
  const end = failure(reader.bars(2));
  await rig.putBars([barOf(minute)]);
  rig.log.faults.break('unavailable');
  expect(await end).toMatchObject({ status: 'UNAVAILABLE', reason: 'LOG_UNAVAILABLE' });
  expect(await failure(rig.streamBars().next())).toMatchObject({ reason: 'LOG_UNAVAILABLE' });
  rig.log.faults.break(undefined);
  await rig.putBars([barOf(minute + 60)]);
  const seen = async (): Promise<string[]> => {
    const again = rig.streamBars({ resumeToken: reader.token });
    const bars = await again.snapshot().catch((error: Error) => error.message);
    await again.leave();
    return typeof bars === 'string' ? [bars] : shortOf(bars);
  };
  await expect.poll(seen).toEqual([`SPY 1m ${minute} r1 closed`, `SPY 1m ${minute + 60} r1 closed`]);
});

test('streams that run end with SHUTTING_DOWN, and so do new calls', async () => {
  const rig = await rigWith();
  const reader = rig.streamBars();
  await reader.snapshot();
  const end = failure(reader.bars(1));
  await rig.stop();
  expect(await end).toMatchObject({ status: 'UNAVAILABLE', reason: 'SHUTTING_DOWN' });
  expect(await failure(rig.streamBars().next())).toMatchObject({ reason: 'SHUTTING_DOWN' });
  expect(await failure(rig.getBars())).toMatchObject({ reason: 'SHUTTING_DOWN' });
});

test('no bucket ends past a partition whose ticks were not put out yet, nor waits for one that is empty', async () => {
  const rig = await rigWith({ partitions: 2 });
  const spy = rig.homeOf();
  const elsewhere = ['A', 'B', 'C', 'D', 'E', 'F'].filter((symbol) => rig.homeOf({ dataset: 'd', symbol }) !== spy);
  const symbol = elsewhere[0] ?? '';
  await rig.addInstruments([{ symbol }]);
  const instruments = ['SPY', symbol].map((each) => ({ dataset: 'd', symbol: each }));
  const reader = rig.streamBars({ instruments });
  await reader.snapshot();
  await rig.tellBars([], minute + 62, spy);
  expect((await reader.nextOf('bucketEnd')).value.endTimeNs).toBe(BigInt(minute + 60) * 1_000_000_000n);
  await rig.log.append('ticks', 1 - spy, Uint8Array.of(1));
  await rig.tellBars([], minute + 122, spy);
  for (let beats = 0; beats < 5; beats += 1) expect((await reader.next()).$case).toBe('heartbeat');
  await rig.tellBars([], minute + 123, 1 - spy);
  expect((await reader.nextOf('bucketEnd')).value.endTimeNs).toBe(BigInt(minute + 120) * 1_000_000_000n);
  await reader.leave();
});
