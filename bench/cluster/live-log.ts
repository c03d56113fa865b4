/**
 * The generated tape in a log in memory, as it lies there once it came live. In: how many trades, at which pace. Out: the
 * log. One publisher numbers them in the order of arrival; the code of ingest makes a record a partition of what comes within
 * one linger. The log stamps the time of the tape, not the machine's, so chunks end where they end in a market of that pace.
 */
import {
  BoundedTermsMemory,
  Placement,
  PublishReaders,
  PublishStream,
  publisherId,
  recordOf,
  type TickRow,
  TimeDomain,
} from '@tapeline/domain';
import { ingestConfigDefaults } from '@tapeline/ingest';
import { SimulatedLog, VirtualClock } from '@tapeline/simulation';
import { generatedTicks } from '../publish-tape.ts';
import { generatedDataset, shareTerms, tickRow, type TapeTick } from '../tape-publisher.ts';
import { tapeStartMs } from '../throughput-task.ts';

/** What the log holds. */
export type LiveLogSettings = {
  readonly trades: number;
  /** In a second of event time, over all instruments. */
  readonly tradesPerSecond: number;
  readonly partitions: number;
};

/** The ticks do not get into the log. */
export class LiveLogError extends Error {
  override name = 'LiveLogError';
}

const { lingerMs } = ingestConfigDefaults;
const dayMs = 86_400_000;
const nsPerMs = 1_000_000n;

/** Fills a new log. Rejects with `LiveLogError` where ingest would not take a tick. */
export async function liveLog({ trades, tradesPerSecond, partitions }: LiveLogSettings): Promise<SimulatedLog> {
  const clock = new VirtualClock(tapeStartMs);
  const log = new SimulatedLog({ clock, partitions });
  const publisher = new LivePublisher(partitions);
  const append = async (batch: readonly TapeTick[], atMs: number): Promise<void> => {
    clock.advanceTo(atMs);
    for (const { partition, bytes } of publisher.recordsOf(batch, atMs)) await log.append('ticks', partition, bytes);
  };
  const next = generatedTicks(tapeStartMs, tradesPerSecond);
  let [batch, endMs]: [TapeTick[], number] = [[], tapeStartMs + lingerMs];
  for (let count = 0; count < trades; count += 1) {
    const tick = next();
    if (tick.eventMs >= endMs) {
      if (batch.length > 0) await append(batch, endMs);
      [batch, endMs] = [[], tick.eventMs + lingerMs];
    }
    batch.push(tick);
  }
  await append(batch, endMs);
  return log;
}

/** A publisher and the ingest that it publishes to. */
class LivePublisher {
  readonly #stream: PublishStream;
  readonly #terms = new BoundedTermsMemory();
  readonly #lastOf = new Map<string, number>();
  readonly #placement: Placement;
  #sequence = 0;

  constructor(partitions: number) {
    const [timeDomain, dataset] = [TimeDomain.live, generatedDataset];
    const id = publisherId(Math.floor(tapeStartMs / dayMs), timeDomain, 1n);
    this.#placement = Placement.atHome(partitions);
    this.#stream = new PublishStream({ publisherId: id, timeDomain, dataset }, new PublishReaders());
  }

  /** Records of ticks that ingest received at that time, one a partition. */
  recordsOf(ticks: readonly TapeTick[], nowMs: number): { readonly partition: number; readonly bytes: Uint8Array }[] {
    const taken = this.#stream.takeTicks(
      ticks.map((tick) => this.#numbered(tick)),
      {
        nowNs: BigInt(nowMs) * nsPerMs,
        aheadMsMax: 0,
        terms: this.#terms,
        placement: this.#placement,
        partitions: this.#placement.partitions,
        calendar: shareTerms.calendar,
        unknown: new Set(ticks.map(({ symbol }) => symbol)),
      },
    );
    if ('missing' in taken) throw new LiveLogError(`nobody knows ${taken.missing.join(', ')}`);
    return taken.parts.map(({ partition, pieces, rejects, uses }) => {
      const [rejected] = rejects;
      if (rejected !== undefined) throw new LiveLogError(`ingest rejected a tick: ${rejected.rejection.message}`);
      for (const use of uses) use.keep();
      return { partition, bytes: recordOf(pieces) };
    });
  }

  #numbered(tick: TapeTick): TickRow {
    const link = this.#lastOf.get(tick.symbol) ?? 0;
    this.#sequence += 1;
    tick.sequence = this.#sequence;
    this.#lastOf.set(tick.symbol, tick.sequence);
    return tickRow(tick, shareTerms, link);
  }
}
