/**
 * The TypeScript client: publish ticks with resend, read bars and trades with resume. In: addresses. Out: publishers and
 * async iterables that keep the contract's rules for their users.
 */
export { RpcError, type RpcStatus } from '@tapeline/grpc';
export type { ClientClock, ClientRandom } from './client-clock.ts';
export { connectPublisher } from './publish/connect-publisher.ts';
export type { JournalOptions } from './publish/journal-file.ts';
export type {
  Decimal,
  InstrumentDeclaration,
  OriginalTrade,
  PublishTick,
  QuoteFacts,
  TapeName,
  TickFacts,
  TickTime,
  TradeFacts,
  TradingStateName,
} from './publish/publish-tick.ts';
export {
  JournalError,
  PublisherExpiredError,
  PublisherFailedError,
  TickInvalidError,
  type UnsettledRange,
} from './publish/publisher-errors.ts';
export type {
  Publisher,
  PublisherListener,
  PublisherOptions,
  PublisherTimes,
  PublishRejection,
} from './publish/publisher-types.ts';
export { getBars, getTrades, listInstruments } from './subscribe/read-pages.ts';
export type {
  BarEvent,
  BarRange,
  BarSubscription,
  ClientBar,
  InstrumentName,
  InstrumentSelection,
  Interruption,
  ListedInstrument,
  ReaderOptions,
  ReaderTimes,
  Restart,
  TapeTick,
  TradeEvent,
  TradeRange,
  TradeSubscription,
} from './subscribe/reader-types.ts';
export { subscribeBars } from './subscribe/subscribe-bars.ts';
export { subscribeTrades } from './subscribe/subscribe-trades.ts';
