/**
 * The verdict over a stream once it is quiet. In: a world, what was published. Out: what each oracle says, when the store
 * has what the log gives or when nothing changes any more.
 */
import type { BarWatch } from './bar-watch.ts';
import { type Load, loadDataset } from './load.ts';
import { countDifferences, lostTrades, Reference, rowDifferences } from './oracles.ts';
import { settledVerdict } from './settled-verdict.ts';
import { type StreamFacts, StreamView } from './stream-view.ts';

/** What the oracles say; empty lists where all is well. */
export type Verdict = {
  /** Acknowledged and not in the log. */
  readonly lost: readonly string[];
  /** Store against a fold of the log. */
  readonly rows: readonly string[];
  /** Store against what was acknowledged, which counts once. */
  readonly counts: readonly string[];
  /** Store against what a subscriber saw, and revisions that went back there; empty without a subscriber. */
  readonly stream: readonly string[];
  /** How many ticks stand in the log more than once; no damage, since the fold counts each once. */
  readonly repeats: number;
  readonly bars: number;
  readonly ticks: number;
  readonly tookMs: number;
};

/** How long nothing may change before what is seen then is the verdict, and how long it may take at all, ms. */
export type VerdictTimes = {
  readonly stableMs?: number;
  readonly withinMs?: number;
  /** A subscriber that followed all instruments and intervals, who is judged too. */
  readonly watch?: BarWatch;
};

/** Enough where it is asked what is lost: what the log lacks once nothing is on its way, it lacks for good. */
export const oneLook: VerdictTimes = { withinMs: 0 };

const everyMs = 500;

/**
 * Reads log and store until every bar has closed and both say the same, or nothing changes for `stableMs` (12,000). Nothing
 * may be published meanwhile.
 */
export async function verdictOf(
  { facts }: { readonly facts: StreamFacts },
  load: Pick<Load, 'acknowledged'>,
  { stableMs = 12_000, withinMs = 120_000, watch }: VerdictTimes = {},
): Promise<Verdict> {
  const view = await StreamView.open(facts);
  try {
    const reference = new Reference(view, facts.workerArgs);
    const looks = {
      look: async (startMs: number) => {
        await reference.advance();
        return look({ view, reference, watch }, load, startMs);
      },
      ends: () => reference.bars.size,
      isOver: (verdict: Verdict) => reference.isSettled && isFinal(verdict),
    };
    return await settledVerdict(looks, { stableMs, withinMs, everyMs });
  } finally {
    await view.close();
  }
}

/** Whether store and subscriber have what the whole log gives; what is lost or counts twice by then stays so. */
function isFinal({ rows, stream }: Verdict): boolean {
  return rows.length + stream.length === 0;
}

/** What every fault's guarded run must say. */
export const clean: Damage = { lost: [], rows: [], counts: [], stream: [] };

/** What the oracles found. */
export type Damage = Pick<Verdict, 'lost' | 'rows' | 'counts' | 'stream'>;

/** The lists alone, to compare with `clean`. */
export function damageOf({ lost, rows, counts, stream }: Verdict): Damage {
  return { lost, rows, counts, stream };
}

type Judged = { readonly view: StreamView; readonly reference: Reference; readonly watch: BarWatch | undefined };

async function look(
  { view, reference, watch }: Judged,
  load: Pick<Load, 'acknowledged'>,
  startMs: number,
): Promise<Verdict> {
  const { acknowledged } = load;
  const rows = await view.bars(reference.fold.intervals, reference.fold.profiles);
  const { identities, bars } = reference;
  // A stream may have a feed beside the load, whose bars the log alone can judge.
  const ofLoad = rows.filter(({ dataset }) => dataset === loadDataset);
  return {
    lost: lostTrades(acknowledged, identities),
    rows: rowDifferences(rows, bars),
    counts: countDifferences(ofLoad, acknowledged),
    stream: watch === undefined ? [] : [...watch.stepsBack, ...watch.gaps(ofLoad)],
    repeats: [...identities.values()].filter((times) => times > 1).length,
    bars: rows.length,
    ticks: identities.size,
    tookMs: Math.round(performance.now() - startMs),
  };
}
