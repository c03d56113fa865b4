/**
 * What can happen between a publisher and the log. In: a seed, a publisher's ticks in order, and chances. Out: what
 * lands in the log, in the order in which it lands: batches with other boundaries, twice, too late, overtaken, given up
 * and resent later or never, redelivered from an older position, and Voids in place of refused ticks.
 */
import type { Random } from './random.ts';
import type { PublishedTick } from './simulated-publisher.ts';

/** One batch, or the Void of one refused tick, as it reaches the log. */
export type Landing =
  | { readonly kind: 'ticks'; readonly ticks: readonly PublishedTick[] }
  | { readonly kind: 'void'; readonly tick: PublishedTick };

/** Chances, 0 to 1, for each batch unless said otherwise. */
export type DeliveryFaults = {
  /** Batches hold 1 to so many ticks. */
  readonly batchTicksMax: number;
  /** A writer that was believed dead lands the batch once more, later. */
  readonly duplicate: number;
  /** The reply is lost: after a reconnect all that is not acknowledged is resent, from the oldest, cut anew (P2). */
  readonly lostReply: number;
  /** The batch is on its way while up to five later ones land. */
  readonly overtake: number;
  /** The batch is given up; later ones land. It is resent, with what follows, after up to eight batches. */
  readonly giveUp: number;
  /** The batch is given up and resent only when all others have landed and waited, or, for `never`, not at all. */
  readonly giveUpLong: number;
  readonly never: number;
  /** Everything is read again from an older position, as a file from its top. */
  readonly redeliver: number;
  /** For each tick: ingest refuses it and leaves a Void; and how often another ingest accepts it all the same. */
  readonly refuse: number;
  readonly acceptElsewhere: number;
};

/** No faults: batches of one size, in order, once each. */
export const noFaults: DeliveryFaults = {
  batchTicksMax: 8,
  duplicate: 0,
  lostReply: 0,
  overtake: 0,
  giveUp: 0,
  giveUpLong: 0,
  never: 0,
  redeliver: 0,
  refuse: 0,
  acceptElsewhere: 0,
};

/** What becomes of a publisher's ticks. */
export type Shipping = {
  /** In the order of the log. */
  readonly landings: readonly Landing[];
  /** Resent only after their successors were given up waiting for. */
  readonly tardy: readonly Landing[];
  /** Never in the log: nobody acknowledged them. */
  readonly lost: readonly PublishedTick[];
};

type Slot = { readonly place: number; readonly landing: Landing };

/** Ships the ticks of one publisher. Ticks keep their order inside every batch. */
export function ship(random: Random, ticks: readonly PublishedTick[], faults: DeliveryFaults): Shipping {
  const slots: Slot[] = [];
  const tardy: Landing[] = [];
  const lost: PublishedTick[] = [];
  const refused = new Set(ticks.filter(() => random.chance(faults.refuse)));
  const land = (from: number, to: number, place: number): void => {
    for (const landing of landingsOf(random, ticks.slice(from, to), refused, faults)) slots.push({ place, landing });
  };
  let position = 0;
  for (let batch = 0; position < ticks.length; batch += 1) {
    const end = Math.min(ticks.length, position + random.int(1, faults.batchTicksMax));
    const fate = fateOf(random, faults);
    if (fate === 'never') lost.push(...ticks.slice(position, end));
    else if (fate === 'giveUpLong') tardy.push(...landingsOf(random, ticks.slice(position, end), refused, faults));
    else if (fate === 'overtake') land(position, end, batch + random.int(1, 5) + 0.5);
    else if (fate === 'giveUp')
      resend(random, land, position, Math.min(ticks.length, end + random.int(0, 12)), batch + random.int(1, 8) + 0.5);
    else land(position, end, batch);
    if (random.chance(faults.duplicate)) land(position, end, batch + random.int(0, 9) + 0.5);
    if (random.chance(faults.lostReply)) {
      resend(random, land, Math.max(0, position - random.int(0, 12)), end, batch + 0.5);
    }
    if (random.chance(faults.redeliver)) resend(random, land, random.int(0, position), end, batch + 0.5);
    position = end;
  }
  // What was lost in one batch may have landed with another; only what never did is lost.
  const landings = slots.toSorted((left, right) => left.place - right.place).map(({ landing }) => landing);
  const landed = new Set(
    [...landings, ...tardy].flatMap((landing) => (landing.kind === 'ticks' ? landing.ticks : [landing.tick])),
  );
  return { landings, tardy, lost: lost.filter((tick) => !landed.has(tick)) };
}

type Fate = 'land' | 'overtake' | 'giveUp' | 'giveUpLong' | 'never';

function fateOf(random: Random, faults: DeliveryFaults): Fate {
  for (const fate of ['overtake', 'giveUp', 'giveUpLong', 'never'] as const)
    if (random.chance(faults[fate])) return fate;
  return 'land';
}

/** The ticks from `from` to `to` once more, with boundaries of their own. */
function resend(
  random: Random,
  land: (from: number, to: number, place: number) => void,
  from: number,
  to: number,
  place: number,
): void {
  for (let position = from; position < to;) {
    const end = Math.min(to, position + random.int(1, 12));
    land(position, end, place);
    position = end;
  }
}

/** A batch as one writer lands it: refused ticks as Voids, unless this writer is the one that accepts them. */
function landingsOf(
  random: Random,
  ticks: readonly PublishedTick[],
  refused: ReadonlySet<PublishedTick>,
  faults: DeliveryFaults,
): Landing[] {
  const landings: Landing[] = [];
  let accepted: PublishedTick[] = [];
  const flush = (): void => {
    if (accepted.length > 0) landings.push({ kind: 'ticks', ticks: accepted });
    accepted = [];
  };
  for (const tick of ticks) {
    if (refused.has(tick)) {
      flush();
      const both = random.chance(faults.acceptElsewhere);
      if (both && random.chance(0.5)) landings.push({ kind: 'ticks', ticks: [tick] });
      landings.push({ kind: 'void', tick });
      if (both && random.chance(0.5)) landings.push({ kind: 'ticks', ticks: [tick] });
    } else accepted.push(tick);
  }
  flush();
  return landings;
}

/** Cuts a list into consecutive parts of 1 to `sizeMax` entries: how records may be cut into steps. */
export function cutAtRandom<Entry>(random: Random, entries: readonly Entry[], sizeMax: number): Entry[][] {
  const parts: Entry[][] = [];
  for (let from = 0; from < entries.length;) {
    const to = from + random.int(1, sizeMax);
    parts.push(entries.slice(from, to));
    from = to;
  }
  return parts;
}

/** Lists merged at random; each keeps its own order, as publishers do between which there is none. */
export function interleave<Entry>(random: Random, lists: readonly (readonly Entry[])[]): Entry[] {
  const places = lists.map(() => 0);
  const turns = random.shuffle(lists.flatMap((list, index) => list.map(() => index)));
  return turns.map((index) => lists[index]?.[(places[index] as number)++] as Entry);
}
