/**
 * The process that checks a market: `entry check-market [options]`. In: where ingest and query are. Out: one line with the bar that
 * was published and read back, or one line with what is wrong and exit code 2. `helm test` runs it.
 */
import { connectPublisher, getBars, PublisherFailedError, RpcError } from '@tapeline/client';
import { parseInterval } from '@tapeline/domain';
import { durationOption, processOptions, runProcess, systemClock, textOption } from '@tapeline/runtime';
import { addressesOption } from './addresses-option.ts';
import { checkDataset, type CheckedMarket, checkMarket, checkSymbol, MarketCheckError } from './check-market.ts';

const connectMs = 30_000;

await runProcess({
  name: 'check-market',
  about: 'Publishes five trades of an instrument of its own, and reads their bar back.',
  table: {
    ingest: addressesOption('TAPELINE_INGEST', '127.0.0.1:50051', 'Ingests that take the trades.'),
    query: addressesOption('TAPELINE_QUERY', '127.0.0.1:50052', 'Queries that are asked for the bar.'),
    interval: textOption({
      env: 'TAPELINE_CHECK_INTERVAL',
      charsMax: 8,
      default: '1s',
      help: 'Which bar, one of those that the stream makes and that begin every so many seconds of the day.',
    }),
    wait: durationOption({
      env: 'TAPELINE_CHECK_WAIT',
      min: '1s',
      max: '1h',
      default: '60s',
      help: 'How long the bar may take after its trades are durable.',
    }),
    ...processOptions,
  },
  problems: ({ interval }) =>
    secondsOf(interval) === undefined ? [`--interval ${interval} is none such as 1s or 5m`] : [],
  run: async ({ ingest, query, interval, wait }, { logger, stop }) => {
    const bar = await checkMarket({
      market: marketAt(ingest, query, stop),
      interval,
      intervalMs: (secondsOf(interval) ?? 1) * 1_000,
      waitMs: wait,
      clock: systemClock,
      stop,
    });
    logger.info('the bar that was published was read back', { bar: JSON.stringify(bar) });
  },
  isExpected: (error) => [MarketCheckError, RpcError, PublisherFailedError].some((kind) => error instanceof kind),
});

function secondsOf(interval: string): number | undefined {
  const parsed = parseInterval(interval);
  return 'seconds' in parsed && parsed.alignment === 'epoch' ? parsed.seconds : undefined;
}

function marketAt(ingest: readonly string[], query: readonly string[], signal: AbortSignal): CheckedMarket {
  return {
    publish: async (trades) => {
      let refused: string | undefined;
      const publisher = await connectPublisher({
        address: ingest,
        dataset: checkDataset,
        clientName: 'check-market',
        instruments: [{ symbol: checkSymbol, priceExponent: -2 }],
        times: { connectMs },
        listener: { rejected: ({ code, message }) => (refused ??= `${code}: ${message}`) },
      });
      try {
        for (const { time, price, size } of trades) {
          await publisher.publish({ symbol: checkSymbol, time, trade: { price, size } });
        }
        await publisher.flushed();
      } finally {
        await publisher.close();
      }
      if (refused !== undefined) throw new MarketCheckError(`ingest refused a trade: ${refused}`);
    },
    readBar: async (interval, start) => {
      const instrument = { dataset: checkDataset, symbol: checkSymbol };
      const end = new Date(start.getTime() + 1);
      try {
        for await (const bar of getBars({ address: query, instrument, interval, start, end, signal })) return bar;
      } catch (error) {
        // Nobody has published it before.
        if (error instanceof RpcError && error.reason === 'INSTRUMENT_UNKNOWN') return undefined;
        throw error;
      }
      return undefined;
    },
  };
}
