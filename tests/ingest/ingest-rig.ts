/**
 * An ingest for tests: a log that does as it is told, a clock that is moved by hand, and a caller that speaks the
 * contract's messages without a network. In: what a test wants to send. Out: responses, the error that ended a call,
 * and what stands in the log.
 */
import {
  decodeLogRecord,
  decodeTickBlock,
  type InstrumentTerms,
  type LogEntry,
  LogDictionary,
  publisherId,
  TickColumns,
  TimeDomain,
} from '@tapeline/domain';
import { RpcError } from '@tapeline/grpc';
import {
  createIngest,
  type Ingest,
  type IngestConfig,
  ingestConfigDefaults,
  type IngestParts,
  type KnownInstrument,
} from '@tapeline/ingest';
import { createMetrics, ManualClock, type Metrics, type RandomSource, silentLogger } from '@tapeline/runtime';
import { wireIngest } from '@tapeline/wire';
import { ScriptedLog } from '../../services/ingest/test-kit/scripted-log.ts';

/** 2026-01-05T12:00:00Z, a Monday. */
export const startMs: number = Date.UTC(2026, 0, 5, 12);

/** An event time that is not ahead, ns since the Unix epoch. */
export const eventNs: bigint = BigInt(startMs) * 1_000_000n;

/** Ids that an ingest of this day issues. */
export const liveId: bigint = publisherId(Math.floor(startMs / 86_400_000), TimeDomain.live, 7n);
export const replayId: bigint = publisherId(Math.floor(startMs / 86_400_000), TimeDomain.replay, 7n);

/** An ingest and what it stands on. */
export type Rig = {
  readonly ingest: Ingest;
  readonly log: ScriptedLog;
  readonly clock: ManualClock;
  /** Terms that the store knows, by symbol; a test fills it. */
  readonly known: Map<string, InstrumentTerms>;
  /** And pins of these. */
  readonly pins: Map<string, number>;
  readonly metrics: Metrics;
};

/** Starts one; what is not said is as by default. */
export function startRig(
  config: Partial<IngestConfig> = {},
  partitions: number = 1,
  others: Partial<Pick<IngestParts, 'control' | 'knownInstruments' | 'onLogReplaced'>> = {},
): Rig {
  const clock = new ManualClock(startMs);
  const log = new ScriptedLog(partitions, () => clock.nowMs());
  const known = new Map<string, InstrumentTerms>();
  const pins = new Map<string, number>();
  const metrics = createMetrics({ ofProcess: false });
  const ingest = createIngest({
    log,
    knownInstruments: { find: async (_dataset, symbol) => knownInstrument(known.get(symbol), pins.get(symbol)) },
    ...others,
    clock,
    random: risingRandom(),
    logger: silentLogger,
    metrics,
    config: { ...ingestConfigDefaults, ...config },
  });
  return { ingest, log, clock, known, pins, metrics };
}

function knownInstrument(terms: InstrumentTerms | undefined, pin: number | undefined): KnownInstrument | undefined {
  return terms && (pin === undefined ? { terms } : { terms, pin });
}

/** Draws 1, 2, 3 …, so that ids differ and tests are the same every time. */
export function risingRandom(): RandomSource {
  let draws = 0;
  return {
    next: () => 0.5,
    bits: () => {
      draws += 1;
      return BigInt(draws);
    },
  };
}

/** A request as a test writes it: a message, or a batch of columns by the bytes of its block. */
export type RequestParts = Parameters<typeof wireIngest.PublishRequest.fromPartial>[0] | { readonly block: Uint8Array };

/** Its bytes. */
export function requestBytes(parts: RequestParts): { bytes: Uint8Array } {
  if ('block' in parts) {
    const batch = field(1, parts.block);
    return { bytes: field(2, batch) };
  }
  return { bytes: wireIngest.PublishRequest.encode(wireIngest.PublishRequest.fromPartial(parts)).finish() };
}

/** The batch of a block as the generated code reads it, so that it is also written as callers of other languages do. */
export function generatedBlock(block: Uint8Array): RequestParts {
  const { form } = wireIngest.TickBatch.decode(field(1, block));
  if (form?.$case !== 'block') throw new RangeError('the bytes are no block');
  return { request: { $case: 'tickBatch', value: { form } } };
}

function field(number: number, bytes: Uint8Array): Uint8Array {
  const head = [number * 8 + 2];
  let rest = bytes.length;
  for (; rest > 127; rest = Math.floor(rest / 128)) head.push((rest % 128) | 128);
  return Buffer.concat([Buffer.from([...head, rest]), bytes]);
}

/** `open` of a dataset; a replay where the id is one. */
export function open(id: bigint = liveId, dataset: string = 'test'): RequestParts {
  return { request: { $case: 'open', value: { publisherId: id, dataset, clientName: 'rig' } } };
}

/** A row of a trade as a test writes it. */
export type RowParts = NonNullable<Parameters<typeof wireIngest.TickRow.fromPartial>[0]>;

