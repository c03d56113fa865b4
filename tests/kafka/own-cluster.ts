/**
 * Brokers that a file of tests has for itself, because it breaks them. In: how they are started. Out: the cluster, ended after the
 * tests of the file; `undefined` where this machine cannot start one, which the name of the suite then says.
 */
import { isUnavailable, type KafkaCluster, type KafkaOptions, startKafka } from '@tapeline/testbed';
import { afterAll } from 'vitest';

/** Starts it; call it at the top level of the file. */
export async function ownCluster(options: KafkaOptions): Promise<KafkaCluster | undefined> {
  const cluster = await startKafka(options).catch((error: unknown) => {
    if (!isUnavailable(error)) throw error;
    return undefined;
  });
  afterAll(async () => cluster?.close());
  return cluster;
}

/** Brokers that were broken run again, with lines that hold. */
export async function mend(cluster: KafkaCluster | undefined): Promise<void> {
  for (const node of cluster?.nodes ?? []) {
    await node.proxy?.heal();
    await node.replicationProxy?.heal();
    if (!node.isRunning) await node.start();
  }
  await cluster?.ready();
}
