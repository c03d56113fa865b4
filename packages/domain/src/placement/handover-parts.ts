/**
 * Gathers the parts of a Handover. In: parts as the log brings them, from one owner of the old partition or from several,
 * more than once. Out: all parts of one epoch and form, in their order, once they are there. Owners of one form write equal
 * bytes, so their parts may be mixed; parts of different forms never are. Law 7: four sets at most.
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

const setsMax = 4;

type PartSet<Content> = {
  readonly epoch: number;
  readonly form: string;
  readonly parts: number;
  readonly contents: Map<number, Content>;
};

/** The parts that have come for one instrument. */
export class HandoverParts<Content> {
  #sets: PartSet<Content>[] = [];

  /** Whether some part waits for others. */
  get isWaiting(): boolean {
    return this.#sets.length > 0;
  }

  /** All parts, set by set: added one by one to others, they make the same ones. */
  all(): HandoverPart<Content>[] {
    return this.#sets.flatMap(({ epoch, form, parts, contents }) =>
      [...contents].map(([part, content]) => ({ epoch, form, part, parts, content })),
    );
  }

  /** Takes in a part; answers all contents of its set, in order, when it was the last that was missing. */
  add({ epoch, form, part, parts, content }: HandoverPart<Content>): Content[] | undefined {
    let set = this.#sets.find((one) => one.epoch === epoch && one.form === form && one.parts === parts);
    if (set === undefined) {
      set = { epoch, form, parts, contents: new Map() };
      this.#sets.push(set);
      if (this.#sets.length > setsMax) this.#sets.shift();
    }
    if (!set.contents.has(part)) set.contents.set(part, content);
    if (set.contents.size < parts) return undefined;
    return [...set.contents].sort(([left], [right]) => left - right).map(([, one]) => one);
  }

  /** Forgets the parts of this epoch and of those before: the instrument came by it. */
  forgetUpTo(epoch: number): void {
    this.#sets = this.#sets.filter((set) => set.epoch > epoch);
  }
}
