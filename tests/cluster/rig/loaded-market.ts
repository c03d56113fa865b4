/**
 * A market under load: the simulator inside, publishers and a subscriber outside of the cluster. In: a market. Out: what was
 * published and seen while something was done to it, and at the end the judges' verdict over log, store and subscriber.
 */
import { BarWatch } from '../../faults/rig/bar-watch.ts';
import { Load, type LoadTrade, type LoadWish } from '../../faults/rig/load.ts';
import { type MovedVerdict, movedVerdictOf } from '../../faults/rig/moved-verdict.ts';
import { until } from '../../faults/rig/until.ts';
import { type Verdict, verdictOf } from '../../faults/rig/verdict.ts';
import type { GivenValues } from '../../charts/rendered-chart.ts';
import type { Market } from './market.ts';
import { release, selectors } from './release.ts';
import type { Steps } from './steps.ts';

/** Intervals that close within seconds, so that the judges have not to wait for days. */
const intervals = ['1s', '5s'] as const;

/** Values of a release that is judged; others are as they are without values. */
export const judgedValues: GivenValues = { dev: { enabled: true }, stream: { intervals: [...intervals] } };

/** The same without the simulator: a verdict needs a stream that is quiet. */
export const quietValues: GivenValues = { ...judgedValues, dev: { enabled: true, simulator: false } };

/** The same with more of the stream declared. */
export function quietStream(stream: GivenValues): GivenValues {
  return { ...quietValues, stream: { intervals: [...intervals], ...stream } };
}

/** What is published; a symbol that is named several times trades so much more. */
export type FlowWish = Pick<LoadWish, 'seed' | 'symbols'>;

/** How a verdict is asked for: values of the release without a feed, and what an earlier load had acknowledged. */
export type VerdictWish = { readonly values?: GivenValues; readonly before?: readonly LoadTrade[] };

const workerArgs = ['--intervals', intervals.join(',')];
const tradesPerSecond = 300;
const settledWithinMs = 120_000;
const judgedWithinMs = 240_000;
const barsWithinMs = 120_000;

/** Load, subscriber and judges. */
export class LoadedMarket {
  readonly load: Load;
  readonly watch: BarWatch;
  readonly #market: Market;
  readonly #steps: Steps;

  private constructor(market: Market, steps: Steps, load: Load, watch: BarWatch) {
    this.#market = market;
    this.#steps = steps;
    this.load = load;
    this.watch = watch;
  }

  /** Begins to publish and to subscribe, through the Services. */
  static async begin(market: Market, steps: Steps, flow: FlowWish = {}): Promise<LoadedMarket> {
    // What the judges will need is asked for now: a port of this machine that is taken is told before the load and not after it.
    await market.facts(workerArgs);
    const ingest = await market.address('ingest', 50_051);
    const load = await Load.start({ addresses: [ingest], tradesPerSecond, publishers: 2, ...flow });
    await until('the first trades are acknowledged', () => load.acknowledgedCount > tradesPerSecond);
    const symbols = [...new Set(load.symbols)];
    const watch = new BarWatch({ address: await market.address('query', 50_052), symbols, intervals });
    await until('the subscriber sees bars', () => watch.newest.size > symbols.length);
    return new LoadedMarket(market, steps, load, watch);
  }

  /** Does something to the market; what publishers waited for meanwhile stands beside its time. */
  async during(name: string, work: () => Promise<unknown>): Promise<void> {
    const sinceMs = performance.now();
    await this.#steps.take(name, work, () => `publishers waited ${this.load.longestSilenceMs(sinceMs)} ms at most`);
  }

  /** Waits until every instrument has a bar that began after now: whoever makes them, they are made. */
  async untilNewBars(): Promise<void> {
    const sinceSec = Date.now() / 1_000;
    const haveCome = (): boolean => {
      const seen = new Set<string>();
      for (const key of this.watch.newest.keys()) {
        const [symbol = '', interval, , startSec] = key.split(' ');
        if (interval === '1s' && Number(startSec) > sinceSec) seen.add(symbol);
      }
      return this.load.symbols.every((symbol) => seen.has(symbol));
    };
    await until('every instrument has a new bar', haveCome, { withinMs: barsWithinMs, everyMs: 250 });
  }

  /**
   * Ends the simulator, by an upgrade to these values, and the publishers, and asks the judges once all is quiet. The subscriber is
   * judged only where nothing was acknowledged `before` this load, as he saw nothing of that.
   */
  async verdict({ values = quietValues, before = [] }: VerdictWish = {}): Promise<Verdict> {
    const market = this.#market;
    await market.helm('upgrade', values);
    await market.untilReady(selectors.feed, 0);
    await this.load.end(settledWithinMs);
    const facts = await market.facts(workerArgs);
    const times = { stableMs: 30_000, withinMs: judgedWithinMs, ...(before.length > 0 ? {} : { watch: this.watch }) };
    const acknowledged = [...before, ...this.load.acknowledged];
    const tell = ({ ticks, bars, repeats }: Verdict): string =>
      `${ticks} ticks, ${bars} bars, ${repeats} ticks twice in the log, ${this.load.breaks.length} connections broken`;
    return this.#steps.take('verdict', async () => verdictOf({ facts }, { acknowledged }, times), tell);
  }

  /**
   * Ends the publishers, and asks the judges of a stream whose instruments moved, which began with so many partitions and has no feed,
   * once all is quiet.
   */
  async movedVerdict(basePartitions: number): Promise<MovedVerdict> {
    await this.load.end(settledWithinMs);
    const facts = await this.#market.facts(workerArgs);
    const times = { stableMs: 30_000, withinMs: judgedWithinMs, watch: this.watch };
    const tell = ({ account, bars }: MovedVerdict): string =>
      `${account.ticks} ticks, ${bars} bars, ${account.left} moves, ${account.repeats} ticks twice in the log, ` +
      `${account.strays} sent on, ${account.parkedEver} parked, ${this.load.breaks.length} connections broken`;
    const work = async (): Promise<MovedVerdict> => movedVerdictOf({ facts }, this.load, basePartitions, times);
    return this.#steps.take('verdict', work, tell);
  }

  /** Ends what still runs; may be called twice. */
  async close(): Promise<void> {
    await this.load.abandon();
    await this.watch.close();
  }
}

/** The step from a release that is not there to its first bar. */
export const firstBarStep = 'helm install to the first bar (goal: 90 s)';

/** Installs a release that is judged later, and waits for its first bar. */
export async function installToFirstBar(market: Market, steps: Steps): Promise<void> {
  await steps.take(firstBarStep, async () => {
    await market.helm('install', judgedValues);
    await untilFirstBar(market);
  });
}

/** Waits until a bar of a second has closed that HTTP answers. */
export async function untilFirstBar(market: Market, withinMs = 300_000): Promise<void> {
  type Answer = { readonly instruments?: readonly { readonly symbol: string }[]; readonly bars?: readonly unknown[] };
  const hasBar = async (): Promise<boolean> => {
    const listed = (await market.http('/v1/instruments?page_size=1')) as Answer | undefined;
    const symbol = listed?.instruments?.[0]?.symbol;
    if (symbol === undefined) return false;
    const found = (await market.http(`/v1/instruments/${symbol}/bars?interval=1s&page_size=1`)) as Answer | undefined;
    return (found?.bars ?? []).length > 0;
  };
  await until(`the first bar of ${release.full}`, hasBar, { withinMs, everyMs: 250 });
}
