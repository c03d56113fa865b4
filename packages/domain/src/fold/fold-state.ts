/**
 * Everything that the fold of one partition knows. In: a configuration. Out: the object on which the rules work; they
 * stand in the files beside this one, each a set of functions on it. Law 1: it holds nothing that does not follow
 * from the log prefix, but for caches that change no result.
 */
import { barLevels, type BarLevel } from '../bars/bar-levels.ts';
import type { Bar } from '../bars/bar.ts';
import { BarRows } from '../bars/bar-rows.ts';
import type { GatheredRows } from '../bars/gathered-rows.ts';
import type { Precedes } from '../bars/first-of-date.ts';
import { InstrumentState, ownFromTheStart } from '../bars/instrument-state.ts';
import type { ProfileName } from '../conditions/profile.ts';
import { LogDictionary } from '../log/log-dictionary.ts';
import { TickColumns } from '../log/tick-columns.ts';
import { type Interval, parseInterval } from '../market/interval.ts';
import { formatPublisherId } from '../market/publisher-id.ts';
import { type HandoverEvent, handoverEvents } from '../placement/handover-events.ts';
import type { HandoverPartition } from '../placement/handover-partition.ts';
import { epochOf, type InstrumentPlace, placeAtFirstSight } from '../placement/handover-rules.ts';
import { homePartition } from '../placement/home.ts';
import { PartitionClock } from '../tape/partition-clock.ts';
import { Publishers } from '../tape/publishers.ts';
import { RetainedLog } from '../tape/retained-log.ts';
import type { CountedTicks } from '../tape-output/counted-ticks.ts';
import { BlockTicks } from './block-ticks.ts';
import { EligibilityMasks } from './eligibility-masks.ts';
import { type Emission, Emissions } from './emissions.ts';
import type { FoldConfig, FoldCounters, Notice, NoticeCode } from './fold-types.ts';
import type { HandoverContent } from './handover-state.ts';
import type { Leaving } from './leave-partition.ts';
import type { StepOfMove } from './step-of-move.ts';
import type { ParkedEntry } from './parked-entry.ts';
import type { SnapshotWriting } from './snapshot-writing.ts';

/** The state of a partition's fold. */
export class FoldState {
  readonly config: FoldConfig;
  readonly levels: readonly BarLevel[];
  readonly profiles: readonly ProfileName[];
  readonly clock: PartitionClock = new PartitionClock();
  readonly publishers: Publishers = new Publishers();
  readonly rows: BarRows;
  readonly retained: RetainedLog;
  readonly dictionary: LogDictionary = new LogDictionary();
  readonly masks: EligibilityMasks;
  readonly instruments: InstrumentState[] = [];
  /** Those with terms, in the order in which the terms came. */
  readonly listed: InstrumentState[] = [];
  readonly #byName = new Map<string, Map<string, InstrumentState>>();
  readonly counters: FoldCounters = {
    applied: 0,
    repeats: 0,
    late: 0,
    voided: 0,
    gapsDeclared: 0,
    quarantined: 0,
    amendments: 0,
    amendmentsUnmatched: 0,
    barsEmitted: 0,
  };
  /** The block being applied, a block read again for a rebuild, and a single tick that was held. */
  readonly columns: TickColumns = new TickColumns();
  readonly blockTicks: BlockTicks = new BlockTicks(this.columns);
  readonly rebuildColumns: TickColumns = new TickColumns();
  readonly heldColumns: TickColumns = new TickColumns();
  /** A block that was parked, or cut out of the one being applied. */
  readonly parkedColumns: TickColumns = new TickColumns();
  readonly parkedTicks: BlockTicks = new BlockTicks(this.parkedColumns);

  /** The rules of moves, with what is parked; absent where instruments have no homes. See `freshState`. */
  moves: HandoverPartition<InstrumentState, ParkedEntry, HandoverContent, Leaving> | undefined;
  /** How often each thing happened to instruments between partitions, since offset 0. */
  readonly handovers: Record<HandoverEvent, number> = Object.fromEntries(
    handoverEvents.map((event) => [event, 0]),
  ) as Record<HandoverEvent, number>;
  /** It stood in a snapshot, and no record came since: another program or configuration may have made it. */
  isRestored = false;
  /** What the record being applied sends on. */
  readonly sending: Emissions = new Emissions();

