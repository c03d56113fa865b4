/**
 * One replay from its first tick to its last. In: files that are to be read. Out: their ticks in the order of the merge
 * on the publishers' streams, what quiet instruments are past, and the end of each file. Law 7: a round of ticks and two
 * batches of each open file are in memory, and 200 files are open at once at most.
 */
import { setImmediate } from 'node:timers/promises';
import { formatEventTime, TimeDomain } from '@tapeline/domain';
import { MergedRecordings, RecordedInstruments, type RecordedTick, SeenTicks } from '@tapeline/recordings';
import type { ReplaySpeed } from '../feed-options.ts';
import { type PublisherParts, TickPublisher } from '../publish/tick-publisher.ts';
import type { ReplayRegister } from '../replay-register.ts';
import { sourceKey } from '../source-key.ts';
import { ReplayPacer } from './replay-pacer.ts';
import { ReplayRound } from './replay-round.ts';
import type { ReplaySource, SharedInstrument, SymbolChoice } from './replay-source.ts';

/** Files with an open publisher at once; ingest takes 256 streams of all its callers. */
const openMax = 200;

/** How often quiet instruments are told of: by the clock, ms, and by event time, seconds; what comes first. */
const progressEveryMs = 500;
const progressEverySec = 3_600;
const waitMsMax = 250;
const waitMsMin = 10;
const roundsPerTurn = 8;

/**
 * How long after its last tick, by event time, a file goes on telling that it is past: the longest trading date and a
 * day. Until then a bar that it shares with another file may still be open.
 */
const endAfterSec = 50 * 3_600;

/** More files overlap in time than can be open at once. */
export class TooManyOpenError extends Error {
  override name = 'TooManyOpenError';
}

/** One run. */
export class ReplayRun {
  readonly #parts: PublisherParts;
  readonly #register: ReplayRegister;
  readonly #speed: ReplaySpeed;
  readonly #pacer: ReplayPacer;
  readonly #sources: readonly ReplaySource[];
  readonly #open = new Set<ReplaySource>();
  readonly #instruments = new RecordedInstruments();
  readonly #shared = new Map<string, SharedInstrument>();
  readonly #seen = new SeenTicks();
  readonly #round = new ReplayRound();
  #progressAtMs = -Infinity;
  #progressSec = -Infinity;
  #rounds = 0;

  constructor(parts: PublisherParts, register: ReplayRegister, speed: ReplaySpeed, sources: readonly ReplaySource[]) {
    this.#parts = parts;
    this.#register = register;
    this.#speed = speed;
    this.#pacer = new ReplayPacer(speed, parts.clock);
    this.#sources = sources;
  }

  /** Reads everything; ends early at a stop, and then nothing is ended or noted as complete. */
  async read(): Promise<void> {
    const { asked } = this.#parts.stop;
    const byCursor = new Map(this.#sources.map((source) => [source.cursor, source]));
    const cursors = [...byCursor.keys()];
    // A file without a tick has no turn in the merge, and may have refused rows to tell of.
    for (const cursor of cursors) if (cursor.head === undefined) await cursor.open();
    try {
      const merged = new MergedRecordings(cursors);
      for (let cursor = merged.leader; cursor !== undefined && !asked.aborted; cursor = merged.leader) {
        if (!cursor.isOpen) await cursor.open();
        else {
          const source = byCursor.get(cursor) as ReplaySource;
          const tick = cursor.head as RecordedTick;
          const waits = this.#take(source, tick, merged);
          if (waits !== undefined) {
            await waits;
            if (asked.aborted) break;
          }
          if (!cursor.next()) await cursor.refill();
          if (cursor.head === undefined) source.isRead = true;
        }
        merged.settle();
      }
      await this.#round.send();
    } finally {
      for (const cursor of cursors) await cursor.close();
    }
    for (const source of this.#sources) {
      if (asked.aborted) await source.close();
      else await this.#finish(source);
    }
  }

  /** Takes the next tick; answers a promise only where something has to be waited for, which is rare. */
  #take(source: ReplaySource, tick: RecordedTick, merged: MergedRecordings): Promise<void> | undefined {
    const choice = source.choices.get(tick.symbol) ?? this.#meet(source, tick);
    // A tick is remembered even where it is not sent: a file that is complete tells what was counted.
    if (this.#seen.hasSeen(source.dataset, tick) || choice === 'passed over') return undefined;
    const isDue = this.#speed === 'max' || this.#pacer.waitMs(tick.eventSec, tick.eventNano) <= 0;
    if (isDue && source.publisher !== undefined && !this.#round.mustSendBefore(source, tick, choice)) {
      this.#round.add(source, tick, choice);
      return undefined;
    }
    return this.#takeAfterWait(source, tick, choice, merged);
  }

  async #takeAfterWait(
    source: ReplaySource,
    tick: RecordedTick,
    choice: Exclude<SymbolChoice, 'passed over'>,
    merged: MergedRecordings,
  ): Promise<void> {
    const { clock, stop } = this.#parts;
    await this.#sendRound(merged);
    for (;;) {
      const waitMs = this.#pacer.waitMs(tick.eventSec, tick.eventNano);
      if (waitMs <= 0 || stop.asked.aborted) break;
      await clock.sleep(Math.min(waitMsMax, Math.max(waitMsMin, waitMs)), stop.asked);
      await this.#tellProgress(merged);
    }
    if (stop.asked.aborted) return;
    if (source.publisher === undefined) await this.#openPublisher(source);
    this.#round.add(source, tick, choice);
  }

