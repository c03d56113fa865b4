/**
 * The state of one Publish stream. In: its messages in order, ingest's clock, and what is known of instruments. Out:
 * for each message the log entries by partition, with a verdict on every tick; or a refusal, after which the stream is
 * over. Pure: nothing here waits, and what it needs to be told first it asks for by name.
 */
import type { InstrumentProgress, LogEntryToWrite } from '../log/log-record.ts';
import type { TickRow } from '../log/tick-block-encode.ts';
import { TimeDomain } from '../log/tick-columns.ts';
import { BlockReader } from './block-reader.ts';
import { takeColumns } from './columns-batch.ts';
import { type DraftTick, noTerms } from './draft-tick.ts';
import type { GivenInstrument } from './given-instrument.ts';
import { checkName } from './names.ts';
import { batchTicksMax } from './publish-limits.ts';
import type { PublishMessage, ReachedInstrument } from './publish-message.ts';
import { PartBuilder } from './publish-part.ts';
import { PublishRefusedError, quoted } from './refusal.ts';
import { checkIdentity, checkReachedLink, RowReader, tooLarge } from './row-reader.ts';
import { placesToClaim, takeRows } from './rows-batch.ts';
import { type OpenParts, takeSingle } from './single-batch.ts';
import { SingleTickReader } from './single-tick.ts';
import { brokenLink, emptyMessage } from './stream-refusals.ts';
import { type StreamIdentity, StreamState, type TakeContext, type Taken } from './stream-state.ts';

/** What readers keep between messages; one serves all streams of a process. */
export class PublishReaders {
  readonly blocks: BlockReader = new BlockReader();
  readonly rows: RowReader = new RowReader();
  readonly singles: SingleTickReader = new SingleTickReader(this.rows);
}

/** A message of one tick, in which form it came, and the terms that came with it. */
export type SingleTick = {
  readonly form: 'columns' | 'rows';
  readonly tick: DraftTick;
  readonly instruments: readonly GivenInstrument[];
};

const noneGiven: readonly GivenInstrument[] = [];

/** One stream. */
export class PublishStream {
  readonly #state: StreamState;
  readonly #readers: PublishReaders;

  constructor(identity: StreamIdentity, readers: PublishReaders) {
    this.#state = new StreamState(identity);
    this.#readers = readers;
  }

