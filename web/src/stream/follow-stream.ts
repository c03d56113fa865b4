/**
 * Holds one stream open. In: its address, and what the server sends. Out: events to whoever follows, and its state after
 * every change. The rules are in stream-state.ts; this file has fetch, the reader and the clock.
 */
import { EventParser, type ServerEvent } from './event-parser.ts';
import { connectingStream, type StreamInput, type StreamState, stepStream } from './stream-state.ts';

/** Who follows a stream. */
export type StreamFollower = {
  /** Every event but those that only the stream itself needs; `data` is JSON that was read. */
  onEvent(name: string, data: unknown): void;
  /** A snapshot begins: what was shown may lack what was missed, and must be read afresh. */
  onFresh(): void;
  onState(state: StreamState): void;
};

/** A stream that is held open until it is closed. */
export class FollowStream {
  readonly #address: string;
  readonly #follower: StreamFollower;
  #state: StreamState;
  #open: AbortController | undefined;
  readonly #timer: ReturnType<typeof setInterval>;
  #isClosed = false;

  constructor(address: string, follower: StreamFollower) {
    this.#address = address;
    this.#follower = follower;
    this.#state = connectingStream(performance.now());
    this.#timer = setInterval(() => this.#step({ kind: 'time', chance: Math.random(), nowMs: performance.now() }), 250);
    this.#connect();
  }

  get state(): StreamState {
    return this.#state;
  }

  /** A wish of the person or the browser: connect at once, pause, go on. */
  wish(kind: 'hurry' | 'pause' | 'wake'): void {
    this.#step({ kind, nowMs: performance.now() });
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#open?.abort();
  }

  #step(input: StreamInput): void {
    if (this.#isClosed) return;
    const before = this.#state;
    const { state, action } = stepStream(before, input);
    this.#state = state;
    if (action === 'disconnect') this.#open?.abort();
    if (action === 'connect') this.#connect();
    // The countdown needs every quarter of a second; signs of life alone are not worth a repaint.
    if (state.phase !== before.phase || input.kind === 'time') this.#follower.onState(state);
  }

  #connect(): void {
    this.#open?.abort();
    const open = new AbortController();
    this.#open = open;
    void this.#read(open).catch((error: unknown) => {
      if (this.#open === open && !open.signal.aborted) this.#fail(failureOf(error));
    });
  }

  async #read(open: AbortController): Promise<void> {
    const { token } = this.#state;
    const headers: Record<string, string> = { accept: 'text/event-stream' };
    if (token !== undefined) headers['last-event-id'] = token;
    const response = await fetch(this.#address, { headers, signal: open.signal, cache: 'no-store' });
    if (!response.ok || response.body === null) throw await refusalOf(response);
    this.#step({ kind: 'opened', nowMs: performance.now() });
    if (this.#state.isFresh) this.#follower.onFresh();
    const parser = new EventParser();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (open.signal.aborted || this.#isClosed) return;
      if (done) throw new StreamFailure('the server ended the stream', '');
      for (const event of parser.push(value)) this.#event(event);
    }
  }

  #event({ name, data, id }: ServerEvent): void {
    const nowMs = performance.now();
    const value: unknown = JSON.parse(data);
    if (name === 'problem') throw problemOf(value);
    // The follower first: a token says that everything before it was taken in.
    this.#follower.onEvent(name, value);
    if (name === 'snapshot_end') this.#step({ kind: 'snapshot-end', token: id, nowMs });
    else if (id !== undefined && id !== '') this.#step({ kind: 'token', token: id, nowMs });
    else this.#step({ kind: 'alive', nowMs });
  }

  #fail({ message, code }: StreamFailure): void {
    this.#open?.abort();
    const isTokenVoid = code === 'RESUME_TOKEN_EXPIRED' || code === 'RESUME_TOKEN_INVALID';
    this.#step({ kind: 'failed', reason: message, isTokenVoid, chance: Math.random(), nowMs: performance.now() });
  }
}

/** Why a stream ended: a sentence, and the server's reason where it gave one. */
class StreamFailure extends Error {
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

function failureOf(error: unknown): StreamFailure {
  if (error instanceof StreamFailure) return error;
  // Browsers say no more than that fetch failed.
  if (error instanceof TypeError) return new StreamFailure('the server cannot be reached', '');
  return new StreamFailure(error instanceof Error ? error.message : String(error), '');
}

async function refusalOf(response: Response): Promise<StreamFailure> {
  const text = await response.text();
  try {
    return problemOf(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return new StreamFailure(`the server answered ${response.status}`, '');
  }
}

function problemOf(value: unknown): StreamFailure {
  const { reason, message } = (value ?? {}) as { readonly reason?: unknown; readonly message?: unknown };
  const code = typeof reason === 'string' ? reason : '';
  return new StreamFailure(
    typeof message === 'string' && message !== '' ? message : code || 'the server refused',
    code,
  );
}
