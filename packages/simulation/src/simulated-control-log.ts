/**
 * `control` of the simulated world behind the seam `ControlLog`. In: records, a virtual clock, faults. Out: what the seam promises,
 * and on demand what it allows: a record that is lost, one that lands though the answer does not come, one that lands late, behind
 * what others wrote meanwhile. Several processes have one log, each a client of its own. It passes the suite of every control log.
 */
import {
  type Appended,
  type ControlLog,
  type ControlLogReader,
  type ControlLogRecord,
  controlRefusal,
  LogChanges,
  LogError,
  SequencedReader,
} from '@tapeline/domain';
import { type Compaction, MemoryControlLog } from './memory-control-log.ts';
import type { Random } from './random.ts';
import { VirtualClock } from './virtual-clock.ts';

/**
 * What becomes of an append. `lost` never lands, `lost-reply` has landed, `late` lands later or never; each of the three is
 * answered with LOG_UNAVAILABLE. `down` is `lost`, and nothing can be read either.
 */
export type ControlFate = 'done' | 'lost' | 'lost-reply' | 'late' | 'down';

/** Chances of each fault, 0 to 1 and together at most 1. */
export type ControlFaults = { readonly lost: number; readonly lostReply: number; readonly late: number };

/** Decides what becomes of one client's appends: by hand while something is broken, else by chance. */
export class ControlFaultSource {
  readonly #random: Random | undefined;
  readonly #chances: ControlFaults | undefined;
  #broken: Exclude<ControlFate, 'done'> | undefined;

  /** Without chances nothing fails but what the test breaks. */
  constructor(random?: Random, chances?: ControlFaults) {
    this.#random = random;
    this.#chances = chances;
  }

  /** Every append from now on has this fate; `undefined` mends it. */
  break(fate: Exclude<ControlFate, 'done'> | undefined): void {
    this.#broken = fate;
  }

  /** Whether nothing can be read either. */
  get isDown(): boolean {
    return this.#broken === 'down';
  }

  /** The fate of the next append. */
  fate(): ControlFate {
    if (this.#broken !== undefined) return this.#broken;
    if (this.#random === undefined || this.#chances === undefined) return 'done';
    const { lost, lostReply, late } = this.#chances;
    if (this.#random.chance(lost)) return 'lost';
    if (this.#random.chance(lostReply)) return 'lost-reply';
    return this.#random.chance(late) ? 'late' : 'done';
  }

  /** Whether a record that is under way lands now; without a seed only a test lets it. */
  landsNow(): boolean {
    return this.#random?.chance(0.5) ?? false;
  }

  /** Whether a record that is under way is in time before the next one of its own client; without a seed it is. */
  isInTime(): boolean {
    return this.#random?.chance(0.5) ?? true;
  }
}

/** What a log is made with. */
export type SimulatedControlLogOptions = { readonly clock: VirtualClock; readonly faults?: ControlFaultSource };

type UnderWay = {
  readonly client: SimulatedControlLog;
  readonly key: string;
  readonly bytes: Uint8Array | undefined;
};

type Disk = {
  readonly clock: VirtualClock;
  /** The log's own time: it never goes back, whatever the clock does. */
  readonly time: VirtualClock;
  readonly log: MemoryControlLog;
  /** Given up by their clients, and not landed yet. */
  underWay: UnderWay[];
  readonly changes: LogChanges;
};

/** What a reader gets at once. */
const readRecordsMax = 1_000;

/** One process's client of the log. */
export class SimulatedControlLog implements ControlLog {
  /** Breaks this client's appends and reads. */
  readonly faults: ControlFaultSource;
  readonly #disk: Disk;
  #closed = false;

  constructor({ clock, faults = new ControlFaultSource() }: SimulatedControlLogOptions, from?: SimulatedControlLog) {
    this.faults = faults;
    this.#disk = from === undefined ? newDisk(clock) : from.#disk;
  }

  /** A client of another process on the same log; also of the same process after a restart. */
  beside(faults?: ControlFaultSource): SimulatedControlLog {
    return new SimulatedControlLog({ clock: this.#disk.clock, ...(faults === undefined ? {} : { faults }) }, this);
  }

  /** What is kept, for oracles. */
  get records(): readonly ControlLogRecord[] {
    return this.#disk.log.records;
  }

  /** How many records are under way that their clients gave up. */
  get underWay(): number {
    return this.#disk.underWay.length;
  }

  async append(key: string, bytes: Uint8Array | undefined): Promise<Appended> {
    this.#checkOpen();
    const refusal = controlRefusal(key, bytes);
    if (refusal !== undefined) throw refusal;
    const fate = this.faults.fate();
    if (fate === 'late') {
      this.#disk.underWay.push({ client: this, key, bytes: bytes === undefined ? undefined : Uint8Array.from(bytes) });
      throw unavailable();
    }
    if (fate === 'lost' || fate === 'down') throw unavailable();
    this.#settleOwn();
    const { offset, appendTimeMs } = this.#land(key, bytes);
    this.#settleOthers();
    if (fate === 'lost-reply') throw unavailable();
    return { offset, appendTimeMs };
  }

  open(): ControlLogReader {
    this.#checkOpen();
    const { log } = this.#disk;
    const load = (from: number): readonly ControlLogRecord[] => {
      if (this.faults.isDown) throw unavailable();
      return log.read(from, readRecordsMax);
    };
    return new SequencedReader({ changes: this.#disk.changes, load, isClosed: () => this.#closed }, 0);
  }

  async endOffset(): Promise<number> {
    this.#checkOpen();
    if (this.faults.isDown) throw unavailable();
    return this.#disk.log.endOffset;
  }

  /** What is under way of this client may land still. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#disk.changes.tell();
  }

  /** Takes out what later records made superfluous; answers how many left. */
  compact(compaction: Compaction = {}): number {
    return this.#disk.log.compact(compaction);
  }

  /** Whatever is under way lands now, whoever sent it. */
  landLate(): void {
    for (const { key, bytes } of this.#disk.underWay.splice(0)) this.#land(key, bytes);
  }

  #land(key: string, bytes: Uint8Array | undefined): ControlLogRecord {
    const { time, clock, log } = this.#disk;
    time.advanceTo(clock.nowMs);
    const record = log.append(key, bytes, time.nowMs);
    this.#disk.changes.tell();
    return record;
  }

  /** What this client gave up lands before its next record or never: a broker refuses what is of an older epoch. */
  #settleOwn(): void {
    const own = this.#disk.underWay.filter(({ client }) => client === this);
    this.#disk.underWay = this.#disk.underWay.filter(({ client }) => client !== this);
    for (const { key, bytes } of own) if (this.faults.isInTime()) this.#land(key, bytes);
  }

  /** Of others some lands now, and with it whatever its client had sent before can land no more. */
  #settleOthers(): void {
    const landing = this.#disk.underWay.filter(({ client }) => client !== this && client.faults.landsNow());
    for (const one of landing) {
      const at = this.#disk.underWay.indexOf(one);
      this.#disk.underWay = this.#disk.underWay.filter(({ client }, index) => client !== one.client || index > at);
      this.#land(one.key, one.bytes);
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new LogError('LOG_CLOSED', 'the simulated control log is closed');
  }
}

function newDisk(clock: VirtualClock): Disk {
  return {
    clock,
    time: new VirtualClock(clock.nowMs),
    log: new MemoryControlLog(),
    underWay: [],
    changes: new LogChanges(),
  };
}

function unavailable(): LogError {
  return new LogError(
    'LOG_UNAVAILABLE',
    'the simulated control log does not answer; nobody knows whether the record landed',
  );
}
