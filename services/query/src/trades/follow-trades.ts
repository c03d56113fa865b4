/**
 * A stream of trades, cancels and corrections as they are counted. In: instruments and what the reader wants of them.
 * Out: events in the order of the contract; of each instrument entries in the order of their numbers, none twice, whichever
 * partitions they come from.
 */
import type { StoredInstrument } from '@tapeline/domain';
import type { RpcError } from '@tapeline/grpc';
import type { QueryParts } from '../query-parts.ts';
import { fromStore } from '../refusal.ts';
import { instrumentKey } from '../requests/instrument-key.ts';
import { followTopic } from '../streams/follow-topic.ts';
import type { StreamEvent } from '../streams/stream-item.ts';
import { digestOf } from '../tokens/sealed-text.ts';
import { rowsOf, segmentsOf } from './tape-entry.ts';
import { readTapeRecord, type TapeItem, tapeItem } from './tape-item.ts';
import { TradeOrder } from './trade-order.ts';

/** What a reader wants. */
export type TradeFollow = {
  readonly instruments: readonly StoredInstrument[];
  /** The snapshot has entries of this time or later, ns since the Unix epoch; absent = no snapshot. */
  readonly startNs: bigint | undefined;
  readonly resumeToken: string;
  readonly signal: AbortSignal;
  readonly onProblem?: (problem: RpcError) => void;
};

/** Entries of one event at most. */
export const entriesPerEventMax = 2_000;

const chunksAtOnce = 16;

/** What binds resume tokens of trades to their instruments. */
export function tradeDigest(instruments: readonly { readonly dataset: string; readonly symbol: string }[]): string {
  return digestOf(instruments.map(({ dataset, symbol }) => instrumentKey(dataset, symbol)).toSorted());
}

/** The events of the stream. */
export function followTrades(parts: QueryParts, follow: TradeFollow): AsyncGenerator<StreamEvent<TapeItem>> {
  const { config, clock, log } = parts;
  const { instruments } = follow;
  const byKey = new Map(instruments.map((each) => [instrumentKey(each.dataset, each.symbol), each]));
  return followTopic({
    log,
    topic: 'tape',
    turns: parts.turns,
    read: readTapeRecord,
    hub: parts.tape,
    kind: 'trade-stream',
    followed: {
      digest: tradeDigest(instruments),
      instruments: byKey,
      wantsInstrument: (key) => byKey.has(key),
      wants: ({ instrument }) => byKey.has(instrument),
    },
    resumeToken: follow.resumeToken,
    snapshot: () => tradeSnapshot(parts, follow),
    order: (numbers) => new TradeOrder([...byKey.keys()].sort(), numbers),
    itemsMax: entriesPerEventMax,
    waitingBytesMax: config.waitingBytesMax,
    heartbeatMs: config.heartbeatMs,
    clock,
    signal: follow.signal,
    onProblem: follow.onProblem,
  });
}

/** Entries from the start time on, per instrument by number; chunks that overlap give one entry twice, which is dropped. */
async function* tradeSnapshot(
  { store }: QueryParts,
  { instruments, startNs }: TradeFollow,
): AsyncGenerator<readonly TapeItem[]> {
  if (startNs === undefined) return;
  for (const { dataset, symbol } of instruments) {
    for (let skip = 0; ; skip += chunksAtOnce) {
      const query = { dataset, symbol, startNs, order: 'number', skip, limit: chunksAtOnce } as const;
      const chunks = await fromStore(store.tape(query));
      for (const chunk of chunks) {
        const rows = segmentsOf(chunk).flatMap(rowsOf);
        yield rows.filter(({ tick }) => tick.eventNs >= startNs).map(tapeItem);
      }
      if (chunks.length < chunksAtOnce) break;
    }
  }
}
