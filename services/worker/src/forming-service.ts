/**
 * The call WatchForming. In: a stream of wants. Out: a stream of forming bars, encoded when the caller takes them, so that
 * a slow one gets the newest of each and delays nobody. Wrong or too many wants end the stream with the limit.
 */
import { type GrpcCall, RpcError } from '@tapeline/grpc';
import { barToWire, type wireWorker } from '@tapeline/wire';
import { callersMax, type FormingCaller, type FormingDesk, wantedMax } from './forming-desk.ts';

/** Wants, and the like to the contrary, in one message. */
export const wantsPerMessageMax = 1_000;
/** Bars of one response, some 200 bytes each. */
const barsPerResponseMax = 1_024;
const nameCharactersMax = 64;

type Request = wireWorker.WatchFormingRequest;
type Response = wireWorker.WatchFormingResponse;

/** Serves one caller until it goes away or the server closes. Throws `RpcError`. */
export async function* watchForming(
  desk: FormingDesk,
  requests: AsyncIterable<Request>,
  call: GrpcCall,
): AsyncGenerator<Response> {
  const caller = desk.join();
  if (caller === undefined) {
    const message = `${callersMax} callers watch forming bars of this worker already; close some of them`;
    throw new RpcError('RESOURCE_EXHAUSTED', 'TOO_MANY_STREAMS', message, { limit: String(callersMax) });
  }
  const reading = readWants(caller, requests, call);
  try {
    for (;;) {
      await caller.some(call.signal);
      call.signal.throwIfAborted();
      const bars = caller.take(barsPerResponseMax);
      if (bars.length > 0) yield { bars: bars.map(barToWire) };
    }
  } finally {
    caller.leave();
    await reading;
  }
}

/** Ends when the caller sends no more, which is no reason to stop watching; wrong wants end the call. */
async function readWants(caller: FormingCaller, requests: AsyncIterable<Request>, call: GrpcCall): Promise<void> {
  try {
    for await (const request of requests) {
      if (call.signal.aborted) return;
      apply(caller, request);
    }
  } catch (error) {
    if (call.signal.aborted) return;
    const message = error instanceof RangeError ? error.message : 'the wants could not be read; send them again';
    call.abort(error instanceof RpcError ? error : new RpcError('RESOURCE_EXHAUSTED', 'TOO_MANY_WANTED', message));
  }
}

function apply(caller: FormingCaller, { want, unwant }: Request): void {
  for (const [field, names] of Object.entries({ want, unwant })) {
    if (names.length <= wantsPerMessageMax) continue;
    const message = `${field} has ${names.length} instruments; send at most ${wantsPerMessageMax} in one message`;
    throw new RpcError('INVALID_ARGUMENT', 'FIELD_INVALID', message, { field, limit: String(wantsPerMessageMax) });
  }
  for (const { dataset, symbol } of unwant) caller.unwant(dataset, symbol);
  for (const { dataset, symbol } of want) {
    checkName('dataset', dataset);
    checkName('symbol', symbol);
    if (caller.wanted >= wantedMax) {
      const message = `more than ${wantedMax} instruments are wanted by one caller; take some back`;
      throw new RpcError('RESOURCE_EXHAUSTED', 'TOO_MANY_WANTED', message, { limit: String(wantedMax) });
    }
    caller.want(dataset, symbol);
  }
}

function checkName(field: string, name: string): void {
  const { length } = name;
  // A character has two units at most.
  if (length >= 1 && length <= 2 * nameCharactersMax) return;
  const message = `${field} of a wanted instrument has ${length} characters; give 1 to ${nameCharactersMax}`;
  throw new RpcError('INVALID_ARGUMENT', 'FIELD_INVALID', message, { field, limit: String(nameCharactersMax) });
}
