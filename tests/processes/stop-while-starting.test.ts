/**
 * A stop that comes while a process starts. In: servers that take connections and say nothing, and a group that is not joined
 * yet. Out: it ends at once and in order, whatever it waits for, and says that nothing was acknowledged; with the lock on
 * migrations it ends once the statement under way has ended, and the lock is free then.
 */
import { findJava, isUnavailable, startKafka } from '@tapeline/testbed';
import { expect, test } from 'vitest';
import { CqlShell } from '../../packages/adapters/cassandra/test-kit/cql-shell.ts';
import { startProcess as startTapeline } from '../standalone/market-process.ts';
import { muteServer } from './mute-server.ts';
import { afterTest, folder, start } from './rig.ts';
import { onNewStream, unavailable } from './servers.ts';
import { linesFor, type StartedProcess } from './started-process.ts';

const onBackend = ['ingest', 'worker', 'query'] as const;
const endMsMax = 500;
/** The same for one that has the lock on migrations: a statement on tables may take as long. */
const lockEndMsMax = 5_500;
/** A machine that has other things to do may be late now and then, and a process that hangs is late each time. */
const again = { retry: 2 } as const;

const java = await findJava().catch((error: unknown) => {
  if (isUnavailable(error)) return error;
  throw error;
});

/** Ends it and looks at how it did. */
async function expectPromptEnd(process: StartedProcess, withinMs: number = endMsMax): Promise<void> {
  const before = process.err();
  const beginMs = performance.now();
  const ending = await process.end('SIGTERM');
  const tookMs = performance.now() - beginMs;
  expect([ending.code, ending.signal, linesFor(ending)], `standard error: ${ending.err}`).toEqual([0, null, []]);
  const told = ending.err.slice(before.length).match(/the start was given up; nothing was acknowledged yet/g);
  expect(told, `standard error: ${ending.err}`).toHaveLength(1);
  expect(tookMs, `standard error: ${ending.err}`).toBeLessThan(withinMs);
}

/** The options with another address of one of the servers. */
function at(args: readonly string[], server: 'kafka' | 'cassandra', address: string): string[] {
  const place = args.indexOf(`--${server}`) + 1;
  return args.with(place, address);
}

/** Tells how many hold the lock on migrations of the options' keyspace. */
function holdersOf(args: readonly string[]): () => Promise<number> {
  const [contactPoints = '', localDataCenter = '', keyspace = ''] = ['--cassandra', '--cassandra-dc', '--keyspace'].map(
    (name) => args[args.indexOf(name) + 1],
  );
  const shell = new CqlShell({ contactPoints: contactPoints.split(','), localDataCenter });
  afterTest(() => shell.close());
  return async () => {
    const rows = await shell.run(`SELECT owner FROM ${keyspace}.schema_lock`).catch((error: unknown) => {
      if (/does not exist|unconfigured table/.test(String(error))) return [];
      throw error;
    });
    return rows.length;
  };
}

test.each(onBackend)('%s ends at once while neither Kafka nor Cassandra answers', again, async (name) => {
  const [kafka, cassandra] = [await muteServer(), await muteServer()];
  const process = start(name, ['--kafka', kafka.address, '--cassandra', cassandra.address]);
  await Promise.race([kafka.reached, cassandra.reached]);
  await expectPromptEnd(process);
});

test('a market in one process ends at once by the signal while neither answers', again, async () => {
  const [kafka, cassandra] = [await muteServer(), await muteServer()];
  const servers = ['--kafka', kafka.address, '--cassandra', cassandra.address, '--data-dir', folder()];
  const { child, ended } = startTapeline(['--feed', 'none', ...servers]);
  afterTest(() => child.kill('SIGKILL'));
  await Promise.race([kafka.reached, cassandra.reached]);
  const beginMs = performance.now();
  child.kill('SIGTERM');
  const { code, signal, err } = await ended;
  expect(performance.now() - beginMs, `standard error: ${err}`).toBeLessThan(endMsMax);
  expect([code, signal, err.match(/stopped while it started/g)?.length]).toEqual([null, 'SIGTERM', 1]);
});

test.skipIf(unavailable !== undefined)(
  'a process that is stopped while it migrates ends when its statement has ended, and its lock is free then (needs Kafka and Cassandra: install Java 17, or name servers by KAFKA_BROKERS and CASSANDRA_CONTACT_POINTS)',
  again,
  async () => {
    const args = onNewStream();
    const first = start('ingest', args);
    const holders = holdersOf(args);
    await expect.poll(holders, { timeout: 30_000, interval: 10 }).toBe(1);
    await expectPromptEnd(first, lockEndMsMax);
    expect(await holders()).toBe(0);
    const next = start('ingest', args);
    await next.field('place', 30_000);
    expect((await next.end('SIGTERM')).code).toBe(0);
  },
);

test.skipIf(unavailable !== undefined)(
  'a process ends at once while one of the servers does not answer (needs Kafka and Cassandra: install Java 17, or name servers by KAFKA_BROKERS and CASSANDRA_CONTACT_POINTS)',
  again,
  async () => {
    for (const server of ['kafka', 'cassandra'] as const) {
      const mute = await muteServer();
      const process = start('worker', at(onNewStream(), server, mute.address));
      await mute.reached;
      await expectPromptEnd(process);
    }
  },
);

test.skipIf(unavailable !== undefined || java instanceof Error)(
  'a worker ends at once while it joins its group, also when Kafka stands still meanwhile (needs Kafka and Cassandra: install Java 17)',
  again,
  async () => {
    const config = { 'group.initial.rebalance.delay.ms': '60000' };
    const kafka = await startKafka({ brokers: 1, quickStart: true, config });
    afterTest(() => kafka.close());
    const args = at([...onNewStream(), '--kafka-replication', '1'], 'kafka', kafka.brokers.join(','));
    for (const isStopped of [false, true]) {
      const worker = start('worker', args);
      await worker.field('place');
      // Who is here now waits in the group, whose first generation is a minute away.
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      if (isStopped) await kafka.nodes[0]?.kill('SIGSTOP');
      await expectPromptEnd(worker);
    }
  },
);
