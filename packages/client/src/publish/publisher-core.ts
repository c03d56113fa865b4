/**
 * The publisher: takes ticks, keeps streams open one after the other, renews its id. In: options and what ingest says.
 * Out: every tick that was taken goes out under one identity until it is settled, in order, to whichever ingest is there.
 */
import { TimeDomain } from '@tapeline/domain';
import { batchFrame, frameOf, type PublishFrame, type wireIngest } from '@tapeline/wire';
import { asError } from '../as-error.ts';
import { RetryWaits } from '../client-clock.ts';
import { type Deferred, deferred } from '../deferred.ts';
import { AttributeBook } from './attribute-book.ts';
import { clocksDisagree, isExpiry, isPassing } from './connection-faults.ts';
import { InstrumentTermsBook } from './instrument-terms.ts';
import { JournalFile } from './journal-file.ts';
import { JournalKeeper } from './journal-keeper.ts';
import { LinkBook } from './link-book.ts';
import { ProgressBook } from './progress-book.ts';
import { PublishSession } from './publish-session.ts';
import { EndOfInstruments } from './end-of-instruments.ts';
import type { InstrumentDeclaration, PublishTick, TickTime } from './publish-tick.ts';
import { JournalError, PublisherExpiredError, PublisherFailedError, type UnsettledRange } from './publisher-errors.ts';
import type { PublisherSettings } from './publisher-settings.ts';
import type { Publisher } from './publisher-types.ts';
import { instantOf, readTick } from './read-tick.ts';
import { TickIntake } from './tick-intake.ts';
import { UnsettledQueue } from './unsettled-queue.ts';

/** How long a server may take to end a stream of which everything is settled, ms. */
const finishMs = 2_000;

/** Instruments in one progress or end. */
const perMessageMax = 2_000;

type Identity = { readonly publisherId: bigint; readonly expireTimeNs: bigint };

/** A publisher that runs from its making on. */
export class PublisherCore implements Publisher {
  /** Resolves when the first stream is open; rejects when the publisher failed before. */
  readonly ready: Promise<void>;
  readonly #settings: PublisherSettings;
  readonly #terms = new InstrumentTermsBook();
  readonly #attributes = new AttributeBook();
  readonly #links = new LinkBook();
  readonly #queue: UnsettledQueue;
  readonly #intake: TickIntake;
  readonly #journal: JournalKeeper | undefined;
  readonly #progress: ProgressBook | undefined;
  readonly #stop = new AbortController();
  readonly #waits: RetryWaits;
  readonly #firstOpen: Deferred<void> = deferred();
  readonly #waiters = new Set<() => void>();
  readonly #done: Promise<void>;
  #identity: Identity | undefined;
  #session: PublishSession | undefined;
  #failure: Error | undefined;
  #isClosing = false;
  #isRenewing = false;
  #ending: EndOfInstruments | undefined;
  /** Ticks whose rejection was told and that are not settled; as many as may be unsettled at most. */
  readonly #told = new Set<number>();
  #isOpen = false;
  #wasOpen = false;
  #lastError: Error | undefined;

