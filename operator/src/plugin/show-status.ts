/**
 * Asks a cluster and draws what it says. In: what was asked, and the kubeconfig that kubectl uses. Out: trees, and an exit code. Nothing
 * is changed. What cannot be asked is told in one line.
 */
import {
  chooseCluster,
  hasCode,
  type KubeAccess,
  type KubeApi,
  KubeError,
  type KubeObject,
  openKubeApi,
  type ResourceType,
} from '@tapeline/kubernetes';
import { systemClock } from '@tapeline/runtime';
import { SpecError } from '../crd/fields.ts';
import { tickStoreType, tickStreamType } from '../crd/group.ts';
import { conditionsIn } from '../runtime/conditions.ts';
import type { StatusCaller, StatusWish } from './status-command.ts';
import { statusTree, storesWithout } from './status-tree.ts';

const pageObjects = 500;

/** As a shell has it after a SIGINT. */
const stoppedCode = 130;

/** The exit code, after the trees were written. */
export async function showStatus(wish: StatusWish, caller: StatusCaller): Promise<number> {
  try {
    return await show(wish, caller);
  } catch (error) {
    if (hasCode(error, 'ABORTED')) return stoppedCode;
    // A status that somebody wrote by hand may be anything.
    if (!(error instanceof KubeError) && !(error instanceof SpecError)) throw error;
    caller.complain(`${caller.caller}: ${error.message}\n`);
    return 2;
  }
}

async function show(wish: StatusWish, { env, write, complain, caller, stop }: StatusCaller): Promise<number> {
  const cluster = chooseCluster(accessOf(wish, env), () => systemClock.monotonicMs());
  const api = openKubeApi({ cluster, clock: systemClock });
  const within = wish['all-namespaces'] ? undefined : (wish.namespace ?? cluster.namespace);
  const [all, stores] = await Promise.all([
    listed(api, tickStreamType, within, stop),
    listed(api, tickStoreType, within, stop),
  ]);
  const { names } = wish;
  const streams = all.filter(({ metadata }) => names.length === 0 || names.includes(metadata.name));
  const loneStores = names.length === 0 ? storesWithout(streams, stores) : [];
  const lines = statusTree({ streams, stores, loneStores });
  await write(lines.map((line) => `${line}\n`).join(''));
  const where = within === undefined ? 'in any namespace' : `in namespace ${within}`;
  const lacking = names.filter((name) => !streams.some(({ metadata }) => metadata.name === name));
  const elsewhere = within === undefined ? '' : ', or name another namespace with -n, or all with -A';
  for (const name of lacking)
    complain(`${caller}: there is no TickStream ${name} ${where}; correct its name${elsewhere}\n`);
  if (names.length === 0 && streams.length === 0) {
    complain(`${caller}: there is no TickStream ${where}; make one${elsewhere}\n`);
  }
  return streams.length > 0 && lacking.length === 0 && [...streams, ...loneStores].every(isReady) ? 0 : 1;
}

function accessOf({ context, kubeconfig }: StatusWish, env: StatusCaller['env']): KubeAccess {
  const picked = context === undefined ? {} : { context };
  return kubeconfig === undefined ? { from: 'default', env, ...picked } : { from: 'file', path: kubeconfig, ...picked };
}

function isReady({ status: told }: KubeObject): boolean {
  return conditionsIn(told).some(({ type, status }) => type === 'Ready' && status === 'True');
}

async function listed(
  api: KubeApi,
  type: ResourceType,
  namespace: string | undefined,
  signal: AbortSignal | undefined,
): Promise<readonly KubeObject[]> {
  const objects: KubeObject[] = [];
  let next: string | undefined;
  do {
    const page = await api.list(type, {
      limit: pageObjects,
      ...(signal === undefined ? {} : { signal }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(next === undefined ? {} : { continue: next }),
    });
    objects.push(...page.items);
    next = page.continue;
  } while (next !== undefined);
  return objects;
}
