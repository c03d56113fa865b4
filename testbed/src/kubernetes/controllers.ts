/**
 * What acts on the objects of an API server: the controller manager and the scheduler. In: programs, keys, a folder. Out:
 * their processes. They elect no leader, since there is one of each.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type ServerCommand, ServerProcess } from '../server-process.ts';
import type { ProcessConfig } from './api-server.ts';
import type { ClusterKeys } from './cluster-keys.ts';

const readyWithinMs = 60_000;

/** What a controller needs. */
export type ControllerPlace = {
  readonly keys: ClusterKeys;
  /** Where it listens, on 127.0.0.1. */
  readonly port: number;
};

/** What the controller manager needs besides: where volumes are made, if nodes are to use them. */
export type ManagerPlace = ControllerPlace & { readonly volumes?: string };

/** The folder in which the controller manager makes volumes; it cannot be told another. */
export const provisionerFolder: string = path.join('/', 'tmp', 'hostpath_pv');

/** The controller manager: Deployments, owners that are gone, namespaces, volumes in folders of the machine. */
export function controllerManager(
  program: string,
  folder: string,
  place: ManagerPlace,
  config: ProcessConfig,
): ServerProcess {
  const { file } = place.keys;
  const command = controller('kube-controller-manager', program, folder, place, config, [
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${file('tokens.key')}`,
    `--root-ca-file=${file('ca.crt')}`,
    `--cluster-signing-cert-file=${file('ca.crt')}`,
    `--cluster-signing-key-file=${file('ca.key')}`,
    '--enable-hostpath-provisioner=true',
  ]);
  return new ServerProcess(place.volumes === undefined ? command : withVolumes(command, place.volumes));
}

/** The scheduler: which pod on which node. */
export function scheduler(
  program: string,
  folder: string,
  place: ControllerPlace,
  config: ProcessConfig,
): ServerProcess {
  return new ServerProcess(controller('kube-scheduler', program, folder, place, config, []));
}

function controller(
  name: string,
  program: string,
  folder: string,
  { keys: { file }, port }: ControllerPlace,
  config: ProcessConfig,
  args: readonly string[],
): ServerCommand {
  const directory = path.join(folder, name);
  mkdirSync(directory, { recursive: true });
  const access = file(`${name}.kubeconfig`);
  return {
    ...config,
    name: `the ${name}`,
    command: program,
    directory,
    logFile: path.join(directory, 'server.log'),
    readyLines: [/Serving securely on/],
    readyWithinMs,
    args: [
      `--kubeconfig=${access}`,
      `--authentication-kubeconfig=${access}`,
      `--authorization-kubeconfig=${access}`,
      `--requestheader-client-ca-file=${file('front-ca.crt')}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      '--leader-elect=false',
      '--profiling=false',
      ...args,
    ],
  };
}

/** The same command, for which the provisioner's folder is one of the cluster. Needs root. */
function withVolumes(command: ServerCommand, volumes: string): ServerCommand {
  mkdirSync(volumes, { recursive: true });
  mkdirSync(provisionerFolder, { recursive: true });
  const script = `mount --bind "$0" ${provisionerFolder} && exec "$@"`;
  return {
    ...command,
    command: 'unshare',
    args: ['--mount', 'sh', '-c', script, volumes, command.command, ...command.args],
  };
}
