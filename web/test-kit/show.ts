/**
 * Shows the page on the made-up market, to be looked at by hand: node --conditions=source web/test-kit/show.ts [port]. In:
 * a port. Out: the address; it runs until it is stopped.
 */
import { fileURLToPath } from 'node:url';
import { FixtureServer } from './fixture-server.ts';

const server = new FixtureServer({
  root: fileURLToPath(new URL('../dist', import.meta.url)),
  port: Number(process.argv[2] ?? 8_090),
  instruments: Number(process.argv[3] ?? 35),
  tradesPerSecond: 120,
  startSec: Math.floor(Date.now() / 1_000),
  heartbeatMs: 2_000,
});
process.stdout.write(`${await server.listen()}\n`);
