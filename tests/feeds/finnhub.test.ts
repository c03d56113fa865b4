/** The feed of Finnhub keeps the rules of feeds, against a server of this machine. */
import { silentLogger, systemRandom } from '@tapeline/runtime';
import { finnhubProtocol } from '../../services/feed/src/finnhub/finnhub-protocol.ts';
import { SocketFeed } from '../../services/feed/src/socket/socket-feed.ts';
import { hastyClock } from '../../services/feed/test-kit/hasty-clock.ts';
import { SocketServer } from '../../services/feed/test-kit/socket-server.ts';
import { feedSuite } from './feed-suite.ts';

/** A message of 50 trades. */
function trades(message: number): string {
  const data = Array.from({ length: 50 }, (_, index) => ({
    c: null,
    p: 100 + ((message + index) % 10),
    s: index % 2 === 0 ? 'AAPL' : 'MSFT',
    t: Date.now(),
    v: 1 + index,
  }));
  return JSON.stringify({ data, type: 'trade' });
}

feedSuite({
  name: 'finnhub',
  isReplay: false,
  overRoomMax: 4_000,
  make: async () => {
    const server = await SocketServer.start();
    let message = 0;
    const protocol = () => finnhubProtocol(server.url, 'key', 'finnhub', ['AAPL', 'MSFT']);
    return {
      feed: new SocketFeed({
        protocol,
        stallMs: 60_000,
        clock: hastyClock(),
        random: systemRandom,
        logger: silentLogger,
      }),
      speak: () => server.current?.send(trades((message += 1))),
      dispose: async () => server.stop(),
    };
  },
});
