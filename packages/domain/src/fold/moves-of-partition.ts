/**
 * The fold as the host of the rules of moves. In: decisions of placement/handover-partition.ts. Out: entries applied, entries
 * sent on, events counted and told. What was parked is applied at the clocks of its own record, for its instrument alone:
 * `atItsClock` is the one place where the partition's clock is set back.
 */
import type { InstrumentState } from '../bars/instrument-state.ts';
import { decodeTickBlock } from '../log/tick-block-decode.ts';
import type { HandoverEvent } from '../placement/handover-events.ts';
import type { PartitionTime } from '../placement/handover-parking.ts';
import { handoverPartBytesMax, HandoverPartition, type PartsRoom } from '../placement/handover-partition.ts';
import { homePartition } from '../placement/home.ts';
import { applyParkedGroups } from './apply-groups.ts';
import { applyProgress, applyVoid } from './apply-small.ts';
import { FoldState } from './fold-state.ts';
import type { FoldConfig } from './fold-types.ts';
import { formText, type HandoverContent, handoverForm, useOfForm } from './handover-state.ts';
import { handOver, type Leaving, leavePartition } from './leave-partition.ts';
import type { StepOfMove } from './step-of-move.ts';
import { type ParkedEntry, smallOf } from './parked-entry.ts';
import { takeOver } from './take-over.ts';

/** The state of a partition that has seen nothing. Throws `RangeError` for an interval or `basePartitions` that are none. */
export function freshState(config: FoldConfig): FoldState {
  const state = new FoldState(config);
  const { basePartitions } = config;
  if (basePartitions === undefined) return state;
  // Refuses a number that is none before any instrument is there.
  homePartition('', '', basePartitions);
  state.moves = movesOf(state, basePartitions);
  return state;
}

function movesOf(
  state: FoldState,
  basePartitions: number,
): HandoverPartition<InstrumentState, ParkedEntry, HandoverContent, Leaving> {
  return new HandoverPartition(state.config.partition, {
    home: ({ dataset, symbol }) => homePartition(dataset, symbol, basePartitions),
    isFresh: ({ isFresh }) => isFresh,
    begin: (instrument) => {
      instrument.firstBlock = state.applyingBlock >= 0 ? state.applyingBlock : state.retained.nextNumber;
    },
    apply: (instrument, entry, at) => applyParked(state, instrument, entry, at),
    forward: (instrument, sentOn, entry) => state.sending.forward(instrument, sentOn, entry),
    reached: (instrument, event, detail) => note(state, instrument, event, detail),
    useOf: (form) => useOfForm(form, state.config),
    bytesOf: (content) => content.state.length,
    crowded: (instrument, room) => noteCrowded(state, instrument, room),
    give: (instrument, move) => {
      const { epoch, to } = move;
      state.moved.push({ ...nowOf(state, instrument), epoch, step: 'left', to });
      return leavePartition(state, instrument, move);
    },
    take: (instrument, epoch, contents) => {
      const problem = takeOver(state, instrument, epoch, contents);
      const movedAtMs = contents.find((content) => content.movedAtMs !== undefined)?.movedAtMs ?? state.clock.nowMs;
      if (problem === undefined) state.moved.push({ ...nowOf(state, instrument), epoch, step: 'arrived', movedAtMs });
      return problem;
    },
    handOver: (instrument, move, leaving) => handOver(state, instrument, move, leaving),
  });
}

/** Applies an entry that was parked, or the first one of an instrument that begins with it. */
function applyParked(state: FoldState, instrument: InstrumentState, entry: ParkedEntry, at: PartitionTime): void {
  // Ticks that are counted so far stand in columns that may be filled again.
  state.counted?.settle();
  const { firstAppendMs } = state;
  state.firstAppendMs = entry.firstAppendTimeMs;
  atItsClock(state, at, () => {
    if (entry.kind === 'tickBlock') {
      decodeTickBlock(entry.bytes, 0, entry.bytes.length, state.dictionary, state.parkedColumns);
      instrument.ownBlock(entry.block);
      applyParkedGroups(state, instrument, entry.block, entry.offsets);
      return;
    }
    const small = smallOf(entry);
    if (small.kind === 'void') applyVoid(state, instrument, small);
    else for (const item of small.instruments) applyProgress(state, instrument, small, item);
  });
  state.firstAppendMs = firstAppendMs;
  state.counted?.settle();
}

/** Runs `apply` with the partition's clocks as they were at `at`. It may change one instrument only. */
function atItsClock({ clock }: FoldState, at: PartitionTime, apply: () => void): void {
  const { nowMs, waitedMs } = clock;
  clock.nowMs = at.nowMs;
  clock.waitedMs = at.waitedMs;
  apply();
  clock.nowMs = nowMs;
  clock.waitedMs = waitedMs;
}

function nowOf({ offset, clock }: FoldState, { dataset, symbol }: InstrumentState): NowOf {
  return { dataset, symbol, offset, logTimeMs: clock.nowMs };
}

type NowOf = Pick<StepOfMove, 'dataset' | 'symbol' | 'offset' | 'logTimeMs'>;

function note(state: FoldState, instrument: InstrumentState, event: HandoverEvent, detail = ''): void {
  const { dataset, symbol, place } = instrument;
  state.handovers[event] += 1;
  if (event === 'handoverOfOtherForm') {
    const form = formText(handoverForm(state.config));
    const remedy = `this program reads form ${form}: what came is kept, and tried again by the next program; until then it waits for one that can be used`;
    state.notice('HANDOVER_OF_OTHER_FORM', { dataset, symbol, detail: `${detail}; ${remedy}` });
  }
  if (event !== 'contradicted') return;
  if (detail !== '') {
    state.counters.quarantined += 1;
    state.notice('RECORD_MALFORMED', {
      dataset,
      symbol,
      detail: `${detail}; it is kept, and tried again by the next program`,
    });
  }
  const where = place.kind === 'unknown' ? 'not known here' : `${place.kind} since epoch ${place.epoch}`;
  const said = `the instrument is ${where}, and an entry says of its place what cannot be: it changes nothing`;
  state.notice('PLACEMENT_CONTRADICTED', { dataset, symbol, detail: said });
}

function noteCrowded(state: FoldState, { dataset, symbol }: InstrumentState, { bytes, givenUp }: PartsRoom): void {
  const kept = `parts of Handovers take ${bytes} bytes, the limit is ${handoverPartBytesMax}; those that are left are needed and sent once, so they stay`;
  const remedy = 'see that the owners of the partitions that give run, and are of this version and configuration';
  const detail =
    givenUp === 0 ? `${kept}; ${remedy}` : `${givenUp} bytes of parts that nobody needs were given up; ${kept}`;
  state.notice('HANDOVER_PARTS_MANY', { dataset, symbol, detail });
}
