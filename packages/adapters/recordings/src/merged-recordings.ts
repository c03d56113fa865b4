/**
 * Merges recordings by event time. In: cursors, each in file order. Out: at every step the one whose tick comes next:
 * that with the earliest head, of equal ones the file named first. A file is a chain, so its rows keep their order even
 * where their times do not rise; a row that is out of order comes as soon as its file's turn has come.
 */
import type { RecordingCursor } from './recording-cursor.ts';

/** The recordings of one run, those that are not at their end. */
export class MergedRecordings {
  readonly #cursors: RecordingCursor[];
  #leader: RecordingCursor | undefined;
  #runnerUp: RecordingCursor | undefined;

  constructor(cursors: readonly RecordingCursor[]) {
    this.#cursors = cursors.filter((cursor) => cursor.head !== undefined);
    this.#elect();
  }

  /** The cursor whose head comes next, `undefined` when all are at their end. It may have to be opened. */
  get leader(): RecordingCursor | undefined {
    return this.#leader;
  }

  /** Earliest event time of any tick that is still to come, as far as the cursors know, seconds. */
  get lowSec(): number {
    let low = Infinity;
    for (const cursor of this.#cursors) low = Math.min(low, cursor.lowSec);
    return low;
  }

  /** To be called when the leader's head has changed. */
  settle(): void {
    const leader = this.#leader;
    if (leader?.head === undefined) {
      if (leader !== undefined) this.#cursors.splice(this.#cursors.indexOf(leader), 1);
      this.#elect();
    } else if (this.#runnerUp !== undefined && precedes(this.#runnerUp, leader)) this.#elect();
  }

  #elect(): void {
    this.#leader = undefined;
    this.#runnerUp = undefined;
    for (const cursor of this.#cursors) {
      if (this.#leader === undefined || precedes(cursor, this.#leader)) {
        this.#runnerUp = this.#leader;
        this.#leader = cursor;
      } else if (this.#runnerUp === undefined || precedes(cursor, this.#runnerUp)) this.#runnerUp = cursor;
    }
  }
}

/** Whether the head of `left` comes before that of `right`; both have one. */
function precedes(left: RecordingCursor, right: RecordingCursor): boolean {
  const [first, second] = [left.head, right.head];
  if (first === undefined || second === undefined) return second === undefined && first !== undefined;
  if (first.eventSec !== second.eventSec) return first.eventSec < second.eventSec;
  if (first.eventNano !== second.eventNano) return first.eventNano < second.eventNano;
  return left.place < right.place;
}
