/**
 * Who acts in a world in which instruments move, and what each does when it is its turn. In: a stage, a seed, a style. Out: deeds of
 * the stage, drawn by chance. In chaos everything may go wrong; in calm everybody alive does what is left to do, and nothing goes
 * wrong any more. An actor answers whether it found something to do.
 */
import { type InstrumentName, staleControlKeys } from '@tapeline/domain';
import { eventMsOf } from './market-tick.ts';
import type { MovedCoordinator, MoveWish } from './moved-coordinator.ts';
import type { KeptSnapshot, MovedOwner } from './moved-owner.ts';
import type { MovedPublisher } from './moved-publisher.ts';
import type { MovedStage } from './moved-stage.ts';
import type { MovedStyle } from './moved-style.ts';
import type { MovedRequest, MovedWriter } from './moved-writer.ts';
import type { Random } from './random.ts';

/** Somebody who may act. */
export type MovedActor = { act(isChaos: boolean): boolean };

/** Chance of an owner of another configuration to end, for each deed in its partition. */
const foreignEnds = 0.03;
/** Owners of one partition and the right configuration: what is sent on comes from each of them, at every hop. */
const ownersMax = 2;
/** What owners do in calm when it is their turn. */
const deedsAtOnce = 20;
/** Things that a publisher gives before any is settled. */
const unsettledMax = 60;

type Scene = {
  readonly stage: MovedStage;
  readonly random: Random;
  readonly style: MovedStyle;
  readonly instruments: readonly InstrumentName[];
};

/** Everybody: publishers, writers, the wire, coordinators, one for each partition's owners, and the clock. */
export function actorsOf(
  stage: MovedStage,
  random: Random,
  style: MovedStyle,
  instruments: readonly InstrumentName[],
): MovedActor[] {
  const scene: Scene = { stage, random, style, instruments };
  return [
    ...stage.publishers.map((publisher) => new PublisherActor(scene, publisher)),
    ...stage.writers.map((_, place) => new WriterActor(scene, place)),
    ...stage.writers.map((_, place) => new WireActor(scene, place)),
    new StrayActor(scene),
    ...stage.coordinators.map((coordinator) => new CoordinatorActor(scene, coordinator)),
    ...stage.log.witnesses.map((_, partition) => new OwnersActor(scene, partition)),
  ];
}

abstract class ActorInScene implements MovedActor {
  protected readonly scene: Scene;

  constructor(scene: Scene) {
    this.scene = scene;
  }

  abstract act(isChaos: boolean): boolean;
}

/** One whose turn is about somebody, or about a place or partition. */
abstract class ActorOf<Subject> extends ActorInScene {
  protected readonly subject: Subject;

  constructor(scene: Scene, subject: Subject) {
    super(scene);
    this.subject = subject;
  }
}

class PublisherActor extends ActorOf<MovedPublisher> {
  act(isChaos: boolean): boolean {
    const { stage, random, style } = this.scene;
    const publisher = this.subject;
    if (isChaos && publisher.unsettledCount > 0 && random.chance(style.reconnect)) {
      stage.reconnect(random, publisher, random.int(0, stage.writers.length - 1));
      return true;
    }
    return publisher.unsettledCount < unsettledMax && stage.give(publisher);
  }
}

class WriterActor extends ActorOf<number> {
  act(isChaos: boolean): boolean {
    const { stage, random, style } = this.scene;
    const writer = stage.writers[this.subject] as MovedWriter;
    if (isChaos && random.chance(style.writerCrash)) {
      stage.crashWriter(random, this.subject, () => random.chance(0.5));
      return true;
    }
    if (random.chance(isChaos ? 0.2 : 0.5) && writer.follow()) return true;
    const lanes = writer.lanes();
    if (lanes.length === 0) return writer.follow();
    const count = random.chance(0.3) ? random.int(1, 4) : Infinity;
    return writer.send(random.choice(lanes), count) !== undefined;
  }
}

