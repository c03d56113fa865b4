/**
 * Watches from outside how far workers are. In: a log and addresses of workers. Out: how old the newest tick record is that
 * is durable in every output, in the partition where that is oldest, and whether somebody works on every partition. It asks
 * the log for its ends and the workers for their positions, again and again.
 */
import type { TickLog } from '@tapeline/domain';
import { connectGrpc, type GrpcChannel, RpcError } from '@tapeline/grpc';
import { errorDetails, wireWorker } from '@tapeline/wire';

/** How the group is doing. */
export type GroupStanding = {
  /** Partitions of each worker that answers, in the order of the addresses. */
  readonly owned: readonly number[];
  /** Whether every partition has one worker at least, and that runs. */
  readonly isWhole: boolean;
  /** ms; infinite while the watch has not seen an end of the log that is durable by now. */
  readonly lagMs: number;
};

type Seen = { readonly atMs: number; readonly ends: readonly number[] };

const seenMsMax = 120_000;
const askMsMax = 1_000;
const { methods, fullName } = wireWorker.WorkerServiceDefinition;

/** A watch; `look` is to be called often, for it sees the log grow. */
export class GroupWatch {
  readonly #log: TickLog;
  readonly #channels: readonly GrpcChannel[];
  #seen: Seen[] = [];

  constructor(log: TickLog, addresses: readonly string[]) {
    this.#log = log;
    this.#channels = addresses.map((address) => connectGrpc({ address, errorCodec: errorDetails }));
  }

  /** How it stands now. A worker that does not answer owns nothing. */
  async look(): Promise<GroupStanding> {
    const all = Array.from({ length: this.#log.partitionCount }, (_, partition) => partition);
    const ranges = await Promise.all(all.map((partition) => this.#log.range('ticks', partition)));
    const atMs = performance.now();
    this.#seen.push({ atMs, ends: ranges.map(({ endOffset }) => endOffset) });
    this.#seen = this.#seen.filter((seen) => atMs - seen.atMs < seenMsMax);
    const answers = await Promise.all(this.#channels.map((channel) => partitionsOf(channel)));
    const durable = new Map<number, number>();
    for (const { partition, nextOffset, state } of answers.flat()) {
      if (state !== 'running') continue;
      durable.set(partition, Math.max(Number(nextOffset), durable.get(partition) ?? 0));
    }
    const reached = this.#seen.findLast(({ ends }) =>
      ends.every((end, partition) => (durable.get(partition) ?? -1) >= end),
    );
    return {
      owned: answers.map((answer) => answer.length),
      isWhole: all.every((partition) => durable.has(partition)),
      lagMs: reached === undefined ? Number.POSITIVE_INFINITY : performance.now() - reached.atMs,
    };
  }

  /** Lets go of the workers. */
  close(): void {
    for (const channel of this.#channels) channel.close();
  }
}

async function partitionsOf(channel: GrpcChannel): Promise<readonly wireWorker.WorkerPartition[]> {
  try {
    const options = { deadlineMs: askMsMax };
    return (await channel.unary(methods.getWorkerStatus, fullName, {}, options)).partitions;
  } catch (error) {
    if (error instanceof RpcError) return [];
    throw error;
  }
}
