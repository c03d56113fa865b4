/**
 * Our store against the bare driver, on rows of the same table in one run. In: a node, how many bars. Out: rows in a second of
 * CPU time of the client, live and catching up, and bytes a bar and a trade on the disk of a node that wrote its memory out.
 */
import { rateOf } from '../rate.ts';
import { bytesPerTrade, measureBytesOnDisk } from './bytes-on-disk.ts';
import type { ClusterBench } from './cluster-run.ts';
import type { ClusterResult } from './cluster-result.ts';
import { runClusterTask } from './run-cluster-task.ts';
import type { StorePlace } from './open-places.ts';
import type { StoreMeasure } from './store-task.ts';

const rounds = 5;
/** As many bars as the tape has in a second of each instrument. */
const ticksPerBar = 100;
const bareUnderWay = 256;

/** Runs it. Rejects with `TestbedError` or `BenchChildError`. */
export async function runCassandraBench({ servers, name, ticks, tell }: ClusterBench): Promise<ClusterResult> {
  const place: StorePlace = { ...(await servers.cassandra()), keyspace: `${name}_rows` };
  const bars = Math.ceil(ticks / ticksPerBar);
  const ours = (shape: 'live' | 'catching-up'): StoreMeasure => {
    tell(`our store, ${shape}, ${bars} bars a round`);
    return runClusterTask('measureStore', { ...place, shape, bars, rounds });
  };
  const live = ours('live');
  tell(`the bare driver, ${bars} single rows a round`);
  const bare = runClusterTask('measureBareRows', { ...place, rows: bars, underWay: bareUnderWay, rounds });
  const catchingUp = ours('catching-up');
  const onDisk = await measureBytesOnDisk({ servers, name, ticks, tell }, bars);
  const rates = {
    live: rateOf([{ ticks: live.bars, cpuSeconds: live.cpuSeconds }]),
    bare: rateOf([{ ticks: bare.rows, cpuSeconds: bare.cpuSeconds }]),
    catchingUp: rateOf([{ ticks: catchingUp.bars, cpuSeconds: catchingUp.cpuSeconds }]),
  };
  const bytes = onDisk && {
    bytesPerBar: onDisk.perBar.bars,
    bytesPerTrade: bytesPerTrade(onDisk.busyTape),
    bytesPerTradeQuiet: bytesPerTrade(onDisk.quietTape),
  };
  return {
    cassandra: {
      liveRowsPerCpuSecond: Math.round(rates.live.median),
      bareRowsPerCpuSecond: Math.round(rates.bare.median),
      liveShareOfBare: rates.live.median / rates.bare.median,
      catchUpRowsPerCpuSecond: Math.round(rates.catchingUp.median),
      ...bytes,
    },
    cassandraFigures: {
      bars,
      ...rates,
      ...(onDisk === undefined ? {} : { onDisk }),
    },
  };
}
