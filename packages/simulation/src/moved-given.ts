/**
 * What a publisher gives to a writer, and the log entries that the writer makes of it. In: ticks, refused ticks, Progress, one
 * instrument each, with who gave them. Out: entries under the writer's map epoch: a block for the ticks of one batch, one
 * Progress for what was said together. The order stays, as it does in a writer's lane.
 */
import {
  encodeTickBlock,
  type InstrumentProgress,
  type LogEntryToWrite,
  type TickBlockHeader,
  type TimeDomain,
} from '@tapeline/domain';
import type { PublishedTick } from './simulated-publisher.ts';

/** One thing, of one instrument. Its identity is the object: a tick that is given twice is two things. */
export type Given =
  | { readonly kind: 'tick'; readonly tick: PublishedTick }
  | { readonly kind: 'void'; readonly tick: PublishedTick; readonly reason: string }
  | { readonly kind: 'progress'; readonly dataset: string; readonly item: InstrumentProgress }
  | {
      readonly kind: 'endOfReplay';
      readonly dataset: string;
      readonly item: { readonly symbol: string; readonly link: number };
    };

/** Who gives. */
export type Giver = { readonly publisherId: bigint; readonly domain: TimeDomain };

/** A thing on its way: whose it is, and what it was given with. */
export type Sent<From extends Giver = Giver> = {
  readonly given: Given;
  readonly from: From;
  /** The publisher's connection: an answer on an older one is not heard. */
  readonly connection: number;
  /** The batch: ticks of one make one block. */
  readonly batch: number;
};

/** The instrument of a thing. */
export function instrumentOfGiven(given: Given): { readonly dataset: string; readonly symbol: string } {
  if (given.kind === 'tick' || given.kind === 'void') {
    return { dataset: given.tick.dataset, symbol: given.tick.row.symbol };
  }
  return { dataset: given.dataset, symbol: given.item.symbol };
}

/** Entries for things of one lane, in their order. */
export function entriesOfSent(sent: readonly Sent[], mapEpoch: number): LogEntryToWrite[] {
  const entries: LogEntryToWrite[] = [];
  for (let from = 0; from < sent.length;) {
    const first = sent[from] as Sent;
    let to = from + 1;
    while (to < sent.length && goesWith(first, sent[to] as Sent)) to += 1;
    entries.push(entryOf(sent.slice(from, to), mapEpoch));
    from = to;
  }
  return entries;
}

function goesWith(first: Sent, next: Sent): boolean {
  const isSame = next.batch === first.batch && next.given.kind === first.given.kind && next.from === first.from;
  return isSame && first.given.kind !== 'void';
}

/** The entry of things that go together, of which there is one at least. */
function entryOf(sent: readonly Sent[], mapEpoch: number): LogEntryToWrite {
  const { given: first, from } = sent[0] as Sent;
  const { publisherId } = from;
  switch (first.kind) {
    case 'tick': {
      const header: TickBlockHeader = {
        publisherId,
        timeDomain: from.domain,
        mapEpoch,
        dataset: first.tick.dataset,
        receiveTimeNs: 0n,
      };
      const rows = sent.flatMap(({ given }) => (given.kind === 'tick' ? [given.tick.row] : []));
      return { kind: 'tickBlock', bytes: encodeTickBlock(header, rows) };
    }
    case 'void': {
      const { reason, tick } = first;
      const { sequence, link, symbol } = tick.row;
      return { kind: 'void', publisherId, sequence, link, dataset: tick.dataset, symbol, reason, mapEpoch };
    }
    case 'progress': {
      const instruments = sent.flatMap(({ given }) => (given.kind === 'progress' ? [given.item] : []));
      return { kind: 'progress', publisherId, dataset: first.dataset, instruments, mapEpoch };
    }
    case 'endOfReplay': {
      const instruments = sent.flatMap(({ given }) => (given.kind === 'endOfReplay' ? [given.item] : []));
      return { kind: 'endOfReplay', publisherId, dataset: first.dataset, instruments, mapEpoch };
    }
  }
}
