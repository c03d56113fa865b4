/**
 * One run over recordings that could be opened. In: recordings. Out: final bars as text, in order; counts. A file that
 * is there twice is one publisher, whose second delivery brings nothing; everything else goes through the merge, the
 * tick log and the fold.
 */
import { formatEventTime } from '@tapeline/domain';
import type { Bar, FoldOutput } from '@tapeline/domain';
import {
  MergedRecordings,
  type RecordedBatch,
  type RecordedInstrument,
  RecordedInstruments,
  type RecordedTick,
  type Recording,
  RecordingCursor,
  SeenTicks,
} from '@tapeline/recordings';
import type { Screen } from '../screen.ts';
import { barText, headerText } from './bar-text.ts';
import type { BarFormat, BarsSettings } from './bars-options.ts';
import { FinalBars } from './final-bars.ts';
import type { Output } from './output.ts';
import { ReplayLog } from './replay-log.ts';
import { ReplayPublisher } from './replay-publisher.ts';
import { RowMessages } from './row-messages.ts';
import { Tally } from './tally.ts';

/** The fold refused what this command made itself: a defect, whose facts are in the message. */
export class ReplayDefectError extends Error {
  override name = 'ReplayDefectError';
}

/** Settings of a run, all of them decided. */
export type RunSettings = BarsSettings & { readonly format: BarFormat };

/** A file in the run. */
type Source = {
  readonly publisher: ReplayPublisher;
  /** What its symbols mean in this run, looked up once a symbol. */
  readonly instruments: Map<string, ReturnType<RecordedInstruments['accept']>>;
};

/** Text is written in pieces of about so many characters. */
const pieceChars = 65_536;

/** One run. */
export class BarsRun {
  readonly #settings: RunSettings;
  readonly #output: Output;
  readonly #screen: Screen;
  readonly #stop: AbortSignal;
  readonly #tally = new Tally();
  readonly #messages: RowMessages;
  readonly #instruments = new RecordedInstruments();
  readonly #seen = new SeenTicks();
  readonly #finalBars: FinalBars;
  readonly #log: ReplayLog;
  readonly #sources = new Map<RecordingCursor, Source>();
  /** By publisher id, as notices name it. */
  readonly #paths = new Map<string, string>();
  #brokenFiles = 0;

  constructor(settings: RunSettings, output: Output, screen: Screen, stop: AbortSignal) {
    this.#settings = settings;
    this.#output = output;
    this.#screen = screen;
    this.#stop = stop;
    this.#messages = new RowMessages(screen);
    this.#finalBars = new FinalBars(settings.horizon);
    const { interval, profile, horizon: horizonMs } = settings;
    this.#log = new ReplayLog({ interval, profile, horizonMs }, (foldOutput) => this.#takeOutput(foldOutput));
  }

  /** Whether every row of every file was read. */
  get wentWell(): boolean {
    return this.#tally.rejected === 0 && this.#brokenFiles === 0;
  }

