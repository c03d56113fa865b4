/**
 * A file as a publisher of the tick log. In: its ticks in file order. Out: tick blocks and progress, as any publisher
 * would send them. The id comes from the file's contents and a tick's sequence is its line, so the same file is the
 * same publisher with the same ticks whenever it is read.
 */
import {
  type InstrumentTerms,
  type LogEntryToWrite,
  type TickRow,
  TimeDomain,
  encodeTickBlock,
  formatPublisherId,
  publisherId,
} from '@tapeline/domain';
import { type RecordedTick, type Recording, tickRowOf } from '@tapeline/recordings';

/** Replays are judged by a log time of 1970, which is constant, so that no identity ever expires. */
const issueDay = 0;

/** Most ticks in a block. */
export const blockTicksMax = 2_000;

/** Event times of a block must lie within 104 days of its first; see `TickBlock` of the contract. */
const blockSecMax = 50 * 86_400;

/** How far the file is in one instrument. */
type Position = { link: number; sec: number };

/** The publisher that stands for one file. */
export class ReplayPublisher {
  readonly recording: Recording;
  readonly dataset: string;
  readonly id: bigint;
  /** As notices of the fold name it. */
  readonly idText: string;
  readonly #positions = new Map<string, Position>();
  #rows: TickRow[] = [];
  #lastSec = 0;

  /** `isTaken` knows the ids of the other files, as text. */
  constructor(recording: Recording, dataset: string, isTaken: (idText: string) => boolean) {
    this.recording = recording;
    this.dataset = dataset;
    let draw = recording.contentHash;
    // Equal bytes are another file where the name makes them another symbol or day.
    while (isTaken(formatPublisherId(idOf(draw)))) draw += 1n;
    this.id = idOf(draw);
    this.idText = formatPublisherId(this.id);
  }

  /** Ticks that wait for their block. */
  get waiting(): number {
    return this.#rows.length;
  }

  /** Latest event time of its ticks so far, seconds. */
  get lastSec(): number {
    return this.#lastSec;
  }

  /** Whether the tick fits into the block with those that wait. */
  hasRoomFor(tick: RecordedTick): boolean {
    const [first] = this.#rows;
    if (first === undefined) return true;
    return this.#rows.length < blockTicksMax && Math.abs(tick.eventSec - first.eventSec) <= blockSecMax;
  }

  /** Adds the file's next tick. */
  add(tick: RecordedTick, terms: InstrumentTerms): void {
    let position = this.#positions.get(tick.symbol);
    if (position === undefined) this.#positions.set(tick.symbol, (position = { link: 0, sec: 0 }));
    this.#rows.push(tickRowOf(tick, terms, position.link));
    position.link = tick.line;
    position.sec = Math.max(position.sec, tick.eventSec);
    this.#lastSec = Math.max(this.#lastSec, tick.eventSec);
  }

  /** The ticks that wait, as one block. */
  takeBlock(): LogEntryToWrite {
    const { id, dataset } = this;
    const header = { publisherId: id, timeDomain: TimeDomain.replay, mapEpoch: 0, dataset, receiveTimeNs: 0n };
    const bytes = encodeTickBlock(header, this.#rows);
    this.#rows = [];
    return { kind: 'tickBlock', bytes };
  }

  /** Says that no tick of a quiet instrument comes before `sec`; nothing to say where all are further. */
  progressTo(sec: number): LogEntryToWrite[] {
    const instruments: { symbol: string; link: number; timeNs: bigint }[] = [];
    for (const [symbol, position] of this.#positions) {
      if (position.sec >= sec) continue;
      position.sec = sec;
      instruments.push({ symbol, link: position.link, timeNs: BigInt(sec) * 1_000_000_000n });
    }
    if (instruments.length === 0) return [];
    return [{ kind: 'progress', publisherId: this.id, dataset: this.dataset, instruments }];
  }

  /** Says that nothing of the file follows. */
  end(): LogEntryToWrite[] {
    const instruments = [...this.#positions].map(([symbol, { link }]) => ({ symbol, link }));
    if (instruments.length === 0) return [];
    return [{ kind: 'endOfReplay', publisherId: this.id, dataset: this.dataset, instruments }];
  }
}

function idOf(draw: bigint): bigint {
  return publisherId(issueDay, TimeDomain.replay, draw);
}
