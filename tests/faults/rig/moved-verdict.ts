/**
 * The verdict over a stream whose instruments moved, once it is quiet. In: a world, what was published. Out: what each oracle says:
 * nothing acknowledged is lost, bars in the store are those of the log and those of one partition that had the same ticks, the stored
 * tape has each tick once under one number with every publisher's order kept, and every stray found its instrument.
 */
import { type Bar, decodeTapeRecord } from '@tapeline/domain';
import { barKey, barValuesText } from '@tapeline/simulation';
import type { BarWatch } from './bar-watch.ts';
import { type Load, loadDataset } from './load.ts';
import { type MovedAccount, MovedReference } from './moved-reference.ts';
import { countDifferences, lostTrades, rowDifferences } from './oracles.ts';
import { settledVerdict } from './settled-verdict.ts';
import { type StreamFacts, StreamView } from './stream-view.ts';

/** What the oracles found; empty lists where all is well. */
export type MovedDamage = {
  /** Acknowledged and not in the log. */
  readonly lost: readonly string[];
  /** Store against a fold of each partition's log. */
  readonly rows: readonly string[];
  /** Store against one fold of the same ticks on one partition; all fields but revision and position. */
  readonly onePartition: readonly string[];
  /** Store against what was acknowledged, which counts once. */
  readonly counts: readonly string[];
  /** The stored tape: each tick of the log once, numbers without gap, each publisher's order. */
  readonly tape: readonly string[];
  /** What the folds of the partitions should not have counted, or have left over. */
  readonly strays: readonly string[];
  /** Store against what a subscriber of bars saw, and revisions that went back there; empty without a subscriber. */
  readonly stream: readonly string[];
};

/** All of it. */
export type MovedVerdict = {
  readonly damage: MovedDamage;
  readonly account: MovedAccount;
  readonly bars: number;
  readonly tookMs: number;
};

/** What every run of the real system must say. */
export const unharmed: MovedDamage = {
  lost: [],
  rows: [],
  onePartition: [],
  counts: [],
  tape: [],
  strays: [],
  stream: [],
};

/** How long nothing may change before what is seen then is the verdict, and how long it may take at all, ms. */
export type MovedVerdictTimes = {
  readonly stableMs?: number;
  readonly withinMs?: number;
  /** A subscriber that followed all instruments and intervals, who is judged too. */
  readonly watch?: BarWatch;
};

const everyMs = 1_000;
const shownMax = 8;
const chunksPerPage = 500;

/** Reads log and store until all agree or nothing changes for `stableMs`; nothing may be published or moved meanwhile. */
export async function movedVerdictOf(
  { facts }: { readonly facts: StreamFacts },
  load: Pick<Load, 'acknowledged' | 'symbols'>,
  basePartitions: number,
  { stableMs = 25_000, withinMs = 180_000, watch }: MovedVerdictTimes = {},
): Promise<MovedVerdict> {
  const view = await StreamView.open(facts);
  try {
    await view.log.refreshPartitions();
    const reference = new MovedReference(view, facts.workerArgs, basePartitions);
    const looks = {
      look: async (startMs: number) => {
        await reference.advance();
        return look({ view, reference, watch }, load, startMs);
      },
      ends: () => reference.bars.size,
      isOver: (verdict: MovedVerdict) =>
        reference.isSettled && Object.values(verdict.damage).every(({ length }) => length === 0),
    };
    return await settledVerdict(looks, { stableMs, withinMs, everyMs });
  } finally {
    await view.close();
  }
}

type Judged = { readonly view: StreamView; readonly reference: MovedReference; readonly watch: BarWatch | undefined };

async function look(
  { view, reference, watch }: Judged,
  load: Pick<Load, 'acknowledged' | 'symbols'>,
  startMs: number,
): Promise<MovedVerdict> {
  const { acknowledged, symbols } = load;
  const rows = await view.bars(reference.fold.intervals, reference.fold.profiles);
  const { identities, bars, account } = reference;
  const ofLoad = rows.filter(({ dataset }) => dataset === loadDataset);
  const damage = {
    lost: lostTrades(acknowledged, identities),
    rows: [...rowDifferences(rows, bars), ...reference.contradictions.slice(0, shownMax)],
    onePartition: differencesOfOne(rows, reference.onOnePartition()),
    counts: countDifferences(ofLoad, acknowledged),
    tape: await faultsOfTape(view, symbols, identities),
    strays: faultsOfAccount(account),
    stream: watch === undefined ? [] : [...watch.stepsBack, ...watch.gaps(ofLoad)],
  };
  return { damage, account, bars: rows.length, tookMs: Math.round(performance.now() - startMs) };
}

