/**
 * A store of bars in memory. In: revisions of bars, from any number of writers in any order. Out: the highest revision
 * of each bar. It also judges its writers by law 5: a lower revision is refused and counted, which does no harm; one
 * revision with two contents is a violation, and the first contents stay.
 */
import type { Bar } from '@tapeline/domain';
import { barKey, barText } from './bar-text.ts';

/** One revision of a bar that two writers, or one writer twice, wrote with different contents. */
export type RevisionViolation = { readonly kept: Bar; readonly refused: Bar; readonly message: string };

/** Bars by key. */
export class MemoryStore {
  readonly #bars = new Map<string, Bar>();
  /** Contents of every revision ever written, by key and revision. */
  readonly #revisions = new Map<string, Bar>();
  readonly #violations: RevisionViolation[] = [];
  #lowerRefused = 0;

  /** Takes in revisions of bars. */
  write(bars: readonly Bar[]): void {
    for (const bar of bars) this.#writeOne(bar);
  }

  #writeOne(bar: Bar): void {
    const key = barKey(bar);
    const revisionKey = `${key} ${bar.foldVersion} ${bar.revision}`;
    const written = this.#revisions.get(revisionKey);
    if (written === undefined) this.#revisions.set(revisionKey, bar);
    else if (barText(written) !== barText(bar)) {
      const message = `revision ${bar.revision} has two contents:\n  ${barText(written)}\n  ${barText(bar)}`;
      this.#violations.push({ kept: written, refused: bar, message });
      return;
    }
    const known = this.#bars.get(key);
    if (known === undefined || isHigher(bar, known)) this.#bars.set(key, bar);
    else if (isHigher(known, bar)) this.#lowerRefused += 1;
  }

  /** The highest revision of each bar, in the order in which the bars first came. */
  bars(): readonly Bar[] {
    return [...this.#bars.values()];
  }

  /** The highest revision of the bar with this key; see `barKey`. */
  bar(key: string): Bar | undefined {
    return this.#bars.get(key);
  }

  /** Revisions that came with other contents than before. */
  get violations(): readonly RevisionViolation[] {
    return this.#violations;
  }

  /** How many bars were refused because a higher revision was there. */
  get lowerRefused(): number {
    return this.#lowerRefused;
  }
}

function isHigher(left: Bar, right: Bar): boolean {
  if (left.foldVersion !== right.foldVersion) return left.foldVersion > right.foldVersion;
  return left.revision > right.revision;
}