/** A trade that is in order. */
export function trade(sequence: number, link: number | undefined, fields: Record<string, unknown> = {}): RowParts {
  const value = { eventTimeNs: eventNs, price: 1_000n, size: 1n, ...fields };
  const row = { sequence: BigInt(sequence), symbol: 'AAA', tick: { $case: 'trade' as const, value } };
  return link === undefined ? row : { ...row, link: BigInt(link) };
}

/** A batch of rows. */
export function rows(ticks: readonly RowParts[], instruments: readonly Record<string, unknown>[] = []): RequestParts {
  const value = { ticks: [...ticks], instruments: [...instruments] };
  return { request: { $case: 'tickBatch', value: { form: { $case: 'rows', value } } } };
}

/** What came of a call of Publish. */
export type Outcome = {
  readonly responses: wireIngest.PublishResponse[];
  readonly acks: { readonly sequence: number; readonly requests: number }[];
  readonly rejects: { readonly sequence: number; readonly code: string; readonly message: string }[];
  readonly error: RpcError | undefined;
};

/** Sends these requests, half-closes and takes every response. */
export async function publish(rig: Rig, requests: readonly RequestParts[]): Promise<Outcome> {
  async function* send(): AsyncGenerator<{ bytes: Uint8Array }> {
    for (const request of requests) yield requestBytes(request);
  }
  return pumped(rig.clock, collect(rig.ingest.service.publish(send(), { signal: new AbortController().signal })));
}

/** Takes responses until the call ends. */
export async function collect(responses: AsyncIterable<wireIngest.PublishResponse>): Promise<Outcome> {
  const taken: wireIngest.PublishResponse[] = [];
  let error: RpcError | undefined;
  try {
    for await (const response of responses) taken.push(response);
  } catch (thrown) {
    if (!(thrown instanceof RpcError)) throw thrown;
    error = thrown;
  }
  return outcomeOf(taken, error);
}

function outcomeOf(responses: wireIngest.PublishResponse[], error: RpcError | undefined): Outcome {
  const acks = responses.flatMap(({ response }) =>
    response?.$case === 'ack'
      ? [{ sequence: Number(response.value.sequence), requests: Number(response.value.requests) }]
      : [],
  );
  const rejects = responses.flatMap(({ response }) => {
    if (response?.$case !== 'reject') return [];
    const { sequence, rejection } = response.value;
    return [{ sequence: Number(sequence), code: rejection?.code ?? '', message: rejection?.message ?? '' }];
  });
  return { responses, acks, rejects, error };
}

const stepsMax = 100_000;

/** Moves the clock until the promise is settled, ms by ms. */
export async function pumped<Value>(clock: ManualClock, promise: Promise<Value>): Promise<Value> {
  let isSettled = false;
  const watch = Promise.allSettled([promise]).then(() => {
    isSettled = true;
  });
  for (let step = 0; !isSettled; step += 1) {
    if (step > stepsMax) throw new RangeError(`not settled after ${stepsMax} ms of the clock`);
    await clock.advance(1);
  }
  await watch;
  return promise;
}

/** The entries of a partition in log order. */
export function entriesOf(log: ScriptedLog, partition: number = 0): LogEntry[] {
  return (log.records[partition] ?? []).flatMap(({ bytes }) => decodeLogRecord(bytes));
}

/** A tick as it stands in the log. */
export type LoggedTick = {
  readonly symbol: string;
  readonly sequence: number;
  readonly link: number;
  readonly price: number;
  readonly size: number;
  readonly eventNs: bigint;
  readonly publisherId: bigint;
  readonly receiveTimeNs: bigint;
};

/** Ticks of all blocks of a partition, group by group. */
export function ticksOf(log: ScriptedLog, partition: number = 0): LoggedTick[] {
  const columns = new TickColumns();
  const dictionary = new LogDictionary();
  return (log.records[partition] ?? []).flatMap(({ bytes }) =>
    decodeLogRecord(bytes).flatMap((entry) => {
      if (entry.kind !== 'tickBlock') return [];
      decodeTickBlock(bytes, entry.start, entry.end, dictionary, columns);
      return loggedTicks(columns);
    }),
  );
}

function loggedTicks(columns: TickColumns): LoggedTick[] {
  const ticks: LoggedTick[] = [];
  const baseNs = BigInt(columns.baseSec) * 1_000_000_000n + BigInt(columns.baseNano);
  const { publisherId: id, receiveTimeNs } = columns;
  for (let group = 0; group < columns.groupCount; group += 1) {
    let link = columns.groupLink[group] ?? 0;
    const [from, to] = [columns.groupStart[group] ?? 0, columns.groupStart[group + 1] ?? 0];
    for (let index = from; index < to; index += 1) {
      const sequence = columns.sequenceAt(group, index);
      const [symbol, price, size] = [columns.symbols[group] ?? '', columns.price[index] ?? 0, columns.size[index] ?? 0];
      const at = baseNs + BigInt(columns.timeNs[index] ?? 0);
      ticks.push({ symbol, sequence, link, price, size, eventNs: at, publisherId: id, receiveTimeNs });
      link = sequence;
    }
  }
  return ticks;
}
