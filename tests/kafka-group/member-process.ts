/**
 * A worker that only owns: the process that failover is measured with. In: brokers, stream and address as arguments.
 * Out: a line of JSON at each change, with the time of day: `{"atMs","owned"}`, at its end `{"atMs","left":true}`.
 * SIGTERM makes it leave.
 */
import { joinWorkers } from '@tapeline/kafka';
import { createLogger, createMetrics, systemClock } from '@tapeline/runtime';

const [brokers = '', stream = '', address = '', metadataMaxAgeMs = '30000'] = process.argv.slice(2);

function say(facts: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify({ atMs: Date.now(), ...facts })}\n`);
}

const ownership = await joinWorkers({
  connection: { brokers: brokers.split(','), clientId: `member-${address}` },
  stream,
  address,
  metadataMaxAgeMs: Number(metadataMaxAgeMs),
  clock: systemClock,
  logger: createLogger({ name: 'member', level: 'info', format: 'text' }),
  metrics: createMetrics({ ofProcess: false }),
});
ownership.follow((owned) => say({ owned }));
ownership.failed.catch((error: unknown) => {
  say({ failed: String(error) });
  process.exit(1);
});
process.once('SIGTERM', () => {
  void ownership.leave().then(() => {
    say({ left: true });
    process.exit(0);
  });
});
