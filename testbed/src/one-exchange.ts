/**
 * One question to a server and its answer, over a connection of its own. In: an address, a frame, how long frames are.
 * Out: the frame that came back. Bounded in time and in bytes.
 */
import { createConnection, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Where to ask; with `ca` (PEM) by TLS, and then with a certificate of our own, if one is given. */
export type ExchangeTarget = {
  readonly host: string;
  readonly port: number;
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
};

/** The length of the frame that starts here; undefined while too few bytes are there to tell. */
export type FrameLength = (bytes: Buffer) => number | undefined;

const answerBytesMax = 4_194_304;

/** Sends `frame`; resolves with the first whole frame that comes back. Rejects after `withinMs` ms, or if it is cut. */
export function exchange(
  target: ExchangeTarget,
  frame: Buffer,
  frameLength: FrameLength,
  withinMs: number,
): Promise<Buffer> {
  const { host, port } = target;
  const where = `${host}:${port}`;
  return new Promise((resolve, reject) => {
    const socket = open(target);
    let received = Buffer.alloc(0);
    const settle = (end: () => void): void => {
      clearTimeout(timer);
      socket.destroy();
      end();
    };
    const fail = (why: string, cause?: Error): void => settle(() => reject(new Error(`${where} ${why}`, { cause })));
    const timer = setTimeout(() => fail(`gave no answer within ${withinMs} ms`), withinMs);
    socket.once(target.ca === undefined ? 'connect' : 'secureConnect', () => socket.write(frame));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const length = frameLength(received);
      if (length !== undefined && length > answerBytesMax)
        fail(`answers with ${length} bytes, above ${answerBytesMax}`);
      else if (length !== undefined && received.length >= length) settle(() => resolve(received.subarray(0, length)));
    });
    socket.on('error', (error) => fail(`cannot be asked: ${error.message}`, error));
    socket.on('close', () => fail('closed the connection before it answered'));
  });
}

function open({ host, port, ca, certificate, key }: ExchangeTarget): Socket {
  if (ca === undefined) return createConnection({ host, port });
  const own = certificate === undefined || key === undefined ? {} : { cert: certificate, key };
  return connectTls({ host, port, ca, ...own });
}
