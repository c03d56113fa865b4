#!/usr/bin/env node
/**
 * The kubectl plugin: `kubectl tapeline status [NAME] [-n NAMESPACE | -A]`. In: arguments and the kubeconfig that kubectl uses. Out: a
 * tree for each stream, or its help; exit code 0, 1 if one is not ready, 2 if it was not understood or nobody could be asked.
 */
import { parseArgs } from 'node:util';
import {
  chooseCluster,
  type KubeApi,
  KubeError,
  type KubeObject,
  openKubeApi,
  type ResourceType,
} from '@tapeline/kubernetes';
import { systemClock } from '@tapeline/runtime';
import { tickStoreType, tickStreamType } from '../crd/group.ts';
import { conditionsIn } from '../runtime/conditions.ts';
import { statusTree } from './status-tree.ts';

const usage = `usage: kubectl tapeline status [NAME] [-n NAMESPACE | -A] [--context NAME]

Shows each TickStream as a tree: topics and partitions, its TickStore, workers, feeds, lag, and what is wrong with them.

  -n, --namespace NAME     of the streams; that of the context if absent
  -A, --all-namespaces     streams of every namespace
      --context NAME       of the kubeconfig that KUBECONFIG names, or ~/.kube/config
  -h, --help               this text

Ends with 0 if every stream is ready, 1 if one is not or there is none, 2 if the API server could not be asked.
`;
const pageObjects = 500;

async function run(args: readonly string[]): Promise<number> {
  const read = readArgs(args);
  if (read === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  if (read === undefined) {
    process.stderr.write(usage);
    return 2;
  }
  const { name, namespace, isEverywhere, context } = read;
  const nowMs = (): number => systemClock.monotonicMs();
  const file = process.env['KUBECONFIG'];
  const picked = context === undefined ? {} : { context };
  const cluster = chooseCluster(
    file === undefined ? { from: 'default', ...picked } : { from: 'file', path: file, ...picked },
    nowMs,
  );
  const api = openKubeApi({ cluster, clock: systemClock });
  const within = isEverywhere ? undefined : (namespace ?? cluster.namespace);
  const [streams, stores] = await Promise.all([all(api, tickStreamType, within), all(api, tickStoreType, within)]);
  const wanted = streams.filter(({ metadata }) => name === undefined || metadata.name === name);
  process.stdout.write(`${statusTree({ streams: wanted, stores }).join('\n')}\n`);
  const isReady = (stream: KubeObject): boolean =>
    conditionsIn(stream['status']).some(({ type, status }) => type === 'Ready' && status === 'True');
  return wanted.length > 0 && wanted.every(isReady) ? 0 : 1;
}

type Read = {
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  readonly isEverywhere: boolean;
  readonly context: string | undefined;
};

function readArgs(args: readonly string[]): Read | 'help' | undefined {
  const options = {
    namespace: { type: 'string', short: 'n' },
    'all-namespaces': { type: 'boolean', short: 'A' },
    context: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (values.help === true) return 'help';
    const [command, name, ...rest] = positionals;
    if (command !== 'status' || rest.length > 0) return undefined;
    return {
      name,
      namespace: values.namespace,
      isEverywhere: values['all-namespaces'] === true,
      context: values.context,
    };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return undefined;
  }
}

async function all(api: KubeApi, type: ResourceType, namespace: string | undefined): Promise<readonly KubeObject[]> {
  const objects: KubeObject[] = [];
  let next: string | undefined;
  do {
    const page = await api.list(type, {
      limit: pageObjects,
      ...(namespace === undefined ? {} : { namespace }),
      ...(next === undefined ? {} : { continue: next }),
    });
    objects.push(...page.items);
    next = page.continue;
  } while (next !== undefined);
  return objects;
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof KubeError)) throw error;
  process.stderr.write(`kubectl tapeline: ${error.message}\n`);
  process.exitCode = 2;
}