  /** Throws `JournalError`, `TickInvalidError`, or `PublisherExpiredError` for a journal whose id has ended. */
  constructor(settings: PublisherSettings) {
    this.#settings = settings;
    for (const declaration of settings.instruments) this.#terms.declare(declaration);
    this.#waits = new RetryWaits({ ...settings.retry, random: settings.random });
    const isLive = settings.timeDomain === TimeDomain.live;
    this.#progress = isLive ? undefined : new ProgressBook(settings.outOfOrderSec);
    const purpose = { dataset: settings.dataset, timeDomain: settings.timeDomain };
    const file = settings.journal === undefined ? undefined : new JournalFile(settings.journal, purpose);
    const opened = file?.opened;
    this.#queue = new UnsettledQueue(opened?.last);
    this.#journal = file === undefined ? undefined : new JournalKeeper(file, this.#queue);
    this.#identity = opened?.identity;
    for (const batch of opened?.unsettled ?? []) this.#queue.add(batch);
    for (const [symbol, link] of opened?.links ?? []) {
      this.#links.set(symbol, link);
      this.#progress?.know(symbol, link);
    }
    this.#intake = new TickIntake({
      ...settings,
      queue: this.#queue,
      links: this.#links,
      progress: this.#progress,
      journal: this.#journal,
      lastSequence: opened?.last ?? 0,
      changed: () => this.#changed(),
      failed: (error) => this.#fail(error),
    });
    this.ready = this.#firstOpen.promise;
    this.#done = this.#run().catch((error: unknown) => this.#fail(asError(error)));
  }

  get publisherId(): bigint {
    return this.#identity?.publisherId ?? 0n;
  }

  get unsettledTicks(): number {
    return this.#intake.ticks;
  }

  async publish(tick: PublishTick): Promise<number> {
    if (this.#ending !== undefined && !this.#isRenewing) {
      throw new PublisherFailedError('ENDED', 'end was called, so nothing may follow; connect a new publisher');
    }
    return await this.#intake.publish(readTick(tick, this.#terms.of(tick.symbol), this.#attributes));
  }

  declare(instrument: InstrumentDeclaration): void {
    this.#terms.declare(instrument);
  }

  progress(time: TickTime): void {
    if (this.#progress === undefined) {
      throw new PublisherFailedError(
        'PROGRESS_NOT_OF_DOMAIN',
        'progress is of delayed and replay publishers; leave it out',
      );
    }
    this.#progress.reach(instantOf(time, 'time').sec);
    this.#progress.collect();
    this.#changed();
  }

  async flushed(): Promise<void> {
    await this.#intake.waited();
    this.#intake.flush();
    const target = this.#intake.lastSequence;
    await this.#until(() => this.#settledUpTo(target) && this.#progress?.isSettled !== false);
  }

  async end(): Promise<void> {
    if (this.#progress === undefined) {
      throw new PublisherFailedError(
        'PROGRESS_NOT_OF_DOMAIN',
        'end is of delayed and replay publishers; close a live one',
      );
    }
    await this.#until(() => !this.#isRenewing);
    await this.flushed();
    this.#ending ??= new EndOfInstruments([...this.#links.entries()], perMessageMax);
    this.#changed();
    await this.#until(() => this.#ending?.isSettled === true);
  }

  async close(graceMs: number = 30_000): Promise<void> {
    const closed = new PublisherFailedError('CLOSED', 'the publisher was closed; connect a new one');
    if (this.#failure === undefined && !this.#isClosing && graceMs > 0) {
      const timer = new AbortController();
      const late = this.#settings.clock.sleep(graceMs, timer.signal);
      await Promise.race([Promise.allSettled([this.flushed()]), late]);
      timer.abort();
    }
    if (this.#isClosing) {
      await this.#done;
      return;
    }
    this.#isClosing = true;
    this.#intake.close(closed);
    this.#changed();
    if (this.unsettledTicks > 0 || !this.#isOpen) this.#stop.abort(closed);
    const timer = new AbortController();
    void this.#settings.clock.sleep(finishMs, timer.signal).then(() => this.#stop.abort(closed));
    await this.#done;
    timer.abort();
    this.#failure ??= closed;
    this.#notify();
    this.#closeJournal();
  }

  async #run(): Promise<void> {
    const { addresses, clock, times } = this.#settings;
    await this.#checkExpiry();
    void clock.sleep(times.connectMs, this.#stop.signal).then(() => this.#giveUpFirst());
    for (let turn = 0; !this.#stop.signal.aborted; turn += 1) {
      const address = addresses[turn % addresses.length] ?? '';
      try {
        await this.#stream(address);
        if (this.#isClosing && !this.#isRenewing) return;
        this.#renewed();
      } catch (error) {
        this.#isOpen = false;
        await this.#afterError(asError(error), address);
      }
    }
  }

  async #stream(address: string): Promise<void> {
    const { clock, tls, times } = this.#settings;
    this.#queue.rewind();
    this.#progress?.rewind();
    this.#ending?.rewind();
    const session = new PublishSession({
      address,
      tls,
      clock,
      openMs: times.openMs,
      settleMs: times.settleMs,
      stop: this.#stop.signal,
      open: this.#openFrame(),
      opened: (publisher) => this.#opened(address, publisher),
      next: (request) => this.#next(request),
      acked: (sequence, requests) => this.#acked(sequence, requests),
      rejected: (reject) => this.#rejected(reject),
      watch: () => this.#watch(),
    });
    this.#session = session;
    await session.run();
  }

  #openFrame(): PublishFrame {
    const { dataset, timeDomain, clientName } = this.#settings;
    const value = { publisherId: this.publisherId, timeDomain, dataset, clientName };
    return frameOf({ $case: 'open', value });
  }

  #opened(address: string, { publisherId, expireTimeNs }: wireIngest.Publisher): void {
    this.#identity = { publisherId, expireTimeNs };
    this.#journal?.identity(this.#identity);
    [this.#isOpen, this.#wasOpen] = [true, true];
    this.#firstOpen.resolve();
    this.#settings.listener.connected?.({ address, publisherId, resent: this.#queue.ticks });
    if (!this.#isRenewing) this.#intake.release(false);
  }

  #next(request: number): PublishFrame | 'finish' | undefined {
    const batch = this.#queue.take();
    if (batch !== undefined) return batchFrame(batch.block);
    if (this.#settings.isProgressAuto) this.#progress?.collect();
    const due = this.#progress?.take(perMessageMax, this.#queue.sentSequence, request) ?? [];
    if (due.length > 0) return progressFrame(due);
    const isQuiet = this.#intake.ticks === 0 && this.#progress?.isSettled !== false;
    if (isQuiet && this.#isRenewing) this.#ending ??= this.#endOfIdentity();
    const instruments = isQuiet ? this.#ending?.take(request) : undefined;
    if (instruments !== undefined) return frameOf({ $case: 'endOfReplay', value: { instruments } });
    const isOver = isQuiet && this.#ending?.isSettled !== false;
    return isOver && (this.#isRenewing || this.#isClosing) ? 'finish' : undefined;
  }

  #acked(sequence: number, requests: number): void {
    this.#waits.reset();
    this.#intake.settle(sequence);
    this.#progress?.settle(requests);
    this.#ending?.settle(requests);
    for (const told of this.#told) if (told <= sequence) this.#told.delete(told);
    this.#notify();
  }

  /** After a reconnect a tick can be sent, and refused, again; it is told once. */
  #rejected({ sequence, symbol, rejection }: wireIngest.PublishReject): void {
    const at = Number(sequence);
    if (this.#told.has(at)) return;
    this.#told.add(at);
    const { code = '', message = '', facts = {} } = rejection ?? {};
    this.#settings.listener.rejected?.({ sequence: at, symbol, code, message, facts });
  }

  #watch(): void {
    const { clock, times } = this.#settings;
    if (this.#identity === undefined || this.#isRenewing || this.#isClosing || this.#ending !== undefined) return;
    if (clock.nowNs() < this.#identity.expireTimeNs - BigInt(times.renewMs) * 1_000_000n) return;
    // Everything under the old id is settled before the new one begins; until then nothing is taken.
    this.#isRenewing = true;
    this.#intake.hold();
  }

  #endOfIdentity(): EndOfInstruments {
    const instruments = this.#progress === undefined ? [] : [...this.#links.entries()];
    return new EndOfInstruments(instruments, perMessageMax);
  }

  /** The stream of the old id ended well, with nothing unsettled. */
  #renewed(): void {
    if (!this.#isRenewing) return;
    this.#isRenewing = false;
    this.#newIdentity();
  }

  #newIdentity(dropped?: UnsettledRange): void {
    const publisherId = this.publisherId;
    this.#ending = undefined;
    this.#identity = undefined;
    this.#links.clear();
    this.#progress?.clear();
    this.#journal?.dropAll();
    this.#settings.listener.renewed?.({ publisherId, ...(dropped === undefined ? {} : { dropped }) });
  }

  async #afterError(thrown: Error, address: string): Promise<void> {
    const { clock, listener } = this.#settings;
    if (this.#stop.signal.aborted) return;
    const doubt = isExpiry(thrown) ? clocksDisagree(thrown, this.#identity?.expireTimeNs, clock.nowNs()) : undefined;
    const error = doubt ?? thrown;
    this.#lastError = error;
    if (isExpiry(error)) await this.#expired(error);
    else if (!isPassing(error)) {
      const reason = 'reason' in error && error.reason !== '' ? String(error.reason) : error.name;
      throw new PublisherFailedError(reason, `the publisher cannot go on: ${error.message}`, { cause: error });
    }
    // After an expiry too: where ids end as soon as they are issued, a client must not ask for one after the other.
    const retryMs = this.#waits.nextMs();
    listener.disconnected?.({ address, error, retryMs });
    await clock.sleep(retryMs, this.#stop.signal);
  }

  /** A journal may have lain longer than its id lived. */
  async #checkExpiry(): Promise<void> {
    const { clock } = this.#settings;
    if (this.#identity !== undefined && clock.nowNs() >= this.#identity.expireTimeNs) await this.#expired();
  }

  async #expired(cause?: Error): Promise<void> {
    this.#intake.hold();
    await this.#until(() => this.#intake.isFlushed);
    const dropped = this.#queue.range();
    if (dropped !== undefined && this.#settings.expired === 'fail') {
      throw new PublisherExpiredError(this.publisherId, dropped, { cause });
    }
    this.#isRenewing = false;
    this.#queue.drop();
    this.#newIdentity(dropped);
    this.#notify();
  }

  #giveUpFirst(): void {
    if (this.#wasOpen || this.#stop.signal.aborted) return;
    const { addresses, times } = this.#settings;
    const message =
      `no server of ${addresses.join(', ')} opened a stream within ${times.connectMs} ms` +
      `${this.#lastError === undefined ? '' : ` (${this.#lastError.message})`}; check the address`;
    this.#fail(new PublisherFailedError('NO_ANSWER', message, { cause: this.#lastError }));
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#intake.close(error);
    this.#firstOpen.reject(error);
    this.#stop.abort(error);
    this.#notify();
  }

  #closeJournal(): void {
    if (this.#failure instanceof JournalError) this.#journal?.abandon();
    else this.#journal?.close();
  }

  #settledUpTo(sequence: number): boolean {
    const range = this.#queue.range();
    return this.#intake.isFlushed && (range === undefined || range.first > sequence);
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => this.#waiters.add(resolve));
    }
  }

  #changed(): void {
    this.#session?.ring();
    this.#notify();
  }

  #notify(): void {
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }
}

function progressFrame(due: ReturnType<ProgressBook['take']>): PublishFrame {
  const instruments = due.map(({ symbol, link, timeSec }) => ({
    symbol,
    link: BigInt(link),
    timeNs: BigInt(timeSec) * 1_000_000_000n,
  }));
  return frameOf({ $case: 'progress', value: { instruments } });
}
