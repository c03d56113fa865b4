/**
 * Delivers what was delivered already. In: an ingest, trades that were published. Out: the same trades sent once more, under
 * their identities or, with the guard off, under a new one; resolves when all are acknowledged.
 */
import { connectGrpc } from '@tapeline/grpc';
import { errorDetails, wireIngest } from '@tapeline/wire';
import { type LoadTrade, loadDataset } from './load.ts';

const { methods, fullName } = wireIngest.IngestServiceDefinition;
const batchMax = 200;

/** What is sent again, and as whose. */
export type SecondDelivery = {
  readonly address: string;
  /** Of one publisher, in its order, from its first on. */
  readonly trades: readonly LoadTrade[];
  /** False: as if nobody had sent them before. */
  readonly keepsIdentity: boolean;
};

/** Sends; answers how many ingest acknowledged. Rejects if one is rejected. */
export async function sendAgain({ address, trades, keepsIdentity }: SecondDelivery): Promise<number> {
  const channel = connectGrpc({ address, errorCodec: errorDetails });
  try {
    const call = channel.duplex(methods.publish, fullName);
    const publisherId = keepsIdentity ? (trades[0]?.publisherId ?? 0n) : 0n;
    const open = { publisherId, dataset: loadDataset, clientName: 'again', timeDomain: 0 as const };
    const last = trades.at(-1)?.sequence ?? 0;
    const hearing = hear(call.responses, last);
    await Promise.race([call.send({ request: { $case: 'open', value: open } }), hearing]);
    const links = new Map<string, number>();
    for (let at = 0; at < trades.length; at += batchMax) {
      await Promise.race([call.send(batchOf(trades.slice(at, at + batchMax), links)), hearing]);
    }
    await hearing;
    call.finish();
    return trades.length;
  } finally {
    channel.close();
  }
}

async function hear(responses: AsyncIterable<wireIngest.PublishResponse>, last: number): Promise<void> {
  for await (const { response } of responses) {
    if (response?.$case === 'reject') throw new Error(`rejected: ${response.value.rejection?.message}`);
    if (response?.$case === 'ack' && Number(response.value.sequence) >= last) return;
  }
  throw new Error('the stream ended before everything was acknowledged');
}

function batchOf(trades: readonly LoadTrade[], links: Map<string, number>): wireIngest.PublishRequest {
  const symbols = [...new Set(trades.map(({ symbol }) => symbol))];
  const ticks = trades.map(({ sequence, symbol, price, size, timeNs }) => {
    const link = links.get(symbol) ?? 0;
    links.set(symbol, sequence);
    const trade = { eventTimeNs: timeNs, price: BigInt(price), size: BigInt(size) };
    return { sequence: BigInt(sequence), link: BigInt(link), symbol, tick: { $case: 'trade' as const, value: trade } };
  });
  const instruments = symbols.map((symbol) => ({ symbol, priceExponent: -2, sizeExponent: 0, calendar: '24/7' }));
  const form = { $case: 'rows' as const, value: { instruments, ticks } };
  return wireIngest.PublishRequest.fromPartial({ request: { $case: 'tickBatch', value: { form } } });
}
