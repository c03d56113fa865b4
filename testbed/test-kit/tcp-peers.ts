/**
 * Two ends of a TCP connection for tests of what lies between. In: an address. Out: sockets that remember what they got
 * and how they ended. Every wait is bounded.
 */
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const waitMsMax = 10_000;

/** One end of a connection. */
export class Peer {
  readonly socket: Socket;
  readonly #received: Buffer[] = [];
  bytes = 0;
  hasEnd = false;
  isClosed = false;
  error: NodeJS.ErrnoException | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (piece: Buffer) => {
      this.#received.push(piece);
      this.bytes += piece.length;
    });
    socket.on('end', () => (this.hasEnd = true));
    socket.on('error', (error) => (this.error = error));
    socket.on('close', () => (this.isClosed = true));
  }

  get received(): Buffer {
    return Buffer.concat(this.#received);
  }

  get text(): string {
    return this.received.toString();
  }
}

/** A server that collects its connections. */
export class PeerServer {
  readonly peers: Peer[] = [];
  readonly #server: Server;

  private constructor(onPeer: (peer: Peer) => void) {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      const peer = new Peer(socket);
      this.peers.push(peer);
      onPeer(peer);
    });
  }

  /** Listens on a free port of 127.0.0.1. */
  static async listen(onPeer: (peer: Peer) => void = () => undefined): Promise<PeerServer> {
    const server = new PeerServer(onPeer);
    server.#server.listen({ host: '127.0.0.1', port: 0 });
    await once(server.#server, 'listening');
    return server;
  }

  get target(): { readonly host: string; readonly port: number } {
    return { host: '127.0.0.1', port: (this.#server.address() as AddressInfo).port };
  }

  close(): void {
    this.#server.close();
    for (const { socket } of this.peers) socket.destroy();
  }
}

/** Connects; rejects if it is refused. */
export async function connectPeer(to: { readonly host: string; readonly port: number }): Promise<Peer> {
  const socket = createConnection({ host: to.host, port: to.port, allowHalfOpen: true, noDelay: true });
  await once(socket, 'connect');
  return new Peer(socket);
}

/** Waits until it is so, at most 10 s; `what` is for the message. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const end = performance.now() + waitMsMax;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`not within ${waitMsMax} ms: ${what}`);
    await sleep(2);
  }
}
