/**
 * What only time can settle. In: a state between two records. Out: until when its clock, or how much longer its waiting
 * clock, must go on before something happens though no tick comes. Whoever appends `Time` records to a quiet partition
 * asks here, so that nothing waits for ever and nothing is asked for in vain. Nothing here changes the state.
 */
import type { InstrumentState } from '../bars/instrument-state.ts';
import { heldMsMax } from '../tape/held-items.ts';
import type { Link } from '../tape/link.ts';
import { aliveMs, giveUpAfterMs, isGivenUp, liveBit } from './bar-times.ts';
import type { FoldState } from './fold-state.ts';

/** The clock at which a bar of live ticks closes or a live amendment has waited for the horizon, ms; Infinity = none. */
export function clockDueMs(state: FoldState): number {
  let dueMs = state.closeDueMs;
  for (const instrument of state.pending) {
    for (const [publisher, eventSec] of instrument.pending.earliestSec) {
      if (instrument.linkOf(publisher)?.bit !== liveBit) continue;
      dueMs = Math.min(dueMs, eventSec * 1000 + state.config.horizonMs);
    }
  }
  return dueMs;
}

/** How much longer the waiting clock must go on until a gap is declared, a publisher given up or an entry parked no longer, ms; Infinity = for nothing. */
export function waitLeftMs(state: FoldState): number {
  let untilMs = state.moves?.parking.dueMs ?? Infinity;
  for (const { links } of state.holding) {
    for (const { held } of links) {
      for (const { sinceMs } of held.all()) untilMs = Math.min(untilMs, sinceMs + heldMsMax);
    }
  }
  for (const instrument of state.pending) {
    for (const publisher of instrument.pending.earliestSec.keys()) {
      untilMs = Math.min(untilMs, givenUpMs(state, instrument.linkOf(publisher)));
    }
  }
  if (state.giveUpDueMs < Infinity) {
    for (const instrument of state.instruments) untilMs = Math.min(untilMs, closesByWaitingMs(state, instrument));
  }
  return Math.max(0, untilMs - state.clock.waitedMs);
}

/** The waiting clock at which a delayed or replay publisher is given up if it stays silent, ms; Infinity for others. */
function givenUpMs(state: FoldState, link: Link | undefined): number {
  if (link === undefined || link.bit === liveBit || isGivenUp(state, link)) return Infinity;
  return aliveMs(state, link) + giveUpAfterMs;
}

/** The waiting clock at which one of the publishers that open bars wait for is given up, ms; Infinity = none waits. */
function closesByWaitingMs(state: FoldState, instrument: InstrumentState): number {
  const { rows, config, giveUpDueMs } = state;
  let untilMs = Infinity;
  for (const row of instrument.open) {
    const publishers = rows.publishers[row]!;
    if ((publishers & liveBit) !== 0) continue;
    const passedMs = rows.endSec[row]! * 1000 + config.latenessReplayMs;
    let rowMs = Infinity;
    for (const link of instrument.links) {
      if ((link.bit & publishers) !== 0 && link.timeMs < passedMs) rowMs = Math.min(rowMs, givenUpMs(state, link));
    }
    // One that waits for nobody any more closes when silent publishers are looked for.
    untilMs = Math.min(untilMs, rowMs === Infinity ? giveUpDueMs : rowMs);
  }
  return untilMs;
}
