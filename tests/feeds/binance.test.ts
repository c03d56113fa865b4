/** The feed of Binance keeps the rules of feeds, against a server of this machine. */
import { silentLogger, systemRandom } from '@tapeline/runtime';
import { binanceProtocol } from '../../services/feed/src/binance/binance-protocol.ts';
import { SocketFeed } from '../../services/feed/src/socket/socket-feed.ts';
import { hastyClock } from '../../services/feed/test-kit/hasty-clock.ts';
import { SocketServer } from '../../services/feed/test-kit/socket-server.ts';
import { feedSuite } from './feed-suite.ts';

const symbols = ['BTCUSDT', 'ETHUSDT'];

function trade(id: number): string {
  const s = symbols[id % 2] ?? '';
  const data = {
    e: 'trade',
    E: Date.now(),
    s,
    t: Math.floor(id / 2),
    p: '61837.63000000',
    q: '0.00153000',
    T: Date.now(),
    m: id % 3 === 0,
    M: true,
  };
  return JSON.stringify({ stream: `${s.toLowerCase()}@trade`, data });
}

feedSuite({
  name: 'binance',
  isReplay: false,
  overRoomMax: 4_000,
  make: async () => {
    const server = await SocketServer.start();
    let id = 1_000;
    const protocol = () => binanceProtocol(server.url, 'binance-spot', symbols);
    return {
      feed: new SocketFeed({
        protocol,
        stallMs: 60_000,
        clock: hastyClock(),
        random: systemRandom,
        logger: silentLogger,
      }),
      speak: () => {
        for (let count = 0; count < 100; count += 1) server.current?.send(trade((id += 1)));
      },
      dispose: async () => server.stop(),
    };
  },
});
