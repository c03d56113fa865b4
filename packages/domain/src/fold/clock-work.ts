/**
 * What the clock alone brings about at a record: bars of live ticks close, publishers without sign of life are given
 * up, bars leave, old publishers are forgotten. In: a clock that moved. Out: bars closed, instruments to sweep. Each
 * has a due time, so that a record on which nothing is due costs a few comparisons.
 */
import type { InstrumentState } from '../bars/instrument-state.ts';
import { RowFlag } from '../bars/bar-rows.ts';
import { forgottenAtMs } from '../tape/publishers.ts';
import { aliveMs, giveUpAfterMs, isGivenUp, liveBit } from './bar-times.ts';
import { closeBars, markSweep } from './close-bars.ts';
import type { FoldState } from './fold-state.ts';
import { clearBit, sharedBit } from './link-of-publisher.ts';
import { publishersOfTrades } from './trades-of-publisher.ts';

const dayMs = 86_400_000;

/** Closes what is due by the clock or because its publisher was given up, and has what may leave looked at. */
export function closeByClock(state: FoldState): void {
  const { nowMs, waitedMs } = state.clock;
  if (nowMs >= state.closeDueMs) {
    state.closeDueMs = Infinity;
    for (const instrument of state.instruments) {
      if (instrument.closeDueMs <= nowMs) closeBars(state, instrument);
      state.closeDueMs = Math.min(state.closeDueMs, instrument.closeDueMs);
    }
  }
  if (waitedMs >= state.giveUpDueMs) {
    state.giveUpDueMs = Infinity;
    for (const instrument of state.instruments) giveUpSilent(state, instrument);
  }
  if (nowMs < state.leaveDueMs) return;
  state.leaveDueMs = Infinity;
  for (const instrument of state.instruments) {
    if (instrument.leaveDueMs > nowMs) state.leaveDueMs = Math.min(state.leaveDueMs, instrument.leaveDueMs);
    else markSweep(state, instrument);
  }
}

/** Rule T4: bars that waited for a silent publisher close; the others' bars are looked at again in time. */
function giveUpSilent(state: FoldState, instrument: InstrumentState): void {
  const waiting = instrument.links.filter((link) => link.bit !== liveBit);
  if (waiting.length === 0) return;
  if (waiting.some((link) => isGivenUp(state, link))) closeBars(state, instrument);
  if (instrument.rows.every((list) => list.left >= list.length)) return;
  for (const link of waiting) {
    if (!isGivenUp(state, link)) state.giveUpDueMs = Math.min(state.giveUpDueMs, aliveMs(state, link) + giveUpAfterMs);
  }
}

/** Rule E3, once a day of the clock: forgets publishers of which nothing can come any more and no bar that can change tells. */
export function forgetPublishers(state: FoldState): void {
  const { nowMs } = state.clock;
  const day = Math.floor(nowMs / dayMs);
  if (day <= state.expiryDay) return;
  state.expiryDay = day;
  const due = new Map<bigint, number>();
  for (let index = state.publishers.slots.length - 1; index >= 0; index -= 1) {
    const publisher = state.publishers.slots[index];
    if (publisher === undefined || nowMs < forgottenAtMs(publisher.id, state.config.retentionMs)) continue;
    if (!isNamed(state, index)) due.set(publisher.id, index);
  }
  const needed = publishersOfTrades(state, due);
  for (const [id, index] of due) {
    if (needed.has(id)) continue;
    for (const instrument of state.instruments) {
      const place = instrument.links.findIndex((link) => link.publisher === index && link.held.length === 0);
      if (place < 0) continue;
      state.writing?.keep(instrument);
      const { bit } = instrument.links[place]!;
      instrument.links.splice(place, 1);
      if (bit > liveBit && bit < sharedBit) clearBit(state, instrument, bit);
    }
    state.publishers.drop(index);
  }
}

/** Whether a bar in the state, a held tick or an amendment still names the publisher. */
function isNamed(state: FoldState, publisher: number): boolean {
  const { rows, profiles } = state;
  for (const instrument of state.instruments) {
    const link = instrument.linkOf(publisher);
    if (link !== undefined && link.held.length > 0) return true;
    if (instrument.pending.ticks.some((tick) => tick.publisher === publisher)) return true;
    for (const amendment of instrument.amendments.values()) {
      if (amendment.publisher === publisher || amendment.byPublisher === publisher) return true;
      if (amendment.corrections.some((correction) => correction.publisher === publisher)) return true;
    }
    if (instrument.firsts.some(({ first, left }) => first?.publisher === publisher || left?.publisher === publisher))
      return true;
  }
  for (let cell = 0; cell < rows.capacity * profiles.length; cell += 1) {
    if (!rows.has(Math.floor(cell / profiles.length), RowFlag.used)) continue;
    const names = [rows.openPublisher[cell], rows.closePublisher[cell], rows.ifFirstPublisher[cell]];
    if (names.includes(publisher)) return true;
  }
  return false;
}