  /** Offset of the record being applied, and of the first one that is not in the state. */
  offset = 0;
  nextOffset = 0;
  /** Append time of the first record that the entry being applied stood in, ms since the Unix epoch (rule E2). */
  firstAppendMs = 0;
  /** Instruments whose trades have come ahead of their Handover. */
  readonly expected: Set<InstrumentState> = new Set();
  /** Clock at which to look whether such trades came too long ago, ms. */
  shippedDueMs: number = Infinity;
  /** Rows to put out and instruments to sweep at the end of the record. */
  dirty: number[] = [];
  sweeping: InstrumentState[] = [];
  /** Ticks and Voids that all chains hold, see `held-items.ts`. */
  heldCount = 0;
  /** Instruments with held ticks, and with amendments that wait for their trade. */
  readonly holding: Set<InstrumentState> = new Set();
  readonly pending: Set<InstrumentState> = new Set();
  /** When to look again, by the clock (`close`, `leave`) or by the waiting clock (`giveUp`, `hold`), ms. */
  closeDueMs: number = Infinity;
  leaveDueMs: number = Infinity;
  giveUpDueMs: number = Infinity;
  holdDueMs: number = Infinity;
  /** How many times 1,024 blocks the retained log was trimmed at. */
  trimmedAt = 0;
  /** The day of the clock on which publishers were last checked for expiry. */
  expiryDay = 0;

  /** The snapshot being written; it hears of every instrument and row before it changes, so that it has them as they were. */
  writing: SnapshotWriting | undefined;
  /** Rows as they were when it began. */
  readonly keptRows: BarRows;
  /** Where snapshots gather the rows that they write, once there was one; nothing is kept there. */
  gathered: GatheredRows | undefined;

  /** The block that is being applied, -1 = none, and its first tick whose fate is not known yet. */
  applyingBlock = -1;
  applyingPlace = 0;

  /** Takes in what the step counts, if somebody wants it. */
  counted: CountedTicks | undefined;
  bars: Bar[] = [];
  notices: Notice[] = [];
  emissions: Emission[] = [];
  moved: StepOfMove[] = [];
  /** Order of publishers by id. */
  readonly precedes: Precedes = (left, right) => this.publishers.precedes(left, right);

  constructor(config: FoldConfig) {
    this.config = config;
    this.levels = barLevels(config.intervals.map(intervalOf));
    this.profiles = config.profiles;
    this.rows = new BarRows(config.profiles.length);
    this.keptRows = new BarRows(config.profiles.length);
    this.retained = new RetainedLog(config.retainedBytesMax);
    this.masks = new EligibilityMasks(config.profiles);
  }

  /** The instrument with that name; `undefined` = never seen. */
  find(dataset: string, symbol: string): InstrumentState | undefined {
    return this.#byName.get(dataset)?.get(symbol);
  }

  /** The instrument with that name, which is about to change, made at first sight. */
  instrument(dataset: string, symbol: string): InstrumentState {
    let bySymbol = this.#byName.get(dataset);
    if (bySymbol === undefined) this.#byName.set(dataset, (bySymbol = new Map()));
    const known = bySymbol.get(symbol);
    if (known !== undefined) {
      this.writing?.keep(known);
      return known;
    }
    const place = this.#firstPlace(dataset, symbol);
    const fresh = new InstrumentState(this.instruments.length, dataset, symbol, this.levels.length, place);
    this.instruments.push(fresh);
    bySymbol.set(symbol, fresh);
    return fresh;
  }

  #firstPlace(dataset: string, symbol: string): InstrumentPlace {
    const { basePartitions, partition } = this.config;
    if (basePartitions === undefined) return ownFromTheStart;
    return placeAtFirstSight(homePartition(dataset, symbol, basePartitions) === partition);
  }

  /** Tells of something that was not plainly applied. */
  notice(
    code: NoticeCode,
    about: Partial<Omit<Notice, 'code' | 'offset' | 'epoch' | 'publisher'>> & { publisherId?: bigint },
  ): void {
    const { publisherId: id, dataset = '', symbol = '', sequence = 0, sequenceLast = sequence, detail = '' } = about;
    const publisher = id === undefined ? '' : formatPublisherId(id);
    const epoch = epochOf(this.find(dataset, symbol)?.place ?? ownFromTheStart);
    this.notices.push({ code, offset: this.offset, epoch, dataset, symbol, publisher, sequence, sequenceLast, detail });
  }
}

/** Instruments in the order in which the log brought them, which a restart keeps and the order of a set does not. */
export function inOrder(instruments: ReadonlySet<InstrumentState>): InstrumentState[] {
  return [...instruments].sort((left, right) => left.index - right.index);
}

function intervalOf(name: string): Interval {
  const interval = parseInterval(name);
  if ('code' in interval) throw new RangeError(interval.message);
  return interval;
}
