/** One partition's log, written by hand: what it applies, gives away and sends on, in which order and at which clock. */
import { expect, test } from 'vitest';
import type { HandoverEvent } from './handover-events.ts';
import { HandoverPartition, type MovableInstrument } from './handover-partition.ts';
import { type InstrumentPlace, placeAtFirstSight } from './handover-rules.ts';

const here = 5;
const home = 2;

type Named = MovableInstrument & { isFresh: boolean; held: string[] };

/** A machine whose host writes down what it is asked to do. */
class Written {
  readonly did: string[] = [];
  /** Forms of parts that this program can use, and states of such a form that it cannot read. */
  readonly forms = new Set(['f']);
  readonly unreadable = new Set<string>();
  readonly events: HandoverEvent[] = [];
  readonly instrument: Named;
  readonly machine: HandoverPartition<Named, string, string>;
  waitedMs = 0;

  constructor(place: InstrumentPlace, parkedBytesMax = 1_000, partBytesMax = 1_000) {
    this.instrument = { place, isFresh: place.kind !== 'own', held: [] };
    this.machine = new HandoverPartition<Named, string, string>(
      here,
      {
        home: () => home,
        isFresh: ({ isFresh }) => isFresh,
        begin: () => this.did.push('begin'),
        apply: (instrument, entry, { waitedMs }) => {
          instrument.isFresh = false;
          this.did.push(`apply ${entry} at ${waitedMs}`);
        },
        useOf: (form) => (this.forms.has(form) ? 'now' : form === 'other' ? 'later' : 'elsewhere'),
        bytesOf: (content) => content.length * 10,
        crowded: (_instrument, { bytes, givenUp }) => this.did.push(`crowded by ${bytes}, ${givenUp} given up`),
        give: (instrument) => {
          const { held } = instrument;
          instrument.held = [];
          return { state: ['x', 'y'], held };
        },
        take: (_instrument, epoch, contents) => {
          if (this.unreadable.has(contents.join(''))) return { event: 'contradicted', detail: 'no state' };
          this.did.push(`take ${epoch} ${contents.join('')}`);
          return undefined;
        },
        handOver: (_instrument, { epoch, to }, parts) => this.did.push(`hand ${epoch} ${parts.join('')} to ${to}`),
        forward: (_instrument, { to, epoch }, entry) => this.did.push(`send ${entry} to ${to} under ${epoch}`),
        reached: (_instrument, event) => this.events.push(event),
      },
      { bytesMax: parkedBytesMax, msMax: 10_000 },
      partBytesMax,
    );
  }

  entry(entry: string, epoch: number, isForwarded = false): this {
    const at = { nowMs: 0, waitedMs: this.waitedMs };
    this.machine.entry(this.instrument, { entry, epoch, isForwarded, bytes: 10, at });
    return this;
  }

  move(epoch: number, fromEpoch: number, to: number): this {
    this.machine.move(this.instrument, { epoch, fromEpoch, to });
    return this;
  }

  handover(epoch: number, parts = 1, part = 0, form = 'f'): this {
    this.machine.handover(this.instrument, { epoch, form, part, parts, content: `${part}` });
    return this;
  }
}

test('M1: the state goes first, then what was held, and what comes later is sent after it', () => {
  const log = new Written({ kind: 'own', epoch: 0 });
  log.instrument.held = ['h1', 'h2'];
  log.move(4, 0, 7).entry('late', 3);
  expect(log.did).toEqual(['hand 4 xy to 7', 'send h1 to 7 under 4', 'send h2 to 7 under 4', 'send late to 7 under 4']);
  expect(log.instrument.place).toEqual({ kind: 'away', epoch: 4, to: 7 });
});

test('H1: what was parked is applied in order, each at the clock of its own record', () => {
  const log = new Written({ kind: 'unknown' });
  log.entry('a', 4);
  log.waitedMs = 700;
  log.entry('b', 4).handover(4, 2, 1);
  expect([log.did, log.machine.isComing(log.instrument)]).toEqual([[], true]);
  log.waitedMs = 900;
  log.handover(4, 2, 0);
  expect(log.did).toEqual(['take 4 01', 'apply a at 0', 'apply b at 700']);
  expect(log.machine.isComing(log.instrument)).toBe(false);
  log.handover(4, 2, 0);
  expect(log.events.at(-1)).toBe('handoverRepeated');
});

test('M2: a parked move sends the instrument on, and what was parked after it follows as strays', () => {
  const log = new Written({ kind: 'unknown' });
  log.entry('a', 4).move(6, 4, 1).move(6, 4, 1).entry('b', 4).entry('c', 8).handover(4);
  expect(log.did).toEqual(['take 4 0', 'apply a at 0', 'hand 6 xy to 1', 'send b to 1 under 6']);
  expect(log.events).toContain('moveChained');
  // The writer of `c` had a map by which the instrument is back.
  log.handover(8);
  expect(log.did.slice(4)).toEqual(['take 8 0', 'apply c at 0']);
  expect(log.events.at(-1)).toBe('cameBack');
});

test('A4: what has no room or waited 10 s goes home, where nothing is known, and to the new place otherwise', () => {
  const log = new Written({ kind: 'unknown' }, 20);
  log.entry('a', 4).entry('b', 4).entry('c', 4);
  expect(log.did).toEqual(['send c to 2 under 0']);
  log.machine.passTime({ nowMs: 0, waitedMs: 9_999 });
  expect(log.did).toHaveLength(1);
  log.machine.passTime({ nowMs: 0, waitedMs: 10_000 });
  expect(log.did.slice(1)).toEqual(['send a to 2 under 0', 'send b to 2 under 0']);
  const back = new Written({ kind: 'away', epoch: 3, to: 7 }, 0);
  back.entry('a', 4);
  expect(back.did).toEqual(['send a to 7 under 3']);
});

