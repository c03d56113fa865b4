/**
 * A TCP proxy with faults. In: the address of a server. Out: an address of its own that forwards to it, as well or as
 * badly as it is told at that moment. Its counters say what passed. Chance comes from a seed.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { ByteTrap } from './byte-trap.ts';
import { FaultConnection } from './fault-connection.ts';
import { changedFaults, type Direction, type FaultCounts, type FaultSettings, noFaults } from './fault-settings.ts';
import { freePorts } from './free-ports.ts';
import { seededChance } from './seeded-chance.ts';
import { TestbedError } from './testbed-error.ts';

/** What a proxy is made of. */
export type FaultProxyConfig = {
  /** Address to listen on; default 127.0.0.1. */
  readonly host?: string;
  /** Default a free one. */
  readonly port?: number;
  /** Where it forwards to; connected for each connection. */
  readonly target: { readonly host: string; readonly port: number };
  /** Of the jitter; default 1. */
  readonly seed?: number;
  /** Bytes that one direction of one connection may hold, from 1; default 4 MiB. Then it stops reading. */
  readonly heldBytesMax?: number;
  readonly faults?: Partial<FaultSettings>;
};

/** A running proxy. All faults may be changed at any time. */
export class FaultProxy {
  readonly host: string;
  readonly target: { readonly host: string; readonly port: number };
  readonly counts: FaultCounts = {
    connections: 0,
    connectionsRefusedByServer: 0,
    bytesToServer: 0,
    bytesToClient: 0,
    bytesSwallowed: 0,
    resets: 0,
    cuts: 0,
    flips: 0,
  };
  readonly #open = new Set<FaultConnection>();
  readonly #chance: () => number;
  readonly #heldBytesMax: number;
  readonly #cutAt: Record<Direction, ByteTrap | undefined> = { toServer: undefined, toClient: undefined };
  readonly #flipAt: Record<Direction, ByteTrap | undefined> = { toServer: undefined, toClient: undefined };
  #faults: FaultSettings;
  #server: Server | undefined;
  #port: number;

  private constructor(config: FaultProxyConfig) {
    this.host = config.host ?? '127.0.0.1';
    this.target = config.target;
    this.#port = config.port ?? 0;
    this.#chance = seededChance(config.seed ?? 1);
    this.#heldBytesMax = config.heldBytesMax ?? 4_194_304;
    this.#faults = changedFaults(noFaults, config.faults ?? {});
    if (!(this.#heldBytesMax >= 1)) {
      throw new TestbedError('BAD_OPTION', `heldBytesMax is ${this.#heldBytesMax}; it must be 1 or more`);
    }
  }

  /** Starts a proxy. Rejects if its address is taken. The target need not be there yet. */
  static async listen(config: FaultProxyConfig): Promise<FaultProxy> {
    const [free] = config.port === undefined ? await freePorts(1, [config.host ?? '127.0.0.1']) : [config.port];
    const proxy = new FaultProxy({ ...config, ...(free === undefined ? {} : { port: free }) });
    await proxy.accept();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** `host:port` for clients. */
  get address(): string {
    return `${this.host}:${this.#port}`;
  }

  get connectionsOpen(): number {
    return this.#open.size;
  }

  /** Bytes that wait in all connections. */
  get heldBytes(): number {
    return [...this.#open].reduce((sum, connection) => sum + connection.heldBytes, 0);
  }

  get faults(): FaultSettings {
    return this.#faults;
  }

  /** Changes lasting faults; those that are not named stay. Throws BAD_OPTION. */
  set(change: Partial<FaultSettings>): void {
    this.#faults = changedFaults(this.#faults, change);
    for (const connection of this.#open) connection.refresh();
  }

  /** Ends every fault, also what was set for a byte to come, and accepts again. */
  async heal(): Promise<void> {
    for (const traps of [this.#cutAt, this.#flipAt]) traps.toServer = traps.toClient = undefined;
    this.set(noFaults);
    for (const connection of this.#open) if (connection.isHalfOpen) connection.reset();
    await this.accept();
  }

  /** Answers are lost from now on; what is asked still arrives. */
  swallowReplies(): void {
    this.set({ blackHole: 'toClient' });
  }

  /** Ends every connection by RST on both sides; returns how many. */
  reset(): number {
    const connections = [...this.#open];
    for (const connection of connections) connection.reset();
    return connections.length;
  }

  /**
   * Leaves every client with a connection whose other end is gone without a word: the server sees a reset, the client
   * sees nothing, and what it sends is lost. Returns how many. They end with `reset`, `heal` or `close`.
   */
  halfOpen(): number {
    const connections = [...this.#open];
    for (const connection of connections) connection.loseServer();
    return connections.length;
  }

  /** Closes one direction of every connection in order (FIN), after what was sent; the other goes on. */
  closeHalf(direction: Direction): void {
    for (const connection of this.#open) connection.closeHalf(direction);
  }

  /**
   * Lets `bytes` more bytes pass in this direction, counted over all connections, and then resets the one that carries
   * the next: a cut in the middle of a frame. Once; resolves when it has happened.
   */
  cutAfterBytes(bytes: number, direction: Direction = 'toClient'): Promise<void> {
    return this.#arm(this.#cutAt, bytes, direction);
  }

  /** Inverts all bits of the byte after `bytes` more bytes in this direction. Once; resolves when it has happened. */
  flipByte(bytes: number, direction: Direction = 'toClient'): Promise<void> {
    return this.#arm(this.#flipAt, bytes, direction);
  }

  /** Listens no more, so that connecting is refused; open connections go on. */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    // Its 'close' waits for open connections, which go on; the port itself is free at once.
    server.close();
    await Promise.resolve();
  }

  /** Listens again, on the same port. */
  async accept(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#connected(client));
    this.#server = server;
    server.listen({ host: this.host, port: this.#port });
    try {
      await once(server, 'listening');
    } catch (error) {
      this.#server = undefined;
      throw error;
    }
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Ends everything. */
  async close(): Promise<void> {
    await this.refuse();
    for (const connection of this.#open) connection.destroy();
  }

  #arm(traps: Record<Direction, ByteTrap | undefined>, bytes: number, direction: Direction): Promise<void> {
    if (!Number.isInteger(bytes) || bytes < 0) {
      throw new TestbedError('BAD_OPTION', `bytes is ${bytes}; it must be an integer from 0`);
    }
    const trap = new ByteTrap(bytes);
    traps[direction] = trap;
    return trap.done;
  }

  #connected(client: Socket): void {
    this.counts.connections += 1;
    const connection: FaultConnection = new FaultConnection(client, this.target, {
      heldBytesMax: this.#heldBytesMax,
      faults: () => this.#faults,
      chance: this.#chance,
      counts: this.counts,
      cutAt: (direction, length) => this.#springs(this.#cutAt, direction, length),
      flipAt: (direction, length) => this.#springs(this.#flipAt, direction, length),
      onClosed: () => this.#open.delete(connection),
    });
    this.#open.add(connection);
  }

  #springs(
    traps: Record<Direction, ByteTrap | undefined>,
    direction: Direction,
    length: number,
  ): { readonly at: number; readonly trap: ByteTrap } | undefined {
    const trap = traps[direction];
    const at = trap?.pass(length);
    if (trap === undefined || at === undefined) return undefined;
    traps[direction] = undefined;
    return { at, trap };
  }
}
