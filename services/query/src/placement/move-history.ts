/**
 * Moves of instruments as this process saw them. In: maps as they come into force, departures and arrivals as the topic of bars
 * tells them, steps that owners report. Out: each move with what was seen of it and when. Law 7: so many are kept, those that are
 * over go first. For people: no reader of bars or trades depends on it.
 */
import type { InstrumentName, Placement } from '@tapeline/domain';
import { instrumentKey } from '../requests/instrument-key.ts';

/** A move; times are of this process's clock or of the log, ms since the Unix epoch, `null` = not seen. */
export type SeenMove = InstrumentName & {
  /** The epoch that the instrument gets. */
  readonly epoch: number;
  /** `null` = the move was not seen from its beginning. */
  readonly from: number | null;
  readonly to: number;
  /** The map that names it came into force. */
  readonly publishedMs: number | null;
  /** Its `Move` is in the log of the old partition. */
  readonly movedMs: number | null;
  /** The old partition has put out the last of it, and hands its state over. */
  readonly leftMs: number | null;
  /** It goes on in the new partition. */
  readonly arrivedMs: number | null;
};

type Step = 'publishedMs' | 'movedMs' | 'leftMs' | 'arrivedMs';

/** Moves that are kept. */
export const movesKeptMax = 2_000;

/** What was seen of moves. */
export class MoveHistory {
  readonly #moves = new Map<string, SeenMove>();
  readonly #max: number;
  #before: Placement | undefined;

  constructor(max: number = movesKeptMax) {
    this.#max = max;
  }

  /** All that are kept, the one that began last first. */
  get moves(): readonly SeenMove[] {
    return [...this.#moves.values()].toReversed();
  }

  /** A map is in force; of the first one only moves that it lists count as seen. */
  see(placement: Placement, nowMs: number): void {
    const before = this.#before;
    this.#before = placement;
    for (const { dataset, symbol, epoch, from, to } of placement.moves) {
      this.#begin({ dataset, symbol, epoch, from, to }, placement.movedAtMs(epoch) ?? nowMs);
    }
    if (before === undefined) return;
    placement.forEachOverride(({ partition, epoch }, dataset, symbol) => {
      if (epoch <= before.epoch) return;
      const was = before.overrideOf(dataset, symbol);
      const from = placement.moveOf(dataset, symbol)?.from ?? was?.partition ?? null;
      this.#begin({ dataset, symbol, epoch, from, to: partition }, placement.movedAtMs(epoch) ?? nowMs);
    });
    for (const move of this.#moves.values()) {
      if (placement.moveOf(move.dataset, move.symbol)?.epoch !== move.epoch) this.#reach(move, 'movedMs', nowMs);
    }
  }

  /** An instrument left a partition (`left`) or came to one (`arrived`), as was read at this time. */
  note(name: InstrumentName, step: 'left' | 'arrived', epoch: number, to: number, nowMs: number): void {
    const key = keyOf(name, epoch);
    if (!this.#moves.has(key)) {
      const { dataset, symbol } = name;
      const from = this.#before?.moveOf(dataset, symbol)?.from ?? null;
      this.#keep(key, {
        dataset,
        symbol,
        epoch,
        from,
        to,
        publishedMs: null,
        movedMs: null,
        leftMs: null,
        arrivedMs: null,
      });
    }
    this.reached(name, step, epoch, nowMs);
  }

  /** As `note`, of a move that is known. */
  reached(name: InstrumentName, step: 'left' | 'arrived', epoch: number, nowMs: number): void {
    const move = this.#moves.get(keyOf(name, epoch));
    if (move === undefined) return;
    this.#reach(move, 'movedMs', nowMs);
    this.#reach(move, 'leftMs', nowMs);
    if (step === 'arrived') this.#reach(move, 'arrivedMs', nowMs);
  }

  #begin(move: Pick<SeenMove, 'dataset' | 'symbol' | 'epoch' | 'from' | 'to'>, publishedMs: number): void {
    const key = keyOf(move, move.epoch);
    const known = this.#moves.get(key);
    if (known === undefined) this.#keep(key, { ...move, publishedMs, movedMs: null, leftMs: null, arrivedMs: null });
    else
      this.#moves.set(key, { ...known, from: known.from ?? move.from, publishedMs: known.publishedMs ?? publishedMs });
  }

  #reach(move: SeenMove, step: Step, atMs: number): void {
    const key = keyOf(move, move.epoch);
    const known = this.#moves.get(key) ?? move;
    if (known[step] === null) this.#moves.set(key, { ...known, [step]: atMs });
  }

  #keep(key: string, move: SeenMove): void {
    this.#moves.set(key, move);
    if (this.#moves.size <= this.#max) return;
    const over = [...this.#moves].find(([, { arrivedMs }]) => arrivedMs !== null) ?? [...this.#moves][0];
    if (over !== undefined) this.#moves.delete(over[0]);
  }
}

function keyOf({ dataset, symbol }: InstrumentName, epoch: number): string {
  return `${epoch} ${instrumentKey(dataset, symbol)}`;
}
