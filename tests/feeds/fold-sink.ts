/**
 * A sink that folds what a feed publishes at once, as a log of one partition and its worker would. In: a feed's ticks.
 * Out: bars, each in its last revision, notices and counters. Every call becomes a record, so the order of the calls is
 * the order of the log.
 */
import {
  type Bar,
  encodeLogRecord,
  encodeTickBlock,
  type FeedIdentity,
  type FeedSink,
  type FeedStream,
  type FoldConfig,
  foldConfigDefaults,
  type LogEntryToWrite,
  type Notice,
  PartitionFold,
  publisherId,
  type TickRow,
} from '@tapeline/domain';

const msPerDay = 86_400_000;

/** One partition. */
export class FoldSink implements FeedSink {
  /** The last revision of each bar, by interval, profile, symbol and start. */
  readonly bars: Map<string, Bar> = new Map<string, Bar>();
  readonly notices: Notice[] = [];
  readonly fold: PartitionFold;
  readonly #nowMs: () => number;
  #offset = 0;
  #draw = 0n;

  constructor(nowMs: () => number, config: Partial<FoldConfig> = {}) {
    this.#nowMs = nowMs;
    this.fold = PartitionFold.start({ ...foldConfigDefaults, ...config, partition: 0 });
  }

  /** The bars of an interval, in the order of symbol and start. */
  barsOf(interval: string, profile: string): Bar[] {
    const bars = [...this.bars.values()].filter((bar) => bar.interval === interval && bar.profile === profile);
    return bars.toSorted((a, b) => (a.symbol === b.symbol ? a.startSec - b.startSec : a.symbol < b.symbol ? -1 : 1));
  }

  async open(identity: FeedIdentity): Promise<FeedStream> {
    this.#draw += 1n;
    const day = Math.floor(this.#nowMs() / msPerDay);
    const draw = identity.sourceDigest ?? this.#draw;
    const id = identity.publisherId ?? publisherId(day, identity.timeDomain, draw);
    return this.#stream(id, identity);
  }

  /** Lets the log's clock move on. */
  tick(): void {
    this.#append({ kind: 'time' });
  }

  #stream(id: bigint, { dataset, timeDomain }: FeedIdentity): FeedStream {
    let settledSequence = 0;
    const send = async (rows: readonly TickRow[]): Promise<void> => {
      const header = { publisherId: id, timeDomain, mapEpoch: 0, dataset, receiveTimeNs: 0n };
      this.#append({ kind: 'tickBlock', bytes: encodeTickBlock(header, rows) });
      settledSequence = rows.at(-1)?.sequence ?? settledSequence;
    };
    return {
      publisherId: id,
      send,
      progress: async (instruments) => this.#append({ kind: 'progress', publisherId: id, dataset, instruments }),
      end: async (instruments) => this.#append({ kind: 'endOfReplay', publisherId: id, dataset, instruments }),
      settled: async () => undefined,
      get settledSequence() {
        return settledSequence;
      },
      rejected: { count: 0 },
      close: async () => undefined,
    };
  }

  #append(entry: LogEntryToWrite): void {
    const record = { offset: this.#offset, appendTimeMs: this.#nowMs(), bytes: encodeLogRecord([entry]) };
    const output = this.fold.step([record]);
    this.#offset += 1;
    this.notices.push(...output.notices);
    for (const bar of output.bars) this.bars.set(`${bar.interval} ${bar.profile} ${bar.symbol} ${bar.startSec}`, bar);
  }
}
