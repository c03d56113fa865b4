/**
 * An open-loop load: batches that are due at fixed times and are sent then, whatever became of those before. In: when it
 * begins, messages with the time at which each is due. Out: all of them sent, and how late the sender itself was. Latency
 * counts from the due time, so a stall of sender or server is seen by every tick that it delays (no coordinated omission).
 */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PublishStream } from './publish-stream.ts';

/** A message and when it is due, ms of the clock of `wallMs`. */
export type DueMessage = { readonly dueMs: number; readonly bytes: Uint8Array };

/** Now, ms since the Unix epoch with fractions, by a clock that does not jump. */
export function wallMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Sends every message at its time, and does not wait for room: what the transport holds back waits in memory. */
export async function sendOpenLoop(
  stream: Pick<PublishStream, 'send'>,
  messages: Iterable<DueMessage>,
  failed: (error: unknown) => void,
): Promise<RecordableHistogram> {
  const lateUs = createHistogram();
  for (const { dueMs, bytes } of messages) {
    // A timer counts whole milliseconds from the begin of its turn, so it may end early.
    for (let restMs = dueMs - wallMs(); restMs > 0; restMs = dueMs - wallMs()) await sleep(Math.ceil(restMs));
    lateUs.record(Math.max(1, Math.round((wallMs() - dueMs) * 1_000)));
    stream.send(bytes).catch(failed);
  }
  return lateUs;
}
