/**
 * The only way into one partition. In: records in the order of the calls. Out: their offsets once all replicas have
 * them. Law 3: one batch is under way at a time, and it is sent again unchanged (same producer, epoch and sequence) until
 * the broker tells its offset or the time is up. After an outcome that nobody knows the epoch rises, so that a copy that
 * is still on its way can never land behind what follows. A log that went back ends the lane.
 */
import { type Appended, LogError, logRecordBytesMax } from '@tapeline/domain';
import { Backoff, type Clock, type RandomSource } from '@tapeline/runtime';
import { LinkError } from './link-error.ts';
import type { ClusterView } from './cluster-view.ts';
import { type Compression, zstdPacking } from './codecs.ts';
import { code, codeName, isForbidden, lacksReplicas, produceVerdict } from './error-codes.ts';
import type { KafkaCalls } from './kafka-calls.ts';
import { KafkaError } from './kafka-connection.ts';
import type { LogMetrics } from './log-metrics.ts';
import { type LogSettings, retryWaits } from './log-settings.ts';
import type { ProduceOutbox } from './produce-outbox.ts';
import { BatchBuilder, recordOverheadBytes } from './record-batch.ts';
import type { ProduceAnswer } from './wire-requests.ts';

/** What a lane stands on. */
export type LaneParts = {
  readonly calls: Pick<KafkaCalls, 'newProducer'>;
  readonly view: Pick<ClusterView, 'leader' | 'place' | 'refresh' | 'replaced' | 'someNode'>;
  readonly outbox: Pick<ProduceOutbox, 'send'>;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly settings: LogSettings;
  readonly metrics: LogMetrics;
  /** Whether what may have reached a broker is never sent again: it is given up at once, and its caller decides. Absent = no. */
  readonly sendsOnce?: boolean;
};

type Settle = { readonly resolve: (appended: Appended) => void; readonly reject: (error: LogError) => void };

type Batch = {
  readonly builder: BatchBuilder;
  readonly settles: Settle[];
  readonly startedMs: number;
  readonly deadlineMs: number;
  /** What is sent; kept for the case that it has to be sent again. */
  bytes: Buffer | undefined;
  /** Whether a copy may have reached a broker without an answer. */
  isUnknown: boolean;
};

type Producer = { readonly id: number; readonly epoch: number; readonly nextSequence: number };

type Outcome =
  | { readonly kind: 'landed'; readonly answer: ProduceAnswer }
  | { readonly kind: 'failed'; readonly error: LogError }
  | { readonly kind: 'again'; readonly problem: string; readonly code: string; readonly maySent: boolean };

const mayHaveLanded = 'it may or may not have landed';
const epochMax = 32_767;
const sequenceMax = 2_147_483_647;

/** Appends to one partition. */
export class Lane {
  readonly #parts: LaneParts;
  readonly #topic: string;
  readonly #partition: number;
  readonly #queue: Batch[] = [];
  #waitingBytes = 0;
  #producer: Producer | undefined;
  #running: Promise<void> | undefined;
  #turn = 0;
  /** The highest offset that was ever acknowledged. */
  #lastOffset = -1;
  #wentBack: LogError | undefined;
  /** Whether its replicas were missing at the last answer. */
  #isStraggling = false;

  constructor(parts: LaneParts, topic: string, partition: number) {
    this.#parts = parts;
    this.#topic = topic;
    this.#partition = partition;
  }

  /** Appends a copy of a record; see `TickLog.append`, and of a topic by key `ControlLog.append`. */
  async append(value: Uint8Array | undefined, key?: Uint8Array): Promise<Appended> {
    const replaced = this.#replaced();
    if (replaced !== undefined) throw replaced;
    const size = (value?.length ?? 0) + (key?.length ?? 0) + recordOverheadBytes;
    const { laneBytesMax } = this.#parts.settings;
    // One record always fits into a lane that is empty.
    if (this.#waitingBytes > 0 && this.#waitingBytes + size > laneBytesMax) throw this.#full();
    const batch = this.#openBatch(size);
    batch.builder.add(value, key);
    this.#waitingBytes += size;
    const appended = new Promise<Appended>((resolve, reject) => batch.settles.push({ resolve, reject }));
    this.#running ??= this.#run();
    return appended;
  }

  /** Resolves once nothing is under way any more; each append is by then acknowledged or refused. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** The last batch while it still takes this record, or a new one. */
  #openBatch(size: number): Batch {
    const { settings, clock } = this.#parts;
    const last = this.#queue.at(-1);
    // The first is under way, unless the lane has only just been woken.
    const mayGrow = last !== undefined && last.bytes === undefined && !this.#isUnderWay(last);
    if (
      mayGrow &&
      last.builder.count < settings.batchRecordsMax &&
      last.builder.size + size <= settings.batchBytesMax
    ) {
      return last;
    }
    const startedMs = clock.monotonicMs();
    const batch: Batch = {
      builder: new BatchBuilder(size),
      settles: [],
      startedMs,
      deadlineMs: startedMs + settings.deliveryTimeoutMs,
      bytes: undefined,
      isUnknown: false,
    };
    this.#queue.push(batch);
    return batch;
  }

