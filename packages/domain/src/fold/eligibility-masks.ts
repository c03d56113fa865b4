/**
 * What each entry of a block's dictionary may set, by profile. In: a decoded block and a version of the condition
 * rules. Out: one array of `Eligible` masks a profile, indexed as the block's `attribute` column. A cache: the table
 * is asked once for each combination and version.
 */
import { eligibility } from '../conditions/eligibility.ts';
import type { ProfileName } from '../conditions/profile.ts';
import type { TickColumns } from '../log/tick-columns.ts';

/** Masks of the block that was asked for last. */
export class EligibilityMasks {
  readonly #profiles: readonly ProfileName[];
  readonly #masks: Int32Array[];
  #columns: TickColumns | undefined;
  #serial = -1;
  #version = -1;

  constructor(profiles: readonly ProfileName[]) {
    this.#profiles = profiles;
    this.#masks = profiles.map(() => new Int32Array(256));
  }

  /** The masks of each profile for `columns` under rule version `version`; valid until the next call. */
  of(columns: TickColumns, version: number): readonly Int32Array[] {
    if (columns === this.#columns && columns.serial === this.#serial && version === this.#version) return this.#masks;
    this.#columns = columns;
    this.#serial = columns.serial;
    this.#version = version;
    const count = columns.attributes.length;
    for (const [place, profile] of this.#profiles.entries()) {
      if (this.#masks[place]!.length < count) this.#masks[place] = new Int32Array(count * 2);
      const masks = this.#masks[place]!;
      for (let index = 0; index < count; index += 1) {
        const { attributes, eligibility: known } = columns.attributes[index]!;
        const key = version * this.#profiles.length + place;
        masks[index] = known[key] ??= eligibility(profile, version, attributes.tape, attributes.conditions);
      }
    }
    return this.#masks;
  }
}
