/**
 * `control` on three real brokers while its leader is killed, stopped and cut off. Records are appended one after the other, each
 * repeated by its writer until it is acknowledged, as a coordinator does. Oracle: whoever reads finds every acknowledged record at its offset,
 * the numbers never go back, and a reader that was open all the time has seen the same.
 */
import { type ControlLog, type ControlLogReader, type ControlLogRecord, LogError } from '@tapeline/domain';
import type { KafkaCluster } from '@tapeline/testbed';
import { afterEach, describe, expect, test } from 'vitest';
import { until } from './kafka-load.ts';
import { KafkaStream } from './kafka-stream.ts';
import { mend, ownCluster } from './own-cluster.ts';

const cluster = await ownCluster({ brokers: 3, proxied: true, quickStart: true });

let stream: KafkaStream | undefined;
afterEach(async () => {
  await mend(cluster);
  await stream?.end();
  stream = undefined;
});

type Writer = {
  readonly acknowledged: Map<number, number>;
  unknown: number;
  longestMs: number;
  readonly stop: () => Promise<void>;
};

/** Writes numbers under three keys, one after the other, each until it is acknowledged. */
function write(log: ControlLog): Writer {
  let isOver = false;
  const writer = { acknowledged: new Map<number, number>(), unknown: 0, longestMs: 0 };
  const running = (async () => {
    for (let number = 0; !isOver; number += 1) {
      const startMs = performance.now();
      while (!(await tryOnce(log, writer, number)));
      writer.longestMs = Math.max(writer.longestMs, performance.now() - startMs);
      await pause(5);
    }
  })();
  return Object.assign(writer, {
    stop: async () => {
      isOver = true;
      await running;
    },
  });
}

async function tryOnce(log: ControlLog, writer: Omit<Writer, 'stop'>, number: number): Promise<boolean> {
  try {
    const bytes = new Uint8Array(Uint32Array.of(number).buffer);
    const { offset } = await log.append(`key/${number % 3}`, bytes);
    writer.acknowledged.set(offset, number);
    return true;
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    writer.unknown += 1;
    await pause(50);
    return false;
  }
}

async function follow(reader: ControlLogReader, seen: ControlLogRecord[]): Promise<void> {
  for (;;) {
    try {
      const records = await reader.next();
      if (records === undefined) return;
      seen.push(...records);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof LogError && error.code === 'LOG_UNAVAILABLE';
}

async function leaderOfControl(): Promise<KafkaCluster['nodes'][number]> {
  const leader = await cluster?.leaderOf(stream?.topic('control') ?? '', 0);
  return cluster?.nodes.find(({ id }) => id === leader) as KafkaCluster['nodes'][number];
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

function numberOf({ bytes }: ControlLogRecord): number {
  return new DataView((bytes as Uint8Array).buffer, (bytes as Uint8Array).byteOffset).getUint32(0, true);
}

type Node = KafkaCluster['nodes'][number];
const faults: readonly (readonly [string, (node: Node) => Promise<void>, (node: Node) => Promise<void>])[] = [
  ['killed', async (node) => node.kill('SIGKILL'), async (node) => node.start()],
  [
    'stopped, and comes back as one that thinks it still leads',
    async (node) => node.kill('SIGSTOP'),
    async (node) => node.kill('SIGCONT'),
  ],
];

describe.skipIf(cluster === undefined)('the leader of control (needs Java 17 and Maven: install them)', () => {
  test.each(faults)('%s: what was acknowledged is there, in order, and it goes on', async (_, harm, heal) => {
    stream = await KafkaStream.make(cluster?.brokers ?? [], { replicationFactor: 3, minInsyncReplicas: 2 });
    const log = await stream.openControl();
    const [writer, reader, seen] = [write(log), log.open(), [] as ControlLogRecord[]];
    const following = follow(reader, seen);
    await until(() => writer.acknowledged.size > 50);
    const node = await leaderOfControl();
    await harm(node);
    const during = writer.acknowledged.size;
    await until(() => writer.acknowledged.size > during + 50, 60_000);
    await heal(node);
    const after = writer.acknowledged.size;
    await until(() => writer.acknowledged.size > after + 100, 60_000);
    await writer.stop();
    const endOffset = await log.endOffset();
    await until(() => (seen.at(-1)?.offset ?? -1) === endOffset - 1, 20_000);
    await reader.close();
    await following;
    const numbers = seen.map(numberOf);
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
    const byOffset = new Map(seen.map((record) => [record.offset, numberOf(record)]));
    for (const [offset, number] of writer.acknowledged) expect(byOffset.get(offset)).toBe(number);
    expect(new Set(numbers).size).toBe(Math.max(...numbers) + 1);
    expect(numbers.length - writer.acknowledged.size).toBeLessThanOrEqual(writer.unknown);
    expect(writer.longestMs).toBeLessThan(40_000);
    console.log(
      `control: ${writer.acknowledged.size} acknowledged, ${writer.unknown} unknown, longest ${Math.round(writer.longestMs)} ms`,
    );
  });
});
