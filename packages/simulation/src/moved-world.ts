/**
 * A seeded run of a world in which instruments move. In: a seed and what the caller insists on. Out: the stage at rest, every landing
 * made, nothing parked or held, for the oracle (moved-oracle.ts). Chaos first, in which the seed picks who acts and what goes wrong;
 * then calm, in which everybody alive goes on; then what came too late, then the ends of all streams.
 */
import { type InstrumentName, TimeDomain } from '@tapeline/domain';
import { type Landing, ship, type Shipping } from './faults.ts';
import { actorsOf, type MovedActor, OwnersActor } from './moved-actors.ts';
import { batchesOf, endBatchOf, MovedPublisher, type Talk } from './moved-publisher.ts';
import { StageRest } from './moved-rest.ts';
import { MovedStage } from './moved-stage.ts';
import { drawMovedStyle, type MovedStyle, type MovedWish } from './moved-style.ts';
import { instrumentKey } from './moved-writer.ts';
import type { Random } from './random.ts';
import { isLive, type PublishedTick } from './simulated-publisher.ts';
import { drawWorld, type SimulatedWorld } from './simulated-world.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A run at rest. */
export type MovedRun = {
  readonly wish: MovedWish;
  readonly style: MovedStyle;
  readonly world: SimulatedWorld;
  readonly stage: MovedStage;
  /** Ticks that never landed, as their publisher died with them. */
  readonly lost: readonly PublishedTick[];
  /** Instruments of the world. */
  readonly instruments: readonly InstrumentName[];
  /** Deeds done. */
  readonly deeds: number;
};

/** What a caller may change of a drawn run, to make a failing one smaller. */
export type MovedLimits = { readonly chaosSteps?: number; readonly style?: Partial<MovedStyle> };

const dayMs = 86_400_000;
const holdMs = 60_000;
const giveUpMs = 600_000;
const stepMs = 2_000;
const slowWeight = 0.04;

/**
 * Draws a world and runs it to its end. `atRest` sees the stage when all has landed and no stream has ended yet. Throws what its
 * actors throw, and `NoRestError`.
 */
export function runMovedWorld(
  random: Random,
  wish: MovedWish = {},
  limits: MovedLimits = {},
  atRest: (stage: MovedStage) => void = () => undefined,
): MovedRun {
  const style: MovedStyle = { ...drawMovedStyle(random, wish), ...limits.style };
  const world = drawWorld(random, {
    ...(wish.horizon === undefined ? {} : { horizon: wish.horizon }),
    ...(wish.lone === true ? { domains: [random.choice([TimeDomain.delayed, TimeDomain.replay])] } : {}),
    ...(wish.forgetful === true ? { domains: [random.choice(Object.values(TimeDomain))], trades: 200 } : {}),
    ...(wish.conditions === undefined ? {} : { conditions: wish.conditions }),
    ...(wish.plain === true ? { amendments: false, conditions: false } : {}),
    smallRetention: wish.horizon === undefined && random.chance(0.1),
  });
  const run = new Running(random, style, world, limits.chaosSteps ?? style.chaosSteps);
  run.run(atRest);
  const { stage, lost, instruments, deeds } = run;
  return { wish, style, world, stage, lost, instruments, deeds };
}

class Running {
  readonly stage: MovedStage;
  readonly instruments: readonly InstrumentName[];
  lost: PublishedTick[] = [];
  #chaosDeeds = 0;
  readonly #random: Random;
  readonly #style: MovedStyle;
  readonly #world: SimulatedWorld;
  readonly #chaosSteps: number;
  readonly #actors: readonly MovedActor[];
  readonly #rest: StageRest;
  readonly #weights: readonly number[];
  readonly #shippings: readonly Shipping[];

