/**
 * Requests over real sockets. In: a URL, or a path as it is. Out: status, headers, body; or the events of a stream one
 * by one.
 */
import { request } from 'node:http';

/** An answer. */
export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly json: unknown;
  readonly text: string;
};

/** Gets a URL; `json` is undefined where the body is none. */
export async function get(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true && text !== '';
  return { status: response.status, headers: response.headers, json: isJson ? JSON.parse(text) : undefined, text };
}

/** The error of an answer. */
export function errorOf({ json }: Answer): { code: string; message: string; facts: Record<string, string> } {
  return (json as { error: { code: string; message: string; facts: Record<string, string> } }).error;
}

/** Sends a path as it is, which `fetch` would tidy. */
export async function getRaw(
  port: number,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path, headers, method }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** One server-sent event. */
export type SentEvent = {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: Record<string, unknown>;
};

/** Reads server-sent events. */
export class EventReader {
  readonly #abort: AbortController = new AbortController();
  #chunks: AsyncIterator<Uint8Array> | undefined;
  #text = '';
  lastId = '';

  /** Opens a stream; rejects if it is not answered with 200. */
  static async open(url: string, headers: Record<string, string> = {}): Promise<EventReader> {
    const reader = new EventReader();
    const response = await fetch(url, { headers, signal: reader.#abort.signal });
    if (response.status !== 200 || response.body === null)
      throw new Error(`status ${response.status}: ${await response.text()}`);
    reader.#chunks = response.body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    return reader;
  }

  /** The next event; `undefined` at the end. */
  async next(): Promise<SentEvent | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        if (!block.startsWith('retry:')) return this.#eventOf(block);
        continue;
      }
      const step = await this.#chunks?.next();
      if (step === undefined || step.done === true) return undefined;
      this.#text += Buffer.from(step.value).toString();
    }
  }

  /** The next event of this name, whatever is between. */
  async nextOf(name: string): Promise<SentEvent> {
    for (;;) {
      const event = await this.next();
      if (event === undefined) throw new Error(`the stream ended before ${name}`);
      if (event.event === name) return event;
    }
  }

  close(): void {
    this.#abort.abort();
  }

  #eventOf(block: string): SentEvent {
    const fields = new Map(
      block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    );
    const id = fields.get('id');
    if (id !== undefined) this.lastId = id;
    return {
      event: fields.get('event') ?? '',
      id,
      data: JSON.parse(fields.get('data') ?? '{}') as Record<string, unknown>,
    };
  }
}
