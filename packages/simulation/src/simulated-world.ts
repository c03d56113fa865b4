/**
 * A whole small world, drawn from a seed: a configuration of the fold, publishers of every time domain, and what they
 * have published. In: a seed and what the caller insists on. Out: a world; how it reaches the log is another draw
 * (simulated-delivery.ts), so that one world can be delivered in many ways. Features are switched off at random, so that
 * rare ones meet each other often (swarm testing).
 */
import { type FoldConfig, foldConfigDefaults, type ProfileName, TimeDomain } from '@tapeline/domain';
import type { MarketTraits } from './market-desk.ts';
import {
  type DrawnIntervals,
  drawIntervals,
  drawScene,
  drawTerms,
  intervalNamed,
  type Scene,
} from './market-scenes.ts';
import type { Random } from './random.ts';
import { referenceBucket } from './reference-bucket.ts';
import { simulateMarket } from './simulated-market.ts';
import { type PublishedTick, SimulatedPublisher } from './simulated-publisher.ts';

/** What a caller may insist on; the rest is drawn. */
export type WorldWish = {
  /** Time domains of the publishers; one publisher each. */
  readonly domains?: readonly TimeDomain[];
  /** `wide`: nothing is ever late. `tight`: horizons of a few bars, and ticks at their edges. */
  readonly horizon?: 'wide' | 'tight';
  /** Trades in the market, before edges and amendments. */
  readonly trades?: number;
  readonly amendments?: boolean;
  readonly conditions?: boolean;
  /** Whether the fold may keep so few blocks that bars become final early. */
  readonly smallRetention?: boolean;
};

/** A world before anything is delivered. */
export type SimulatedWorld = {
  readonly config: FoldConfig;
  readonly publishers: readonly SimulatedPublisher[];
  /** All ticks of all publishers. */
  readonly published: readonly PublishedTick[];
  /** Interval of the finest bars that the fold keeps; its end decides what is late. */
  readonly finest: string;
  readonly scene: Scene;
  /** First and highest event time that the market may have, ms since the Unix epoch. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** Spans from a bar's end at which something changes: lateness and horizon, ms. */
  readonly edgesMs: readonly number[];
};

const dayMs = 86_400_000;
const wideHorizonMs = 20 * dayMs;
const domains = [TimeDomain.live, TimeDomain.delayed, TimeDomain.replay] as const;

/** Draws a world. */
export function drawWorld(random: Random, wish: WorldWish = {}): SimulatedWorld {
  const scene = drawScene(random);
  const intervals = drawIntervals(random);
  const finestMs = intervalNamed(intervals.finest).seconds * 1000;
  const spanMs = drawSpanMs(random, finestMs);
  const startSec = scene.instantSec - random.int(0, Math.floor(spanMs / 1000));
  const config = drawConfig(random, wish, intervals, { finestMs, spanMs });
  const edgesMs = [config.latenessLiveMs, config.latenessReplayMs, config.horizonMs].filter((ms) => ms <= 4 * spanMs);
  const wished = wish.domains ?? Array.from({ length: random.int(1, 3) }, () => random.choice(domains));
  const traits = drawMarket(random, wish, {
    scene,
    finest: intervals.finest,
    startSec,
    spanMs,
    edgesMs,
    sources: wished.length,
  });
  const ticks = simulateMarket(random, traits);
  const issueDay = Math.floor((startSec * 1000) / dayMs);
  // The same symbols from another source are other instruments (law 6).
  const datasets = random.chance(0.15) ? ['simulated', 'other'] : ['simulated'];
  const publishers = wished.map((domain, source) => {
    const dataset = datasets[source % datasets.length] as string;
    const sequenceSteps = random.choice([[1], [1], [1, 2, 1, 5]]);
    const draw = BigInt(random.int(0, 2 ** 45));
    const publisher = new SimulatedPublisher({ dataset, domain, issueDay, draw, sequenceSteps });
    publisher.publish(ticks.filter((tick) => tick.source === source));
    return publisher;
  });
  const published = publishers.flatMap((publisher) => publisher.published);
  const lastMs = Math.max(
    startSec * 1000,
    ...published.map(({ row }) => Math.max(row.eventSec, row.original?.correctedSec ?? 0) * 1000 + 1000),
  );
  return { config, publishers, published, finest: intervals.finest, scene, firstMs: startSec * 1000, lastMs, edgesMs };
}

