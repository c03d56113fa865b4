/**
 * What the log's thread is asked and answers. In: nothing. Out: types. A place is a topic's partition as one number, see
 * log-places.ts.
 */

/** What a place keeps. */
export type PlaceState = {
  readonly firstOffset: number;
  readonly endOffset: number;
  /** Highest append time, ms; -Infinity before the first record. */
  readonly lastTimeMs: number;
  /** Retention leaves this offset and all after it; Infinity where nothing is pinned. */
  readonly pinnedOffset: number;
};

/** Records of one group, in order: `bytes` holds them one after the other. */
export type AppendRequest = {
  readonly nowMs: number;
  readonly places: Int32Array<ArrayBuffer>;
  readonly lengths: Int32Array<ArrayBuffer>;
  readonly bytes: ArrayBuffer;
  /** Bytes that the database may use; more is refused as `full`. */
  readonly ticksBytesMax: number;
  readonly bytesMax: number;
};

/** Where the records of a group are, in its order. */
export type AppendAnswer = {
  readonly offsets: Float64Array<ArrayBuffer>;
  readonly timesMs: Float64Array<ArrayBuffer>;
  readonly usedBytes: number;
};

/** Records of `control`, in order; a value that is absent takes out what its key had. */
export type AppendControlRequest = {
  readonly nowMs: number;
  readonly keys: readonly string[];
  readonly values: readonly (Uint8Array<ArrayBuffer> | undefined)[];
  /** Bytes that the database may use; more is refused as `full`. */
  readonly bytesMax: number;
};

/** The calls of the log's thread. */
export type LogCalls = {
  open: {
    readonly request: {
      readonly dataDir: string;
      readonly partitions: number;
      readonly logId: string;
      readonly nowMs: number;
    };
    readonly answer: { readonly logId: string; readonly places: readonly PlaceState[]; readonly usedBytes: number };
  };
  append: { readonly request: AppendRequest; readonly answer: AppendAnswer };
  appendControl: {
    readonly request: AppendControlRequest;
    readonly answer: {
      readonly offsets: readonly number[];
      readonly timesMs: readonly number[];
      readonly usedBytes: number;
    };
  };
  /** Sees to it that there are so many partitions, and answers every place that there is. */
  addPartitions: {
    readonly request: { readonly count: number; readonly bytesMax: number };
    readonly answer: { readonly places: readonly PlaceState[]; readonly usedBytes: number };
  };
  /** Deletes records from before `cutoffMs` below the pins, a bounded part of them. */
  sweep: {
    readonly request: { readonly cutoffMs: number; readonly pinnedOffsets: Float64Array };
    readonly answer: { readonly firstOffsets: Float64Array; readonly more: boolean; readonly usedBytes: number };
  };
  close: { readonly request: undefined; readonly answer: undefined };
};
