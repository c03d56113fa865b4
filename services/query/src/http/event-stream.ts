/**
 * Bars as server-sent events. In: a request and its socket. Out: the stream's events, each with the resume token as id
 * where there is one, until the reader leaves or the stream ends, which it says with a last event, `problem`. A reader
 * is given the next event only when it has taken those before; what waits meanwhile is bounded by the stream's queue.
 */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { StoredInstrument } from '@tapeline/domain';
import { RpcError } from '@tapeline/grpc';
import { followBars } from '../bars/follow-bars.ts';
import type { LiveBar } from '../bars/live-bar.ts';
import { priceDecimalsMin } from '../instruments/instrument-directory.ts';
import type { QueryParts } from '../query-parts.ts';
import { shuttingDown } from '../refusal.ts';
import type { StreamEvent } from '../streams/stream-item.ts';
import { instrumentJson, timeText } from './json-forms.ts';
import type { StreamRequest } from './stream-request.ts';

/** Time in which a reader that was told the end has to take it, ms. */
const lastWordMs = 5_000;
/** Time in which a reader has to take one event, ms. */
const takeMsMax = 60_000;
const instrumentsPerEvent = 1_000;
const nsPerSec = 1_000_000_000n;

/** Serves one stream; resolves when it has ended. Rejects with what went wrong before the first event. */
export async function serveEvents(parts: QueryParts, request: StreamRequest, response: ServerResponse): Promise<void> {
  const release = parts.slots.take('http');
  const gone = new AbortController();
  const leave = (): void => gone.abort(shuttingDown());
  response.on('close', leave);
  // A socket that fails closes, too; without a listener its error would end the process.
  response.on('error', leave);
  const output = new EventOutput(parts, response, gone);
  const stopWatching = request.instruments === undefined ? watchInstruments(parts, request, output) : undefined;
  try {
    const events = followBars(parts, {
      ...request,
      signal: AbortSignal.any([gone.signal, parts.stopping]),
      onProblem: (problem) => gone.abort(problem),
    });
    for await (const event of events) {
      parts.metrics.events.add(1, { kind: event.kind });
      await output.send(event);
    }
  } catch (error) {
    if (!response.headersSent || !(error instanceof RpcError)) throw error;
    output.sendProblem(error);
  } finally {
    stopWatching?.();
    release();
    response.off('close', leave);
    await endWithin(parts, response);
  }
}

/** Tells of instruments that appear while all are followed. */
function watchInstruments({ watch }: QueryParts, { selection }: StreamRequest, output: EventOutput): () => void {
  return watch.listen((instruments) =>
    output.addInstruments(
      instruments.filter(({ dataset }) => selection.dataset === undefined || selection.dataset === dataset),
    ),
  );
}

async function endWithin({ clock }: QueryParts, response: ServerResponse): Promise<void> {
  if (!response.headersSent || response.destroyed) return;
  response.end();
  const taken = new AbortController();
  response.once('close', () => taken.abort());
  response.once('finish', () => taken.abort());
  if (!response.writableFinished) await clock.sleep(lastWordMs, taken.signal);
  if (!response.writableFinished) response.destroy();
}

/** Writes events as text. */
class EventOutput {
  readonly #parts: QueryParts;
  readonly #response: ServerResponse;
  readonly #gone: AbortController;
  #instruments: StoredInstrument[] = [];

  constructor(parts: QueryParts, response: ServerResponse, gone: AbortController) {
    this.#parts = parts;
    this.#response = response;
    this.#gone = gone;
  }

  /** Goes out before the next event; how many there are is bounded by the watch. */
  addInstruments(instruments: readonly StoredInstrument[]): void {
    this.#instruments.push(...instruments);
  }

  /** Writes an event; resolves when the reader has taken enough of it. */
  async send(event: StreamEvent<LiveBar>): Promise<void> {
    this.#begin();
    while (this.#instruments.length > 0) {
      const some = this.#instruments.splice(0, instrumentsPerEvent);
      await this.#write(textOf('instruments', { instruments: some.map(instrumentJson) }));
    }
    await this.#write(event.kind === 'items' ? await this.#barsText(event.items) : this.#signText(event));
  }

  /** Writes the last event. */
  sendProblem(problem: RpcError): void {
    const { reason, message } = problem;
    if (!this.#response.destroyed) this.#response.write(textOf('problem', { reason, message }));
  }

  #begin(): void {
    if (this.#response.headersSent) return;
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    this.#response.write('retry: 1000\n\n');
  }

  async #write(text: string): Promise<void> {
    if (this.#response.write(text) || this.#gone.signal.aborted) return;
    const late = new AbortController();
    const waiting = AbortSignal.any([this.#gone.signal, this.#parts.stopping, late.signal]);
    const drained = new AbortController();
    const tooLong = this.#parts.clock
      .sleep(takeMsMax, AbortSignal.any([drained.signal, waiting]))
      .then(() => late.abort());
    try {
      await once(this.#response, 'drain', { signal: waiting });
    } catch (error) {
      // The wait was ended from outside: the stream's own loop says why, or the reader took nothing for too long.
      if (!waiting.aborted) throw error;
      if (!this.#gone.signal.aborted && !this.#parts.stopping.aborted) this.#response.destroy();
    } finally {
      drained.abort();
      await tooLong;
    }
  }

  async #barsText(bars: readonly LiveBar[]): Promise<string> {
    const texts: string[] = [];
    for (const bar of bars) texts.push(bar.json(await this.#decimalsOf(bar)));
    return `event: bars\ndata: {"bars":[${texts.join(',')}]}\n\n`;
  }

  async #decimalsOf(bar: LiveBar): Promise<number> {
    const known = this.#parts.directory.known(bar.instrument) ?? (await this.#parts.directory.find(bar));
    return priceDecimalsMin(known);
  }

  #signText(event: Exclude<StreamEvent<LiveBar>, { kind: 'items' }>): string {
    if (event.kind === 'snapshotEnd') return textOf('snapshot_end', {}, event.token);
    if (event.kind === 'bucketEnd') {
      return textOf('bucket_end', { interval: event.interval, end: timeText(BigInt(event.endSec) * nsPerSec) });
    }
    const watermark = event.watermarkNs === 0n ? null : timeText(event.watermarkNs);
    return textOf('heartbeat', { watermark, now: timeText(this.#parts.clock.nowNs()) }, event.token);
  }
}

/** JSON has no line feeds outside of texts, where they are escaped, so one data line holds it all. */
function textOf(event: string, data: unknown, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
