/**
 * Live trades through the client library. In: a publisher and what makes trades. Out: what was sent, all of it acknowledged at
 * the end.
 */
import type { Publisher } from '@tapeline/client';
import type { HandTrade } from '../standalone/hand-publisher.ts';

/** Makes trades until it is over. */
export type TradeMaking = (isOver: () => boolean, put: (trade: HandTrade) => void) => Promise<unknown>;

/** Publishes until it is told to end; then everything that was sent is acknowledged. */
export function publishing(
  publisher: Publisher,
  make: TradeMaking,
): { readonly sent: HandTrade[]; end(): Promise<void> } {
  const sent: HandTrade[] = [];
  const publications: Promise<number>[] = [];
  let isOver = false;
  const making = make(
    () => isOver,
    (trade) => {
      sent.push(trade);
      const { symbol, price, size, eventTimeNs: time } = trade;
      const facts = { price: { units: price, exponent: -2 }, size: String(size) };
      publications.push(publisher.publish({ symbol, time, trade: facts }));
    },
  );
  const end = async (): Promise<void> => {
    isOver = true;
    await making;
    await Promise.all(publications);
    await publisher.flushed();
    await publisher.close();
  };
  return { sent, end };
}
