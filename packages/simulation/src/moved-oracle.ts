/**
 * Judges a run at rest. In: the run. Out: what is wrong, in words, none where all is right. What the owners put out is compared with
 * one fold that had the same landings in one partition: bars, tape, counters. Owners must agree with their witnesses, all that
 * witnesses emit must have landed, nothing may be parked, and instruments are where the map says.
 */
import { type Bar, decodeEntryOfMoves, decodeLogRecord, type FoldCounters } from '@tapeline/domain';
import { barKey, barTextWithoutPosition, barValuesText } from './bar-text.ts';
import { firstDifference } from './fold-runs.ts';
import { MemoryStore } from './memory-store.ts';
import type { FoldAccount } from './moved-log.ts';
import { MovedStore, type TapeEntry } from './moved-store.ts';
import type { MovedStage } from './moved-stage.ts';

/** A run, or a story that was told by hand. */
export type StageAtRest = { readonly stage: MovedStage };

/** How much must be equal besides counters and tape. */
export type Strictness = {
  /** Values of final bars: where nothing is late. */
  readonly values: boolean;
  /** Their revisions too: where every event comes to every bar once, whatever the order. */
  readonly revisions: boolean;
  /** Everything but positions: where one publisher's chain has one order. */
  readonly everything: boolean;
};

/** What is wrong with a run whose stage is at rest. */
export function faultsOfRun(run: StageAtRest, strictness: Strictness): string[] {
  const reference = run.stage.log.reference();
  return [
    ...faultsOfOwners(run),
    ...faultsOfPartitions(run),
    ...faultsOfEmissions(run),
    ...faultsOfHandovers(run),
    ...faultsOfCounters(run, reference, strictness),
    ...faultsOfTapes(run, reference),
    ...faultsOfBars(run, reference, strictness),
  ];
}

function faultsOfOwners({ stage }: StageAtRest): string[] {
  return stage.owners.flatMap(({ partition, fold, isForeign, isFlushed }) => {
    if (isForeign) return [];
    if (!isFlushed) return [`an owner of partition ${partition} has outputs left`];
    const { fold: witness } = stage.log.witness(partition);
    const difference = firstDifference(fold.snapshot(), witness.snapshot());
    return difference === undefined ? [] : [`an owner of partition ${partition} is not its witness: ${difference}`];
  });
}

function faultsOfPartitions({ stage }: StageAtRest): string[] {
  return stage.log.witnesses.flatMap(({ fold, notices }, partition) => {
    const faults: string[] = [];
    if (fold.parked.count > 0) faults.push(`partition ${partition} has ${fold.parked.count} parked for ever`);
    if (fold.handovers.contradicted > 0) {
      const detail = notices.find(({ code }) => code === 'PLACEMENT_CONTRADICTED')?.detail ?? '';
      faults.push(`partition ${partition} has ${fold.handovers.contradicted} contradictions: ${detail}`);
    }
    if (fold.waitLeftMs !== undefined) faults.push(`partition ${partition} still waits ${fold.waitLeftMs} ms`);
    return faults;
  });
}

/** Sent = met: what any fold emits has landed; that nothing else has is checked as it is sent. */
function faultsOfEmissions({ stage }: StageAtRest): string[] {
  return stage.log.witnesses.flatMap(({ emissions }, partition) =>
    [...emissions].flatMap(([key, records]) =>
      records.flatMap((_, at) =>
        stage.delivered.has(`${partition} ${key} ${at}`) ? [] : [`partition ${partition} never sent record ${key}`],
      ),
    ),
  );
}

/** O1: a state comes before whatever is sent on under its epoch. An owner of another configuration sends without one that counts. */
function faultsOfHandovers({ stage }: StageAtRest): string[] {
  if (stage.states.has('foreignOwner')) return [];
  return stage.log.witnesses.flatMap((_, partition) => {
    const come = new Set<string>();
    const records = stage.log.log.read(partition, 0);
    if ('code' in records) return [];
    return records.flatMap(({ bytes, offset }) =>
      decodeLogRecord(bytes).flatMap((slice) => {
        if (slice.kind !== 'handover' && slice.kind !== 'forward') return [];
        const entry = decodeEntryOfMoves(bytes, slice);
        if (entry.kind !== 'handover' && entry.kind !== 'forward') return [];
        const { dataset, symbol, epoch } = entry;
        const key = `${dataset}/${symbol} under epoch ${epoch}`;
        if (entry.kind === 'handover') come.add(key);
        else if (epoch > 0 && !come.has(key)) return [`record ${offset} of ${partition} has ${key} before its state`];
        return [];
      }),
    );
  });
}