  /** Reads everything and writes every bar; ends early when it is stopped. */
  async read(recordings: readonly Recording[]): Promise<void> {
    const feeds: RecordingCursor[] = [];
    const copies: Recording[] = [];
    for (const [place, recording] of recordings.entries()) {
      const feed = await RecordingCursor.peek(recording, place, (of, batch) => this.#takeBatch(of, batch));
      if (feeds.some((other) => isSameFile(other, feed))) copies.push(recording);
      else feeds.push(this.#enter(feed));
    }
    // A file without a tick has no turn in the merge.
    for (const feed of feeds) if (feed.head === undefined) await feed.open();
    await this.#output.write(headerText(this.#settings.format));
    await this.#merge(new MergedRecordings(feeds));
    for (const copy of copies) if (!this.#stop.aborted) await this.#countCopy(copy);
    if (this.#stop.aborted) {
      for (const feed of feeds) await feed.close();
      return;
    }
    this.#log.end();
    await this.#write(this.#finalBars.take(Infinity));
    this.#tally.addFold(this.#log.fold.counters);
  }

  /** Says what became of every row. */
  tellCounts(): void {
    this.#messages.tellRest();
    const { outOfOrder } = this.#finalBars;
    if (outOfOrder > 0) {
      this.#screen.say(
        `${outOfOrder} bars stand after bars that start later, because rows are out of time order by more than the ` +
          'horizon; sort the files by ts_event, or raise --horizon',
      );
    }
    for (const line of this.#tally.lines()) this.#screen.say(line);
  }

  #enter(feed: RecordingCursor): RecordingCursor {
    const { recording } = feed;
    const dataset = this.#settings.dataset ?? recording.dataset;
    const publisher = new ReplayPublisher(recording, dataset, (idText) => this.#paths.has(idText));
    this.#sources.set(feed, { publisher, instruments: new Map() });
    this.#paths.set(publisher.idText, recording.path);
    return feed;
  }

  async #merge(feeds: MergedRecordings): Promise<void> {
    for (let feed = feeds.leader; feed !== undefined && !this.#stop.aborted; feed = feeds.leader) {
      let isRoundOver = false;
      if (!feed.isOpen) await feed.open();
      else {
        const source = this.#sources.get(feed) as Source;
        isRoundOver = this.#add(source, feed.head as RecordedTick);
        if (!feed.next()) await feed.refill();
        if (feed.head === undefined) this.#log.finish(source.publisher);
      }
      feeds.settle();
      if (isRoundOver) await this.#afterRound(feeds);
    }
  }

  /** Adds a tick to the log if it belongs there; answers whether a round was folded before it. */
  #add(source: Source, tick: RecordedTick): boolean {
    const { publisher } = source;
    const instrument = source.instruments.get(tick.symbol) ?? this.#meet(source, tick.symbol);
    if ('conflict' in instrument) {
      this.#tally.rejected += 1;
      this.#messages.tell('rejected', publisher.recording.path, tick.line, instrument.conflict);
      return false;
    }
    if (this.#seen.hasSeen(publisher.dataset, tick)) {
      this.#tally.duplicates += 1;
      return false;
    }
    this.#tally.addLogged(tick.kind);
    return this.#log.add(publisher, tick, instrument.terms);
  }

  #meet({ publisher, instruments }: Source, symbol: string): RecordedInstrument | { readonly conflict: string } {
    const terms = publisher.recording.termsOf(symbol);
    const instrument = this.#instruments.accept(publisher.dataset, symbol, terms);
    instruments.set(symbol, instrument);
    return instrument;
  }

  async #afterRound(feeds: MergedRecordings): Promise<void> {
    const { lowSec } = feeds;
    if (this.#log.progressTo(lowSec)) await this.#write(this.#finalBars.take(lowSec));
    const at = lowSec === Infinity ? 'the end' : formatEventTime(lowSec);
    this.#screen.progress(() => `${this.#tally.read} rows read, bars made up to ${at}`);
  }

  async #countCopy(copy: Recording): Promise<void> {
    for await (const batch of copy.batches()) {
      this.#takeBatch(copy, batch);
      this.#tally.duplicates += batch.ticks.length;
    }
  }

  #takeBatch({ path }: Recording, batch: RecordedBatch): void {
    this.#tally.addBatch(batch);
    for (const { line, message } of batch.rejected) this.#messages.tell('rejected', path, line, message);
    if (batch.problem === undefined) return;
    this.#brokenFiles += 1;
    this.#screen.say(batch.problem.message);
  }

  #takeOutput({ bars, notices }: FoldOutput): void {
    this.#finalBars.put(bars);
    for (const { code, publisher, sequence: line, symbol, detail } of notices) {
      const path = this.#paths.get(publisher);
      if (path !== undefined && code === 'LATE') {
        this.#messages.tell(
          'late',
          path,
          line,
          `${symbol} comes too late: ${detail}; a larger --horizon lets it count`,
        );
      } else if (path !== undefined && (code === 'ORIGINAL_UNKNOWN' || code === 'ORIGINAL_FINAL')) {
        this.#messages.tell('unmatched', path, line, `${symbol} cannot be amended: ${detail}`);
      } else throw new ReplayDefectError(`the fold refused ${symbol} of ${path ?? publisher}: ${code}, ${detail}`);
    }
  }

  async #write(bars: readonly Bar[]): Promise<void> {
    let piece = '';
    for (const bar of bars) {
      const decimalsMin = this.#instruments.priceDecimalsMinOf(bar.dataset, bar.symbol);
      piece += barText(bar, decimalsMin, this.#settings.format);
      if (piece.length < pieceChars) continue;
      await this.#output.write(piece);
      piece = '';
    }
    await this.#output.write(piece);
    this.#tally.bars += bars.length;
  }
}

/** Whether two files have the same bytes, and their names make the same of them. */
function isSameFile(left: RecordingCursor, right: RecordingCursor): boolean {
  if (left.recording.contentHash !== right.recording.contentHash) return false;
  return left.head?.symbol === right.head?.symbol && left.head?.eventSec === right.head?.eventSec;
}