function differencesOfOne(rows: readonly Bar[], one: ReadonlyMap<string, Bar>): string[] {
  const left = new Map(one);
  const differences: string[] = [];
  for (const row of rows) {
    const [key, text] = [barKey(row), barValuesText(row)];
    const expected = left.get(key);
    left.delete(key);
    if (expected === undefined) differences.push(`one partition has no ${text}`);
    else if (barValuesText(expected) !== text) {
      differences.push(`the store has ${text}, one partition gives ${barValuesText(expected)}`);
    }
  }
  for (const bar of left.values()) differences.push(`only one partition has ${barValuesText(bar)}`);
  return shown(differences);
}

async function faultsOfTape(
  view: StreamView,
  symbols: readonly string[],
  identities: ReadonlyMap<string, number>,
): Promise<string[]> {
  const faults: string[] = [];
  const seen = new Set<string>();
  for (const symbol of new Set(symbols)) faults.push(...(await faultsOfSymbol(view, symbol, seen)));
  const missing = [...identities.keys()].filter((identity) => !seen.has(identity));
  if (missing.length > 0) faults.push(`${missing.length} ticks of the log are not on the tape, such as ${missing[0]}`);
  for (const identity of seen)
    if (!identities.has(identity)) faults.push(`${identity} is on the tape and not in the log`);
  return shown(faults);
}

/** Chunks may overlap, but one number is one tick wherever it stands. */
async function faultsOfSymbol(view: StreamView, symbol: string, seen: Set<string>): Promise<string[]> {
  const faults: string[] = [];
  const byNumber = new Map<number, { readonly identity: string; readonly outOfOrder: boolean }>();
  for (let skip = 0; ; skip += chunksPerPage) {
    const query = { dataset: loadDataset, symbol, order: 'number', skip, limit: chunksPerPage } as const;
    const chunks = await view.store.tape(query);
    for (const { publisherId, outOfOrder, ticks } of chunks.flatMap(({ bytes }) => decodeTapeRecord(bytes).segments)) {
      for (const { number, sequence } of ticks) {
        const identity = `${publisherId} ${sequence}`;
        const known = byNumber.get(number);
        if (known !== undefined && known.identity !== identity) {
          faults.push(`number ${number} of ${symbol} is ${known.identity} and ${identity}`);
        }
        byNumber.set(number, { identity, outOfOrder });
      }
    }
    if (chunks.length < chunksPerPage) break;
  }
  const highest = new Map<string, number>();
  for (let number = 1; number <= byNumber.size; number += 1) {
    const entry = byNumber.get(number);
    if (entry === undefined) {
      faults.push(`the tape of ${symbol} has no number ${number} of ${byNumber.size}`);
      continue;
    }
    const { identity, outOfOrder } = entry;
    if (seen.has(identity)) faults.push(`${identity} stands twice on the tape of ${symbol}`);
    seen.add(identity);
    const [publisher = '', sequence = 0] = identity.split(' ');
    const before = highest.get(publisher) ?? 0;
    if (Number(sequence) <= before && !outOfOrder) {
      faults.push(`number ${number} of ${symbol} is ${identity}, after ${before}`);
    }
    highest.set(publisher, Math.max(before, Number(sequence)));
  }
  return faults;
}

function faultsOfAccount(account: MovedAccount): string[] {
  const { ticks, applied, late, gapsDeclared, quarantined, parked, held, contradicted, left, came } = account;
  const faults: string[] = [];
  if (applied !== ticks) faults.push(`${applied} ticks were applied, ${ticks} different ones stand in the log`);
  if (left !== came) faults.push(`${left} instruments left and ${came} came`);
  const none = { late, gapsDeclared, quarantined, parked, held, contradicted };
  for (const [name, count] of Object.entries(none)) if (count > 0) faults.push(`${name}: ${count}`);
  return faults;
}

function shown(differences: readonly string[]): string[] {
  if (differences.length <= shownMax) return [...differences];
  return [...differences.slice(0, shownMax), `and ${differences.length - shownMax} more`];
}
