/**
 * A placement for trying the page. In: what a test says happens. Out: answers of `GET /v1/placement` in the form of the real ones:
 * loads of partitions by a made-up market, moves as far as they are.
 */

type Place = { partition: number; epoch: number; standing: string };

type MadeMove = {
  readonly symbol: string;
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
  readonly publishedMs: number;
  movedMs: number | null;
  leftMs: number | null;
  arrivedMs: number | null;
};

const dataset = 'us-equities';
/** Symbols by rate, the busiest first, each a little below the one before. */
const symbols = ['SPY', 'QQQ', 'NVDA', 'TSLA', 'AAPL', 'AMD', 'MSFT', 'AMZN', 'META', 'IWM', 'GOOG', 'INTC'] as const;

/** The placement and its switches. */
export class FixturePlacement {
  hasMap = true;
  partitions = 4;
  /** Of partition 2. */
  orderViolations = 0;
  #epoch = 6;
  readonly #base = 4;
  readonly #places = new Map<string, Place>();
  readonly #moves: MadeMove[] = [];

  /** A move begins, or goes a phase further. */
  move(symbol: string, to: number): void {
    const nowMs = Date.now();
    const move = this.#moves.find((one) => one.symbol === symbol && one.arrivedMs === null);
    if (move === undefined) {
      this.#epoch += 1;
      const from = this.#placeOf(symbol).partition;
      const times = { publishedMs: nowMs, movedMs: null, leftMs: null, arrivedMs: null };
      this.#moves.unshift({ symbol, epoch: this.#epoch, from, to, ...times });
      this.#places.set(symbol, {
        partition: to,
        epoch: this.#epoch,
        standing: to >= this.#base ? 'dedicated' : 'spread',
      });
    } else if (move.movedMs === null) move.movedMs = nowMs;
    else if (move.leftMs === null) move.leftMs = nowMs;
    else move.arrivedMs = nowMs;
  }

  /** The place of an instrument; `undefined` if there is none. */
  instrument(symbol: string): unknown {
    if (!symbols.some((one) => one === symbol)) return undefined;
    const moves = this.#moves.filter((move) => move.symbol === symbol).map(moveJson);
    const first = symbols.findIndex((one) => one === symbol) % this.#base;
    return { dataset, symbol, ...this.#placeOf(symbol), firstPartition: first, ticksPerSecond: rateOf(symbol), moves };
  }

  json(instrument: unknown): unknown {
    const partitions = Array.from({ length: this.partitions }, (_, partition) => this.#partition(partition));
    const shared = partitions.filter(({ role }) => role !== 'dedicated').map(({ ticksPerSecond }) => ticksPerSecond);
    const mean = shared.reduce((sum, rate) => sum + rate, 0) / shared.length;
    const moves = this.#moves.map(moveJson);
    return {
      hasMap: this.hasMap,
      epoch: this.hasMap ? this.#epoch : 0,
      basePartitions: this.#base,
      partitionCount: this.partitions,
      overrides: this.#places.size,
      skew: Math.max(...shared) / mean,
      ticksPerSecond: partitions.reduce((sum, { ticksPerSecond }) => sum + ticksPerSecond, 0),
      declaredGaps: 0,
      orderViolations: this.orderViolations,
      partitions,
      moves: moves.filter(({ phase }) => phase !== 'arrived'),
      recent: moves.filter(({ phase }) => phase === 'arrived'),
      ...(instrument === undefined ? {} : { instrument }),
    };
  }

  #placeOf(symbol: string): Place {
    const home = { partition: symbols.findIndex((one) => one === symbol) % this.#base, epoch: 0, standing: 'first' };
    return this.#places.get(symbol) ?? home;
  }

  #partition(partition: number): PartitionAnswer {
    const here = symbols.filter((symbol) => this.#placeOf(symbol).partition === partition);
    const isDedicated = here.some((symbol) => this.#placeOf(symbol).standing === 'dedicated');
    const top = here.map((symbol) => ({
      dataset,
      symbol,
      ticksPerSecond: rateOf(symbol),
      epoch: 0,
      standing: 'first',
    }));
    const isLast = partition === this.partitions - 1 && this.partitions > 8;
    return {
      partition,
      role: isDedicated ? 'dedicated' : partition < this.#base ? 'base' : 'added',
      worker: isLast ? null : `worker-${partition % 3}:50053`,
      silent: isLast,
      lagMs: isLast ? null : 4 + partition,
      ticksPerSecond: top.reduce((sum, { ticksPerSecond }) => sum + ticksPerSecond, 0),
      instruments: here.length === 0 ? 0 : here.length + 120,
      top: top.slice(0, 5),
      parkedEntries: partition === 1 ? 3 : 0,
      heldTicks: 0,
      declaredGaps: 0,
      orderViolations: partition === 2 ? this.orderViolations : 0,
    };
  }
}

function rateOf(symbol: string): number {
  return Math.round(9_000 / (symbols.findIndex((one) => one === symbol) + 1) ** 0.8);
}

type MoveAnswer = { readonly phase: string };
type PartitionAnswer = Readonly<Record<string, unknown>> & { readonly role: string; readonly ticksPerSecond: number };

function moveJson(move: MadeMove): MoveAnswer {
  const { publishedMs, movedMs, leftMs, arrivedMs } = move;
  const phase =
    arrivedMs !== null ? 'arrived' : leftMs !== null ? 'handed-over' : movedMs !== null ? 'moved' : 'published';
  const ageMs = (arrivedMs ?? Date.now()) - publishedMs;
  const facts = { dataset, ...move, phase, ageMs, phaseAgeMs: Date.now() - (leftMs ?? movedMs ?? publishedMs) };
  return facts;
}
