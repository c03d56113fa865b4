/**
 * One open stream, whatever carries it. In: messages in order. Out: how far it is settled, and the ticks that were
 * refused. Law 3: a message is settled when the log has all of it, and messages are acknowledged in their order; after
 * a failure nothing is. Law 7: so many ticks are unsettled and so many rejects untold at most; then `take` waits.
 */
import {
  type Appended,
  mayAcknowledge,
  type PublishPart,
  PublishStream,
  type ReachedTick,
  type RejectedTick,
  type StreamIdentity,
  type TakeContext,
  type Taken,
  checkPublisherAge,
} from '@tapeline/domain';
import { Bell } from './bell.ts';
import { GatheredPart, type OpenPart } from './gathered-part.ts';
import type { IngestCore } from './ingest-core.ts';
import { appendedTooLate, logRefusal, shuttingDown } from './ingest-refusal.ts';
import type { Lane } from './lane.ts';

/** What is settled: every tick with this sequence or a lower one, every message with this number or a lower one. */
export type StreamAck = { readonly sequence: number; readonly requests: number };

/** A message of which something is not settled yet, or the first of several that are settled together. */
type Unsettled = {
  /** What is acknowledged while this is not settled: all before it. */
  readonly before: StreamAck;
  partsLeft: number;
  /** How far it goes in its instruments, as far as its parts are settled. */
  readonly reached: ReachedTick[];
};

type Single = NonNullable<ReturnType<PublishStream['readSingle']>>;

type WholeTaken = Exclude<Taken, { readonly missing: readonly string[] }>;

/** Rejects that wait to be told at which nothing more is taken. */
const untoldRejectsMax = 4_000;

const noneUnknown: ReadonlySet<string> = new Set();

/** A stream from its opening to its end. */
export class OpenStream {
  readonly identity: StreamIdentity;
  /** Rings when something was settled or the stream came to its end. */
  readonly changed: Bell = new Bell();
  /** Refused ticks that are durable as Voids and not told yet. */
  untold: RejectedTick[] = [];
  readonly #stream: PublishStream;
  readonly #core: IngestCore;
  readonly #onReject: ((rejected: RejectedTick) => void) | undefined;
  /** In the order of the messages; of several that are settled together the first counts. */
  readonly #unsettled: Unsettled[] = [];
  #unsettledTicks = 0;
  /** Everything that was taken; `open` is the first message. */
  #taken: StreamAck = { sequence: 0, requests: 1 };
  /** Parts that single ticks may still be added to, by partition; all of one map. */
  readonly #gathered: (GatheredPart | undefined)[] = [];
  /** The one that was asked for last. */
  #gathering: GatheredPart | undefined;
  #turn: TakeContext;
  #ack: StreamAck = { sequence: 0, requests: 1 };
  #failure: Error | undefined;
  #isShut = false;

  /** Enters the stream. With `onReject` refused ticks are told there at once. Throws what `IngestCore.enter` throws. */
  constructor(identity: StreamIdentity, core: IngestCore, onReject?: (rejected: RejectedTick) => void) {
    this.identity = identity;
    this.#stream = new PublishStream(identity, core.readers);
    this.#core = core;
    this.#onReject = onReject;
    this.#turn = core.context(identity.dataset, noneUnknown);
    core.enter(this);
  }

  get ack(): StreamAck {
    return this.#ack;
  }

  /** Why the stream cannot go on; what is unsettled then stays so. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Whether everything that was taken is settled. */
  get isSettled(): boolean {
    return this.#unsettled.length === 0;
  }

  /** Whether nothing more may be taken because ingest stops. */
  get isShut(): boolean {
    return this.#isShut;
  }

