/**
 * Reads a snapshot a little at a time. In: an envelope `Snapshot` and a configuration. Out: the state, or why it cannot be
 * used: damage, another partition, configuration or fold version is told. No call takes long, since a state may be large
 * and the process has heartbeats to answer meanwhile.
 */
import { crc32c } from '../log/crc32c.ts';
import { MalformedError, ProtoReader } from '../log/proto-reader.ts';
import { configChecksum } from './config-checksum.ts';
import type { FoldState } from './fold-state.ts';
import { type FoldConfig, foldVersion } from './fold-types.ts';
import { freshState } from './moves-of-partition.ts';
import {
  envelopeVersion,
  readInstrument,
  type RetainFrom,
  transferExceptions,
  transferFacts,
  transferPosition,
} from './snapshot.ts';
import { firstVersionWithPlaces, StateReader } from './state-io.ts';
import { readKeptPart, readParked, readWaitingPart, transferMoves } from './transfer-places.ts';

/** Why a snapshot cannot be used. */
export type SnapshotProblem = {
  readonly code:
    | 'SNAPSHOT_DAMAGED'
    | 'SNAPSHOT_OF_OTHER_VERSION'
    | 'SNAPSHOT_OF_OTHER_CONFIG'
    | 'SNAPSHOT_OF_OTHER_PARTITION';
  readonly message: string;
};

/** A state that was read, from where recovery reads again, and how many blocks it has seen. */
export type ReadState = { readonly state: FoldState; readonly retainFromOffset: number; readonly blocks: number };

/** Its log gives the same bars by the rules of today. */
const firstVersionRead = 2;

/** A byte is summed in so much less time than it is read in. */
const summedPerRead = 16;

type Envelope = {
  envelope: number;
  fold: number;
  config: number;
  partition: number;
  next: number;
  retain: number;
  checksum: number;
  body: Uint8Array;
};

/** One snapshot; its bytes must not change until it is read. */
export class SnapshotReading {
  readonly #state: FoldState;
  readonly #bytes: Uint8Array;
  #envelope: Envelope | undefined;
  /** Bytes of the body that are summed, and their checksum. */
  #summed = 0;
  #checksum = 0;
  #io: StateReader | undefined;
  #blocks = 0;
  /** Instruments, and items behind them, that are still to be read. */
  #left = 0;
  #parkedLeft = 0;
  #partsLeft = 0;

  constructor(config: FoldConfig, bytes: Uint8Array) {
    this.#state = freshState(config);
    this.#bytes = bytes;
  }

  /** Reads some `bytes` more, an instrument at least; answers `undefined` until it is at an end. */
  work(bytes: number): ReadState | SnapshotProblem | undefined {
    try {
      return this.#work(bytes);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      return { code: 'SNAPSHOT_DAMAGED', message: `the snapshot is damaged: ${error.message}` };
    }
  }

  #work(bytes: number): ReadState | SnapshotProblem | undefined {
    const envelope = (this.#envelope ??= readEnvelope(this.#bytes));
    const { body } = envelope;
    const versionProblem = otherVersion(envelope);
    if (versionProblem !== undefined) return versionProblem;
    const summed = body.subarray(this.#summed, this.#summed + bytes * summedPerRead);
    this.#checksum = crc32c(summed, this.#checksum);
    this.#summed += summed.length;
    if (this.#summed < body.length) return undefined;
    const problem = this.#io === undefined ? problemOf(this.#state.config, envelope, this.#checksum) : undefined;
    if (problem !== undefined) return problem;
    const io = (this.#io ??= this.#begin(envelope));
    const state = this.#state;
    let left = bytes - summed.length / summedPerRead;
    for (; this.#left > 0; this.#left -= 1) {
      if (left <= 0) return undefined;
      const { at } = io;
      readInstrument(io, state);
      left -= io.at - at;
    }
    for (; this.#parkedLeft > 0; this.#parkedLeft -= 1) {
      if (left <= 0) return undefined;
      const { at } = io;
      readParked(io, state);
      left -= io.at - at;
    }
    for (; this.#partsLeft > 0; this.#partsLeft -= 1) {
      if (left <= 0) return undefined;
      const { at } = io;
      readWaitingPart(io, state);
      left -= io.at - at;
    }
    while (state.moves !== undefined && !io.done()) {
      if (left <= 0) return undefined;
      const { at } = io;
      readKeptPart(io, state);
      left -= io.at - at;
    }
    if (!io.done()) throw new MalformedError('bytes are left over');
    state.isRestored = true;
    return { state, retainFromOffset: envelope.retain, blocks: this.#blocks };
  }

  #begin({ body, next, retain, fold }: Envelope): StateReader {
    const state = this.#state;
    state.nextOffset = next;
    const io = new StateReader(body, fold);
    const from: RetainFrom = { offset: retain, block: 0, position: 0 };
    this.#blocks = transferFacts(io, state);
    transferPosition(io, from);
    this.#left = transferExceptions(io, state, from);
    if (fold < firstVersionWithPlaces) return io;
    const { parked, parts } = transferMoves(io, state);
    this.#parkedLeft = parked;
    this.#partsLeft = parts;
    return io;
  }
}

function readEnvelope(bytes: Uint8Array): Envelope {
  const reader = new ProtoReader(bytes, 0, bytes.length);
  const fields: Envelope = {
    envelope: 0,
    fold: 0,
    config: 0,
    partition: 0,
    next: 0,
    retain: 0,
    checksum: 0,
    body: new Uint8Array(0),
  };
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 8) fields.envelope = reader.uint();
    else if (tag === 16) fields.fold = reader.uint();
    else if (tag === 29) fields.config = reader.fixed32();
    else if (tag === 32) fields.partition = reader.uint();
    else if (tag === 40) fields.next = reader.int();
    else if (tag === 48) fields.retain = reader.int();
    else if (tag === 61) fields.checksum = reader.fixed32();
    else if (tag === 66) fields.body = reader.view();
    else reader.skip(tag % 8);
  }
  return fields;
}

function otherVersion({ envelope, fold }: Envelope): SnapshotProblem | undefined {
  if (envelope === envelopeVersion && fold >= firstVersionRead && fold <= foldVersion) return undefined;
  const message = `the snapshot is of fold version ${fold}, this is ${foldVersion} and reads ${firstVersionRead} and later: replay the log instead`;
  return { code: 'SNAPSHOT_OF_OTHER_VERSION', message };
}

function problemOf(config: FoldConfig, fields: Envelope, checksum: number): SnapshotProblem | undefined {
  if (fields.checksum !== checksum) {
    return {
      code: 'SNAPSHOT_DAMAGED',
      message: 'the checksum of the snapshot does not fit its bytes: use an older one',
    };
  }
  if (fields.partition !== config.partition) {
    const message = `the snapshot is of partition ${fields.partition}, not ${config.partition}`;
    return { code: 'SNAPSHOT_OF_OTHER_PARTITION', message };
  }
  if (fields.config === configChecksum(config, config.basePartitions)) return undefined;
  // Made without homes, it has every instrument as its own, which is what a log without maps says with homes too.
  if (fields.config === configChecksum(config, undefined)) return undefined;
  const message =
    'the snapshot was made with other intervals, profiles, lateness, horizon or bounds: replay the log instead';
  return { code: 'SNAPSHOT_OF_OTHER_CONFIG', message };
}
