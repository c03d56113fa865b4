/** The hours that the simulator makes before its first start: once for a data directory, and never where live ticks are. */
import { type FeedIdentity, TimeDomain } from '@tapeline/domain';
import { memoryReplayRegister, type ReplayRegister } from '@tapeline/feed';
import { type Clock, silentLogger, systemClock, systemRandom } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { SimulatorFeed } from '../../services/feed/src/simulator/simulator-feed.ts';
import { HeardFeed } from '../../services/feed/test-kit/heard-feed.ts';
import { MemorySink, type SunkPublisher } from '../../services/feed/test-kit/memory-sink.ts';
import { waitUntil } from '../../services/feed/test-kit/wait-until.ts';

const msPerDay = 86_400_000;
const historyMs = 600_000;

class Machine {
  readonly register: ReplayRegister = memoryReplayRegister();
  readonly sink: MemorySink = new MemorySink({ nowMs: () => this.clock.nowMs() });
  aheadMs = 0;
  readonly clock: Clock = { ...systemClock, nowMs: () => Date.now() + this.aheadMs };

  feed(more: { readonly backfillMs?: number; readonly seed?: number } = {}): SimulatorFeed {
    const { register, clock } = this;
    const facts = { dataset: 'sim', seed: 1, rate: 100, backfillMs: historyMs, ...more };
    return new SimulatorFeed({ ...facts, register, clock, random: systemRandom, logger: silentLogger });
  }

  start(more: { readonly backfillMs?: number; readonly seed?: number } = {}): HeardFeed {
    return new HeardFeed(this.feed(more), this.sink);
  }

  of(domain: FeedIdentity['timeDomain']): SunkPublisher[] {
    return [...this.sink.publishers.values()].filter(({ identity }) => identity.timeDomain === domain);
  }

  async startAndStop(more: { readonly backfillMs?: number; readonly seed?: number } = {}): Promise<HeardFeed> {
    const before = this.of(TimeDomain.live).length;
    const heard = this.start(more);
    await waitUntil('it is live', () => (this.of(TimeDomain.live)[before]?.rows.size ?? 0) > 10);
    const [history] = this.of(TimeDomain.replay);
    if (history !== undefined) await waitUntil('the history is in', () => history.ended.size > 0);
    await heard.stop();
    if (this.sink.breaches.length > 0) throw new RangeError(this.sink.breaches.join('; '));
    return heard;
  }
}

function spanMs({ rows }: SunkPublisher): { fromMs: number; toMs: number } {
  const times = [...rows.values()].map(({ eventSec, eventNano }) => eventSec * 1_000 + eventNano / 1_000_000);
  const fromMs = times.reduce((least, time) => Math.min(least, time), Infinity);
  return { fromMs, toMs: times.reduce((most, time) => Math.max(most, time), 0) };
}

test('history ends where the live market begins, is ended, and covers the hours that were asked for', async () => {
  const machine = new Machine();
  await machine.startAndStop();
  const [history] = machine.of(TimeDomain.replay);
  const [live] = machine.of(TimeDomain.live);
  const past = spanMs(history as SunkPublisher);
  expect(past.toMs).toBeLessThan(spanMs(live as SunkPublisher).fromMs);
  expect(past.toMs - past.fromMs).toBeGreaterThan(historyMs - 10_000);
  expect(history?.ended.size).toBe(16);
  expect(history?.rows.size).toBeGreaterThan(20_000);
});

test('a second start adds no history, nor does one a month later or with another seed', async () => {
  const machine = new Machine();
  await machine.startAndStop();
  const before = machine.of(TimeDomain.replay).map(({ rows }) => rows.size);
  await machine.startAndStop();
  machine.aheadMs += 30 * msPerDay;
  await machine.startAndStop({ seed: 2 });
  expect(machine.of(TimeDomain.replay).map(({ rows }) => rows.size)).toEqual(before);
  expect(machine.of(TimeDomain.live)).toHaveLength(3);
});

test('a first start without history is one for ever, because later hours may hold live ticks', async () => {
  const machine = new Machine();
  await machine.startAndStop({ backfillMs: 0 });
  await machine.startAndStop();
  expect(machine.of(TimeDomain.replay)).toEqual([]);
});

test('a history that was interrupted is made again with the same ticks under the same id, whatever is asked for then', async () => {
  const machine = new Machine();
  machine.sink.faultOfSend = (send) => (send === 6 ? { reason: 'LINK_BROKEN', isKept: false } : undefined);
  await expect(machine.start().ended).rejects.toThrow('LINK_BROKEN');
  const [history] = machine.of(TimeDomain.replay);
  expect(history?.ended.size).toBe(0);
  const { toMs } = spanMs(history as SunkPublisher);
  machine.aheadMs += msPerDay;
  machine.sink.faultOfSend = () => undefined;
  // A tick that came with another content than before would be a breach.
  await machine.startAndStop({ seed: 2, backfillMs: 60_000 });
  expect(machine.of(TimeDomain.replay)).toHaveLength(1);
  expect(history?.ended.size).toBe(16);
  expect(spanMs(history as SunkPublisher).toMs).toBeGreaterThan(toMs);
  expect(Date.now() - spanMs(history as SunkPublisher).toMs).toBeLessThan(60_000);
});

test('one that was interrupted more than a week ago stays as it is, and the live market goes on', async () => {
  const machine = new Machine();
  machine.sink.faultOfSend = (send) => (send === 6 ? { reason: 'LINK_BROKEN', isKept: false } : undefined);
  await expect(machine.start().ended).rejects.toThrow('LINK_BROKEN');
  const size = machine.of(TimeDomain.replay)[0]?.rows.size;
  machine.aheadMs += 8 * msPerDay;
  machine.sink.faultOfSend = () => undefined;
  const heard = machine.start();
  await waitUntil('it is live', () => (machine.of(TimeDomain.live).at(-1)?.rows.size ?? 0) > 50);
  await heard.stop();
  expect(machine.of(TimeDomain.replay)[0]?.rows.size).toBe(size);
});

test('a machine that slept leaves a gap and no ticks of the time between', async () => {
  const machine = new Machine();
  const heard = machine.start({ backfillMs: 0 });
  const live = (): SunkPublisher | undefined => machine.of(TimeDomain.live)[0];
  await waitUntil('it is live', () => (live()?.rows.size ?? 0) > 10);
  const sleptFromMs = machine.clock.nowMs();
  machine.aheadMs += 60_000;
  await waitUntil(
    'it goes on',
    () => heard.gaps.length > 0 && spanMs(live() as SunkPublisher).toMs > sleptFromMs + 60_000,
  );
  machine.aheadMs -= 60_000;
  await waitUntil('the clock going back is told', () => heard.gaps.length > 1);
  await heard.stop();
  expect(heard.gaps.map(({ reason }) => reason)).toEqual([
    expect.stringMatching(/stood still for (59|60) s/),
    expect.stringMatching(/set back by (59|60) s/),
  ]);
  const between = [...(live()?.rows.values() ?? [])].filter(
    ({ eventSec }) => eventSec * 1_000 > sleptFromMs + 8_000 && eventSec * 1_000 < sleptFromMs + 55_000,
  );
  expect(between).toEqual([]);
});
