/**
 * A query service that cuts, repeats and falls silent on purpose, over a real gRPC server on loopback. In: bars by hand, a
 * plan of cuts. Out: streams as the contract has them: a snapshot or what was missed, then live, with resume tokens.
 */
import { type GrpcServer, grpcService, RpcError, startGrpcServer } from '@tapeline/grpc';
import { createHealth, createMetrics, silentLogger } from '@tapeline/runtime';
import { errorDetails, wireMarket, wireQuery } from '@tapeline/wire';

/** The fake. */
export class FakeQuery {
  /** Everything that happened, in order; a token is a place in it. */
  readonly history: wireMarket.Bar[] = [];
  readonly tape: wireQuery.TapeEntry[] = [];
  /** Messages after which a stream is cut; each is used once. */
  cuts: number[] = [];
  /** How far before its token a resumed stream begins again. */
  repeats = 0;
  /** Tokens below this are too old. */
  oldestToken = 0;
  isSilent = false;
  /** How many calls fail before one goes well. */
  failures = 0;
  readonly requests: string[] = [];
  #server: GrpcServer | undefined;

  get address(): string {
    return `127.0.0.1:${this.#server?.port}`;
  }

  async start(): Promise<void> {
    this.#server = await startGrpcServer({
      host: '127.0.0.1',
      port: 0,
      services: [
        grpcService(wireQuery.QueryServiceDefinition, {
          listInstruments: async (request) => this.#list(request),
          getInstrument: async ({ instrument }) => {
            this.#mayFail();
            if (instrument?.symbol === 'NONE') throw new RpcError('NOT_FOUND', 'INSTRUMENT_UNKNOWN', 'no NONE');
            return { instrument: instrumentOf(instrument?.symbol ?? ''), intervals: ['1m'], profiles: ['all'] };
          },
          getBars: async (request) => this.#bars(request),
          getTrades: async () => ({ entries: this.tape, nextPageToken: '', resumeToken: 'T' }),
          streamBars: (request, call) => this.#streamBars(request, call.signal),
          streamTrades: (request, call) => this.#streamTrades(request, call.signal),
        }),
      ],
      descriptorSet: new Uint8Array(),
      health: createHealth(),
      limits: { messageBytesMax: 4_194_304, streamsPerConnectionMax: 100, connectionsMax: 100 },
      errorCodec: errorDetails,
      log: silentLogger,
      metrics: createMetrics({ ofProcess: false }),
    });
  }

  async stop(): Promise<void> {
    await this.#server?.close(0);
  }

  #mayFail(): void {
    if (this.failures === 0) return;
    this.failures -= 1;
    throw new RpcError('UNAVAILABLE', 'STORE_UNAVAILABLE', 'failed on purpose');
  }

  #list({ pageToken, symbolPrefix }: wireQuery.ListInstrumentsRequest): wireQuery.ListInstrumentsResponse {
    this.requests.push(`list ${pageToken}`);
    this.#mayFail();
    const at = Number(pageToken);
    const next = at < 3 ? String(at + 1) : '';
    return { instruments: at === 1 ? [] : [instrumentOf(`${symbolPrefix}${at}`)], nextPageToken: next };
  }

  #bars({ pageToken, newestFirst }: wireQuery.GetBarsRequest): wireQuery.GetBarsResponse {
    this.requests.push(`bars ${pageToken}${newestFirst ? ' newest' : ''}`);
    this.#mayFail();
    const at = Number(pageToken);
    const bars = this.history.slice(at, at + 2);
    const isLast = at + 2 >= this.history.length;
    return {
      bars,
      nextPageToken: isLast ? '' : String(at + 2),
      resumeToken: isLast ? String(this.history.length) : '',
    };
  }

  async *#streamBars(
    { resumeToken }: wireQuery.StreamBarsRequest,
    signal: AbortSignal,
  ): AsyncGenerator<wireQuery.StreamBarsResponse> {
    this.requests.push(`stream ${resumeToken}`);
    for await (const at of this.#places(resumeToken, signal, () => this.history.length)) {
      if (typeof at === 'number') {
        const bar = this.history[at];
        if (bar !== undefined) yield { event: { $case: 'bars', value: { bars: [bar] } } };
      } else yield { event: at };
    }
  }

  async *#streamTrades(
    { resumeToken }: wireQuery.StreamTradesRequest,
    signal: AbortSignal,
  ): AsyncGenerator<wireQuery.StreamTradesResponse> {
    for await (const at of this.#places(resumeToken, signal, () => this.tape.length)) {
      if (typeof at === 'number') {
        const entry = this.tape[at];
        if (entry !== undefined) yield { event: { $case: 'entries', value: { entries: [entry] } } };
      } else yield { event: at };
    }
  }

  /** Places in a history from a token on, with what stands between them in a stream. */
  async *#places(
    resumeToken: string,
    signal: AbortSignal,
    length: () => number,
  ): AsyncGenerator<
    number | { $case: 'snapshotEnd'; value: wireQuery.SnapshotEnd } | { $case: 'heartbeat'; value: wireQuery.Heartbeat }
  > {
    const token = Number(resumeToken);
    if (resumeToken !== '' && token < this.oldestToken) {
      throw new RpcError('OUT_OF_RANGE', 'RESUME_TOKEN_EXPIRED', 'too old; ask again without it');
    }
    let cutAfter = this.cuts.shift() ?? Infinity;
    let at = resumeToken === '' ? 0 : Math.max(0, token - this.repeats);
    for (let isLive = false; !signal.aborted;) {
      if (this.isSilent) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      if (cutAfter <= 0) throw new RpcError('UNAVAILABLE', 'SHUTTING_DOWN', 'cut on purpose');
      cutAfter -= 1;
      if (at < length()) yield at;
      else if (isLive) {
        const value = { watermarkTimeNs: BigInt(at) * 1_000_000_000n, resumeToken: String(at) };
        yield { $case: 'heartbeat', value };
        await new Promise((resolve) => setTimeout(resolve, 5));
        continue;
      } else {
        isLive = true;
        yield { $case: 'snapshotEnd', value: { resumeToken: String(at) } };
        continue;
      }
      at += 1;
    }
  }
}

