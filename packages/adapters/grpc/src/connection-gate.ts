/**
 * The door of the server. In: an address and how many may come in. Out: connections, handed on; one too many is closed
 * at once and counted. The library has no such bound, so it gets its connections from here and never listens itself.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** It cannot listen there; the message says why and what to do. */
export class ListenError extends Error {
  override name = 'ListenError';
  /** As the system names it, such as EADDRINUSE. */
  readonly code: string;

  constructor(host: string, port: number, cause: unknown) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'UNKNOWN';
    super(`gRPC cannot listen on ${host} port ${port}: ${remedyOf(code)}`, { cause });
    this.code = code;
  }
}

function remedyOf(code: string): string {
  if (code === 'EADDRINUSE') return 'the port is in use; choose another, or 0 for any free one';
  if (code === 'EACCES') return 'it may not be used by this user; choose a port from 1024 on';
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return 'this machine has no such address; choose another';
  return `${code}; choose another address or port`;
}

/** What a gate needs. */
export type GateOptions = {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly connectionsMax: number;
  /** Takes a connection. */
  readonly connected: (socket: Socket) => void;
  /** How many are open, after each change. */
  readonly counted: (open: number) => void;
  /** One was turned away. */
  readonly refused: () => void;
  /** A connection broke, or could not be taken. */
  readonly failed: (error: Error) => void;
};

/** An open gate. */
export type ConnectionGate = {
  readonly port: number;
  /** Lets nobody in any more; connections stay. Resolves when the last one is closed. */
  close(): Promise<void>;
  /** Closes every connection now. */
  cut(): void;
};

/** Opens it. Rejects with `ListenError`. */
export async function openGate(options: GateOptions): Promise<ConnectionGate> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    options.counted(sockets.size);
    socket.once('close', () => {
      sockets.delete(socket);
      options.counted(sockets.size);
    });
    socket.on('error', options.failed);
    options.connected(socket);
  });
  server.maxConnections = options.connectionsMax;
  server.on('drop', () => options.refused());
  await listen(server, options);
  let closed: Promise<void> | undefined;
  return {
    port: portOf(server),
    close: () => {
      closed ??= new Promise((resolve) => server.close(() => resolve()));
      return closed;
    },
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function listen(server: Server, { host, port, failed }: GateOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: Error): void => reject(new ListenError(host, port, error));
    server.once('error', refuse);
    server.listen({ host, port }, () => {
      server.off('error', refuse);
      // Such as too many open files: the next connection may be taken again.
      server.on('error', failed);
      resolve();
    });
  });
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address.port;
}
