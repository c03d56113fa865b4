/**
 * Finnhub's trade stream. In: a key, symbols. Out: what socket-feed.ts needs of it. Its ticks have no ids, so identity is
 * the connection and the place in it, and every break is a gap.
 */
import type { SocketProtocol } from '../socket/socket-protocol.ts';
import { FinnhubReader } from './finnhub-message.ts';

/** The symbols that are watched where none are named. */
export const finnhubSymbols: readonly string[] = ['AAPL', 'MSFT', 'NVDA', 'TSLA'];

/** The protocol for one run. */
export function finnhubProtocol(
  url: string,
  token: string,
  dataset: string,
  symbols: readonly string[],
): SocketProtocol {
  const reader = new FinnhubReader();
  return {
    name: 'finnhub',
    dataset,
    url: `${url.replace(/\/$/, '')}/?token=${encodeURIComponent(token)}`,
    shownUrl: url,
    hello: symbols.map((symbol) => JSON.stringify({ type: 'subscribe', symbol })),
    hasIds: false,
    read: (text, receivedNs, { tick, report }) => {
      const message = reader.read(text, receivedNs);
      if (message.what === 'unreadable') report.refused(message.refusal.code, message.refusal.message);
      else if (message.what === 'error') report.refused('SERVER_ERROR', `Finnhub says: ${message.message}`);
      else if (message.what === 'trades') {
        for (const { code, message: why } of message.refused) report.refused(code, why);
        for (const row of message.rows) tick(row);
      }
    },
  };
}