function instrumentOf(symbol: string): wireMarket.Instrument {
  return wireMarket.Instrument.fromPartial({
    dataset: 'test',
    symbol,
    priceExponent: -4,
    tickSize: 100n,
    calendar: 'XNYS',
  });
}

/** A bar that started in this minute, in this revision. */
export function bar(minute: number, revision: number, symbol = 'SPY'): wireMarket.Bar {
  const startTimeNs = 1_600_000_020_000_000_000n + BigInt(minute) * 60_000_000_000n;
  return wireMarket.Bar.fromPartial({
    instrument: { dataset: 'test', symbol },
    interval: '1m',
    profile: 'all',
    startTimeNs,
    endTimeNs: startTimeNs + 60_000_000_000n,
    session: wireMarket.Session.SESSION_REGULAR,
    open: 1_841_000n,
    high: 1_841_000n,
    low: 1_841_000n,
    close: 1_841_000n,
    volume: '5',
    notional: '9205000',
    trades: 1n,
    revision: BigInt(revision),
    foldVersion: 1,
    state: revision === 1 ? wireMarket.BarState.BAR_STATE_CLOSED : wireMarket.BarState.BAR_STATE_REVISED,
    position: { partition: 0, epoch: 0, offset: 1n },
    priceExponent: -4,
    sizeExponent: 0,
  });
}

/** An entry of SPY's tape. */
export function entry(number: number): wireQuery.TapeEntry {
  return wireQuery.TapeEntry.fromPartial({
    instrument: { dataset: 'test', symbol: 'SPY' },
    number: BigInt(number),
    publisherId: 5n,
    sequence: BigInt(number * 2),
    tick: {
      $case: 'trade',
      value: { eventTimeNs: 1_600_000_000_000_000_001n, price: 1_841_000n, size: 3n, venue: 'P', conditions: ['@'] },
    },
  });
}
