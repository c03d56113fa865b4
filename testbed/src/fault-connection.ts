/**
 * One connection through a proxy: a client's socket, a server's socket, a lane each way. In: the client and the rules of
 * the proxy. Out: bytes carried; an end of either side handed to the other, as an end, a reset or not at all.
 */
import { createConnection, type Socket } from 'node:net';
import type { ByteTrap } from './byte-trap.ts';
import { FaultLane } from './fault-lane.ts';
import { type Direction, type FaultCounts, type FaultSettings, isIn } from './fault-settings.ts';

type Sprung = { readonly at: number; readonly trap: ByteTrap } | undefined;

/** What a connection asks of its proxy. */
export type ConnectionRules = {
  readonly heldBytesMax: number;
  readonly counts: FaultCounts;
  faults(): FaultSettings;
  chance(): number;
  cutAt(direction: Direction, length: number): Sprung;
  flipAt(direction: Direction, length: number): Sprung;
  onClosed(): void;
};

const directions: readonly Direction[] = ['toServer', 'toClient'];

/** A client, its server, and what lies between. */
export class FaultConnection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #rules: ConnectionRules;
  readonly #lanes: Record<Direction, FaultLane>;
  readonly #lost: Record<Direction, boolean> = { toServer: false, toClient: false };
  #isHalfOpen = false;
  #isConnected = false;
  #isOver = false;

  constructor(client: Socket, target: { readonly host: string; readonly port: number }, rules: ConnectionRules) {
    this.#client = client;
    this.#rules = rules;
    this.#server = createConnection({ ...target, allowHalfOpen: true, noDelay: true });
    this.#server.once('connect', () => {
      this.#isConnected = true;
    });
    this.#lanes = {
      toServer: new FaultLane(client, this.#server, this.#laneRules('toServer')),
      toClient: new FaultLane(this.#server, client, this.#laneRules('toClient')),
    };
    // Either side's reset is the other's too; after 'error' comes 'close'.
    client.on('error', () => this.reset());
    this.#server.on('error', () => this.#serverFailed());
    client.on('close', () => this.#sideClosed(client, this.#server));
    this.#server.on('close', () => this.#sideClosed(this.#server, client));
  }

  get isHalfOpen(): boolean {
    return this.#isHalfOpen;
  }

  get heldBytes(): number {
    return this.#lanes.toServer.heldBytes + this.#lanes.toClient.heldBytes;
  }

  /** Looks at the faults again. A connection that lost bytes cannot go on once bytes pass again: it is reset. */
  refresh(): void {
    const { blackHole } = this.#rules.faults();
    if (directions.some((direction) => this.#lost[direction] && !isIn(blackHole, direction))) this.reset();
    else for (const direction of directions) this.#lanes[direction].refresh();
  }

  /** RST to both sides. */
  reset(): void {
    if (this.#isOver) return;
    this.#rules.counts.resets += 1;
    this.#over();
    this.#client.resetAndDestroy();
    // A socket that still connects has nobody to reset.
    if (this.#isConnected) this.#server.resetAndDestroy();
    else this.#server.destroy();
  }

  destroy(): void {
    this.#over();
    this.#client.destroy();
    this.#server.destroy();
  }

  /** The server is gone without a word to the client. */
  loseServer(): void {
    if (this.#isOver || this.#isHalfOpen) return;
    this.#isHalfOpen = true;
    for (const direction of directions) this.#lanes[direction].end();
    this.#client.on('data', (piece: Buffer) => {
      this.#rules.counts.bytesSwallowed += piece.length;
    });
    this.#client.resume();
    this.#server.resetAndDestroy();
  }

  /** FIN in one direction, after what was sent. */
  closeHalf(direction: Direction): void {
    const to = direction === 'toServer' ? this.#server : this.#client;
    this.#lanes[direction].end();
    to.end();
  }

  #serverFailed(): void {
    if (!this.#isConnected) this.#rules.counts.connectionsRefusedByServer += 1;
    if (!this.#isHalfOpen) this.reset();
  }

  #sideClosed(side: Socket, other: Socket): void {
    if (this.#isHalfOpen && side === this.#server) return;
    const whole = side.readableEnded && side.writableFinished;
    if (!whole && !this.#isOver && !other.destroyed) this.reset();
    if (side.destroyed && (other.destroyed || this.#isHalfOpen)) {
      this.#over();
      this.#rules.onClosed();
    }
  }

  #over(): void {
    this.#isOver = true;
    for (const direction of directions) this.#lanes[direction].end();
  }

  #laneRules(direction: Direction): ConstructorParameters<typeof FaultLane>[2] {
    const rules = this.#rules;
    const { counts, heldBytesMax } = rules;
    return {
      heldBytesMax,
      isStalled: () => isIn(rules.faults().stalled, direction),
      isSwallowed: () => this.#lost[direction] || isIn(rules.faults().blackHole, direction),
      bytesPerSecond: () => rules.faults().bytesPerSecond,
      delayMs: () => {
        const { latencyMs, jitterMs } = rules.faults();
        return jitterMs === 0 ? latencyMs : latencyMs + jitterMs * rules.chance();
      },
      onSwallowed: (bytes) => {
        this.#lost[direction] = true;
        counts.bytesSwallowed += bytes;
      },
      onForwarded: (bytes) => {
        counts[direction === 'toServer' ? 'bytesToServer' : 'bytesToClient'] += bytes;
      },
      edit: (piece) => this.#edit(direction, piece),
    };
  }

  /** Applies what is set for one byte: a flip, then a cut. */
  #edit(direction: Direction, piece: Buffer): Buffer | undefined {
    const flip = this.#rules.flipAt(direction, piece.length);
    let edited = piece;
    if (flip !== undefined) {
      edited = Buffer.from(piece);
      edited[flip.at] = ~(edited[flip.at] ?? 0) & 255;
      this.#rules.counts.flips += 1;
      flip.trap.spring();
    }
    const cut = this.#rules.cutAt(direction, piece.length);
    if (cut === undefined) return edited;
    this.#cut(direction, edited.subarray(0, cut.at), cut.trap);
    return undefined;
  }

  /** The part before the cut is handed over first; only then does the connection end. */
  #cut(direction: Direction, before: Buffer, trap: ByteTrap): void {
    const to = direction === 'toServer' ? this.#server : this.#client;
    this.#rules.counts.cuts += 1;
    this.#rules.counts[direction === 'toServer' ? 'bytesToServer' : 'bytesToClient'] += before.length;
    for (const each of directions) this.#lanes[each].end();
    to.write(before, () => {
      this.reset();
      trap.spring();
    });
  }
}
