/**
 * One file of a replay as a publisher. In: its ticks in file order. Out: rows with the file's lines as sequences, what
 * quiet instruments are past, and its end. The publisher is opened with the first tick and noted before it is sent.
 */
import type { InstrumentProgress, InstrumentTerms, TickRow } from '@tapeline/domain';
import { type RecordedTick, type RecordingCursor, tickRowOf } from '@tapeline/recordings';
import type { TickPublisher } from '../publish/tick-publisher.ts';
import type { ReplayPlan } from './replay-plan.ts';

/** A plan by which ticks are sent. */
export type SendPlan = Extract<ReplayPlan, { kind: 'send' }>;

/** An instrument over all files: which of them have ticks of it in the round, and up to which second. */
export type SharedInstrument = { round: number; source: ReplaySource | undefined; isShared: boolean; sec: number };

/** An instrument of the file that is sent: its terms, how far the file is in it, and who else has ticks of it. */
export type ReplayedInstrument = {
  readonly terms: InstrumentTerms;
  readonly shared: SharedInstrument;
  link: number;
  /** Event time up to which ingest knows of it, seconds. */
  sec: number;
};

/** What a tick's symbol means here: it is sent, or passed over for a reason that was told. */
export type SymbolChoice = ReplayedInstrument | 'passed over';

const perMessageMax = 2_000;

/** A file. */
export class ReplaySource {
  readonly cursor: RecordingCursor;
  readonly dataset: string;
  readonly key: bigint;
  /** Absent = the file is read only to know which ticks have been counted. */
  readonly plan: SendPlan | undefined;
  readonly choices: Map<string, SymbolChoice> = new Map<string, SymbolChoice>();
  publisher: TickPublisher | undefined;
  /** Whether every tick of it was handed over. */
  isRead = false;
  #rows: TickRow[] = [];
  #lastSec = 0;

  constructor(cursor: RecordingCursor, dataset: string, key: bigint, plan: SendPlan | undefined) {
    this.cursor = cursor;
    this.dataset = dataset;
    this.key = key;
    this.plan = plan;
  }

  /** Ticks that wait to be sent. */
  get waiting(): number {
    return this.#rows.length;
  }

  /** Latest event time so far, seconds. */
  get lastSec(): number {
    return this.#lastSec;
  }

  /** Whether it is a symbol that the plan sends. */
  sends(symbol: string): boolean {
    const { plan } = this;
    if (plan === undefined || plan.without.has(symbol)) return false;
    return plan.symbols === 'all' || plan.symbols.includes(symbol);
  }

  /** Adds the file's next tick. */
  add(tick: RecordedTick, instrument: ReplayedInstrument): void {
    this.#rows.push(tickRowOf(tick, instrument.terms, instrument.link));
    instrument.link = tick.line;
    if (tick.eventSec > instrument.sec) instrument.sec = tick.eventSec;
    if (tick.eventSec > this.#lastSec) this.#lastSec = tick.eventSec;
  }

  /** Sends what waits. */
  async flush(): Promise<void> {
    const rows = this.#rows;
    if (rows.length === 0) return;
    this.#rows = [];
    await this.publisher?.send(rows);
  }

  /** Says that no tick of a quiet instrument comes before `sec`. */
  async progressTo(sec: number): Promise<void> {
    const quiet: InstrumentProgress[] = [];
    const timeNs = BigInt(sec) * 1_000_000_000n;
    for (const [symbol, choice] of this.choices) {
      if (choice === 'passed over' || choice.sec >= sec) continue;
      choice.sec = sec;
      quiet.push({ symbol, link: choice.link, timeNs });
    }
    for (let at = 0; at < quiet.length; at += perMessageMax) {
      await this.publisher?.progress(quiet.slice(at, at + perMessageMax));
    }
  }

  /** Says that nothing follows, and settles everything. */
  async end(): Promise<void> {
    const ends = [...this.choices].flatMap(([symbol, choice]) =>
      choice === 'passed over' ? [] : [{ symbol, link: choice.link }],
    );
    for (let at = 0; at < ends.length; at += perMessageMax) {
      await this.publisher?.end(ends.slice(at, at + perMessageMax));
    }
    await this.close();
  }

  /** Settles what was sent and lets go. */
  async close(): Promise<void> {
    const { publisher } = this;
    this.publisher = undefined;
    await publisher?.close();
  }
}
