/**
 * Whom a server of this machine alone answers. In: the address that was bound and the Host header of a request. Out: a
 * refusal for a name that is not this machine's: a page of anywhere can give its own name this address (DNS rebinding),
 * and the browser would then let it read. A server that is bound to another address is meant to be reached by any name.
 */
import { HttpRefusal } from './http-answer.ts';

const localNames: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];
const shownCharactersMax = 80;

/** Throws `HttpRefusal` 421. `address` is the one that was bound, `configured` what was asked for, `header` may be absent. */
export function checkHost(address: string, configured: string, header: string | undefined): void {
  // No browser leaves it out.
  if (!isLoopback(address) || header === undefined) return;
  const name = header.toLowerCase().replace(/:\d*$/u, '');
  const bound = configured.toLowerCase();
  if (localNames.includes(name) || name === bound || name === `[${bound}]`) return;
  const shown = header.length > shownCharactersMax ? `${header.slice(0, shownCharactersMax)}…` : header;
  throw new HttpRefusal(
    421,
    'HOST_UNKNOWN',
    `the Host header is ${JSON.stringify(shown)}, and on ${address} only localhost, 127.0.0.1 and [::1] are answered; ` +
      'to serve other names, bind another address with --http-host',
  );
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./u.test(address);
}