const alwaysEqual = ['applied', 'quarantined'] as const satisfies readonly (keyof FoldCounters)[];
const equalInOrder = [
  ...alwaysEqual,
  'late',
  'voided',
  'gapsDeclared',
  'amendments',
  'amendmentsUnmatched',
] as const satisfies readonly (keyof FoldCounters)[];

function faultsOfCounters({ stage }: StageAtRest, reference: FoldAccount, { everything }: Strictness): string[] {
  return (everything ? equalInOrder : alwaysEqual).flatMap((name) => {
    const sum = stage.log.witnesses.reduce((total, account) => total + countOf(account, name), 0);
    const expected = countOf(reference, name);
    return sum === expected ? [] : [`${name}: ${sum} in all partitions, ${expected} on one`];
  });
}

/** Every copy of an entry for a hole that was forgotten is refused once more, and copies are not the same in both. */
function countOf({ fold, notices }: FoldAccount, name: (typeof equalInOrder)[number]): number {
  const copies = name === 'quarantined' ? notices.filter(({ code }) => code === 'HOLE_FORGOTTEN').length : 0;
  return fold.counters[name] - copies;
}

function faultsOfTapes({ stage }: StageAtRest, reference: FoldAccount): string[] {
  const one = new MovedStore();
  one.write([], reference.segments);
  const faults: string[] = [];
  for (const key of new Set([...one.tapes.keys(), ...stage.store.tapes.keys()])) {
    const tape = stage.store.tapes.get(key) ?? [];
    const symbol = key.replace('\u0000', '/');
    const [found, expected] = [tape, one.tapes.get(key) ?? []].map((entries) => entries.map(nameOfEntry).toSorted());
    if (found?.join() !== expected?.join()) {
      faults.push(`the tape of ${symbol} has ${differenceOf(found ?? [], expected ?? [])}`);
    }
    faults.push(...faultsOfOrder(tape, symbol));
  }
  return faults;
}

/** Law 4: only a tick through a hole, which says so, may come after a later one of its publisher. */
function faultsOfOrder(tape: readonly TapeEntry[], symbol: string): string[] {
  const highest = new Map<string, number>();
  return tape.flatMap(({ publisher, sequence, outOfOrder }, at) => {
    const before = highest.get(publisher) ?? 0;
    highest.set(publisher, Math.max(before, sequence));
    if (sequence > before || (outOfOrder && sequence !== before)) return [];
    return [`tick ${at + 1} of ${symbol} is ${publisher}.${sequence}, after ${before}`];
  });
}

function nameOfEntry({ publisher, sequence }: TapeEntry): string {
  return `${publisher}.${sequence}`;
}

function differenceOf(found: readonly string[], expected: readonly string[]): string {
  const missing = expected.filter((name) => !found.includes(name));
  const odd = found.filter((name, at) => !expected.includes(name) || found.indexOf(name) !== at);
  return `${found.length} ticks for ${expected.length}: without ${missing.join(' ')}, and too many ${odd.join(' ')}`;
}

/** How the bars that are out differ from those of one fold that had the same landings so far. */
export function faultsOfBars({ stage }: StageAtRest, reference: FoldAccount, strictness: Strictness): string[] {
  if (!strictness.values && !strictness.everything) return [];
  const store = new MemoryStore();
  store.write(reference.bars);
  const textOf = strictness.everything
    ? barTextWithoutPosition
    : strictness.revisions
      ? textWithRevision
      : barValuesText;
  const expected = new Map(finalOf(store).map((bar) => [barKey(bar), textOf(bar)]));
  const faults: string[] = [];
  for (const bar of finalOf(stage.store.bars)) {
    const text = expected.get(barKey(bar));
    expected.delete(barKey(bar));
    if (text === undefined) faults.push(`a bar too many: ${textOf(bar)}`);
    else if (text !== textOf(bar)) faults.push(`found    ${textOf(bar)}\nexpected ${text}`);
  }
  for (const text of expected.values()) faults.push(`a bar is missing: ${text}`);
  return faults;
}

/** Bars that a trade stands in: whether a correction that was corrected has opened one depends on which came first. */
function finalOf(store: MemoryStore): Bar[] {
  return store
    .bars()
    .filter(({ trades, volume, high, open }) => trades > 0 || volume > 0n || high !== null || open !== null);
}

function textWithRevision(bar: Bar): string {
  return `${barValuesText(bar)} revision ${bar.revision}`;
}
