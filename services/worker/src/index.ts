/**
 * The public entry of the worker: what standalone wires and tests use. In: a log, a store and a configuration. Out: a
 * running worker that folds the partitions it owns and puts out their bars and tape, and its service for query processes.
 */
export type { PartitionProblem, PartitionState, PartitionStatus } from './partition-status.ts';
export { startWorker } from './worker.ts';
export { type WorkerConfig, workerConfigDefaults } from './worker-config.ts';
export { type WorkerControl, workerControlOf } from './worker-control.ts';
export { workerService, type WorkerServiceParts } from './worker-service.ts';
export { type Worker, WorkerFailedError, type WorkerParts, type WorkerTotals } from './worker-types.ts';
export { workerConfigOf, type WorkerOptions, workerOptions } from './worker-options.ts';
