/**
 * Calls that a careless or hostile caller makes by gRPC. In: the address of a started market, and messages as loosely as
 * the wire allows. Out: the answer, or the refusal as the caller sees it.
 */
import { connectGrpc, type GrpcChannel, RpcError } from '@tapeline/grpc';
import { errorDetails, wireIngest, type wireMarket, wireQuery } from '@tapeline/wire';
import type { MarketProcess } from './market-process.ts';

const ingest = wireIngest.IngestServiceDefinition;
const query = wireQuery.QueryServiceDefinition;
/** The caller's own limit is far above the server's, which is the one that is tried. */
const callerBytesMax = 64_000_000;

/** Fields of a message as `fromPartial` takes them. */
export type Loose<Message extends { fromPartial(value: never): unknown }> = Parameters<Message['fromPartial']>[0];

/** Calls to one market. */
export class BadCalls {
  readonly #channel: GrpcChannel;

  constructor(address: string) {
    this.#channel = connectGrpc({ address, errorCodec: errorDetails, messageBytesMax: callerBytesMax });
  }

  once(
    fields: Loose<typeof wireIngest.PublishOnceRequest>,
    deadlineMs: number = 20_000,
  ): Promise<wireIngest.PublishOnceResponse> {
    const request = wireIngest.PublishOnceRequest.fromPartial(fields);
    return this.#channel.unary(ingest.methods.publishOnce, ingest.fullName, request, { deadlineMs });
  }

  getPublisher(fields: Loose<typeof wireIngest.GetPublisherRequest>): Promise<wireIngest.GetPublisherResponse> {
    const request = wireIngest.GetPublisherRequest.fromPartial(fields);
    return this.#channel.unary(ingest.methods.getPublisher, ingest.fullName, request);
  }

  getBars(fields: Loose<typeof wireQuery.GetBarsRequest>): Promise<wireQuery.GetBarsResponse> {
    const request = wireQuery.GetBarsRequest.fromPartial({ interval: '1s', profile: 'all', ...fields });
    return this.#channel.unary(query.methods.getBars, query.fullName, request);
  }

  listInstruments(fields: Loose<typeof wireQuery.ListInstrumentsRequest>): Promise<wireQuery.ListInstrumentsResponse> {
    const request = wireQuery.ListInstrumentsRequest.fromPartial(fields);
    return this.#channel.unary(query.methods.listInstruments, query.fullName, request);
  }

  /** The first event of a stream of bars. */
  async firstBars(
    fields: Loose<typeof wireQuery.StreamBarsRequest>,
  ): Promise<wireQuery.StreamBarsResponse | undefined> {
    const request = wireQuery.StreamBarsRequest.fromPartial(fields);
    for await (const event of this.#channel.serverStream(query.methods.streamBars, query.fullName, request))
      return event;
    return undefined;
  }

  /** Sends all requests of a stream, and answers every response; rejects with what ended it. */
  async publish(
    requests: readonly Loose<typeof wireIngest.PublishRequest>[],
  ): Promise<wireIngest.PublishResponse['response'][]> {
    const call = this.#channel.duplex(ingest.methods.publish, ingest.fullName);
    const responses: wireIngest.PublishResponse['response'][] = [];
    const hearing = (async () => {
      for await (const { response } of call.responses) responses.push(response);
    })();
    const sending = (async () => {
      for (const request of requests) await call.send(wireIngest.PublishRequest.fromPartial(request));
      call.finish();
    })();
    // A stream that was refused takes no more: why it was is told by the responses.
    await Promise.all([hearing, sending.catch(() => hearing)]);
    return responses;
  }

  close(): void {
    this.#channel.close();
  }
}

/** Throws unless the market takes a tick, answers over HTTP and has logged nothing that `logged` forbids. */
export async function checkServes(market: MarketProcess, calls: BadCalls, logged: RegExp): Promise<void> {
  const { accepted } = await calls.once({ dataset: 'after', ticks: [handOf('NEXT')] });
  const { status } = await fetch(`${market.http}/readyz`);
  if (accepted === 1 && status === 200 && !logged.test(market.err())) return;
  throw new Error(`the market does not serve any more (${accepted}, ${status}): ${market.err()}`);
}

/** How a call was refused; throws if it was not. */
export async function refusalOf(call: Promise<unknown>): Promise<RpcError> {
  const answer = await call.catch((error: unknown) => error);
  if (answer instanceof RpcError) return answer;
  throw new Error(`the call was not refused: ${String(answer)}`);
}

/** The first request of a stream. */
export function openOf(fields: Loose<typeof wireIngest.PublishOpen> = {}): Loose<typeof wireIngest.PublishRequest> {
  return { request: { $case: 'open', value: { dataset: 'one', ...fields } } };
}

/** A trade as a row, now and at price 10; `fields` are those of the trade. */
export function rowOf(
  sequence: number,
  link: number | undefined,
  fields: Loose<typeof wireMarket.Trade> = {},
): Loose<typeof wireIngest.TickRow> {
  const value = { eventTimeNs: BigInt(Date.now()) * 1_000_000n, price: 10n, size: 1n, ...fields };
  const chain = link === undefined ? {} : { link: BigInt(link) };
  return { sequence: BigInt(sequence), ...chain, symbol: 'AAA', tick: { $case: 'trade', value } };
}

/** A batch of rows. */
export function rowsOf(ticks: readonly Loose<typeof wireIngest.TickRow>[]): Loose<typeof wireIngest.PublishRequest> {
  const form = { $case: 'rows' as const, value: { ticks: [...ticks] } };
  return { request: { $case: 'tickBatch', value: { form } } };
}

/** A trade by hand; `fields` replace those of the tick, `trade` those of the trade. */
export function handOf(
  symbol: string,
  fields: Omit<Loose<typeof wireIngest.HandTick>, 'tick' | 'symbol'> = {},
  trade: Loose<typeof wireIngest.HandTrade> = {},
): Loose<typeof wireIngest.HandTick> {
  return { symbol, ...fields, tick: { $case: 'trade', value: { price: '10.25', size: '100', ...trade } } };
}
