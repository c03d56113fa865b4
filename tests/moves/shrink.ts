/**
 * Makes a failing world smaller. In: a seed whose run fails. Out: fewer deeds and fewer kinds of faults with which it still fails, in
 * words. Each fault is left out if the run fails without it; then chaos is cut short. The seed alone still replays the whole run.
 */
import type { MovedLimits, MovedStyle } from '@tapeline/simulation';
import { type JudgedRun, judgedRun } from './kinds.ts';

const calmer: readonly Partial<MovedStyle>[] = [
  { writerCrash: 0 },
  { lostReply: 0 },
  { failedLandsYet: 0 },
  { requestLost: 0 },
  { reconnect: 0 },
  { depose: 0 },
  { repeatMove: 0 },
  { compact: 0 },
  { foreignOwner: 0 },
  { ownerTwice: 0 },
  { ownerRestart: 0 },
  { emissionTwice: 0 },
  { emissionLate: 0 },
  { snapshot: 0 },
  { time: 0 },
  { slow: 0 },
  { slowOwners: 0 },
  { pinned: 0 },
  { noMap: false },
  { wrongHash: false },
  { progress: false },
  { silence: false },
  { retentionMs: Infinity },
  { coordinators: 1 },
  { mapsMax: 1, movesPerMapMax: 1 },
];

/** A run, or what it breaks, in words. */
export type Tried =
  | { readonly judged: JudgedRun; readonly failure: undefined }
  | { readonly judged: undefined; readonly failure: string };

/** Runs a seed and judges it. */
export function tried(seed: number, limits: MovedLimits = {}): Tried {
  try {
    const judged = judgedRun(seed, limits);
    const { kind, faults } = judged;
    if (faults.length === 0) return { judged, failure: undefined };
    return { judged: undefined, failure: `${kind}: ${faults.slice(0, 3).join('\n')}` };
  } catch (error) {
    const failure = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { judged: undefined, failure };
  }
}

/** The smallest limits found with which the seed still fails, and how. */
export function shrunken(seed: number): string {
  let style: Partial<MovedStyle> = {};
  let limits: MovedLimits = {};
  const left: string[] = [];
  for (const part of calmer) {
    const smaller = { ...limits, style: { ...style, ...part } };
    if (tried(seed, smaller).failure === undefined) left.push(...Object.keys(part));
    else {
      style = smaller.style;
      limits = smaller;
    }
  }
  for (let steps = 300; steps >= 1; steps = Math.floor(steps * 0.7)) {
    const smaller = { ...limits, chaosSteps: steps };
    if (tried(seed, smaller).failure !== undefined) limits = smaller;
  }
  const chaos = limits.chaosSteps === undefined ? 'all' : `the first ${limits.chaosSteps}`;
  const needs = left.length === 0 ? 'nothing of the list' : left.join(', ');
  return `it fails with ${chaos} of its steps of chaos, and needs ${needs}:\n${tried(seed, limits).failure ?? 'nothing'}`;
}
