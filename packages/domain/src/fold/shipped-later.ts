/**
 * The trades of an instrument on their way to another partition, gathered when they are asked for. In: a view fixed at a record, and
 * what was sent before. Out: entries `Trades`, one after the other, and what was sent in all. Law 1: whoever asks, when, and in which
 * slices, it is the same; so nothing waits for it, neither a step nor a snapshot's bytes.
 */
import type { ShippedLater, ShippedTrades } from '../bars/instrument-state.ts';
import type { BlockToShip, TradesEntry } from '../log/trades-entry.ts';
import type { Sent } from './emissions.ts';
import { type GatheringTools, TradesGathering } from './gather-trades.ts';
import type { HandoverForm } from './handover-state.ts';
import type { TradesView } from './trades-view.ts';

/** Bytes of blocks from which on an entry is closed. */
const entryBytes = 524_288;

/** What is to be sent. */
export type Shipment = {
  readonly view: TradesView;
  /** What was sent of the instrument already. */
  readonly before: ShippedLater | undefined;
  /** Whether it was for the same move, so that bars have trades in it. */
  readonly isNamed: boolean;
};

/** For whom the entries are. */
export type ShipmentName = HandoverForm & Pick<TradesEntry, 'dataset' | 'symbol' | 'epoch'>;

/** What a shipment sends, found out without sending it; it keeps the view until then. */
export class LaterShipped implements ShippedLater {
  readonly #tools: GatheringTools;
  #shipment: Shipment | undefined;
  #gathering: TradesGathering | undefined;
  #known: ShippedTrades | undefined;

  constructor(tools: GatheringTools, shipment: Shipment) {
    this.#tools = tools;
    this.#shipment = shipment;
  }

  work(bytes: number): boolean {
    const shipment = this.#shipment;
    if (shipment === undefined) return true;
    if (shipment.before?.work(bytes) === false) return false;
    const gathering = (this.#gathering ??= gatheringOf(this.#tools, shipment));
    const isDone = gathering.work(bytes);
    gathering.takeFinished();
    if (isDone) this.settle(gathering.result());
    return isDone;
  }

  known(): ShippedTrades {
    this.work(Infinity);
    return this.#known!;
  }

  /** Somebody found it out by sending it. */
  settle(known: ShippedTrades): void {
    this.#known = known;
    this.#shipment = undefined;
    this.#gathering = undefined;
  }
}

/** What is known already: nothing more was sent, or it stood in a snapshot. */
export class KnownShipped implements ShippedLater {
  readonly #known: ShippedTrades;

  constructor(known: ShippedTrades) {
    this.#known = known;
  }

  work(): boolean {
    return true;
  }

  known(): ShippedTrades {
    return this.#known;
  }
}

/** The entries in their order; `undefined` whenever some `bytes` of blocks were looked through. Answers what was sent in all. */
export function* entriesOfTrades(
  tools: GatheringTools,
  shipment: Shipment,
  name: ShipmentName,
  bytes: number,
): Generator<Sent | undefined, ShippedTrades> {
  while (shipment.before?.work(bytes) === false) yield undefined;
  const gathering = gatheringOf(tools, shipment);
  let first = shipment.before?.known().blocks ?? 0;
  let [blocks, blockBytes]: [BlockToShip[], number] = [[], 0];
  const entry = (): Sent => {
    const sent: Sent = { entry: { kind: 'trades', ...name, first, blocks }, bytes: blockBytes };
    first += blocks.length;
    [blocks, blockBytes] = [[], 0];
    return sent;
  };
  for (let isDone = false; !isDone;) {
    isDone = gathering.work(bytes);
    for (const block of gathering.takeFinished()) {
      if (blockBytes > 0 && blockBytes + block.bytes.length > entryBytes) yield entry();
      blocks.push(block);
      blockBytes += block.bytes.length;
    }
    if (!isDone) yield undefined;
  }
  if (blocks.length > 0) yield entry();
  return gathering.result();
}

function gatheringOf(tools: GatheringTools, { view, before, isNamed }: Shipment): TradesGathering {
  return new TradesGathering(tools, view, before?.known(), isNamed);
}