  async #sendRound(merged: MergedRecordings): Promise<void> {
    await this.#round.send();
    this.#rounds += 1;
    // The process does other work meanwhile: a sink may resolve without ever letting it.
    if (this.#rounds % roundsPerTurn === 0) await setImmediate();
    await this.#tellProgress(merged);
  }

  #meet(source: ReplaySource, tick: RecordedTick): SymbolChoice {
    const { symbol } = tick;
    const choice = this.#choiceOf(source, tick);
    source.choices.set(symbol, choice);
    return choice;
  }

  #choiceOf(source: ReplaySource, { symbol, line }: RecordedTick): SymbolChoice {
    if (!source.sends(symbol)) return 'passed over';
    const { recording } = source.cursor;
    const accepted = this.#instruments.accept(source.dataset, symbol, recording.termsOf(symbol));
    if ('conflict' in accepted) {
      this.#parts.report.refused('TERMS_MISMATCH', `${recording.path}:${line}: ${accepted.conflict}`);
      return 'passed over';
    }
    const name = `${source.dataset}\n${symbol}`;
    let shared = this.#shared.get(name);
    if (shared === undefined) this.#shared.set(name, (shared = ReplayRound.meet()));
    return { terms: accepted.terms, shared, link: 0, sec: 0 };
  }

  async #openPublisher(source: ReplaySource): Promise<void> {
    const { plan, dataset, key } = source;
    if (plan === undefined) return;
    if (this.#open.size >= openMax) {
      throw new TooManyOpenError(
        `more than ${openMax} files of the replay overlap in time; replay them in several runs`,
      );
    }
    const identity = {
      dataset,
      timeDomain: TimeDomain.replay,
      clientName: 'replay',
      sourceDigest: plan.part === 0 ? key : sourceKey([key, plan.part]),
    };
    const { publisherId } = plan;
    source.publisher = await TickPublisher.open(
      this.#parts,
      publisherId === undefined ? identity : { ...identity, publisherId },
    );
    this.#open.add(source);
    await this.#register.begin(key, { publisherId: source.publisher.id, symbols: plan.noted, recipe: '' });
  }

  async #tellProgress(merged: MergedRecordings): Promise<void> {
    const nowMs = this.#parts.clock.monotonicMs();
    const sec = Math.min(merged.lowSec, this.#pacer.eventNowSec);
    if (nowMs < this.#progressAtMs + progressEveryMs && sec < this.#progressSec + progressEverySec) return;
    if (!Number.isFinite(sec)) return;
    this.#progressAtMs = nowMs;
    this.#progressSec = sec;
    for (const source of this.#open) {
      if (source.isRead && source.lastSec + endAfterSec <= sec) await this.#finish(source);
      else await source.progressTo(sec);
    }
    const pace = this.#speed === 'max' ? 'as fast as they are taken' : `${this.#speed} times as fast as they were`;
    this.#parts.report.status('live', `replays ticks ${pace}, up to ${formatEventTime(sec)}`);
  }

  /** Nothing of the file follows: ends it, and notes it as complete once everything is durable. */
  async #finish(source: ReplaySource): Promise<void> {
    const { publisher, plan } = source;
    if (publisher === undefined) return;
    await source.end();
    this.#open.delete(source);
    if (plan?.completes === true) await this.#register.finish(source.key, publisher.id);
  }
}
