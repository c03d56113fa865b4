/**
 * Ingest against the floor of gRPC, on the same messages in one run. In: servers and sizes. Out: ticks in a second of CPU
 * time of ingest, in batches and one a message, and messages a second of a server that does nothing with them.
 */
import { ingestConfigDefaults } from '@tapeline/ingest';
import { rateOf } from '../rate.ts';
import type { ClusterBench } from './cluster-run.ts';
import type { ClusterResult } from './cluster-result.ts';
import type { IngestMeasure } from './ingest-task.ts';
import { runClusterTask } from './run-cluster-task.ts';
import { partitions } from './worker-run.ts';

const rounds = 5;
const streams = 4;
const batchTicks = 500;
const singlesShare = 20;

/** Runs it. Rejects with `TestbedError` or `BenchChildError`. */
export async function runIngestBench({ servers, name, ticks, tell }: ClusterBench): Promise<ClusterResult> {
  const brokers = await servers.brokers();
  const { ackIntervalMs } = ingestConfigDefaults;
  const measure = (what: string, own: boolean, count: number, ticksPerMessage: number): IngestMeasure => {
    tell(`${own ? 'ingest' : 'the floor of gRPC'}, ${what}`);
    const log = { brokers, stream: `${name}-${ticksPerMessage}`, partitions };
    const task = { ticks: count, ticksPerMessage, streams, rounds, ackIntervalMs };
    return runClusterTask('measureIngest', own ? { ...task, log } : task);
  };
  const singleTicks = Math.ceil(ticks / singlesShare);
  const batches = measure(`batches of ${batchTicks} ticks`, true, ticks, batchTicks);
  const singles = measure('one tick a message', true, singleTicks, 1);
  const floorSingles = measure('one tick a message', false, singleTicks, 1);
  const floorBatches = measure(`batches of ${batchTicks} ticks`, false, ticks, batchTicks);
  const rates = {
    batches: rateOf([batches]),
    singles: rateOf([singles]),
    floorSingles: rateOf([floorSingles]),
    floorBatches: rateOf([floorBatches]),
  };
  return {
    ingest: {
      ticksPerCpuSecond: Math.round(rates.batches.median),
      singleTickPerCpuSecond: Math.round(rates.singles.median),
      grpcFloorPerCpuSecond: Math.round(rates.floorSingles.median),
      singleShareOfFloor: rates.singles.median / rates.floorSingles.median,
    },
    ingestFigures: {
      ...rates,
      batchBytes: batches.messageBytes / batches.messages,
      singleBytes: singles.messageBytes / singles.messages,
    },
  };
}
