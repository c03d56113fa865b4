/**
 * The topic `control` in memory, and whoever follows it. In: claims and maps of coordinators, keys that compaction takes out.
 * Out: a view as of any position, which is behind for as long as the reader is slow. A place whose record was taken out is passed
 * over, as a compacted log does it.
 */
import {
  type ControlKey,
  controlKeyOf,
  controlKeyText,
  type ControlOutcome,
  type ControlRecord,
  type ControlView,
  emptyControlView,
  followControl,
} from '@tapeline/domain';

/** The records. */
export class MovedControl {
  readonly basePartitions: number;
  readonly #records: (ControlRecord | undefined)[] = [];

  constructor(basePartitions: number) {
    this.basePartitions = basePartitions;
  }

  /** Where the next record comes to stand. */
  get end(): number {
    return this.#records.length;
  }

  /** Appends a record and answers its place. */
  append(record: ControlRecord): number {
    return this.#records.push(record) - 1;
  }

  /** The record at that place; `undefined` = none there yet, or it was taken out. */
  at(place: number): ControlRecord | undefined {
    return this.#records[place];
  }

  /** The keys that have a record, in the order of the log. */
  keys(): ControlKey[] {
    return this.#records.flatMap((record) => (record === undefined ? [] : [controlKeyOf(record)]));
  }

  /** Takes out the records of a key (compaction). */
  remove(key: ControlKey): void {
    const text = controlKeyText(key);
    for (const [place, record] of this.#records.entries()) {
      if (record !== undefined && controlKeyText(controlKeyOf(record)) === text) this.#records[place] = undefined;
    }
  }
}

/** A reader of it. */
export class ControlFollower {
  readonly #control: MovedControl;
  view: ControlView;
  /** The next place that it reads. */
  position = 0;

  constructor(control: MovedControl) {
    this.#control = control;
    this.view = emptyControlView(control.basePartitions);
  }

  /** Whether there is something to read. */
  get isBehind(): boolean {
    return this.position < this.#control.end;
  }

  /** Reads the next place; `undefined` where there is none, or its record was taken out. */
  read(): ControlOutcome | undefined {
    if (!this.isBehind) return undefined;
    const record = this.#control.at(this.position);
    this.position += 1;
    if (record === undefined) return undefined;
    const { view, outcome } = followControl(this.view, record);
    this.view = view;
    return outcome;
  }

  /** Reads all that there is (W4, C1). */
  readAll(): void {
    while (this.isBehind) this.read();
  }
}
