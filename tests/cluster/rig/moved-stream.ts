/**
 * Instruments that move between partitions, as whoever has kubectl sees it. In: a market, what is declared. Out: the lines of
 * `kubectl get ts` and the phases of the status from the declaration of a move to its end, and where query says that instruments live.
 * The status is written once a second at most, and looked at more often.
 */
import { type Fields, listAt, valueAt } from '../../charts/rendered-chart.ts';
import { loadDataset } from '../../faults/rig/load.ts';
import { until } from '../../faults/rig/until.ts';
import type { Market } from './market.ts';
import { release } from './release.ts';

/** A line of `kubectl get ts` by the names of its columns; a column that has nothing is empty. */
export type StreamRow = Readonly<Record<string, string>>;

/** A phase of a move as the status told it. */
export type ToldPhase = {
  readonly phase: string;
  /** How long the move had been in it when it was seen, ms; clocks of two machines may differ. */
  readonly ageMs: number;
  readonly from: number;
  readonly to: number;
};

/** A move from its declaration to its end. */
export type ShownMove = {
  /** Different lines while it was under way, in their order; the last one is that of its end. */
  readonly rows: readonly StreamRow[];
  /** Each phase as it was first seen. */
  readonly phases: readonly ToldPhase[];
  /** `status.epoch` before and after it. */
  readonly epochs: readonly [number, number];
};

type Place = { readonly epoch: number; readonly partition: number; readonly isUnderWay: boolean };
type PartitionPlace = { readonly worker: string | null; readonly silent: boolean };
type Answer = {
  readonly epoch: number;
  readonly partitions: readonly PartitionPlace[];
  readonly moves: readonly { readonly symbol: string }[];
  readonly instrument?: { readonly partition: number };
};

const object = `tickstream/${release.full}`;
const withinMs = 240_000;
const lookEveryMs = 100;
const fastMs = 20;

/** The stream of the release. */
export class MovedStream {
  readonly #market: Market;

  constructor(market: Market) {
    this.#market = market;
  }

  /** `kubectl patch` of its spec; `null` takes a field out. */
  async patch(spec: Fields): Promise<void> {
    await this.#market.kubectl('patch', object, '--type=merge', '--patch', JSON.stringify({ spec }));
  }

  /** What `kubectl get ts` prints of it. */
  async row(): Promise<StreamRow> {
    return rowOf(await this.#market.kubectl('get', 'ts', release.full));
  }

  /** Its status as the API has it. */
  async status(): Promise<Fields> {
    return (valueAt(await this.#market.read('tickstream', release.full), 'status') ?? {}) as Fields;
  }

  /** Waits until topics and map have so many partitions, and a worker tells of each. */
  async untilGrown(partitions: number): Promise<void> {
    const looked = { withinMs, everyMs: lookEveryMs };
    const isTold = async (): Promise<boolean> => {
      const { partitions: ofTopics, placedPartitions } = await this.status();
      return ofTopics === partitions && placedPartitions === partitions;
    };
    await until(`the status tells ${partitions} partitions`, isTold, looked);
    const areOwned = async (): Promise<boolean> => {
      const owners = await this.owners();
      return owners.length === partitions && owners.every((owner) => owner !== undefined);
    };
    await until(`each of ${partitions} partitions has a worker`, areOwned, looked);
  }

  /** Addresses of the workers of all partitions, in their order; `undefined` where none told of one lately. */
  async owners(): Promise<readonly (string | undefined)[]> {
    const { partitions } = await this.#answer('/v1/placement');
    return partitions.map(({ worker, silent }) => (silent ? undefined : (worker ?? undefined)));
  }

  /** Where an instrument of the load lives by the map, and whether it is on its way there, as query knows it. */
  async placeOf(symbol: string): Promise<Place> {
    const { epoch, moves, instrument } = await this.#answer(`/v1/placement?dataset=${loadDataset}&symbol=${symbol}`);
    if (instrument === undefined) throw new Error(`query says nothing of ${symbol}`);
    const isUnderWay = moves.some((move) => move.symbol === symbol);
    return { epoch, partition: instrument.partition, isUnderWay };
  }

  /** Waits until a map has an instrument in this partition: from now on ingests send it there. */
  async untilPublished(symbol: string, partition: number): Promise<void> {
    const isPublished = async (): Promise<boolean> => (await this.placeOf(symbol)).partition === partition;
    await until(`a map has ${symbol} in ${partition}`, isPublished, { withinMs, everyMs: fastMs });
  }

  /**
   * Declares something that moves an instrument to a partition, and looks until it is there; `meanwhile` is begun once it is
   * declared. What is over between two looks was not seen under way. Rejects if it does not end.
   */
  async shown(
    [symbol, partition]: readonly [string, number],
    declare: () => Promise<unknown>,
    meanwhile: () => Promise<void> = async () => undefined,
  ): Promise<ShownMove> {
    const before = Number((await this.status())['epoch'] ?? 0);
    await declare();
    const seen = { rows: [] as StreamRow[], phases: [] as ToldPhase[] };
    let epoch = before;
    const isOver = async (): Promise<boolean> => {
      const [row, status] = await Promise.all([this.row(), this.status()]);
      noteRow(seen.rows, row);
      notePhases(seen.phases, status, symbol);
      epoch = Number(status['epoch'] ?? 0);
      const isThere = epoch > before && status['moves'] === 0 && row['MOVES'] === '0' && row['EPOCH'] === `${epoch}`;
      return isThere && (await this.placeOf(symbol)).partition === partition;
    };
    const what = `${symbol} is in ${partition}, and nothing is under way`;
    await Promise.all([until(what, isOver, { withinMs, everyMs: lookEveryMs }), meanwhile()]);
    return { ...seen, epochs: [before, epoch] };
  }

  async #answer(url: string): Promise<Answer> {
    let found: Answer | undefined;
    const isAnswered = async (): Promise<boolean> => {
      found = (await this.#market.http(url)) as Answer | undefined;
      return found !== undefined;
    };
    await until(`query answers ${url}`, isAnswered);
    if (found === undefined) throw new Error(`nothing came of ${url}`);
    return found;
  }
}

/** Columns begin where their names do; an empty one is only known by that. */
function rowOf(table: string): StreamRow {
  const [head = '', line = ''] = table.split('\n');
  const columns = [...head.matchAll(/\S+/g)].map(({ 0: name, index }) => ({ name, index }));
  return Object.fromEntries(
    columns.map(({ name, index }, place) => [name, line.slice(index, columns[place + 1]?.index).trim()]),
  );
}

/** Age and lag go on by themselves. */
function noteRow(rows: StreamRow[], row: StreamRow): void {
  const moving = ({ PARTITIONS, EPOCH, MOVES, READY }: StreamRow): string => `${PARTITIONS} ${EPOCH} ${MOVES} ${READY}`;
  const last = rows.at(-1);
  if (last === undefined || moving(last) !== moving(row)) rows.push(row);
}

function notePhases(phases: ToldPhase[], status: Fields, symbol: string): void {
  for (const move of listAt(status, 'movesUnderWay')) {
    const phase = String(move['phase']);
    if (move['symbol'] !== symbol || phases.some((told) => told.phase === phase)) continue;
    const ageMs = Date.now() - Date.parse(String(move['since']));
    phases.push({ phase, ageMs, from: Number(move['from']), to: Number(move['to']) });
  }
}
