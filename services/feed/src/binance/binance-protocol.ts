/**
 * Binance's trade streams. In: symbols. Out: what socket-feed.ts needs of them. Ids tell repeats and gaps exactly, so a
 * break of the connection is no gap by itself. Binance ends a connection after 24 hours; ours is renewed before.
 */
import {
  binanceTermsOf,
  type BinanceTrade,
  binanceTradeTick,
  clipped,
  readBinanceMessage,
  tickRowOf,
} from '@tapeline/recordings';
import type { InstrumentTerms } from '@tapeline/domain';
import type { SocketProtocol, TextSink } from '../socket/socket-protocol.ts';
import { TradeIds } from './trade-ids.ts';

/** The symbols that are watched where none are named. */
export const binanceSymbols: readonly string[] = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];

/** Ten minutes less than what Binance allows. */
export const binanceLifeMs = 85_800_000;

/** The protocol for one run. `lifeMs` is the age at which a connection is renewed. */
export function binanceProtocol(
  url: string,
  dataset: string,
  symbols: readonly string[],
  lifeMs: number = binanceLifeMs,
): SocketProtocol {
  const streams = symbols.map((symbol) => `${symbol.toLowerCase()}@trade`);
  const reader = new BinanceReader(dataset, new Set(symbols.map((symbol) => symbol.toUpperCase())));
  return {
    name: 'binance',
    dataset,
    url: `${url.replace(/\/$/, '')}/stream?streams=${streams.join('/')}`,
    shownUrl: url,
    hello: [],
    hasIds: true,
    lifeMs,
    read: (text, receivedNs, sink) => reader.read(text, receivedNs, sink),
  };
}

class BinanceReader {
  readonly #dataset: string;
  readonly #symbols: ReadonlySet<string>;
  readonly #terms = new Map<string, InstrumentTerms>();
  readonly #ids = new TradeIds();

  constructor(dataset: string, symbols: ReadonlySet<string>) {
    this.#dataset = dataset;
    this.#symbols = symbols;
  }

  read(text: string, receivedNs: bigint, sink: TextSink): void {
    const message = readBinanceMessage(text);
    if (message === undefined) {
      sink.report.refused('MESSAGE_MALFORMED', `a message is no JSON: ${clipped(text)}; it is passed over`);
    } else if ('code' in message) sink.report.refused(message.code, message.message);
    else if (message.what === 'trade') this.#take(message, receivedNs, sink);
    else sink.report.refused('MESSAGE_UNEXPECTED', `Binance sent what was not asked for: ${clipped(text)}`);
  }

  #take(trade: BinanceTrade, receivedNs: bigint, { tick, report }: TextSink): void {
    const { symbol } = trade;
    if (!this.#symbols.has(symbol)) {
      report.refused('SYMBOL_UNEXPECTED', `Binance sent a trade of ${clipped(symbol)}, which was not asked for`);
      return;
    }
    const eventNs = BigInt(trade.eventUs) * 1_000n;
    const verdict = this.#ids.note(symbol, Number(trade.tradeId), eventNs);
    if (verdict.kind === 'repeat') return;
    if (verdict.kind === 'jump') {
      const { missing, fromNs } = verdict;
      const reason = `${missing} trades of ${symbol} before id ${trade.tradeId} never came`;
      report.gap({ dataset: this.#dataset, fromNs, toNs: eventNs, reason });
    }
    let terms = this.#terms.get(symbol);
    if (terms === undefined) this.#terms.set(symbol, (terms = binanceTermsOf(symbol)));
    const receiveSec = Number(receivedNs / 1_000_000_000n);
    const receiveNano = Number(receivedNs % 1_000_000_000n);
    const made = binanceTradeTick(trade, terms, { receiveSec, receiveNano }, 1);
    if ('code' in made) report.refused(made.code, made.message);
    else tick(tickRowOf(made, terms, 0));
  }
}
