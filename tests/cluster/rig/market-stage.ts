/**
 * The market of one file of tests, from its start to its end. In: a title and how many nodes. Out: the market once it is prepared, the
 * load once it is begun, steps that are told. Where the machine lacks what it takes, `lack` says so and nothing is started.
 */
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type FlowWish, LoadedMarket } from './loaded-market.ts';
import { Market } from './market.ts';
import type { MarketOptions } from './market-cluster.ts';
import { Steps } from './steps.ts';

const preparedWithinMs = 600_000;
/** Of a namespace whose pods end with grace, too. */
const endedWithinMs = 400_000;

/** One market for the tests of a file. */
export class MarketStage {
  readonly steps: Steps;
  /** What this machine lacks; `undefined` = nothing. */
  readonly lack: string | undefined;
  readonly #market: Market | undefined;
  #underLoad: LoadedMarket | undefined;
  #hasFailed = false;

  private constructor(title: string, started: Awaited<ReturnType<typeof Market.start>>) {
    this.steps = new Steps(title);
    this.lack = 'unavailable' in started ? started.unavailable : undefined;
    this.#market = 'unavailable' in started ? undefined : started;
  }

  /** Starts the cluster, and has the file's tests end it; where one of them failed, its logs are kept. */
  static async open(title: string, options: MarketOptions): Promise<MarketStage> {
    const stage = new MarketStage(title, await Market.start(options));
    if (stage.lack === undefined) stage.#endWithTests();
    return stage;
  }

  /** Before the tests: the images and the namespace, and then what the file itself wants; `archive` is our image, where it was made. */
  before(work: (archive: string | undefined) => Promise<void>): void {
    if (this.lack !== undefined) return;
    beforeAll(async () => {
      // What does not even begin is a failure, too.
      this.#hasFailed = true;
      await work(await this.steps.take('images', async () => this.market.cluster.prepare()));
      this.#hasFailed = false;
    }, preparedWithinMs);
  }

  /** Whether the cluster is the one that KUBECONFIG names. */
  get isNamed(): boolean {
    return this.#market?.cluster.isNamed ?? false;
  }

  /** Whether autoscalers have figures; where nothing is started they are not what is lacking. */
  get hasMetrics(): boolean {
    return this.#market?.cluster.hasMetrics ?? true;
  }

  /** Throws where there is none: tests that are skipped must not come here. */
  get market(): Market {
    if (this.#market === undefined) throw new Error(`there is no market: ${this.lack}`);
    return this.#market;
  }

  /** Throws before `beginLoad`. */
  get underLoad(): LoadedMarket {
    if (this.#underLoad === undefined) throw new Error('no load was begun');
    return this.#underLoad;
  }

  /** Begins to publish and to subscribe; a load of before must have been closed. */
  async beginLoad(flow: FlowWish = {}): Promise<void> {
    this.#underLoad = await LoadedMarket.begin(this.market, this.steps, flow);
  }

  #endWithTests(): void {
    afterEach(({ task }) => {
      this.#hasFailed ||= task.result?.state === 'fail';
    });
    afterAll(async () => {
      await this.#underLoad?.close();
      this.steps.print();
      await this.market.close(this.#hasFailed);
    }, endedWithinMs);
  }
}
