/**
 * A stream under maps that change: each message goes by the map of its context and says which that was; a pinned instrument is introduced
 * by its Origin until one is durable; nothing is taken that lives where the log has no partition.
 */
import { expect, test } from 'vitest';
import {
  contextOf as contextWith,
  home,
  knowing,
  partitions,
  partsOf,
  rowOf,
  tradeByHand,
} from '../../test-kit/stream-context.ts';
import { decodeLogRecord } from '../log/log-record.ts';
import { LogDictionary } from '../log/log-dictionary.ts';
import { decodeEntryOfMoves } from '../log/move-entries.ts';
import { decodeTickBlock } from '../log/tick-block-decode.ts';
import { encodeTickBlock } from '../log/tick-block-encode.ts';
import { TickColumns, TimeDomain } from '../log/tick-columns.ts';
import { publisherId } from '../market/publisher-id.ts';
import { Placement } from '../placement/placement.ts';
import { takeOnce } from './publish-once.ts';
import { noteDurable, type PublishPart } from './publish-part.ts';
import { PublishReaders, PublishStream } from './publish-stream.ts';
import { recordOf } from './record-bytes.ts';
import { newDraft } from './row-reader.ts';
import type { TakeContext } from './stream-state.ts';
import { BoundedTermsMemory } from './terms-memory.ts';

const [second, third] = [(home + 1) % partitions, (home + 2) % partitions];
const identity = {
  publisherId: publisherId(20_000, TimeDomain.replay, 1n),
  timeDomain: TimeDomain.replay,
  dataset: 'd',
};

/** A map of that epoch, with A in a partition or where it began. */
function mapOf(epoch: number, partition?: number, partitionsNow: number = partitions): Placement {
  const override = { dataset: 'd', symbol: 'A', partition: partition ?? 0, epoch, standing: 'spread' as const };
  const overrides = partition === undefined ? [] : [override];
  return Placement.of({
    basePartitions: partitions,
    partitions: partitionsNow,
    epoch,
    overrides,
    moves: [],
    epochTimes: [],
  });
}

function contextOf(placement: Placement, pin?: number): TakeContext {
  return contextWith(knowing(pin), { placement });
}

/** What stands in the parts: partition, kind of entry, map. */
function said(parts: readonly PublishPart[]): string[] {
  return parts.flatMap(({ partition, pieces }) => {
    const bytes = recordOf(pieces);
    return decodeLogRecord(bytes).map((entry) => {
      if (entry.kind === 'tickBlock') {
        const columns = new TickColumns();
        decodeTickBlock(bytes, entry.start, entry.end, new LogDictionary(), columns);
        return `${partition} ticks ${columns.mapEpoch}`;
      }
      if (entry.kind !== 'origin') return `${partition} ${entry.kind} ${'mapEpoch' in entry ? entry.mapEpoch : ''}`;
      const origin = decodeEntryOfMoves(bytes, entry);
      return `${partition} origin of ${'symbol' in origin ? origin.symbol : ''}`;
    });
  });
}

/** A stream whose messages come in every form. */
class Forms {
  readonly #stream = new PublishStream(identity, new PublishReaders());
  #sequence = 0;

