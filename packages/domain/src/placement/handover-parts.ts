/**
 * Gathers the parts of a Handover. In: parts as the log brings them, from one owner of the old partition or from several,
 * more than once. Out: all parts of one epoch and form, in their order, once they are there. Owners of one form write equal
 * bytes, so their parts may be mixed; parts of different forms never are. What this program cannot use stays, for the next one
 * may: parts are sent once. Law 7: four sets at most, and what goes then is what the instrument can do without; see `FormUse`.
 */

/** One part of a Handover. */
export type HandoverPart<Content> = {
  /** The epoch that the instrument gets, 1 or more. */
  readonly epoch: number;
  /** Version of the state's bytes and checksum of the configuration that they were made with, as text. */
  readonly form: string;
  /** 0-based, below `parts`. */
  readonly part: number;
  readonly parts: number;
  readonly content: Content;
};

/**
 * What a form is good for: this program can use it (`now`), one of its configuration may (`later`), or only one of another
 * configuration (`elsewhere`), which reads the log again and no snapshot of this one.
 */
export type FormUse = 'now' | 'later' | 'elsewhere';

/** What must be known of contents. */
export type PartTraits<Content> = { useOf(form: string): FormUse; bytesOf(content: Content): number };

const setsMax = 4;

/** The parts of one epoch and form that have come. */
export type PartSet<Content> = {
  readonly epoch: number;
  readonly form: string;
  readonly parts: number;
  readonly contents: Map<number, Content>;
  /** Bytes of the contents. */
  bytes: number;
  /** All of them are there, and this program cannot read what they make. */
  isRefused: boolean;
};

/** The parts that have come for one instrument. */
export class HandoverParts<Content> {
  readonly #traits: PartTraits<Content>;
  #sets: PartSet<Content>[] = [];

  constructor(traits: PartTraits<Content>) {
    this.#traits = traits;
  }

  /** Whether some part is here. */
  get isWaiting(): boolean {
    return this.#sets.length > 0;
  }

  /** Bytes of all parts. */
  get bytes(): number {
    return this.#sets.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** The sets, the oldest first. */
  get sets(): readonly PartSet<Content>[] {
    return this.#sets;
  }

  /** Takes in a part; answers its set when it was the last that was missing. The set stays until it is forgotten. */
  add(part: HandoverPart<Content>): PartSet<Content> | undefined {
    return this.putBack(part, false);
  }

  /** The same for a part that stood in a snapshot, of a set that was refused or not. */
  putBack({ part, content, ...about }: HandoverPart<Content>, isRefused: boolean): PartSet<Content> | undefined {
    let set = this.#sets.find((one) => one.isRefused === isRefused && isSame(one, about));
    if (set === undefined) {
      set = { ...about, contents: new Map(), bytes: 0, isRefused };
      this.#sets.push(set);
      if (this.#sets.length > setsMax) this.#sets.splice(this.#leastNeeded(), 1);
    }
    if (set.contents.has(part)) return undefined;
    set.contents.set(part, content);
    set.bytes += this.#traits.bytesOf(content);
    return set.contents.size < set.parts ? undefined : set;
  }

  /** This program cannot read what the parts make. They stay; an owner may send them anew, and of several such sets the last stays. */
  refuse(set: PartSet<Content>): void {
    this.#sets = this.#sets.filter((one) => !one.isRefused || !isSame(one, set));
    set.isRefused = true;
  }

  /** Forgets the parts of this epoch and of those before: the instrument came by it. */
  forgetUpTo(epoch: number): void {
    this.#sets = this.#sets.filter((set) => set.epoch > epoch);
  }

  /** Forgets what the instrument can do without; answers its bytes. */
  forgetSpare(): number {
    const before = this.bytes;
    const newest = this.#newest();
    this.#sets = this.#sets.filter((set) => !this.#isSpare(set, newest));
    return before - this.bytes;
  }

  /**
   * A set is spare that only another configuration can use, for that one reads the log; or of an epoch that a newer Handover has
   * passed: an instrument leaves again only after it came, so somebody has used it. Every other one is sent once and needed.
   */
  #isSpare({ form, epoch }: PartSet<Content>, newest: number): boolean {
    return this.#traits.useOf(form) === 'elsewhere' || epoch < newest;
  }

  /** The highest epoch of those that this program can use. */
  #newest(): number {
    return Math.max(...this.#sets.filter(({ form }) => this.#traits.useOf(form) === 'now').map(({ epoch }) => epoch));
  }

  /** A spare one first, one that this program can use last; of several the one of the lowest epoch. */
  #leastNeeded(): number {
    const newest = this.#newest();
    const rank = (set: PartSet<Content>): number =>
      this.#isSpare(set, newest) ? 0 : this.#traits.useOf(set.form) === 'later' ? 1 : 2;
    const [least] = this.#sets
      .map((set, index) => ({ set, index }))
      .sort(
        ({ set: one }, { set: other }) =>
          rank(one) - rank(other) || one.epoch - other.epoch || Number(other.isRefused) - Number(one.isRefused),
      );
    return least!.index;
  }
}

/** All contents of a set whose parts are all there, in order. */
export function contentsOf<Content>({ contents }: PartSet<Content>): Content[] {
  return [...contents].sort(([left], [right]) => left - right).map(([, one]) => one);
}

function isSame(
  one: Pick<HandoverPart<unknown>, 'epoch' | 'form' | 'parts'>,
  other: Pick<HandoverPart<unknown>, 'epoch' | 'form' | 'parts'>,
): boolean {
  return one.epoch === other.epoch && one.form === other.form && one.parts === other.parts;
}
