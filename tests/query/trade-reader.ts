/**
 * A reader of a stream of trades. In: a rig and a request. Out: its events in their order, and the token of the last one that
 * had one, from which another reader goes on.
 */
import { wireQuery } from '@tapeline/wire';
import { type QueryRig, TestCall } from './query-rig.ts';

/** Reads a stream of trades event by event. */
export class TradeReader {
  readonly call: TestCall = new TestCall();
  token = '';
  readonly #events: AsyncIterator<unknown>;

  constructor(rig: QueryRig, request: Partial<wireQuery.StreamTradesRequest> = {}) {
    const instruments = [{ dataset: 'd', symbol: 'SPY' }];
    const full = wireQuery.StreamTradesRequest.fromPartial({ instruments, ...request });
    this.#events = rig.query.service.streamTrades(full, this.call)[Symbol.asyncIterator]();
  }

  async next(): Promise<NonNullable<wireQuery.StreamTradesResponse['event']>> {
    const { value } = (await this.#events.next()) as { value: wireQuery.StreamTradesResponse | { bytes: Uint8Array } };
    const { event } = 'bytes' in value ? wireQuery.StreamTradesResponse.decode(value.bytes) : value;
    if (event === undefined) throw new Error('an event without content');
    if (event.$case !== 'entries') this.token = event.value.resumeToken;
    return event;
  }

  /** Numbers up to the end of the snapshot. */
  async snapshot(): Promise<number[]> {
    const numbers: number[] = [];
    for (;;) {
      const event = await this.next();
      if (event.$case === 'snapshotEnd') return numbers;
      if (event.$case === 'entries') numbers.push(...event.value.entries.map(({ number }) => Number(number)));
    }
  }

  async numbers(of: number): Promise<number[]> {
    const numbers: number[] = [];
    while (numbers.length < of) {
      const event = await this.next();
      if (event.$case === 'entries') numbers.push(...event.value.entries.map(({ number }) => Number(number)));
    }
    return numbers;
  }

  async leave(): Promise<void> {
    this.call.cancel();
    await this.#events.return?.();
  }
}