test('B1: a pinned instrument begins with its Origin, an old ingest’s entry, or its first move', () => {
  const byOrigin = new Written({ kind: 'unknown' });
  byOrigin.entry('a', 1);
  byOrigin.machine.origin(byOrigin.instrument, here);
  expect(byOrigin.did).toEqual(['begin', 'apply a at 0']);
  const byEntry = new Written({ kind: 'unknown' });
  byEntry.entry('a', 1).entry('b', 0);
  expect(byEntry.did).toEqual(['begin', 'apply a at 0', 'apply b at 0']);
  const byMove = new Written({ kind: 'unknown' });
  byMove.entry('a', 1).move(2, 0, 7);
  expect(byMove.did).toEqual(['begin', 'apply a at 0', 'hand 2 xy to 7']);
});

test('B1: the home of a pinned instrument sends strays where it began; one that applied something does not give in', () => {
  const fresh = new Written(placeAtFirstSight(true));
  fresh.instrument.isFresh = true;
  fresh.machine.origin(fresh.instrument, 7);
  fresh.entry('a', 0, true);
  expect(fresh.did).toEqual(['send a to 7 under 0']);
  const used = new Written(placeAtFirstSight(true));
  used.machine.origin(used.instrument, 7);
  expect([used.instrument.place, used.events]).toEqual([{ kind: 'own', epoch: 0 }, ['contradicted']]);
});

test('H1: what this program cannot use stays, and the next one takes it, once, with what was parked', () => {
  const log = new Written({ kind: 'unknown' });
  log.handover(4, 2, 1, 'other').handover(4, 2, 0, 'other').handover(4, 2, 0, 'other').entry('a', 4);
  expect(log.events).toEqual([...Array<string>(3).fill('handoverOfOtherForm'), 'parkedUnknown']);
  log.machine.tryAgain();
  expect(log.did).toEqual([]);
  log.forms.add('other');
  log.machine.tryAgain();
  log.machine.tryAgain();
  expect([log.did, log.machine.waitingParts()]).toEqual([['take 4 01', 'apply a at 0'], []]);
});

test('H1: a state that cannot be read is told once and stays; one that is sent anew is taken, and so is it by the next program', () => {
  const log = new Written({ kind: 'away', epoch: 2, to: 7 });
  log.unreadable.add('0');
  log.handover(4).entry('a', 4).handover(4);
  log.machine.tryAgain();
  expect([log.did, log.events]).toEqual([[], ['contradicted', 'parkedAway', 'contradicted']]);
  expect(log.instrument.place).toEqual({ kind: 'away', epoch: 2, to: 7 });
  expect(log.machine.waitingParts()).toHaveLength(1);
  log.unreadable.clear();
  log.machine.tryAgain();
  expect(log.did).toEqual(['take 4 0', 'apply a at 0']);
  expect(log.events.at(-1)).toBe('cameBack');
});

test('parts are put back as they were, whether they wait, are of another form, or were refused', () => {
  const log = new Written({ kind: 'unknown' });
  log.unreadable.add('0');
  log.handover(4).handover(5, 2, 0, 'other').handover(5, 2, 1, 'other').handover(6, 2);
  const all = log.machine.waitingParts();
  const told = all.map(({ part, isKept, isRefused }) => [part.epoch, part.form, isKept, isRefused]);
  expect(told).toEqual([
    [6, 'f', false, false],
    [4, 'f', true, true],
    [5, 'other', true, false],
    [5, 'other', true, false],
  ]);
  const next = new Written({ kind: 'unknown' });
  next.forms.add('other');
  for (const one of all) expect(next.machine.putBack({ ...one, instrument: next.instrument })).toBe(true);
  expect(next.machine.waitingParts().map(({ part }) => part.epoch)).toEqual([6, 4, 5, 5]);
  next.machine.tryAgain();
  expect(next.did).toEqual(['take 4 0']);
});

test('a Handover of another form is told and not used, and one that contradicts the log changes nothing', () => {
  const log = new Written({ kind: 'unknown' });
  log.handover(4, 1, 0, 'other');
  expect([log.did, log.events]).toEqual([[], ['handoverOfOtherForm']]);
  const own = new Written({ kind: 'own', epoch: 3 });
  own.handover(4).move(9, 8, 1);
  expect([own.did, own.events]).toEqual([[], ['contradicted', 'contradicted']]);
});

test('law 7: beyond the bound goes what is not needed, and nothing that is; it is told when that is too much', () => {
  const log = new Written({ kind: 'unknown' }, 1_000, 30);
  // One of another configuration, an epoch that is passed, and one that a newer program can use.
  log.handover(4, 2, 0, 'elsewhere').handover(2, 2).handover(4, 2, 0, 'other');
  expect(log.did).toEqual([]);
  log.handover(4, 3, 0);
  expect(log.did).toEqual(['crowded by 20, 20 given up']);
  log.handover(4, 3, 1).handover(4, 2, 1, 'other').handover(5, 2, 0, 'elsewhere');
  expect(log.did.slice(1)).toEqual(['crowded by 40, 0 given up', 'crowded by 40, 10 given up']);
  // What is beyond the bound is taken as ever, and then there is room again.
  log.handover(4, 3, 2);
  expect([log.did.at(-1), log.machine.waitingParts()]).toEqual(['take 4 012', []]);
});
