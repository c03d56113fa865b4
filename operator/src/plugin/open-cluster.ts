/**
 * The cluster that a command of the plugin asks. In: the kubeconfig that kubectl uses, and what the command line says besides. Out: the
 * API, and the namespace that is meant. What cannot be asked, or is no object of ours, ends the command with one line.
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
import { type Environment, systemClock } from '@tapeline/runtime';
import { SpecError } from '../crd/fields.ts';

/** Which cluster is meant. */
export type ClusterWish = {
  readonly namespace?: string | undefined;
  readonly 'all-namespaces'?: boolean;
  readonly context?: string | undefined;
  readonly kubeconfig?: string | undefined;
};

/** The cluster. */
export type AskedCluster = {
  readonly api: KubeApi;
  /** Undefined = all of them. */
  readonly within: string | undefined;
  /** The one that is meant where only one can be. */
  readonly namespace: string;
};

/** Who asks. */
export type Asker = {
  /** What its messages begin with, such as `kubectl tapeline`. */
  readonly caller: string;
  readonly env: Environment;
  readonly write: (text: string) => Promise<void>;
  readonly complain: (text: string) => void;
  readonly stop?: AbortSignal;
};

const pageObjects = 500;

/** As a shell has it after a SIGINT. */
const stoppedCode = 130;

/** What `work` answers, or 2 with one line where the cluster could not be asked. Rejects for a defect. */
export async function onCluster(
  wish: ClusterWish,
  asker: Asker,
  work: (cluster: AskedCluster) => Promise<number>,
): Promise<number> {
  try {
    const chosen = chooseCluster(accessOf(wish, asker.env), () => systemClock.monotonicMs());
    const api = openKubeApi({ cluster: chosen, clock: systemClock });
    const namespace = wish.namespace ?? chosen.namespace;
    return await work({ api, namespace, within: wish['all-namespaces'] === true ? undefined : namespace });
  } catch (error) {
    if (hasCode(error, 'ABORTED')) return stoppedCode;
    // A status that somebody wrote by hand may be anything.
    if (!(error instanceof KubeError) && !(error instanceof SpecError)) throw error;
    asker.complain(`${asker.caller}: ${error.message}\n`);
    return 2;
  }
}

function accessOf({ context, kubeconfig }: ClusterWish, env: Environment): KubeAccess {
  const picked = context === undefined ? {} : { context };
  return kubeconfig === undefined ? { from: 'default', env, ...picked } : { from: 'file', path: kubeconfig, ...picked };
}

/** Every object of a kind, a page after the other. */
export async function listed(
  { api, within }: AskedCluster,
  type: ResourceType,
  signal: AbortSignal | undefined,
): Promise<readonly KubeObject[]> {
  const objects: KubeObject[] = [];
  let next: string | undefined;
  do {
    const page = await api.list(type, {
      limit: pageObjects,
      ...(signal === undefined ? {} : { signal }),
      ...(within === undefined ? {} : { namespace: within }),
      ...(next === undefined ? {} : { continue: next }),
    });
    objects.push(...page.items);
    next = page.continue;
  } while (next !== undefined);
  return objects;
}

/** The streams of these names, all for none; tells which are not there. */
export function namedStreams(
  all: readonly KubeObject[],
  names: readonly string[],
  { within }: AskedCluster,
  { caller, complain }: Asker,
): { readonly streams: readonly KubeObject[]; readonly isWhole: boolean } {
  const streams = all.filter(({ metadata }) => names.length === 0 || names.includes(metadata.name));
  const where = within === undefined ? 'in any namespace' : `in namespace ${within}`;
  const elsewhere = within === undefined ? '' : ', or name another namespace with -n, or all with -A';
  const lacking = names.filter((name) => !streams.some(({ metadata }) => metadata.name === name));
  for (const name of lacking)
    complain(`${caller}: there is no TickStream ${name} ${where}; correct its name${elsewhere}\n`);
  if (names.length === 0 && streams.length === 0) {
    complain(`${caller}: there is no TickStream ${where}; make one${elsewhere}\n`);
  }
  return { streams, isWhole: streams.length > 0 && lacking.length === 0 };
}