/** What becomes of the requests of one writer. */
class WireActor extends ActorOf<number> {
  act(isChaos: boolean): boolean {
    const { stage, random, style } = this.scene;
    const requests = stage.writers[this.subject]?.requests ?? [];
    if (requests.length === 0) return false;
    const request = random.choice(requests);
    this.#moveClock(request, isChaos);
    if (isChaos && random.chance(style.lostReply)) stage.landUnheard(random, request);
    else if (isChaos && random.chance(style.failedLandsYet)) stage.giveUp(random, request, true);
    else if (isChaos && random.chance(style.requestLost)) stage.giveUp(random, request, false);
    else stage.land(request);
    return true;
  }

  #moveClock(request: MovedRequest, isChaos: boolean): void {
    const { stage, random, style } = this.scene;
    const { clock } = stage;
    if (style.gait === 'tracking' && !style.expiring) {
      const ticks = request.sent.flatMap(({ given }) => (given.kind === 'tick' ? [given.tick] : []));
      if (ticks.length > 0) clock.advanceTo(eventMsOf(random.choice(ticks).row) + random.int(0, 2_000));
    } else clock.advanceBy(random.int(0, style.gait === 'stepping' && random.chance(0.5) ? 2_500 : 5));
    if (isChaos && random.chance(0.03)) clock.stepBackBy(random.int(0, 3_000));
  }
}

/** Requests and emissions that nobody waits for any more. */
class StrayActor extends ActorInScene {
  act(isChaos: boolean): boolean {
    const { stage, random } = this.scene;
    const { strays, lateCopies } = stage;
    if (strays.length + lateCopies.length === 0 || (isChaos && random.chance(0.7))) return false;
    const at = random.int(0, strays.length + lateCopies.length - 1);
    if (at < strays.length) stage.landStray(at);
    else stage.landCopy(at - strays.length);
    return true;
  }
}

class CoordinatorActor extends ActorOf<MovedCoordinator> {
  act(isChaos: boolean): boolean {
    const { stage, random, style } = this.scene;
    const coordinator = this.subject;
    if (random.chance(0.5) && stage.readControl(coordinator)) return true;
    if (coordinator.phase === 'follower') {
      if (!this.#mayLead(isChaos)) return stage.readControl(coordinator);
      stage.lead(coordinator);
      return true;
    }
    if (random.chance(0.5) && coordinator.claim()) return true;
    const unheard = isChaos && random.chance(style.repeatMove);
    if (stage.appendOf(coordinator, unheard) || stage.publish(coordinator)) return true;
    if (isChaos && random.chance(style.compact) && this.#compact()) return true;
    if (isChaos && this.#want()) return true;
    return stage.readControl(coordinator) || coordinator.claim();
  }

  /** In chaos whenever it likes; in calm where nobody leads and moves are listed. */
  #mayLead(isChaos: boolean): boolean {
    const { stage, random, style } = this.scene;
    const { coordinators, truth } = stage;
    truth.readAll();
    const leads = ({ phase, token }: MovedCoordinator): boolean => phase !== 'follower' && token >= truth.view.token;
    const isLed = coordinators.some((one) => leads(one) && (!isChaos || one.phase !== 'claiming'));
    if (isChaos) return random.chance(isLed ? style.depose : 0.5);
    return !isLed && truth.view.placement.moves.length > 0;
  }

  #want(): boolean {
    const { stage, random, style, instruments } = this.scene;
    const coordinator = this.subject;
    stage.truth.readAll();
    if (style.movesPerMapMax === 0 || stage.truth.view.placement.epoch > 2 * style.mapsMax || !random.chance(0.3)) {
      return false;
    }
    const { partitions: known } = coordinator.placement;
    const partitions = random.chance(0.3) ? style.partitions : known;
    const wishes: MoveWish[] = Array.from({ length: random.int(1, style.movesPerMapMax) }, () => ({
      ...random.choice(instruments),
      to: random.int(0, partitions - 1),
    }));
    return coordinator.want(wishes, partitions);
  }

  /** Takes out some of the keys that may go, in their order, and may stop in the middle. */
  #compact(): boolean {
    const { stage, random } = this.scene;
    const { control } = stage;
    const coordinator = this.subject;
    const stale = staleControlKeys(control.keys(), coordinator.follower.view, coordinator.token);
    if (stale.length === 0) return false;
    for (const key of stale.slice(0, random.int(1, stale.length))) control.remove(key);
    stage.noteCompaction();
    return true;
  }
}

