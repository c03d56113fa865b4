/**
 * A program that publishes with a journal and is killed. In: address, journal, how many ticks, from which on. Out: a line
 * for each tick that `publish` took, `symbol sequence`, before the next one is given; `done` when all are settled.
 */
import { writeSync } from 'node:fs';
import { connectPublisher } from '@tapeline/client';

const [address = '', path = '', count = '0', from = '0'] = process.argv.slice(2);
const publisher = await connectPublisher({
  address,
  dataset: 'test',
  journal: { path, rewriteBytes: 20_000 },
  batchTicksMax: 25,
  unsettledTicksMax: 400,
  times: { retryFirstMs: 1, retryMaxMs: 5 },
});
writeSync(1, `id ${publisher.publisherId}\n`);
let calls: Promise<void>[] = [];
for (let index = Number(from); index < Number(from) + Number(count); index += 1) {
  const symbol = ['AAPL', 'MSFT', 'SPY'][index % 3] ?? '';
  const time = 1_600_000_000_000_000_000n + BigInt(index) * 1_000_000n;
  calls.push(
    publisher.publish({ symbol, time, trade: { price: '10.5', size: '1' } }).then((sequence) => {
      writeSync(1, `${symbol} ${sequence}\n`);
    }),
  );
  if (calls.length === 10) {
    await Promise.all(calls);
    calls = [];
  }
}
await Promise.all(calls);
await publisher.flushed();
await publisher.close();
writeSync(1, 'done\n');
