/**
 * A WebSocket server on this machine that plays a market data vendor. In: what a test makes it say and do: send, cut in
 * the middle of a message, close, fall silent, refuse. Out: the connections and what they said.
 */
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer, type Server } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';

/** One connection, as the server sees it. */
export type ServedSocket = {
  readonly url: string;
  /** What the client said so far. */
  readonly heard: string[];
  send(text: string): void;
  sendBytes(bytes: Uint8Array): void;
  /** Ends it with the handshake of the protocol. */
  close(code: number, reason: string): void;
  /** Sends the first bytes of a frame that says it is longer, and cuts the line. */
  cutInside(text: string): void;
  readonly isOpen: boolean;
};

/** The server. */
export class SocketServer {
  readonly sockets: ServedSocket[] = [];
  /** While true, connections are refused with 503. */
  refuses = false;
  refusals = 0;
  readonly #http: Server;
  readonly #webSockets = new WebSocketServer({ noServer: true });
  readonly #raw = new Set<Duplex>();

  private constructor(http: Server) {
    this.#http = http;
    http.on('upgrade', (request, raw, head) => {
      this.#raw.add(raw);
      raw.on('close', () => this.#raw.delete(raw));
      if (this.refuses) {
        this.refusals += 1;
        raw.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
        return;
      }
      this.#webSockets.handleUpgrade(request, raw, head, (socket) => this.#serve(socket, raw, request.url ?? ''));
    });
  }

  /** Starts on a free port of this machine. */
  static async start(): Promise<SocketServer> {
    const http = createServer();
    await new Promise<void>((resolve) => {
      http.listen(0, '127.0.0.1', resolve);
    });
    return new SocketServer(http);
  }

  /** Where it listens. */
  get url(): string {
    return `ws://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  /** The newest connection that is open. */
  get current(): ServedSocket | undefined {
    return this.sockets.findLast((socket) => socket.isOpen);
  }

  /** Ends everything at once. */
  async stop(): Promise<void> {
    for (const raw of this.#raw) raw.destroy();
    this.#webSockets.close();
    await new Promise<void>((resolve) => {
      this.#http.close(() => resolve());
    });
  }

  #serve(socket: WebSocket, raw: Duplex, url: string): void {
    const heard: string[] = [];
    socket.on('message', (data: Buffer) => heard.push(data.toString('utf8')));
    // A line that is cut on purpose ends in an error here.
    socket.on('error', () => raw.destroy());
    this.sockets.push({
      url,
      heard,
      send: (text) => socket.send(text),
      sendBytes: (bytes) => socket.send(bytes),
      close: (code, reason) => socket.close(code, reason),
      cutInside: (text) => {
        const payload = Buffer.from(text);
        const header = Buffer.from([0x81, 126, payload.length >> 8, payload.length & 0xff]);
        raw.write(Buffer.concat([header, payload.subarray(0, payload.length >> 1)]), () => raw.destroy());
      },
      get isOpen() {
        return socket.readyState === WebSocket.OPEN;
      },
    });
  }
}
