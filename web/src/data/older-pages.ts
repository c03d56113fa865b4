/**
 * When older bars are asked for. In: what is on the screen, what is loaded, how the last read ended. Out: whether to ask
 * now, and for the bars before which time. One read at a time; after a failure the next waits.
 */

/** What is known of the history to the left. */
export type OlderState = {
  readonly isReading: boolean;
  /** There is nothing older. */
  readonly isComplete: boolean;
  /** After a failed read: not before this time, ms. */
  readonly notBeforeMs: number;
  /** Reads that failed in a row. */
  readonly failures: number;
};

/** Nothing was asked yet. */
export const olderUnknown: OlderState = { isReading: false, isComplete: false, notBeforeMs: 0, failures: 0 };

const marginBars = 150;
const waitMsFirst = 1_000;
const waitMsMax = 30_000;

/** Whether to read now: `firstVisible` is the index of the leftmost bar on the screen, below 0 if there is space. */
export function wantsOlder(
  state: OlderState,
  firstVisible: number,
  loaded: number,
  isFull: boolean,
  nowMs: number,
): boolean {
  if (state.isReading || state.isComplete || isFull || loaded === 0) return false;
  return firstVisible < marginBars && nowMs >= state.notBeforeMs;
}

/** After a page came; `isLast` says that nothing is before it. */
export function afterPage(isLast: boolean): OlderState {
  return { ...olderUnknown, isComplete: isLast };
}

/** After a read failed: the wait doubles up to 30 s. */
export function afterFailure(state: OlderState, nowMs: number): OlderState {
  const failures = state.failures + 1;
  const waitMs = Math.min(waitMsFirst * 2 ** Math.min(failures - 1, 10), waitMsMax);
  return { isReading: false, isComplete: false, notBeforeMs: nowMs + waitMs, failures };
}
