/**
 * What one run of a WebSocket feed keeps between messages. In: texts, openings and breaks. Out: ticks on their way to
 * the log, gaps. A source without ids gets a new publisher for each connection: its ticks have no identity but their
 * place in it. Law 7: 100,000 ticks wait for the log; beyond, ticks are dropped and told as a gap.
 */
import type { TickRow } from '@tapeline/domain';
import { LivePublisher } from '../publish/live-publisher.ts';
import { GraceOverError } from '../publish/sink-faults.ts';
import type { PublisherParts } from '../publish/tick-publisher.ts';
import type { UnnumberedRow } from '../publish/unnumbered-row.ts';
import type { SocketProtocol, TextSink } from './socket-protocol.ts';

type Drop = { fromNs: bigint; toNs: bigint; count: number };

/** One run. */
export class SocketRun {
  readonly #parts: PublisherParts;
  readonly #protocol: SocketProtocol;
  readonly #sink: TextSink;
  /** Publishers with ticks to send, the current one last. */
  #publishers: LivePublisher[];
  #isFinished = false;
  #wake: () => void = () => undefined;
  /** When the last message came, where there was one; from then on something may be missing once the connection broke. */
  #heardNs: bigint | undefined;
  #broken: { readonly fromNs: bigint; readonly reason: string } | undefined;
  #drop: Drop | undefined;

  constructor(parts: PublisherParts, protocol: SocketProtocol) {
    this.#parts = parts;
    this.#protocol = protocol;
    this.#publishers = [this.#newPublisher()];
    this.#sink = { tick: (row) => this.#offer(row), report: parts.report };
  }

  /** A connection is open: what a break before it may have cost is known now. */
  opened(): void {
    const nowNs = this.#parts.clock.nowNs();
    const broken = this.#broken;
    this.#broken = undefined;
    this.#heardNs = nowNs;
    if (broken === undefined || this.#protocol.hasIds) return;
    this.#tellBreak(broken, nowNs);
    this.#publishers.push(this.#newPublisher());
    this.#wake();
  }

  /** A text came. */
  take(text: string): void {
    const receivedNs = this.#parts.clock.nowNs();
    this.#heardNs = receivedNs;
    this.#protocol.read(text, receivedNs, this.#sink);
    this.#wake();
  }

  /** The connection is gone. */
  broke(reason: string): void {
    if (this.#heardNs === undefined || this.#broken !== undefined) return;
    this.#broken = { fromNs: this.#heardNs, reason };
  }

  /** Nothing more comes. */
  finish(): void {
    this.#isFinished = true;
    this.#wake();
  }

  /** Sends what comes until it is finished and settled. */
  async pump(): Promise<void> {
    for (;;) {
      const [publisher] = this.#publishers;
      const isLast = this.#publishers.length === 1;
      if (publisher === undefined) return;
      if (!isLast || this.#isFinished) {
        await publisher.close();
        this.#publishers.shift();
      } else if (publisher.waitingCount > 0) await this.#flush(publisher);
      else {
        this.#tellDrop();
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      if (this.#publishers.length === 0) this.#tellEnd();
    }
  }

  async #flush(publisher: LivePublisher): Promise<void> {
    try {
      await publisher.flush();
    } catch (error) {
      if (!(error instanceof GraceOverError)) throw error;
      // Closing tells what is left as a gap.
      this.#isFinished = true;
    }
  }

  #newPublisher(): LivePublisher {
    return new LivePublisher(this.#parts, this.#protocol.dataset, this.#protocol.name);
  }

  #offer(row: UnnumberedRow): void {
    if (this.#publishers.at(-1)?.offer(row) === true) {
      this.#tellDrop();
      return;
    }
    const atNs = eventNsOf(row);
    this.#drop ??= { fromNs: atNs, toNs: atNs, count: 0 };
    this.#drop.toNs = atNs;
    this.#drop.count += 1;
  }

  #tellDrop(): void {
    const drop = this.#drop;
    if (drop === undefined) return;
    this.#drop = undefined;
    const { fromNs, toNs, count } = drop;
    const reason = `${count} ticks were dropped, because too many waited for the log`;
    this.#parts.report.gap({ dataset: this.#protocol.dataset, fromNs, toNs, reason });
  }

  #tellEnd(): void {
    this.#tellDrop();
    // A run that ends by its stop misses what comes after, which no gap of it can hold; one that ends in a break does.
    if (this.#broken !== undefined && this.#broken.reason !== 'stopped') {
      this.#tellBreak(this.#broken, this.#parts.clock.nowNs());
    }
  }

  #tellBreak({ fromNs, reason }: { readonly fromNs: bigint; readonly reason: string }, toNs: bigint): void {
    const words = `${reason}; what was traded until the connection came back is missing`;
    this.#parts.report.gap({ dataset: this.#protocol.dataset, fromNs, toNs, reason: words });
  }
}

function eventNsOf({ eventSec, eventNano }: TickRow): bigint {
  return BigInt(eventSec) * 1_000_000_000n + BigInt(eventNano);
}
