/**
 * Merges feeds by event time. In: feeds, each in file order. Out: at every step the feed whose tick comes next: the one
 * with the earliest head, of equal ones the file named first. A file is a chain, so its rows keep their order even
 * where their times do not rise; a row that is out of order comes as soon as its file's turn has come.
 */
import type { FileFeed } from './file-feed.ts';

/** The feeds of one run, those that are not at their end. */
export class MergedFeeds {
  readonly #feeds: FileFeed[];
  #leader: FileFeed | undefined;
  #runnerUp: FileFeed | undefined;

  constructor(feeds: readonly FileFeed[]) {
    this.#feeds = feeds.filter((feed) => feed.head !== undefined);
    this.#elect();
  }

  /** The feed whose head comes next, `undefined` when all are at their end. It may have to be opened. */
  get leader(): FileFeed | undefined {
    return this.#leader;
  }

  /** Earliest event time of any tick that is still to come, as far as the feeds know, seconds. */
  get lowSec(): number {
    let low = Infinity;
    for (const feed of this.#feeds) low = Math.min(low, feed.lowSec);
    return low;
  }

  /** To be called when the leader's head has changed. */
  settle(): void {
    const leader = this.#leader;
    if (leader?.head === undefined) {
      if (leader !== undefined) this.#feeds.splice(this.#feeds.indexOf(leader), 1);
      this.#elect();
    } else if (this.#runnerUp !== undefined && precedes(this.#runnerUp, leader)) this.#elect();
  }

  #elect(): void {
    this.#leader = undefined;
    this.#runnerUp = undefined;
    for (const feed of this.#feeds) {
      if (this.#leader === undefined || precedes(feed, this.#leader)) {
        this.#runnerUp = this.#leader;
        this.#leader = feed;
      } else if (this.#runnerUp === undefined || precedes(feed, this.#runnerUp)) this.#runnerUp = feed;
    }
  }
}

/** Whether the head of `left` comes before that of `right`; both have one. */
function precedes(left: FileFeed, right: FileFeed): boolean {
  const [first, second] = [left.head, right.head];
  if (first === undefined || second === undefined) return second === undefined && first !== undefined;
  if (first.eventSec !== second.eventSec) return first.eventSec < second.eventSec;
  if (first.eventNano !== second.eventNano) return first.eventNano < second.eventNano;
  return left.place < right.place;
}
