/**
 * One WebSocket connection from its opening to its end. In: a URL, what to say first, a clock. Out: its texts, one by
 * one, and why it ended: refused, closed, silent for too long, or by our wish. Law 7: a text over 1 MiB is not handed
 * on; silence and the opening have a limit. It never throws and never comes back: whoever owns it opens another.
 */
import type { Clock } from '@tapeline/runtime';

/** What a connection needs. */
export type SessionConfig = {
  readonly url: string;
  /** Texts that are sent once it is open. */
  readonly hello: readonly string[];
  readonly clock: Clock;
  /** Silence after which it is given up, ms. */
  readonly stallMs: number;
  /** Told of a message that cannot be handed on. */
  refused(code: string, message: string): void;
};

/** How long opening may take, ms. */
export const openMsMax = 10_000;

/** How often it is looked after, ms. */
const watchEveryMs = 1_000;

/** Longest text, characters. */
export const textCharsMax = 1_048_576;

/** One connection. */
export class SocketSession {
  /** Takes each text; may be changed while the connection lives. */
  deliver: (text: string) => void;
  /** Whether it came to be open; false once it ended before. */
  readonly opened: Promise<boolean>;
  /** Why it ended, for people. */
  readonly ended: Promise<string>;
  readonly #config: SessionConfig;
  readonly #socket: WebSocket;
  readonly #over = new AbortController();
  #isOpen = false;
  #heardMs: number;
  #tellOpened: (isOpen: boolean) => void = () => undefined;
  #tellEnded: (reason: string) => void = () => undefined;

  constructor(config: SessionConfig, deliver: (text: string) => void) {
    this.#config = config;
    this.deliver = deliver;
    this.#heardMs = config.clock.monotonicMs();
    this.opened = new Promise((resolve) => {
      this.#tellOpened = resolve;
    });
    this.ended = new Promise((resolve) => {
      this.#tellEnded = resolve;
    });
    this.#socket = new WebSocket(config.url);
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.addEventListener('open', () => this.#open());
    this.#socket.addEventListener('message', ({ data }) => this.#take(data));
    this.#socket.addEventListener('error', () => this.close('the connection failed'));
    this.#socket.addEventListener('close', ({ code, reason }) => {
      const words = reason === '' ? '' : ` (${reason.slice(0, 100)})`;
      this.close(this.#isOpen ? `the server closed with code ${code}${words}` : 'the server refused the connection');
    });
    void this.#watch();
  }

  /** Ends it, whatever its state; the first reason counts. */
  close(reason: string): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    this.#socket.close();
    this.#tellOpened(false);
    this.#tellEnded(reason);
  }

  #open(): void {
    if (this.#over.signal.aborted) return;
    this.#isOpen = true;
    this.#heardMs = this.#config.clock.monotonicMs();
    for (const text of this.#config.hello) this.#socket.send(text);
    this.#tellOpened(true);
  }

  #take(data: unknown): void {
    if (this.#over.signal.aborted) return;
    this.#heardMs = this.#config.clock.monotonicMs();
    if (typeof data !== 'string') {
      this.#config.refused('MESSAGE_NOT_TEXT', 'a message is binary and not text; it is passed over');
    } else if (data.length > textCharsMax) {
      const message = `a message has ${data.length} characters, the limit is ${textCharsMax}; it is passed over`;
      this.#config.refused('MESSAGE_TOO_LARGE', message);
    } else this.deliver(data);
  }

  async #watch(): Promise<void> {
    const { clock, stallMs } = this.#config;
    const { signal } = this.#over;
    while (!signal.aborted) {
      const limitMs = this.#isOpen ? stallMs : openMsMax;
      const restMs = this.#heardMs + limitMs - clock.monotonicMs();
      if (restMs > 0) await clock.sleep(Math.min(restMs, watchEveryMs), signal);
      else if (this.#isOpen) this.close(`the server was silent for ${stallMs / 1_000} s`);
      else this.close(`the server did not answer within ${openMsMax / 1_000} s`);
    }
  }
}