  #underWay: Batch | undefined;
  #isUnderWay(batch: Batch): boolean {
    return this.#underWay === batch;
  }

  async #run(): Promise<void> {
    // What the caller appends in the same turn goes into the same batch.
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    for (let batch = this.#queue[0]; batch !== undefined; batch = this.#queue[0]) {
      this.#underWay = batch;
      await this.#deliver(batch);
      this.#underWay = undefined;
      this.#queue.shift();
    }
    // In the same turn in which the queue was seen empty: whoever appends next finds that nothing runs.
    this.#running = undefined;
  }

  async #deliver(batch: Batch): Promise<void> {
    const { clock, random, view, metrics } = this.#parts;
    const backoff = new Backoff({ ...retryWaits, random });
    let problem = 'it waited behind others';
    for (;;) {
      const replaced = this.#replaced();
      if (replaced !== undefined) return this.#fail(batch, replaced);
      const isLate = (): boolean => clock.monotonicMs() >= batch.deadlineMs;
      if (isLate()) return this.#fail(batch, this.#late(batch, problem));
      const outcome = await this.#attempt(batch);
      if (outcome.kind === 'landed') return this.#land(batch, outcome.answer);
      if (outcome.kind === 'failed') return this.#fail(batch, outcome.error);
      batch.isUnknown ||= outcome.maySent;
      problem = outcome.problem;
      if (batch.isUnknown && this.#parts.sendsOnce === true) {
        this.#fail(batch, this.#unavailable(`${problem}; ${mayHaveLanded}`));
        // The next one is sent to whoever leads by then.
        await Promise.allSettled([view.refresh()]);
        return;
      }
      if (isLate()) continue;
      metrics.retried('append', outcome.code);
      await clock.sleep(backoff.nextMs());
      // A look that fails is followed by the next try, which tells the same.
      await view.refresh().catch((error: unknown) => (problem = `${problem}; ${messageOf(error)}`));
    }
  }

  async #attempt(batch: Batch): Promise<Outcome> {
    const { view, outbox, clock, settings } = this.#parts;
    const leader = view.leader({ topic: this.#topic, partition: this.#partition });
    if (leader === undefined) return again('it has no leader', 'NO_LEADER', false);
    let isOut = false;
    try {
      const producer = (this.#producer ??= await this.#newProducer());
      batch.bytes ??= await batch.builder.seal(
        { producerId: producer.id, producerEpoch: producer.epoch, firstSequence: producer.nextSequence },
        Math.floor(clock.nowMs()),
        packingOf(batch.builder.size, settings),
      );
      const part = { place: view.place(this.#topic, this.#partition), batch: batch.bytes };
      const trip = { isStraggling: this.#isStraggling, untilMs: batch.deadlineMs };
      isOut = true;
      return this.#judge(batch, await outbox.send(leader.node, part, trip));
    } catch (error) {
      if (error instanceof LogError) return { kind: 'failed', error };
      return again(messageOf(error), 'connection', isOut && mayHaveArrived(error));
    }
  }

  async #newProducer(): Promise<Producer> {
    const { calls, view } = this.#parts;
    const node = view.someNode(this.#turn++);
    if (node === undefined) throw new LinkError('no broker is known', false);
    const answer = await calls.newProducer(node);
    if (isForbidden(answer.code)) throw this.#unavailable(forbidden(this.#topic));
    if (answer.code !== code.none)
      throw new LinkError(`a producer's id was answered with ${codeName(answer.code)}`, false);
    return { id: answer.producerId, epoch: answer.producerEpoch, nextSequence: 0 };
  }

  #judge(batch: Batch, answer: ProduceAnswer): Outcome {
    const name = codeName(answer.code);
    switch (produceVerdict(answer.code)) {
      case 'landed':
        if (answer.baseOffset < 0) return this.#failed('it landed, but the broker tells no offset');
        if (answer.baseOffset > this.#lastOffset) return { kind: 'landed', answer };
        this.#wentBack = this.#backAt(answer.baseOffset);
        return { kind: 'failed', error: this.#wentBack };
      case 'landed-somewhere':
        return this.#failed('it landed, but so long ago that the broker tells no offset');
      case 'sequence':
        // What was never sent before has not landed, so it may go under another number.
        if (batch.isUnknown) return this.#failed(`${name}, after a reply was lost`);
        this.#renewProducer();
        batch.bytes = undefined;
        return again(name, name, false);
      case 'too-large':
        return { kind: 'failed', error: this.#tooLarge(batch) };
      case 'refused':
        return this.#failed(isForbidden(answer.code) ? forbidden(this.#topic) : `${name} ${answer.message ?? ''}`);
      case 'topic':
      case 'again':
        this.#isStraggling ||= lacksReplicas(answer.code);
        // Some codes are told after the batch was written, so that only its copy tells what became of it.
        return again(name, name, true);
    }
  }

  #land({ settles, startedMs, bytes, builder }: Batch, { baseOffset, appendTimeMs }: ProduceAnswer): void {
    const { clock, metrics } = this.#parts;
    const producer = this.#producer as Producer;
    const nextSequence = producer.nextSequence + builder.count;
    this.#producer = { ...producer, nextSequence };
    this.#lastOffset = baseOffset + builder.count - 1;
    this.#isStraggling = false;
    // The sequence has 31 bits; a new epoch begins at 0 again.
    if (nextSequence > sequenceMax - this.#parts.settings.batchRecordsMax) this.#renewProducer();
    this.#release(builder);
    metrics.appended(this.#topic, (clock.monotonicMs() - startedMs) / 1_000, builder.count, bytes?.length ?? 0);
    if (appendTimeMs < 0) {
      const remedy = 'set message.timestamp.type=LogAppendTime';
      const error = this.#unavailable(`topic ${this.#topic} keeps no append times; ${remedy}`);
      for (const { reject } of settles) reject(error);
      return;
    }
    for (const [index, { resolve }] of settles.entries()) resolve({ offset: baseOffset + index, appendTimeMs });
  }

  #fail({ settles, builder }: Batch, error: LogError): void {
    this.#renewProducer();
    this.#release(builder);
    this.#parts.metrics.refused(error.code, builder.count);
    for (const { reject } of settles) reject(error);
  }

  /** Nothing may use this producer's next sequence any more; a higher epoch fences whatever of it is still on its way. */
  #renewProducer(): void {
    const before = this.#producer;
    this.#producer =
      before === undefined || before.epoch >= epochMax
        ? undefined
        : { id: before.id, epoch: before.epoch + 1, nextSequence: 0 };
  }

  #release(builder: BatchBuilder): void {
    this.#waitingBytes -= builder.valueBytes + builder.count * recordOverheadBytes;
  }

  /** Why nothing may be appended any more; `undefined` while all is well. */
  #replaced(): LogError | undefined {
    return this.#wentBack ?? this.#parts.view.replaced(this.#topic);
  }

  #backAt(offset: number): LogError {
    const fact = `partition ${this.#partition} of ${this.#topic} went back: it took a record at offset ${offset}`;
    const remedy = 'what was acknowledged from there on is lost: look after the brokers, then start again';
    return new LogError('LOG_REPLACED', `${fact}, and records were acknowledged up to ${this.#lastOffset}; ${remedy}`);
  }

  #failed(problem: string): Outcome {
    return { kind: 'failed', error: this.#unavailable(problem) };
  }

  #late({ isUnknown }: Batch, problem: string): LogError {
    const { deliveryTimeoutMs } = this.#parts.settings;
    const known = isUnknown ? mayHaveLanded : 'it was not sent';
    return this.#unavailable(`no broker took the record within ${deliveryTimeoutMs} ms (${problem}), and ${known}`);
  }

  #tooLarge({ builder }: Batch): LogError {
    const fact = `topic ${this.#topic} refused a batch of ${builder.size} bytes`;
    const remedy = `its max.message.bytes must hold a record of ${logRecordBytesMax} bytes: set it to 9437184`;
    return new LogError(builder.count === 1 ? 'RECORD_TOO_LARGE' : 'LOG_UNAVAILABLE', `${fact}; ${remedy}`);
  }

  #full(): LogError {
    const { laneBytesMax } = this.#parts.settings;
    return this.#unavailable(
      `${this.#waitingBytes} bytes wait already, of ${laneBytesMax} at most; nothing was sent, append it again later`,
    );
  }

  #unavailable(problem: string): LogError {
    return new LogError('LOG_UNAVAILABLE', `partition ${this.#partition} of ${this.#topic}: ${problem}`);
  }
}

function again(problem: string, name: string, maySent: boolean): Outcome {
  return { kind: 'again', problem, code: name, maySent };
}

function forbidden(topic: string): string {
  return `this client may not write to topic ${topic}; grant it Write on it`;
}

/** Only where a connection could not be had is it sure that nothing was sent. */
function mayHaveArrived(error: unknown): boolean {
  return !(error instanceof KafkaError) && !(error instanceof LinkError && !error.maySent);
}

function packingOf(
  bytes: number,
  settings: { readonly compression: Compression; readonly compressFromBytes: number },
): typeof zstdPacking | undefined {
  return settings.compression === 'zstd' && bytes >= settings.compressFromBytes ? zstdPacking : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
