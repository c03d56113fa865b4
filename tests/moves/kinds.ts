/**
 * The kinds of worlds in which instruments move, and how a run of each is judged. In: a seed. Out: what is wrong with its run, in
 * words. What can be equal depends on the world: a lone replay is compared whole, live bars by their values, and where ticks can be
 * late only with what a naive fold makes of the ticks that counted.
 */
import { foldConfigDefaults, type ProfileName } from '@tapeline/domain';
import {
  faultsOfBars,
  faultsOfRun,
  type FoldTrace,
  type MovedLimits,
  type MovedRun,
  type MovedWish,
  Random,
  runMovedWorld,
  type Strictness,
} from '@tapeline/simulation';
import { differences, nameOf, tickName } from '../properties/final-bars.ts';

/** A kind: what is insisted on, how much must be equal, and how often it is drawn. */
type Kind = { readonly wish: MovedWish; readonly strictness: Strictness; readonly weight: number };

const byReference: Strictness = { values: false, revisions: false, everything: false };
const byValues: Strictness = { values: true, revisions: false, everything: false };

/** The name of a kind. */
export type KindName = 'lone' | 'loneAndLate' | 'plain' | 'wide' | 'tight' | 'any' | 'forgetful';

/** By name. */
export const kinds: Readonly<Record<KindName, Kind>> = {
  lone: {
    wish: { lone: true, oneOrder: true, horizon: 'wide' },
    strictness: { values: true, revisions: true, everything: true },
    weight: 5,
  },
  loneAndLate: {
    wish: { lone: true, oneOrder: true, horizon: 'tight' },
    strictness: { values: true, revisions: true, everything: true },
    weight: 5,
  },
  plain: {
    wish: { plain: true, horizon: 'wide' },
    strictness: { values: true, revisions: true, everything: false },
    weight: 5,
  },
  wide: { wish: { horizon: 'wide' }, strictness: byValues, weight: 6 },
  tight: { wish: { horizon: 'tight', conditions: false }, strictness: byReference, weight: 5 },
  any: { wish: {}, strictness: byReference, weight: 5 },
  forgetful: { wish: { forgetful: true, horizon: 'wide' }, strictness: byValues, weight: 2 },
};

const drawn: readonly KindName[] = (Object.keys(kinds) as KindName[]).flatMap((name) =>
  Array.from({ length: kinds[name].weight }, () => name),
);

/** A run and what is wrong with it. */
export type JudgedRun = { readonly kind: KindName; readonly run: MovedRun; readonly faults: readonly string[] };

/** Draws a kind and a world of it, runs it and judges the run. Throws what an actor throws. */
export function judgedRun(seed: number, limits: MovedLimits = {}): JudgedRun {
  const random = new Random(seed);
  const kind = random.choice(drawn);
  const { wish, strictness } = kinds[kind];
  const early: string[] = [];
  const run = runMovedWorld(random, wish, limits, (stage) => {
    // Of one chain the same bars are closed by now, since ticks and Progress close them and nothing else.
    if (strictness.everything) early.push(...faultsOfBars({ stage }, stage.log.reference(), strictness));
  });
  // A delayed publisher that is silent for so long lets bars leave, and how long it was silent differs by a move (T4).
  const judgedBy = run.style.silence ? byReference : strictness;
  return { kind, run, faults: [...early, ...faultsOfRun(run, judgedBy), ...faultsByReference(run)] };
}

const excluding: ReadonlySet<string> = new Set(['LATE', 'ORIGINAL_FINAL', 'ORIGINAL_UNKNOWN', 'HOLE_FORGOTTEN']);

/** What a naive fold says of the bars, over the ticks that the partitions say they counted. */
function faultsByReference(run: MovedRun): string[] {
  const { stage, world } = run;
  // Which ticks were refused for their publisher's age is told by number alone.
  if (run.style.expiring) return [];
  // Which corrections find their trade among so few blocks hangs on when each comes.
  if (world.config.retainedBytesMax < foldConfigDefaults.retainedBytesMax) return [];
  const profiles = judgedProfiles(run);
  if (profiles.length === 0) return [];
  const notices = stage.log.witnesses.flatMap((witness) => witness.notices);
  const excluded = new Set(notices.filter(({ code }) => excluding.has(code)).map(tickName));
  const counted = stage.landedTicks().filter((tick) => !excluded.has(nameOf(tick)));
  const { fold } = stage.log.witness(0);
  const bars = stage.store.bars.bars().filter(({ profile }) => profiles.includes(profile));
  const trace: FoldTrace = { bars, notices, counters: fold.counters, snapshot: new Uint8Array(0) };
  return differences({ ...world, config: { ...world.config, profiles } }, trace, counted);
}

/**
 * A conditional trade keeps the open if its bar has left before the first trade of its date comes, on one partition too. Bars leave
 * early by a short horizon, and where a publisher is given up; every trade of `all` is the same to it.
 */
function judgedProfiles({ style, world }: MovedRun): readonly ProfileName[] {
  const { config, firstMs, lastMs, published } = world;
  const leaveEarly = style.silence || config.horizonMs <= 4 * (lastMs - firstMs);
  const isConditional = published.some(({ row }) => row.attributes.conditions.length > 0);
  return leaveEarly && isConditional ? config.profiles.filter((profile) => profile === 'all') : config.profiles;
}