  rows(context: TakeContext): readonly PublishPart[] {
    return partsOf(this.#stream.takeTicks([rowOf((this.#sequence += 1))], context));
  }

  refused(context: TakeContext): readonly PublishPart[] {
    return partsOf(this.#stream.takeTicks([rowOf((this.#sequence += 1), 0)], context));
  }

  columns(context: TakeContext): readonly PublishPart[] {
    const header = { publisherId: 0n, timeDomain: TimeDomain.replay, mapEpoch: 0, dataset: 'd', receiveTimeNs: 0n };
    const bytes = encodeTickBlock(header, [rowOf((this.#sequence += 1))]);
    return partsOf(this.#stream.take({ kind: 'columns', bytes, start: 0, end: bytes.length }, context));
  }

  single(context: TakeContext): readonly PublishPart[] {
    this.#sequence += 1;
    const tick = Object.assign(newDraft('A', this.#sequence, this.#sequence - 1, true), rowOf(this.#sequence));
    const parts: ReturnType<PublishStream['openPart']>[] = [];
    this.#stream.takeSingle({ form: 'rows', tick, instruments: [] }, context, (partition) => {
      const part = this.#stream.openPart(partition, context);
      parts.push(part);
      return part;
    });
    return parts.map((part) => part.finish());
  }

  progress(context: TakeContext): readonly PublishPart[] {
    return partsOf(this.#stream.takeProgress([{ symbol: 'A', link: this.#sequence, timeNs: 1n }], context));
  }

  end(context: TakeContext): readonly PublishPart[] {
    return partsOf(this.#stream.takeEnd([{ symbol: 'A', link: this.#sequence }], context));
  }

  all(context: TakeContext): string[] {
    const first = [...said(this.rows(context)), ...said(this.refused(context)), ...said(this.columns(context))];
    return [...first, ...said(this.single(context)), ...said(this.progress(context))];
  }
}

function everyForm(partition: number, epoch: number): string[] {
  return ['ticks', 'void', 'ticks', 'ticks', 'progress'].map((kind) => `${partition} ${kind} ${epoch}`);
}

test('every message goes by the map of its context, also back, and says which map that was (W1)', () => {
  const forms = new Forms();
  expect(forms.all(contextOf(mapOf(0)))).toEqual(everyForm(home, 0));
  expect(forms.all(contextOf(mapOf(1, second)))).toEqual(everyForm(second, 1));
  expect(forms.all(contextOf(mapOf(2, third)))).toEqual(everyForm(third, 2));
  expect(forms.all(contextOf(mapOf(3, home)))).toEqual(everyForm(home, 3));
  expect(said(forms.end(contextOf(mapOf(4, second))))).toEqual([`${second} endOfReplay 4`]);
});

test('an Origin goes before what a pinned instrument has, in every part until one is durable (B1)', () => {
  const context = contextOf(mapOf(1), second);
  const forms = new Forms();
  const origin = `${second} origin of A`;
  expect(forms.all(context)).toEqual(everyForm(second, 1).flatMap((text) => [origin, text]));
  const [part] = forms.rows(context);
  if (part !== undefined) noteDurable(part);
  expect(forms.all(context)).toEqual(everyForm(second, 1));
  expect(said(forms.end(contextOf(mapOf(2), second)))).toEqual([`${second} endOfReplay 2`]);
});

test('no Origin without maps, at home, or where a map says that it lives', () => {
  expect(new Forms().all(contextOf(mapOf(0), second))).toEqual(everyForm(second, 0));
  expect(new Forms().all(contextOf(mapOf(1), home))).toEqual(everyForm(home, 1));
  expect(new Forms().all(contextOf(mapOf(1, third), second))).toEqual(everyForm(third, 1));
  const forms = new Forms();
  expect(forms.all(contextOf(mapOf(1), second))[0]).toBe(`${second} origin of A`);
  expect(forms.all(contextOf(mapOf(2, third), second))).toEqual(everyForm(third, 2));
});

test('a pin that is known only later moves nothing of an open stream, whatever maps come', () => {
  const forms = new Forms();
  expect(forms.all(contextOf(mapOf(0)))).toEqual(everyForm(home, 0));
  expect(forms.all(contextOf(mapOf(0), second))).toEqual(everyForm(home, 0));
  expect(forms.all(contextOf(mapOf(5), second))).toEqual(everyForm(home, 5));
});

test('ticks by hand go by the map too, and are introduced', () => {
  const request = { dataset: 'd', ticks: [tradeByHand], instruments: [], timeDomain: TimeDomain.replay };
  const taken = (context: TakeContext): string[] => {
    const once = takeOnce(request, identity, context);
    return 'missing' in once ? [] : said(once.parts);
  };
  expect(taken(contextOf(mapOf(1, third)))).toEqual([`${third} ticks 1`, `${third} endOfReplay 1`]);
  expect(taken(contextOf(mapOf(2), second))).toEqual([
    `${second} origin of A`,
    `${second} ticks 2`,
    `${second} endOfReplay 2`,
  ]);
});

test('what lives in a partition that the log does not have is refused, with the remedy, and taken once it is there', () => {
  const context = contextOf(mapOf(1, 5, 6));
  expect(() => new Forms().rows(context)).toThrow(
    '"A" lives in partition 5 by the map of epoch 1, and the tick log has 4',
  );
  expect(new Forms().all({ ...context, partitions: 6 })).toEqual(everyForm(5, 1));
});

test('an instrument that a map names needs no place of its own', () => {
  const unknown = { ...contextOf(mapOf(1, third)), terms: new BoundedTermsMemory(), claims: new Map() };
  expect(said(new Forms().progress(unknown))).toEqual([`${third} progress 1`]);
});

test('a caller does not say by which map its ticks are placed', () => {
  const header = { publisherId: 0n, timeDomain: TimeDomain.replay, mapEpoch: 1, dataset: 'd', receiveTimeNs: 0n };
  const bytes = encodeTickBlock(header, [rowOf(1)]);
  const stream = new PublishStream(identity, new PublishReaders());
  const take = (): unknown =>
    stream.take({ kind: 'columns', bytes, start: 0, end: bytes.length }, contextOf(mapOf(1, third)));
  expect(take).toThrow('map_epoch 1 of the block is not 0');
});
