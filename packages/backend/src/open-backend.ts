/**
 * Opens what a process runs on. In: the values of the options. Out: Kafka and Cassandra where they are named, else an
 * embedded directory, behind one type. A start that fails leaves nothing open.
 */
import path from 'node:path';
import { ownsAll } from '@tapeline/domain';
import { openEmbedded } from '@tapeline/embedded';
import type { Backend, BackendParts } from './backend.ts';
import type { BackendValues } from './backend-options.ts';
import { retentionMsOf } from './embedded-options.ts';
import { waitForServers } from './wait-for-servers.ts';

/**
 * Opens it. Rejects, within some ten seconds and what `start-wait` adds, with an error that `isBackendProblem` knows: a directory that cannot be
 * used, a server that does not answer, a login that is refused, tables or topics that do not fit.
 */
export async function openBackend(values: BackendValues, parts: BackendParts): Promise<Backend> {
  const { health } = parts;
  health.set('backend', 'starting', 'opens log and store');
  const open = (): Promise<Backend> =>
    isOnServers(values) ? openServers(values, parts) : openDirectory(values, parts);
  const backend = await waitForServers(open, values['start-wait'], parts);
  health.set('backend', 'ready', backend.place);
  return backend;
}

/** Whether Kafka and Cassandra are named, so that the process has neighbours. */
export function isOnServers({ kafka, cassandra }: BackendValues): boolean {
  return kafka !== undefined && cassandra !== undefined;
}

async function openServers(values: BackendValues, parts: BackendParts): Promise<Backend> {
  // The clients take time and memory to load, which a process on a directory does without.
  const servers = await import('./open-servers.ts');
  return servers.openServers(values, parts);
}

async function openDirectory(values: BackendValues, parts: BackendParts): Promise<Backend> {
  const { partitions, quota } = values;
  const { clock, logger, metrics } = parts;
  const dataDir = path.resolve(values['data-dir']);
  const quotaBytes = quota === undefined ? {} : { quotaBytes: quota };
  const embedded = await openEmbedded({
    dataDir,
    partitions,
    retentionMs: retentionMsOf(values),
    ...quotaBytes,
    clock,
    logger,
    metrics,
  });
  const { log, control, partitions: admin, store, forming, limits } = embedded;
  return {
    kind: 'embedded',
    log,
    control,
    partitions: admin,
    store,
    forming,
    place: dataDir,
    limits,
    joinWorkers: async () => ownsAll(log.basePartitions),
    close: () => embedded.close(),
  };
}
