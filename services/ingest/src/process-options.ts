/**
 * What can be set of a process that runs ingest alone. In: flags and environment. Out: one table: what it runs on, where it
 * serves, what is logged, and ingest itself.
 */
import { type BackendOptions, backendOptions } from '@tapeline/backend';
import {
  type GrpcOptions,
  grpcOptionsOf,
  type ProbeOptions,
  probeOptionsOf,
  type ProcessOptions,
  processOptions,
} from '@tapeline/runtime';
import { type IngestOptions, ingestOptions } from './ingest-options.ts';

const grpcPort = 50_051;
const metricsPort = 9_461;

/** Names and kinds of the options. */
export type IngestProcessOptions = BackendOptions & GrpcOptions & ProbeOptions & ProcessOptions & IngestOptions;

/** The options, in the order of the help. */
export const ingestProcessOptions: IngestProcessOptions = {
  ...backendOptions,
  ...grpcOptionsOf(grpcPort),
  ...probeOptionsOf(metricsPort),
  ...processOptions,
  ...ingestOptions,
};
