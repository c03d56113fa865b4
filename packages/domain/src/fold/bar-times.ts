/**
 * When bars close and leave (rules T1 to T5). In: the clock, the publishers' times, a bar. Out: whether it may close,
 * has left, or a tick is late. Nothing here changes the state.
 */
import { bucketAt, type Bucket } from '../bars/bar-levels.ts';
import { RowFlag } from '../bars/bar-rows.ts';
import type { InstrumentState } from '../bars/instrument-state.ts';
import type { Link } from '../tape/link.ts';
import type { FoldState } from './fold-state.ts';

/** A delayed or replay publisher without sign of life for so long is not waited for, ms of the waiting clock (T4). */
export const giveUpAfterMs = 600_000;

/** Later than every event time: what a publisher's time is after its last tick, ms. */
export const endOfTimeMs: number = Number.MAX_SAFE_INTEGER;

/** The publisher set's bit of all live publishers. */
export const liveBit = 1;

/** How far a publisher is in an instrument, ms: the partition's clock if it is live, else its own event time. */
export function timeOf(state: FoldState, link: Link): number {
  return link.bit === liveBit ? state.clock.nowMs : link.timeMs;
}

/** Whether a delayed or replay publisher is not waited for any more. */
export function isGivenUp(state: FoldState, link: Link): boolean {
  return state.clock.waitedMs - aliveMs(state, link) >= giveUpAfterMs;
}

/** The waiting clock at a publisher's last sign of life in the instrument or the partition, ms. */
export function aliveMs(state: FoldState, link: Link): number {
  return Math.max(link.aliveMs, state.publishers.at(link.publisher).aliveMs);
}

/** Whether every publisher of the set is at or past `ms`, or given up. */
export function havePassed(state: FoldState, instrument: InstrumentState, publishers: number, ms: number): boolean {
  if ((publishers & liveBit) !== 0 && state.clock.nowMs < ms) return false;
  if (publishers === liveBit) return true;
  for (const link of instrument.links) {
    if (link.bit === liveBit || (link.bit & publishers) === 0) continue;
    if (link.timeMs < ms && !isGivenUp(state, link)) return false;
  }
  return true;
}

/** Rules T3 and T4: whether an open bar may close now. */
export function mayClose(state: FoldState, instrument: InstrumentState, row: number): boolean {
  const { rows, config, clock } = state;
  const endMs = rows.endSec[row]! * 1000;
  const publishers = rows.publishers[row]!;
  if ((publishers & liveBit) !== 0) return clock.nowMs >= endMs + config.latenessLiveMs;
  return havePassed(state, instrument, publishers, endMs + config.latenessReplayMs);
}

/** Rule T5: whether a bar has left, or would leave if it were looked at now. */
export function hasLeft(state: FoldState, instrument: InstrumentState, row: number): boolean {
  const { rows, config } = state;
  if (rows.has(row, RowFlag.left)) return true;
  if (!rows.has(row, RowFlag.closed) && !mayClose(state, instrument, row)) return false;
  return havePassed(state, instrument, rows.publishers[row]!, rows.endSec[row]! * 1000 + config.horizonMs);
}

const bucket: Bucket = { startSec: 0, endSec: 0 };

/**
 * Whether a tick of `link` at `sec` is late: one of its bars has left, or, where its finest bar is not in the state,
 * that bar would have left already by this publisher's time.
 */
export function isLate(state: FoldState, instrument: InstrumentState, link: Link, sec: number, row: number): boolean {
  if (row >= 0) return hasLeft(state, instrument, row);
  const { levels, rows, config } = state;
  for (let level = 0; level < levels.length; level += 1) {
    bucketAt(levels[level]!.interval, instrument.calendar!, sec, bucket);
    if (level === 0 && bucket.endSec * 1000 + config.horizonMs <= timeOf(state, link)) return true;
    if (instrument.gone[level]!.has(bucket.startSec)) return true;
    const coarser = level === 0 ? -1 : instrument.rows[level]!.find(rows, bucket.startSec);
    if (coarser >= 0 && hasLeft(state, instrument, coarser)) return true;
  }
  return false;
}