  /** Takes the next message and resolves when there is room for another one. Rejects with what ends the stream. */
  async take(take: (stream: PublishStream, context: TakeContext) => Taken): Promise<WholeTaken> {
    this.#checkGoing();
    const { dataset } = this.identity;
    const taken = await this.#core.withTerms<WholeTaken>(dataset, (context) => {
      this.#checkAge(context);
      return take(this.#stream, context);
    });
    const { parts, ticks, sequence } = taken;
    const message: Unsettled = { before: this.#taken, partsLeft: parts.length, reached: [] };
    if (parts.length > 0) this.#unsettled.push(message);
    this.#tookOne(sequence, ticks);
    for (const part of parts) {
      // What comes later may not go before it.
      this.#gathered[part.partition] = undefined;
      await this.#core.add(part, {
        isWanted: () => this.#failure === undefined,
        settled: (appended) => this.#settle(message, part, appended),
        dropped: () => undefined,
        failed: (error) => this.end(logRefusal(error)),
      });
    }
    await this.#room();
    return taken;
  }

  /** Single ticks that are taken until the next call count as received now. Throws what ends the stream. */
  beginTurn(): void {
    this.#turnTo(this.#core.context(this.identity.dataset, noneUnknown));
    this.#checkAge(this.#turn);
  }

  /** By another map an instrument may go elsewhere: what is taken from now on goes behind all before, as acks do. */
  #turnTo(context: TakeContext): void {
    if (context.placement !== this.#turn.placement) {
      this.#gathered.length = 0;
      this.#gathering = undefined;
    }
    this.#turn = context;
  }

  /** The tick of a message that has just one; `undefined` = the message is for `take`. */
  readSingle(bytes: Uint8Array): Single | undefined {
    return this.#stream.readSingle(bytes);
  }

  /** Takes a message of one tick; what comes back is to be waited for first. Throws and rejects with what ends the stream. */
  takeSingle(single: Single): Promise<void> | undefined {
    this.#checkGoing();
    if (this.#stream.takeSingle(single, this.#turn, this.#openPart) !== undefined) return this.#takeUnknown(single);
    this.#tookSingle(single);
    return this.#hasRoom() ? undefined : this.#room();
  }

  /** Resolves when everything that was taken is settled. Rejects with what ended the stream. */
  async settleAll(): Promise<void> {
    while (!this.isSettled) {
      if (this.#failure !== undefined) throw this.#failure;
      await this.changed.heard();
    }
  }

  /** Ends the stream with an error; the first one stays. */
  end(failure: Error): void {
    this.#failure ??= failure;
    this.changed.ring();
    this.#core.dropUnwanted();
  }

  /** Takes nothing more, because ingest stops. */
  shut(): void {
    this.#isShut = true;
    this.changed.ring();
  }

  /** Lets go of its place; may be called twice. */
  leave(): void {
    this.#core.leave(this);
  }

  /** Forgets the rejects that were told, so that more may be taken. */
  takeUntold(): RejectedTick[] {
    const told = this.untold;
    this.untold = [];
    if (told.length > 0) this.changed.ring();
    return told;
  }

  /** Takes a tick of an instrument that the store has to be asked for. */
  async #takeUnknown(single: Single): Promise<void> {
    await this.#core.withTerms<object>(this.identity.dataset, (context) => {
      this.#turnTo(context);
      const symbol = this.#stream.takeSingle(single, context, this.#openPart);
      return symbol === undefined ? {} : { missing: [symbol] };
    });
    this.#tookSingle(single);
    await this.#room();
  }

  readonly #openPart = (partition: number): OpenPart => {
    const open = this.#gathered[partition];
    this.#gathering = open?.isOpen === true ? open : this.#newPart(partition);
    return this.#gathering.builder;
  };

  #newPart(partition: number): GatheredPart {
    const first: Unsettled = { before: this.#taken, partsLeft: 1, reached: [] };
    const builder = this.#stream.openPart(partition, this.#turn);
    const part = new GatheredPart(builder, this.#core.lanes[partition] as Lane, {
      isWanted: () => this.#failure === undefined,
      settled: (whole, appended) => this.#settle(first, whole, appended),
      failed: (error) => this.end(logRefusal(error)),
    });
    this.#unsettled.push(first);
    this.#gathered[partition] = part;
    return part;
  }

  #tookSingle({ tick }: Single): void {
    this.#gathering?.grew();
    this.#tookOne(tick.sequence, 1);
  }

  #tookOne(sequence: number, ticks: number): void {
    const { sequence: highest, requests } = this.#taken;
    this.#taken = { sequence: Math.max(highest, sequence), requests: requests + 1 };
    this.#unsettledTicks += ticks;
  }

  /** Whether another message may be taken. */
  #hasRoom(): boolean {
    if (this.#gathering !== undefined && this.#core.lanes[this.#gathering.builder.partition]?.isFull === true)
      return false;
    return this.#unsettledTicks < this.#core.parts.config.unsettledTicksMax && this.untold.length < untoldRejectsMax;
  }

  async #room(): Promise<void> {
    const { unsettledTicksMax } = this.#core.parts.config;
    while (this.#unsettledTicks >= unsettledTicksMax || this.untold.length >= untoldRejectsMax) {
      this.#checkGoing();
      await this.changed.heard();
    }
    const lane = this.#gathering === undefined ? undefined : this.#core.lanes[this.#gathering.builder.partition];
    await lane?.room(() => this.#failure === undefined);
  }

  #checkAge({ nowNs }: TakeContext): void {
    checkPublisherAge(this.identity.publisherId, Number(nowNs / 1_000_000n));
  }

  #checkGoing(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#isShut) throw shuttingDown();
  }

  #settle(message: Unsettled, part: PublishPart, appended: Appended): void {
    if (this.#failure !== undefined) return;
    const { publisherId, dataset } = this.identity;
    if (!mayAcknowledge(publisherId, appended.appendTimeMs)) {
      this.end(appendedTooLate(appended.appendTimeMs, this.#core.parts.clock.nowMs()));
      return;
    }
    this.#core.metrics.settled(part.accepted, part.rejects);
    this.#unsettledTicks -= part.accepted + part.rejects.length;
    for (const rejected of part.rejects) {
      if (this.#onReject === undefined) this.untold.push(rejected);
      else this.#onReject(rejected);
    }
    message.reached.push(...part.reached);
    message.partsLeft -= 1;
    let settled = 0;
    while (this.#unsettled[settled]?.partsLeft === 0) settled += 1;
    // In the order of the messages: parts of one instrument may be in several lanes.
    for (const { reached } of this.#unsettled.splice(0, settled)) {
      this.#core.settled.reach(publisherId, dataset, reached);
    }
    this.#ack = this.#unsettled[0]?.before ?? this.#taken;
    this.changed.ring();
  }
}