/** The owners of one partition; there is always one. */
export class OwnersActor extends ActorOf<number> {
  act(isChaos: boolean): boolean {
    const { stage, random } = this.scene;
    // It does not stay long: what it sends on comes round as long as it is there.
    if (!isChaos || random.chance(foreignEnds)) stage.endForeignOwners(this.subject);
    const owners = random.shuffle(stage.owners.filter(({ partition }) => partition === this.subject));
    if (isChaos) return this.#fault(owners) || this.#work(owners[0] as MovedOwner, true);
    let deeds = 0;
    while (deeds < deedsAtOnce && owners.some((owner) => this.#work(owner, false))) deeds += 1;
    return deeds > 0;
  }

  #fault(owners: readonly MovedOwner[]): boolean {
    const { stage, random, style } = this.scene;
    const partition = this.subject;
    const [owner] = owners;
    if (owner === undefined) return false;
    if (random.chance(style.ownerRestart)) return this.#restart(owner);
    const usable = this.#beginning();
    if (owners.length < ownersMax && usable !== undefined && random.chance(style.ownerTwice)) {
      stage.doubleOwner(partition, usable.from);
      return true;
    }
    const isWhole = stage.log.log.range(partition).firstOffset === 0;
    const isAlone = owners.every(({ isForeign }) => !isForeign);
    if (owners.length <= ownersMax && isWhole && isAlone && random.chance(style.foreignOwner)) {
      stage.addForeignOwner(partition);
      return true;
    }
    return false;
  }

  #restart(owner: MovedOwner): boolean {
    const { stage } = this.scene;
    const beginning = this.#beginning();
    // The foreign one goes as it came; somebody of the right configuration stays.
    if (owner.isForeign) stage.owners.splice(stage.owners.indexOf(owner), 1);
    else if (beginning !== undefined) stage.replaceOwner(owner, beginning.from);
    return true;
  }

  /** A snapshot, or the first record where it is still there; `undefined` = nobody can begin now. */
  #beginning(): { readonly from: KeptSnapshot | undefined } | undefined {
    const { stage, random } = this.scene;
    const usable: (KeptSnapshot | undefined)[] = stage.usableSnapshots(this.subject);
    if (stage.log.log.range(this.subject).firstOffset === 0) usable.push(undefined);
    return usable.length === 0 ? undefined : { from: random.choice(usable) };
  }

  #work(owner: MovedOwner, isChaos: boolean): boolean {
    const { stage, random, style } = this.scene;
    if (isChaos && !owner.isForeign && random.chance(style.snapshot)) {
      owner.takeSnapshot();
      stage.keepSnapshots(owner);
      return true;
    }
    if (random.chance(0.5) && this.#flush(owner, isChaos)) return true;
    if (owner.step(random.choice([1, 1, 3, 20]))) return true;
    if (this.#flush(owner, isChaos)) return true;
    return isChaos && random.chance(style.time) && this.#tellTime(owner);
  }

  #flush(owner: MovedOwner, isChaos: boolean): boolean {
    const { stage, random, style } = this.scene;
    if (stage.storeOf(owner)) return true;
    const targets = owner.targets();
    if (targets.length === 0) return false;
    const to = random.choice(targets);
    if (isChaos && random.chance(style.emissionLate)) return stage.send(owner, to, 'late');
    if (isChaos && random.chance(style.emissionTwice)) return stage.send(owner, to, 'unheard');
    return stage.send(owner, to);
  }

  /** Rule O5: at the end of a quiet partition that waits for something. */
  #tellTime(owner: MovedOwner): boolean {
    const { stage } = this.scene;
    const { fold } = owner;
    if (!owner.isAtEnd || (fold.waitLeftMs === undefined && fold.dueMs === undefined)) return false;
    stage.log.appendTime(owner.partition);
    return true;
  }
}
