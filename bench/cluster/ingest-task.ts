/**
 * Ticks into a log by gRPC. In: how many, how many a message, to ingest or to the floor. Out: CPU seconds of the server,
 * from the first message after the warm-up until the last is acknowledged. Messages are encoded before; a client sends
 * on a few streams of its own process as fast as they are taken.
 */
import { TimeDomain } from '@tapeline/domain';
import { generatedTicks, TapeMessages } from '../publish-tape.ts';
import { PublishFailedError, PublishStream } from '../publish-stream.ts';
import { generatedDataset } from '../tape-publisher.ts';
import { tapePace, tapeStartMs } from '../throughput-task.ts';
import type { LogPlace } from './open-places.ts';
import { ServedChild } from './served-child.ts';

/** What to send. */
export type IngestTask = {
  /** Absent = to the floor, a bare server that keeps nothing. */
  readonly log?: LogPlace;
  readonly ticks: number;
  readonly ticksPerMessage: number;
  readonly streams: number;
  readonly rounds: number;
  /** Least time between two acks of the floor, ms; ingest has its own. */
  readonly ackIntervalMs: number;
};

/** What it took. */
export type IngestMeasure = {
  readonly ticks: number;
  readonly messages: number;
  readonly messageBytes: number;
  /** Of the server, round by round. */
  readonly cpuSeconds: readonly number[];
  readonly seconds: readonly number[];
  readonly serverRssBytes: number;
};

/** Warming up sends so many rounds that the server took this much CPU time, s; rounds at most. */
const warmUpSecondsMin = 1.5;
const warmUpRoundsMax = 8;

/** Sends everything once a round, as new publishers each time. */
export async function measureIngest(task: IngestTask): Promise<IngestMeasure> {
  const messages = messagesOf(task);
  const server =
    task.log === undefined
      ? await ServedChild.start('peers/grpc-floor.ts', { ackIntervalMs: task.ackIntervalMs })
      : await ServedChild.start('cluster/ingest-server.ts', task.log);
  try {
    for (let [seconds, round] = [0, 0]; seconds < warmUpSecondsMin && round < warmUpRoundsMax; round += 1) {
      seconds += (await sendOnce(server, messages)).cpuSeconds;
    }
    const rounds: { readonly cpuSeconds: number; readonly seconds: number }[] = [];
    for (let round = 0; round < task.rounds; round += 1) rounds.push(await sendOnce(server, messages));
    return {
      ticks: task.ticks,
      messages: messages.reduce((sum, { length }) => sum + length, 0),
      messageBytes: messages.flat().reduce((sum, { length }) => sum + length, 0),
      cpuSeconds: rounds.map(({ cpuSeconds }) => cpuSeconds),
      seconds: rounds.map(({ seconds }) => seconds),
      serverRssBytes: (await server.taken()).rssBytes,
    };
  } finally {
    await server.stop();
  }
}

async function sendOnce(
  server: ServedChild,
  messages: readonly (readonly Uint8Array[])[],
): Promise<{ cpuSeconds: number; seconds: number }> {
  const [before, beforeMs] = [await server.taken(), performance.now()];
  await Promise.all(messages.map((own) => sendAll(`127.0.0.1:${server.port}`, own)));
  const seconds = (performance.now() - beforeMs) / 1_000;
  return { cpuSeconds: (await server.taken()).cpuSeconds - before.cpuSeconds, seconds };
}

async function sendAll(address: string, messages: readonly Uint8Array[]): Promise<void> {
  const stream = await PublishStream.open(address, { dataset: generatedDataset, timeDomain: TimeDomain.replay });
  for (const bytes of messages) await stream.send(bytes);
  await stream.finish();
  if (stream.acked < messages.length + 1) {
    throw new PublishFailedError(`${stream.acked} of ${messages.length + 1} messages were acknowledged`);
  }
}

/** The messages of each stream; a publisher id is left to the server, so a round is a publisher of its own. */
function messagesOf({ ticks, ticksPerMessage, streams }: IngestTask): Uint8Array[][] {
  const next = generatedTicks(tapeStartMs, tapePace);
  const tapes = Array.from({ length: streams }, () => new TapeMessages(TimeDomain.replay));
  const messages: Uint8Array[][] = tapes.map(() => []);
  for (let sent = 0, turn = 0; sent < ticks; turn = (turn + 1) % streams) {
    const count = Math.min(ticksPerMessage, ticks - sent);
    const batch = tapes[turn]?.batch(Array.from({ length: count }, next));
    if (batch !== undefined) messages[turn]?.push(batch.bytes);
    sent += count;
  }
  return messages;
}