/** From a few of the finest bars to some hours: few trades a bar, or many. */
function drawSpanMs(random: Random, finestMs: number): number {
  const bars = random.choice([2, 6, 20, 60]);
  return Math.min(30 * 3_600_000, random.chance(0.2) ? 6 * 3_600_000 : bars * finestMs);
}

function drawConfig(
  random: Random,
  wish: WorldWish,
  intervals: DrawnIntervals,
  lengths: { finestMs: number; spanMs: number },
): FoldConfig {
  const { finestMs, spanMs } = lengths;
  const latenessLiveMs = random.choice([0, 500, 2_000, finestMs]);
  const latenessReplayMs = random.choice([0, 0, 1_000, finestMs]);
  const horizon = wish.horizon ?? random.choice(['wide', 'tight']);
  const tightMs = random.choice([0, 1_000, finestMs, 3 * finestMs, Math.floor(spanMs / 3), Math.floor(spanMs / 10)]);
  const profiles: readonly ProfileName[] = random.choice([['all', 'sip'], ['all', 'sip'], ['sip'], ['all']]);
  return {
    ...foldConfigDefaults,
    partition: random.int(0, 7),
    intervals: intervals.names,
    profiles,
    latenessLiveMs,
    latenessReplayMs,
    // A horizon below the lateness would make bars final before they close.
    horizonMs: horizon === 'wide' ? wideHorizonMs : Math.max(tightMs, latenessLiveMs, latenessReplayMs),
    ...(wish.smallRetention === true ? { retainedBytesMax: random.int(100, 3_000) } : {}),
  };
}

function drawMarket(
  random: Random,
  wish: WorldWish,
  about: Pick<MarketTraits, 'startSec' | 'spanMs' | 'edgesMs' | 'sources'> & { scene: Scene; finest: string },
): MarketTraits {
  const { scene, finest, startSec, spanMs, edgesMs, sources } = about;
  const interval = intervalNamed(finest);
  const terms = drawTerms(random, scene.name);
  const instruments = random
    .choice([['AAA'], ['AAA'], ['AAA', 'BB'], ['AAA', 'BB', 'C']])
    .map((symbol) => ({ symbol, terms }));
  const on = (wished: boolean | undefined, chance: number): number => ((wished ?? random.chance(0.5)) ? chance : 0);
  return {
    instruments,
    sources,
    startSec,
    spanMs,
    trades: wish.trades ?? random.int(10, 90),
    timeUnitNs: random.choice([1, 1_000_000, 1_000_000, 1_000_000_000]),
    equalTimes: random.choice([0, 0.1, 0.5]),
    outOfOrder: random.choice([0, 0.1, 0.4]),
    outOfOrderMsMax: random.choice([spanMs, Math.floor(spanMs / 5), 2 * interval.seconds * 1000]),
    edges: random.choice([0, 0.1, 0.3]),
    edgesMs: edgesMs.length === 0 ? [0] : edgesMs,
    barEndMs: (_symbol, ms) => referenceBucket(interval, scene.calendar, Math.floor(ms / 1000)).endSec * 1000,
    conditions: on(wish.conditions, 0.7),
    tradeIds: random.choice(['none', 'unique', 'perVenue']),
    amendments: on(wish.amendments, 0.25),
    moves: random.choice([0, 0.5]),
    unmatched: random.choice([0, 0.02]),
    others: random.choice([0, 0.2]),
    large: random.chance(0.15),
  };
}
