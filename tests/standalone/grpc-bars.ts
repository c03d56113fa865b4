/**
 * Bars as gRPC serves them, in the words of REST, so that both can be compared with one oracle. In: the address of a
 * started market. Out: all pages of `GetBars`.
 */
import { formatUnits } from '@tapeline/domain';
import { connectGrpc } from '@tapeline/grpc';
import { errorDetails, type wireMarket, wireQuery } from '@tapeline/wire';
import type { PrintedBar } from '../oracle/printed-bars.ts';

const { methods } = wireQuery.QueryServiceDefinition;

/** All bars of an instrument, interval and profile; `vwap` is REST's own and stays out. */
export async function grpcBars(
  address: string,
  instrument: { readonly dataset: string; readonly symbol: string },
  query: { readonly interval: string; readonly profile: string; readonly pageSize?: number },
): Promise<Omit<PrintedBar, 'vwap'>[]> {
  const channel = connectGrpc({ address, errorCodec: errorDetails });
  try {
    const bars: Omit<PrintedBar, 'vwap'>[] = [];
    let pageToken = '';
    do {
      const { interval, profile, pageSize = 5_000 } = query;
      const request = wireQuery.GetBarsRequest.create({ instrument, interval, profile, pageSize, pageToken });
      const page = await channel.unary(methods.getBars, wireQuery.QueryServiceDefinition.fullName, request, {
        deadlineMs: 30_000,
      });
      bars.push(...page.bars.map(inWordsOfRest));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    return bars;
  } finally {
    channel.close();
  }
}

/** A bar of the wire with decimals and RFC 3339. */
export function inWordsOfRest(bar: wireMarket.Bar): Omit<PrintedBar, 'vwap'> {
  const price = (units: bigint | undefined): string | null =>
    units === undefined ? null : formatUnits(units, bar.priceExponent);
  const time = (ns: bigint): string => new Date(Number(ns / 1_000_000n)).toISOString().replace('.000Z', 'Z');
  return {
    symbol: bar.instrument?.symbol ?? '',
    interval: bar.interval,
    profile: bar.profile,
    start: time(bar.startTimeNs),
    end: time(bar.endTimeNs),
    open: price(bar.open),
    high: price(bar.high),
    low: price(bar.low),
    close: price(bar.close),
    volume: formatUnits(BigInt(bar.volume), bar.sizeExponent),
    trades: Number(bar.trades),
    revision: Number(bar.revision),
    state: ['', 'forming', 'closed', 'revised'][bar.state] ?? '',
  };
}