  constructor(random: Random, style: MovedStyle, world: SimulatedWorld, chaosSteps: number) {
    this.#random = random;
    this.#style = style;
    this.#world = world;
    this.#chaosSteps = chaosSteps;
    const { basePartitions, partitions, retentionMs } = style;
    const names = new Map(
      world.published.map(({ dataset, row: { symbol } }) => [instrumentKey({ dataset, symbol }), { dataset, symbol }]),
    );
    this.instruments = [...names.values()];
    const pinned = [...names.keys()].filter(() => random.chance(style.pinned));
    const pins = new Map(pinned.map((key) => [key, random.int(0, basePartitions - 1)]));
    const clock = new VirtualClock(startMs(random, style, world));
    this.stage = new MovedStage({
      clock,
      config: { ...world.config, partition: 0 },
      basePartitions,
      partitions,
      pins,
      ...(retentionMs === Infinity ? {} : { retentionMs }),
    });
    this.#shippings = world.publishers.map(({ published }) => ship(random, published, style.delivery));
    this.lost = this.#shippings.flatMap(({ lost }) => lost);
    this.#people();
    this.#actors = actorsOf(this.stage, random, style, this.instruments);
    this.#rest = new StageRest(this.stage, this.#actors, random);
    this.#weights = this.#actors.map((actor) => {
      const isSlow = random.chance(style.slow) || (actor instanceof OwnersActor && random.chance(style.slowOwners));
      return isSlow ? slowWeight : 1;
    });
  }

  /** Puts the actors on the stage. */
  #people(): void {
    const { stage } = this;
    const random = this.#random;
    const style = this.#style;
    if (style.wrongHash || random.chance(0.5)) this.#publishFirstMap();
    for (let at = 0; at < style.writers; at += 1) {
      const isLast = at === style.writers - 1;
      stage.addWriter(style.noMap && at === 0 ? 'noMap' : style.wrongHash && isLast ? 'wrongHash' : 'none');
    }
    const { giveUpLong, never, refuse } = style.delivery;
    const alone = this.#world.publishers.length === 1;
    const endsEarly = alone && giveUpLong + never + refuse === 0 && style.gait === 'still' && !style.expiring;
    const talk: Talk = !style.progress ? 'none' : endsEarly ? 'endToo' : 'progress';
    for (const [at, source] of this.#world.publishers.entries()) {
      const batches = batchesOf(random, source, this.#shippings[at]?.landings ?? [], talk);
      stage.publishers.push(new MovedPublisher(source, random.int(0, style.writers - 1), batches));
    }
    for (let at = 0; at < style.coordinators; at += 1) stage.addCoordinator();
    for (let at = 0; at < style.partitions; at += 1) stage.addOwner(at);
  }

  /** A wrong hash is harmless only in writers that know maps (B1), so there is one before they begin. */
  #publishFirstMap(): void {
    const { stage } = this;
    const coordinator = stage.addCoordinator();
    stage.lead(coordinator);
    coordinator.claim();
    while (coordinator.read());
    coordinator.publishSame(stage.clock.nowMs);
    stage.truth.readAll();
  }

  /** Deeds done so far. */
  get deeds(): number {
    return this.#chaosDeeds + this.#rest.deeds;
  }

  run(atRest: (stage: MovedStage) => void): void {
    const { stage } = this;
    const random = this.#random;
    this.#chaos(this.#chaosSteps);
    if (this.#style.silence) {
      stage.reach('silence');
      this.#rest.wait(giveUpMs);
      this.#chaos(this.#chaosSteps);
    }
    this.#rest.calm();
    const tardy = this.#shippings.map((shipping) => [...shipping.tardy, ...this.#revived(shipping)]);
    const isAny = tardy.some((landings) => landings.length > 0);
    if (isAny || this.lost.length > 0) this.#rest.wait(holdMs + stepMs);
    this.#rest.calm();
    if (isAny) {
      for (const [at, publisher] of stage.publishers.entries()) {
        publisher.add(batchesOf(random, publisher.source, tardy[at] ?? [], 'none'));
      }
      this.#chaos(Math.ceil(this.#chaosSteps / 3));
      this.#rest.calm();
      this.#rest.wait(holdMs + stepMs);
      this.#rest.calm();
    }
    atRest(stage);
    this.#settle();
  }

  /** Refused ticks that another writer accepted after all. */
  #revived({ landings }: Shipping): Landing[] {
    const refused = new Set(landings.flatMap((landing) => (landing.kind === 'void' ? [landing.tick] : [])));
    const revived = [...refused].filter(() => this.#random.chance(this.#style.revived));
    return revived.map((tick) => ({ kind: 'ticks', ticks: [tick] }));
  }

  /** Ends every stream and passes every bar. */
  #settle(): void {
    const { stage } = this;
    const { publishers, lastMs, config } = this.#world;
    if (publishers.some(isLive)) stage.clock.advanceTo(lastMs + 2 * dayMs + config.latenessLiveMs);
    for (const publisher of stage.publishers) publisher.add(endBatchOf(publisher.source));
    this.#rest.calm();
    this.#rest.time();
    this.#rest.calm();
    const missing = new Set(this.lost);
    const isLastLost = publishers.some((publisher) => publisher.lastTicks().some((tick) => missing.has(tick)));
    if (isLastLost || this.#style.expiring) this.#rest.wait(giveUpMs + stepMs);
    this.#rest.calm();
    if (this.#style.silence) this.#endHorizon();
  }

  /** What silence let leave no correction finds; a live one waits for its trade for a horizon before it is told. */
  #endHorizon(): void {
    this.stage.clock.advanceBy(this.#world.config.horizonMs);
    this.#rest.time();
    this.#rest.calm();
  }

  #chaos(steps: number): void {
    for (let step = 0; step < steps; step += 1) {
      const actor = this.#pick();
      if (actor.act(true)) this.#chaosDeeds += 1;
    }
  }

  #pick(): MovedActor {
    const random = this.#random;
    for (;;) {
      const at = random.int(0, this.#actors.length - 1);
      if (random.chance(this.#weights[at] as number)) return this.#actors[at] as MovedActor;
    }
  }
}

/** Replays may be appended long after their event times; identities are good for 8 days. */
function startMs(random: Random, style: MovedStyle, { publishers, firstMs }: SimulatedWorld): number {
  const issuedMs = Math.floor(firstMs / dayMs) * dayMs;
  if (style.expiring) return issuedMs + 8 * dayMs - random.int(0, 20_000);
  return publishers.some(isLive) ? firstMs : firstMs + random.int(0, 3 * dayMs);
}
