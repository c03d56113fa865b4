/**
 * A coordinator of moves in the process of the bench. In: where the stream is. Out: partitions added, instruments pinned, and of each move
 * when its map was published and when it arrived.
 */
import { type Backend, backendOptions, openBackend, retentionMsOf } from '@tapeline/backend';
import { LeadControl } from '@tapeline/control';
import { type InstrumentPin, placementPolicyDefaults, type PlacementPolicy } from '@tapeline/domain';
import { createHealth, createLogger, createMetrics, readOptions, systemClock, systemRandom } from '@tapeline/runtime';
import { wallMs } from '../open-loop.ts';
import type { LogPlace, StorePlace } from './open-places.ts';

/** A move that was made. */
export type MadeMove = { readonly symbol: string; readonly publishedMs: number; readonly arrivedMs: number };

/** A stream that cannot be led. */
export class MovesLeadError extends Error {
  override name = 'MovesLeadError';
}

const logger = createLogger({ name: 'bench', level: 'warn', format: 'text' });

/** Pins alone move: nobody is hot, and nothing is spread. */
const policy: PlacementPolicy = {
  ...placementPolicyDefaults,
  targetTicksPerSec: 1e9,
  cooldownMs: 0,
};

/** Leads until it is closed. */
export class MovesLead {
  readonly backend: Backend;
  readonly made: MadeMove[] = [];
  readonly #published = new Map<string, number>();
  readonly #lead: LeadControl;

  private constructor(backend: Backend, retentionMs: number) {
    this.backend = backend;
    const { control, log, partitions, store } = backend;
    const metrics = createMetrics({ ofProcess: false });
    this.#lead = new LeadControl(
      {
        control,
        ticks: log,
        partitions,
        store,
        metrics,
        retentionMs,
        logger,
        clock: systemClock,
        random: systemRandom,
        takeToken: (highestRead) => highestRead + 1,
        listener: {
          tell: ({ kind, instrument }) => {
            if (instrument === undefined) return;
            if (kind === 'Published') this.#published.set(instrument.symbol, wallMs());
            if (kind === 'Arrived') this.#arrived(instrument.symbol);
          },
          lost: (error) => logger.error('the coordinator of the bench is lost', { error }),
        },
      },
      { mode: 'auto', policy },
    );
  }

  /** Opens log and store as the services do, whose stream is there. Rejects as `openBackend` does. */
  static async open({ brokers, stream, partitions }: LogPlace, store: StorePlace): Promise<MovesLead> {
    const servers = ['--kafka', brokers.join(','), '--stream', stream, '--partitions', String(partitions)];
    const tables = ['--cassandra', store.contactPoints.join(','), '--cassandra-dc', store.dataCenter];
    const line = readOptions(backendOptions, [...servers, ...tables, '--keyspace', store.keyspace], {});
    if (line.kind !== 'read') throw new MovesLeadError(`its options cannot be read: ${JSON.stringify(line)}`);
    const metrics = createMetrics({ ofProcess: false });
    const parts = { clock: systemClock, random: systemRandom, logger, metrics, health: createHealth() };
    const backend = await openBackend(line.values, parts);
    return new MovesLead(backend, retentionMsOf(line.values));
  }

  /** Adds partitions until there are so many. */
  async grow(count: number, withinMs: number): Promise<void> {
    const deadlineMs = performance.now() + withinMs;
    for (;;) {
      try {
        await this.#lead.grow(count);
        break;
      } catch (error) {
        // It has not read `control` yet.
        if (performance.now() > deadlineMs) throw error;
        await systemClock.sleep(200);
      }
    }
    await this.backend.log.refreshPartitions();
  }

  /** Wants instruments there; all other pins end. */
  pin(pins: readonly InstrumentPin[]): void {
    this.#lead.steer({ mode: 'auto', policy: { ...policy, pins } });
  }

  /** How many moves are under way. */
  get underWay(): number {
    return this.#published.size;
  }

  async close(): Promise<void> {
    await this.#lead.stop();
    await this.backend.close();
  }

  #arrived(symbol: string): void {
    const publishedMs = this.#published.get(symbol);
    if (publishedMs === undefined) return;
    this.#published.delete(symbol);
    this.made.push({ symbol, publishedMs, arrivedMs: wallMs() });
  }
}
