/**
 * Ticks of several files that are sent one file after the other. In: ticks in the order of the merge. Out: when to send
 * before the next one is added, so that no file passes the end of a second in an instrument of which another file still
 * holds back ticks: else that bar would close too early, and be revised where it need not. Law 7: 20,000 ticks a round.
 */
import type { RecordedTick } from '@tapeline/recordings';
import type { ReplayedInstrument, ReplaySource, SharedInstrument } from './replay-source.ts';

/** Most ticks of one send. */
const batchMax = 2_000;
const roundMax = 20_000;
/** Event times of one send lie within 50 days; a block of the log holds 104. */
const spanSecMax = 50 * 86_400;

/** The round that is being gathered. */
export class ReplayRound {
  #sources: ReplaySource[] = [];
  readonly #firstSec = new Map<ReplaySource, number>();
  #number = 0;
  #ticks = 0;

  /** An instrument that no round has met. */
  static meet(): SharedInstrument {
    return { round: -1, source: undefined, isShared: false, sec: 0 };
  }

  /** Whether the round must be sent before the tick is added. */
  mustSendBefore(source: ReplaySource, tick: RecordedTick, { shared }: ReplayedInstrument): boolean {
    if (source.waiting >= batchMax || this.#ticks >= roundMax) return true;
    if (source.waiting > 0 && Math.abs(tick.eventSec - (this.#firstSec.get(source) ?? 0)) > spanSecMax) return true;
    return shared.round === this.#number && tick.eventSec > shared.sec && (shared.isShared || shared.source !== source);
  }

  /** Adds a tick. */
  add(source: ReplaySource, tick: RecordedTick, instrument: ReplayedInstrument): void {
    if (source.waiting === 0) {
      this.#sources.push(source);
      this.#firstSec.set(source, tick.eventSec);
    }
    source.add(tick, instrument);
    this.#ticks += 1;
    const { shared } = instrument;
    if (shared.round !== this.#number) {
      shared.round = this.#number;
      shared.source = source;
      shared.isShared = false;
      shared.sec = tick.eventSec;
      return;
    }
    if (shared.source !== source) shared.isShared = true;
    if (tick.eventSec > shared.sec) shared.sec = tick.eventSec;
  }

  /** Sends the round, file after file. */
  async send(): Promise<void> {
    const sources = this.#sources;
    this.#sources = [];
    this.#firstSec.clear();
    this.#ticks = 0;
    this.#number += 1;
    for (const source of sources) await source.flush();
  }
}
