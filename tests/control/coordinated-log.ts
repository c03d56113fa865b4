/**
 * Coordinators that depose each other over a simulated `control` with faults and compaction, as rules C1 to C5 have them. In: chance.
 * Out: after each step a log that readers may follow. Each coordinator is a client of its own with a token of its own; one whose append
 * is not clear gives up, and what it sent may land later. Maps go out in parts of a few bytes at times.
 */
import {
  applyChange,
  controlKeyText,
  type ControlRecord,
  type InstrumentName,
  LogError,
  type Placement,
  staleControlKeys,
} from '@tapeline/domain';
import { ControlFollower, encodeControl } from '@tapeline/control';
import { ManualClock, silentLogger } from '@tapeline/runtime';
import { ControlFaultSource, Random, SimulatedControlLog, VirtualClock } from '@tapeline/simulation';

/** Partitions that the streams of these tests begin with. */
export const basePartitions = 4;

const someInstruments = ['A', 'B', 'C', 'D', 'E'].map((symbol) => ({ dataset: 'd', symbol }));

type Coordinator = { readonly token: number; readonly log: SimulatedControlLog; readonly follower: ControlFollower };

/** What a world may do. */
export type CoordinatedOptions = {
  readonly faults?: { readonly lost: number; readonly lostReply: number; readonly late: number };
  /** Those that are moved about. */
  readonly instruments?: readonly InstrumentName[];
  /** Chance that a step adds partitions. */
  readonly growth?: number;
  /** Adds partitions to the ticks' log before a map names them. */
  readonly addPartitions?: (count: number) => Promise<void>;
  /** Settles the row of an instrument before its first move, and says its pin. */
  readonly pinOf?: (instrument: InstrumentName) => Promise<number | undefined>;
};

/** A log and those who write it. */
export class CoordinatedLog {
  readonly log: SimulatedControlLog;
  readonly clock: ManualClock = new ManualClock();
  readonly #random: Random;
  readonly #options: CoordinatedOptions;
  #coordinators: Coordinator[] = [];
  #tokens = 0;

  /** `options.instruments` has one or more. */
  constructor(random: Random, options: CoordinatedOptions = {}) {
    this.#random = random;
    this.#options = options;
    this.log = new SimulatedControlLog({ clock: new VirtualClock(0) });
  }

  /** A reader of its own. */
  reader(log: SimulatedControlLog = this.log.beside()): ControlFollower {
    return followerOf(log, this.clock);
  }

  /** One of the things that can happen. */
  async step(): Promise<void> {
    const random = this.#random;
    if (this.#coordinators.length === 0 || (this.#coordinators.length < 3 && random.chance(0.06))) return this.#lead();
    if (random.chance(0.08)) {
      this.log.compact({ tombstones: random.chance(0.5) });
      return undefined;
    }
    const one = random.choice(this.#coordinators);
    await one.follower.caughtUp();
    if (one.follower.view.token !== one.token) return this.#resign(one);
    return random.chance(0.15) ? this.#takeOut(one) : this.#publish(one);
  }

  /** Whatever was given up lands now, so that readers have a last record. */
  settle(): void {
    this.log.landLate();
  }

  /** Lets go of everything. */
  async close(): Promise<void> {
    for (const { follower } of this.#coordinators) await follower.close();
  }

  async #lead(): Promise<void> {
    this.#tokens += 1;
    const { faults } = this.#options;
    const chance = faults && new ControlFaultSource(new Random(this.#random.int(0, 2 ** 31)), faults);
    const log = this.log.beside(chance);
    const one = { token: this.#tokens, log, follower: followerOf(log, this.clock) };
    this.#coordinators.push(one);
    await this.#append(one, { kind: 'claim', token: one.token });
  }

  async #resign(one: Coordinator): Promise<void> {
    this.#coordinators = this.#coordinators.filter((other) => other !== one);
    await one.follower.close();
  }

  async #append(one: Coordinator, record: ControlRecord): Promise<void> {
    const size = this.#random.choice([524_288, 24, 60]);
    try {
      for (const { key, bytes } of encodeControl(record, size)) await one.log.append(key, bytes);
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      await this.#resign(one);
      return;
    }
    await one.follower.caughtUp();
    const { view } = one.follower;
    if (view.token !== one.token) await this.#resign(one);
  }

  async #publish(one: Coordinator): Promise<void> {
    const { placement } = one.follower.view;
    const instrument = this.#random.choice(this.#options.instruments ?? someInstruments);
    const { dataset, symbol } = instrument;
    const listed = placement.moveOf(dataset, symbol);
    const partitions = await this.#grown(placement);
    const pin = await this.#options.pinOf?.(instrument);
    const at = placement.lookUp({ dataset, symbol, pin });
    const to = (at.partition + this.#random.int(1, partitions - 1)) % partitions;
    const move = { dataset, symbol, pin, to, standing: 'spread' as const };
    const moves = listed === undefined ? [move] : [];
    const appended = listed === undefined ? [] : [listed];
    const result = applyChange(placement, { logTimeMs: 0, partitions, moves, appended });
    if (result.kind === 'refused') throw new Error(result.code);
    await this.#append(one, { kind: 'map', token: one.token, map: result.placement.parts() });
  }

  async #grown(placement: Placement): Promise<number> {
    if (!this.#random.chance(this.#options.growth ?? 0)) return placement.partitions;
    const partitions = placement.partitions + this.#random.int(1, 2);
    await this.#options.addPartitions?.(partitions);
    return partitions;
  }

  async #takeOut(one: Coordinator): Promise<void> {
    for (const key of staleControlKeys(one.follower.keys, one.follower.view, one.token)) {
      try {
        await one.log.append(controlKeyText(key), undefined);
      } catch (error) {
        if (!(error instanceof LogError)) throw error;
        return this.#resign(one);
      }
      if (this.#random.chance(0.1)) return undefined;
    }
    return undefined;
  }
}

/** A reader with everything by default. */
export function followerOf(
  log: SimulatedControlLog,
  clock: ManualClock,
  hear: NonNullable<ConstructorParameters<typeof ControlFollower>[0]['hear']> = () => undefined,
): ControlFollower {
  const random = { next: () => 0.5, bits: () => 1n };
  const shared = { clock, random, logger: silentLogger, onLost: () => undefined };
  return new ControlFollower({ log, basePartitions, ...shared, keepsReports: true, hear });
}
