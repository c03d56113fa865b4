/**
 * The group's coordinator stands still for longer than a worker waits for any answer, and two other brokers do not: nobody
 * ends or is without a share, and the workers find the broker that coordinates instead.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { coordinatorOf, newStream } from './group-topic.ts';
import { heard, killMembers, Member, settled } from './member.ts';
import { ownCluster } from '../kafka/own-cluster.ts';

const cluster = await ownCluster({ brokers: 3, quickStart: true });
const partitions = 6;

afterEach(killMembers);

test.skipIf(cluster === undefined)(
  'workers whose coordinator stands still for 80 s work on and are members of its heir (needs Kafka of its own: install Java 17 and Maven)',
  async () => {
    if (cluster === undefined) throw new Error('this test is skipped without a cluster');
    const { brokers } = cluster;
    const stream = newStream();
    await cluster.createTopic(`${stream}.ticks`, { partitions, replicas: 3 });
    const members = [0, 1].map((number) => new Member({ brokers, stream, number }));
    await settled(members, partitions, 30_000);
    const coordinator = await coordinatorOf(cluster, stream);
    const node = cluster.nodes.find(({ id }) => id === coordinator);
    const stillAtMs = Date.now();
    await node?.kill('SIGSTOP');
    // Beyond the time after which a client that hears nothing at all is taken for one that hangs.
    await sleep(80_000);
    await settled(members, partitions, 20_000);
    for (const { lines, log } of members) {
      const told = lines.filter(({ atMs }) => atMs > stillAtMs);
      expect(told.filter(({ owned, failed }) => failed !== undefined || owned?.length === 0)).toEqual([]);
      const [, answered] = /^(\S+) INFO {2}the worker group answers again/m.exec(log) ?? [];
      process.stdout.write(`still at ${new Date(stillAtMs).toISOString()}, the group answered again at ${answered}\n`);
    }
    const [leaver, heir] = members as [Member, Member];
    const leftMs = leaver.signal('SIGTERM');
    await heard(heir, leftMs, 8_000, (owned) => owned.length === partitions);
    await node?.kill('SIGCONT');
  },
);
