/**
 * What `GET /v1/placement` is answered from. In: `control`, and marks of the topic of bars. Out: the placement as JSON, made at most
 * twice a second however many ask, and the place of one instrument with the moves that were seen of it.
 */
import { Placement, type StoredInstrument } from '@tapeline/domain';
import type { Clock } from '@tapeline/runtime';
import type { RecordMarks } from '../streams/stream-item.ts';
import { instrumentNameOf } from '../requests/instrument-key.ts';
import { MoveHistory } from './move-history.ts';
import { type MoveJson, moveJson, type PlacementJson, placementJson, ratesOf } from './placement-json.ts';
import type { PlacementSource } from './placement-source.ts';

/** Where one instrument lives. */
export type InstrumentPlaceJson = {
  readonly dataset: string;
  readonly symbol: string;
  readonly partition: number;
  /** 0 = it was never moved. */
  readonly epoch: number;
  /** Where it was first. */
  readonly firstPartition: number;
  /** first, spread, dedicated or pinned. */
  readonly standing: string;
  readonly ticksPerSecond: number;
  /** Moves that this process saw, the newest first. */
  readonly moves: readonly MoveJson[];
};

const madeEveryMs = 500;

/** The board of a process. */
export class PlacementBoard {
  readonly #control: PlacementSource;
  readonly #clock: Clock;
  readonly #history = new MoveHistory();
  readonly #leave: () => void;
  #made: { readonly json: PlacementJson; readonly atMs: number } | undefined;

  constructor(control: PlacementSource, clock: Clock) {
    this.#control = control;
    this.#clock = clock;
    this.#history.see(control.view.placement, clock.nowMs());
    this.#leave = control.onChange(({ placement }) => {
      this.#history.see(placement, this.#clock.nowMs());
      this.#made = undefined;
    });
  }

  /** A record of bars of the partition told of these. */
  note(partition: number, { departures, arrivals }: RecordMarks): void {
    const nowMs = this.#clock.nowMs();
    for (const { instrument, epoch } of arrivals) {
      this.#history.note(instrumentNameOf(instrument), 'arrived', epoch, partition, nowMs);
    }
    for (const { instrument, epoch, to } of departures) {
      this.#history.note(instrumentNameOf(instrument), 'left', epoch, to, nowMs);
    }
    this.#made = undefined;
  }

  /** The placement now. */
  placement(): PlacementJson {
    const atMs = this.#clock.monotonicMs();
    if (this.#made !== undefined && atMs - this.#made.atMs < madeEveryMs) return this.#made.json;
    this.#takeSteps();
    const json = placementJson(this.#control, this.#history.moves, this.#clock.nowMs());
    this.#made = { json, atMs };
    return json;
  }

  /** The place of an instrument. */
  instrument(instrument: StoredInstrument): InstrumentPlaceJson {
    const { dataset, symbol } = instrument;
    const { placement } = this.#control.view;
    const { partition, epoch } = placement.lookUp(instrument);
    const { partition: firstPartition } = Placement.atHome(placement.basePartitions).lookUp(instrument);
    const nowMs = this.#clock.nowMs();
    this.#takeSteps();
    const own = this.#history.moves.filter((move) => move.dataset === dataset && move.symbol === symbol);
    return {
      dataset,
      symbol,
      partition,
      epoch,
      firstPartition,
      standing: placement.overrideOf(dataset, symbol)?.standing ?? 'first',
      ticksPerSecond: Math.round((ratesOf(this.#control).get(dataset, symbol) ?? 0) * 100) / 100,
      moves: own.map((move) => moveJson(move, nowMs)),
    };
  }

  /** Hears of no more maps. */
  stop(): void {
    this.#leave();
  }

  /** What owners report of moves that are known, where the topic did not tell it. */
  #takeSteps(): void {
    for (const { report } of this.#control.reports.partitions) {
      for (const { step, epoch, logTimeMs, ...name } of report.steps) {
        if (step !== 'prepared') this.#history.reached(name, step, epoch, logTimeMs);
      }
    }
  }
}
