/**
 * What can be set of a process that runs a worker alone. In: flags and environment. Out: one table: what it runs on, where
 * it serves, by which address others find it, what is logged, and the worker itself.
 */
import { type BackendOptions, backendOptions, hostPortProblem } from '@tapeline/backend';
import {
  type GrpcOptions,
  grpcOptionsOf,
  type Option,
  type ProbeOptions,
  probeOptionsOf,
  type ProcessOptions,
  processOptions,
  textOption,
} from '@tapeline/runtime';
import { type WorkerOptions, workerOptions } from './worker-options.ts';

/** Query processes are told the port, so any will do. */
const grpcPort = 0;
const metricsPort = 9_462;

type AdvertiseOption = { readonly advertise: Option<string> };

/** Names and kinds of the options. */
export type WorkerProcessOptions = BackendOptions &
  GrpcOptions &
  AdvertiseOption &
  ProbeOptions &
  ProcessOptions &
  WorkerOptions;

/** The options, in the order of the help. */
export const workerProcessOptions: WorkerProcessOptions = {
  ...backendOptions,
  ...grpcOptionsOf(grpcPort),
  advertise: advertiseOption(),
  ...probeOptionsOf(metricsPort),
  ...processOptions,
  ...workerOptions,
};

function advertiseOption(): Option<string> {
  const text = textOption({
    placeholder: 'HOST:PORT',
    env: 'TAPELINE_ADVERTISE',
    charsMax: 255,
    help: 'Address at which query processes reach this worker. Default: that of --grpc-host, or the name of the machine.',
  });
  return {
    ...text,
    read: (given) => {
      const reading = text.read(given);
      if ('problem' in reading) return reading;
      const problem = hostPortProblem(reading.value);
      return problem === undefined ? reading : { problem: `cannot be: ${problem}` };
    },
  };
}
