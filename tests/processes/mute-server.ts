/**
 * A server that takes connections and says nothing, as one does whose process is stopped. In: nothing. Out: where it is, and
 * when the first one came; it is gone after the test.
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterTest } from './rig.ts';

/** A listening one; `reached` resolves with the first connection. */
export type MuteServer = { readonly address: string; readonly reached: Promise<unknown> };

/** Starts it. */
export async function muteServer(): Promise<MuteServer> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
  const reached = once(server, 'connection');
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterTest(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return { address: `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, reached };
}