  /** Takes the next message after `open`. Throws `PublishRefusedError`. */
  take(message: PublishMessage, context: TakeContext): Taken {
    switch (message.kind) {
      case 'columns':
        return takeColumns(this.#state, message, context, this.#readers);
      case 'rows':
        return takeRows(this.#state, message.ticks, message.instruments, context);
      case 'progress':
        return this.takeProgress(message.instruments, context);
      case 'end':
        return this.takeEnd(message.instruments, context);
      case 'open':
        throw new PublishRefusedError('OPEN_REPEATED', 'open is the first message of a stream and only the first');
      case 'none': {
        const what = 'set one of tick_batch, progress and end_of_replay';
        throw new PublishRefusedError('FIELD_INVALID', `request is missing; ${what}`, { field: 'request' });
      }
    }
  }

  /** The tick of a message that is just that; `undefined` = read it with `readPublishMessage`. */
  readSingle(bytes: Uint8Array): SingleTick | undefined {
    const tick = this.#readers.singles.read(bytes, this.#state.identity);
    if (tick === undefined) return undefined;
    return { form: tick.termsGiven ? 'columns' : 'rows', tick, instruments: noneGiven };
  }

  /**
   * Takes a message of one tick into a part that goes on. What comes back is a symbol that must be asked for first; the
   * same tick is then taken again. Throws `PublishRefusedError`.
   */
  takeSingle({ tick, instruments }: SingleTick, context: TakeContext, parts: OpenParts): string | undefined {
    return takeSingle(this.#state, tick, instruments, context, parts);
  }

  /** A part of this stream for ticks that are taken in this context, and in later ones with the same map. */
  openPart(partition: number, context: Pick<TakeContext, 'nowNs' | 'placement'>): PartBuilder {
    return new PartBuilder(partition, this.#state.header(context.nowNs, context));
  }

  /** Takes ticks of a feed of this process, by the same rules. Throws `PublishRefusedError`. */
  takeTicks(rows: readonly TickRow[], context: TakeContext): Taken {
    if (rows.length > batchTicksMax) throw tooLarge('ticks');
    const drafts = rows.map((row): DraftTick => {
      checkIdentity(row.sequence, row.link);
      return { ...row, linkGiven: true, termsGiven: row.terms !== noTerms, receiveNs: 0n, fault: undefined };
    });
    return takeRows(this.#state, drafts, [], context);
  }

  /** Says how far the publisher is in quiet instruments. */
  takeProgress(instruments: readonly InstrumentProgress[], context: TakeContext): Taken {
    this.#checkReached('progress', instruments);
    for (const { symbol, link, timeNs } of instruments) {
      const known = this.#state.instruments.find(symbol);
      if (known !== undefined && known.carried && link > known.last) throw brokenLink('progress', symbol, link, known);
      if (timeNs >= 0n) continue;
      const facts = { field: 'time_ns', value: String(timeNs), min: '0', symbol };
      const message = `time_ns ${timeNs} of ${quoted(symbol)} is before 1970; give 0 or more`;
      throw new PublishRefusedError('FIELD_INVALID', message, facts);
    }
    const { publisherId, dataset } = this.#state.identity;
    return this.#byPartition(instruments, context, (own) => ({
      kind: 'progress',
      publisherId,
      dataset,
      instruments: own,
      mapEpoch: context.placement.epoch,
    }));
  }

  /** Says that no tick of these instruments follows. */
  takeEnd(instruments: readonly ReachedInstrument[], context: TakeContext): Taken {
    this.#checkReached('end_of_replay', instruments);
    for (const { symbol, link } of instruments) {
      const known = this.#state.instruments.find(symbol);
      if (known?.carried === true && link !== known.last) throw brokenLink('end_of_replay', symbol, link, known);
    }
    const { publisherId, dataset } = this.#state.identity;
    const taken = this.#byPartition(instruments, context, (own) => ({
      kind: 'endOfReplay',
      publisherId,
      dataset,
      instruments: own,
      mapEpoch: context.placement.epoch,
    }));
    if ('parts' in taken) for (const { symbol } of instruments) this.#state.instruments.at(symbol).ended = true;
    return taken;
  }

  #checkReached(field: string, instruments: readonly ReachedInstrument[]): void {
    if (this.#state.identity.timeDomain === TimeDomain.live) {
      const message = `${field} is of delayed and replay publishers; bars of a live one close by the log's clock`;
      throw new PublishRefusedError('PROGRESS_NOT_OF_DOMAIN', message, { field });
    }
    if (instruments.length === 0) throw emptyMessage(`${field}.instruments`);
    if (instruments.length > batchTicksMax) throw tooLarge('instruments');
    for (const { symbol, link } of instruments) {
      checkName('symbol', symbol);
      checkReachedLink(link);
    }
  }

  #byPartition<Reached extends ReachedInstrument>(
    instruments: readonly Reached[],
    context: TakeContext,
    entryOf: (own: readonly Reached[]) => Exclude<LogEntryToWrite, { kind: 'tickBlock' }>,
  ): Taken {
    const missing = this.#toPlace(instruments, context);
    if (missing.length > 0) return { missing };
    const groups = new Map<number, { readonly builder: PartBuilder; readonly own: Reached[] }>();
    for (const reached of instruments) {
      const { symbol } = reached;
      // Kept, or each message of an instrument without terms would settle its place in the store anew.
      const instrument = this.#state.instruments.at(symbol);
      const partition = this.#state.place(instrument, symbol, context);
      let group = groups.get(partition);
      if (group === undefined) {
        group = { builder: new PartBuilder(partition, this.#state.header(0n, context)), own: [] };
        groups.set(partition, group);
      }
      group.builder.introduce(instrument, symbol);
      group.own.push(reached);
    }
    const parts = Array.from(groups.values(), ({ builder, own }) => {
      builder.addReached(entryOf(own));
      return builder.finish();
    });
    return { parts, ticks: 0, sequence: 0 };
  }

  /** Symbols of which must be asked, or then claimed, where they live. */
  #toPlace(instruments: readonly ReachedInstrument[], context: TakeContext): readonly string[] {
    const missing = instruments
      .map(({ symbol }) => symbol)
      .filter((symbol) => !context.unknown.has(symbol) && !this.#state.isPlaced(symbol, context));
    return missing.length > 0 ? missing : placesToClaim(this.#state, instruments, context);
  }
}
