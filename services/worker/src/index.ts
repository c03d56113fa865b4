/**
 * The public entry of the worker: what standalone wires and tests use. In: a log, a store and a configuration. Out: a
 * running worker that folds every partition and puts out its bars and its tape.
 */
export type { PartitionProblem, PartitionState, PartitionStatus } from './partition-status.ts';
export { startWorker } from './worker.ts';
export { type WorkerConfig, workerConfigDefaults } from './worker-config.ts';
export { type Worker, WorkerFailedError, type WorkerParts } from './worker-types.ts';
export { workerConfigOf, type WorkerOptions, workerOptions } from './worker-options.ts';
