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
  type RejectedTick,
  type StreamIdentity,
  type TakeContext,
  type Taken,
  checkPublisherAge,
} from '@tapeline/domain';
import { Bell } from './bell.ts';
import type { IngestCore } from './ingest-core.ts';
import { appendedTooLate, logRefusal, shuttingDown } from './ingest-refusal.ts';

/** What is settled: every tick with this sequence or a lower one, every message with this number or a lower one. */
export type StreamAck = { readonly sequence: number; readonly requests: number };

/** A message of which something is not settled yet. */
type Unsettled = { readonly sequence: number; readonly requests: number; partsLeft: number };

type WholeTaken = Exclude<Taken, { readonly missing: readonly string[] }>;

/** Rejects that wait to be told at which nothing more is taken. */
const untoldRejectsMax = 4_000;

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
  readonly #unsettled: Unsettled[] = [];
  #unsettledTicks = 0;
  /** Messages taken; `open` is the first. */
  #requests = 1;
  #ack: StreamAck = { sequence: 0, requests: 1 };
  #failure: Error | undefined;
  #isShut = false;

  /** Enters the stream. With `onReject` refused ticks are told there at once. Throws SHUTTING_DOWN or STREAMS_TOO_MANY. */
  constructor(identity: StreamIdentity, core: IngestCore, onReject?: (rejected: RejectedTick) => void) {
    this.identity = identity;
    this.#stream = new PublishStream(identity, core.readers);
    this.#core = core;
    this.#onReject = onReject;
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
    this.#requests += 1;
    const { dataset, publisherId } = this.identity;
    const taken = await this.#core.withTerms<WholeTaken>(dataset, (context) => {
      checkPublisherAge(publisherId, Number(context.nowNs / 1_000_000n));
      return take(this.#stream, context);
    });
    const { parts, ticks, sequence } = taken;
    const message: Unsettled = { sequence, requests: this.#requests, partsLeft: parts.length };
    this.#unsettled.push(message);
    this.#unsettledTicks += ticks;
    for (const part of parts) {
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

  async #room(): Promise<void> {
    const { unsettledTicksMax } = this.#core.parts.config;
    while (this.#unsettledTicks >= unsettledTicksMax || this.untold.length >= untoldRejectsMax) {
      this.#checkGoing();
      await this.changed.heard();
    }
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
    this.#core.settled.reach(publisherId, dataset, part.reached);
    this.#unsettledTicks -= part.accepted + part.rejects.length;
    for (const rejected of part.rejects) {
      if (this.#onReject === undefined) this.untold.push(rejected);
      else this.#onReject(rejected);
    }
    message.partsLeft -= 1;
    let settled = 0;
    for (const { partsLeft, sequence, requests } of this.#unsettled) {
      if (partsLeft > 0) break;
      settled += 1;
      this.#ack = { sequence: Math.max(this.#ack.sequence, sequence), requests };
    }
    this.#unsettled.splice(0, settled);
    this.changed.ring();
  }
}
