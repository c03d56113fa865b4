/**
 * What the reading thread is asked and answers. In: nothing. Out: types. It has connections of its own that only read,
 * so that a long query waits for no commit and delays none.
 */
import type {
  BarQuery,
  ControlLogRecord,
  SnapshotChoice,
  StoredInstrument,
  StoredSnapshot,
  TapeChunk,
  TapeQuery,
} from '@tapeline/domain';
import type { PackedBars } from './packed-bars.ts';

/** Records of one place, in order. */
export type ReadRecords = {
  readonly offsets: Float64Array<ArrayBuffer>;
  readonly timesMs: Float64Array<ArrayBuffer>;
  readonly bytes: readonly Uint8Array<ArrayBuffer>[];
};

/** Records of `control`, in order. */
export type ReadControl = { readonly records: readonly ControlLogRecord[] };

/** Which instruments, as `Store.instruments` takes it. */
export type InstrumentsQuery = {
  readonly dataset?: string;
  readonly symbolPrefix?: string;
  readonly after?: { readonly dataset: string; readonly symbol: string };
  readonly limit: number;
};

/** The calls of the reading thread. */
export type ReadCalls = {
  open: { readonly request: { readonly dataDir: string; readonly partitions: number }; readonly answer: undefined };
  /** Records from an offset up to, and without, `endOffset`. */
  records: {
    readonly request: {
      readonly place: number;
      readonly offset: number;
      readonly endOffset: number;
      readonly recordsMax: number;
      readonly bytesMax: number;
    };
    readonly answer: ReadRecords;
  };
  /** What `control` keeps from an offset on. */
  control: {
    readonly request: { readonly offset: number; readonly recordsMax: number; readonly bytesMax: number };
    readonly answer: ReadControl;
  };
  /** The offset behind its newest record. */
  controlEnd: { readonly request: undefined; readonly answer: number };
  bars: { readonly request: BarQuery; readonly answer: PackedBars };
  tape: { readonly request: TapeQuery; readonly answer: readonly TapeChunk[] };
  instruments: { readonly request: InstrumentsQuery; readonly answer: readonly StoredInstrument[] };
  named: {
    readonly request: { readonly symbol: string; readonly dataset: string | undefined };
    readonly answer: readonly StoredInstrument[];
  };
  snapshots: {
    readonly request: { readonly partition: number; readonly choice: SnapshotChoice };
    readonly answer: readonly StoredSnapshot[];
  };
  close: { readonly request: undefined; readonly answer: undefined };
};
