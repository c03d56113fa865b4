/**
 * Workers that only report. In: a stream's `control`, rates and what broke order by hand. Out: a report of each partition every two
 * seconds, as its worker would write it; instruments are where the map says, and a move has arrived as soon as it is in the map.
 */
import { ControlFollower, encodeControl, encodePartitionReport } from '@tapeline/control';
import { type InstrumentName, InstrumentMap, type PartitionReport, type ReportedStep } from '@tapeline/domain';
import { type KafkaControl, openKafkaControl } from '@tapeline/kafka';
import { silentLogger, systemClock, systemRandom } from '@tapeline/runtime';

const everyMs = 2_000;
const halfLifeMs = 30_000;

/** The owners of a stream's partitions. */
export class OwnersByHand {
  /** Ticks a second by symbol, all of dataset `sim`. */
  rates: Readonly<Record<string, number>> = {};
  partitions: number;
  /** Of partition 0. */
  declaredGaps = 0;
  orderViolations = 0;
  readonly #control: KafkaControl;
  readonly #follower: ControlFollower;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  readonly #sinceMs = systemClock.nowMs() - 100 * halfLifeMs;

  private constructor(control: KafkaControl, partitions: number) {
    this.#control = control;
    this.partitions = partitions;
    this.#follower = new ControlFollower({
      log: control,
      basePartitions: partitions,
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
      keepsReports: false,
      onLost: () => this.#stop.abort(),
    });
    this.#running = this.#run();
  }

  /** They begin with no rates; `partitions` are those that the stream was made with. */
  static async begin(brokers: readonly string[], stream: string, partitions: number): Promise<OwnersByHand> {
    const control = await openKafkaControl({ connection: { brokers, clientId: 'test' }, stream });
    return new OwnersByHand(control, partitions);
  }

  /** The epoch of the map in force, and how many partitions it names. */
  get map(): { readonly epoch: number; readonly partitions: number } {
    return this.#follower.view.placement;
  }

  /** Claims `control` under a token as another coordinator does. */
  async claim(token: number): Promise<void> {
    for (const { key, bytes } of encodeControl({ kind: 'claim', token })) await this.#control.append(key, bytes);
  }

  /** No report any more. */
  async end(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#follower.close();
    await this.#control.close();
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      for (let partition = 0; partition < this.partitions; partition += 1) {
        const { key, bytes } = encodePartitionReport(this.#reportOf(partition));
        await this.#control.append(key, bytes);
      }
      await systemClock.sleep(everyMs, this.#stop.signal);
    }
  }

  #reportOf(partition: number): PartitionReport {
    const { placement } = this.#follower.view;
    const ticks = new InstrumentMap<number>();
    for (const [symbol, rate] of Object.entries(this.rates)) {
      const lives = placement.lookUp({ dataset: 'sim', symbol }).partition;
      if (lives === partition) ticks.set('sim', symbol, (rate / 1_000) * (halfLifeMs / Math.LN2));
    }
    const logTimeMs = systemClock.nowMs();
    const steps = placement.overrides.flatMap((moved) => stepsOf(moved, moved.epoch, logTimeMs));
    const isFirst = partition === 0;
    return {
      partition,
      worker: 'by hand',
      nextOffset: 0,
      lagMs: 0,
      form: 'by hand',
      rates: { partition, logTimeMs, sinceMs: this.#sinceMs, halfLifeMs, ticks, forgottenTicks: 0 },
      steps: steps.slice(-100),
      declaredGaps: isFirst ? this.declaredGaps : 0,
      orderViolations: isFirst ? this.orderViolations : 0,
      strays: 0,
      parkedEntries: 0,
      parkedBytes: 0,
      heldTicks: 0,
    };
  }
}

/** Both ends of a move; the partition that it does not concern says so in vain. */
function stepsOf({ dataset, symbol }: InstrumentName, epoch: number, logTimeMs: number): readonly ReportedStep[] {
  return (['left', 'arrived'] as const).map((step) => ({ dataset, symbol, epoch, step, logTimeMs }));
}
