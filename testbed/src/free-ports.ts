/**
 * Ports that are free now. In: how many, on which address. Out: that many, all different. They lie below the range from
 * which systems give ports to outgoing connections, so that a server may be restarted on its port.
 */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { TestbedError } from './testbed-error.ts';

const portMin = 20_000;
const portMax = 32_000;
const triesMax = 500;

/** `count` ports on which nobody listens at any of `hosts`. Rejects with BAD_OPTION if 500 tries do not find them. */
export async function freePorts(count: number, hosts: readonly string[] = ['127.0.0.1']): Promise<number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries += 1) {
    if (tries === triesMax) {
      throw new TestbedError(
        'BAD_OPTION',
        `found ${found.size} of ${count} free ports in ${triesMax} tries; end servers`,
      );
    }
    const port = randomInt(portMin, portMax);
    const free = await Promise.all(hosts.map((host) => isFree(port, host)));
    if (free.every(Boolean)) found.add(port);
  }
  return [...found];
}

/** Whether this port can be listened on now. Rejects if the address is not one of this machine. */
export function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else if (error.code === 'EADDRNOTAVAIL') {
        const remedy = `give it to the loopback interface (macOS: sudo ifconfig lo0 alias ${host})`;
        reject(new TestbedError('BAD_OPTION', `${host} is no address of this machine; ${remedy}`, { cause: error }));
      } else reject(error);
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
