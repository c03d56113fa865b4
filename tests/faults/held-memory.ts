/**
 * What a process keeps in use, besides garbage. In: a process that serves its metrics. Out: the most that it held, sampled
 * once a second while something goes on; of five samples the lowest counts, because what lies between collections is
 * garbage for the most part.
 */
import type { Child } from './rig/child.ts';
import { pause } from './rig/until.ts';

const everyMs = 1_000;
const samplesOfOne = 5;
const parts = ['nodejs_heap_size_used_bytes', 'nodejs_external_memory_bytes'];

/** Heap and buffers in use at most meanwhile, MiB. Rejects if the process does not tell. */
export async function heldWhile(child: Child, meanwhile: () => Promise<unknown>): Promise<number> {
  let isOver = false;
  const work = meanwhile().finally(() => (isOver = true));
  // A failure is told by the wait for it at the end.
  void Promise.allSettled([work]);
  const samples: number[] = [];
  do {
    samples.push(await inUseMiB(child));
    await pause(everyMs);
  } while (!isOver || samples.length < samplesOfOne);
  await work;
  const lowest = samples.slice(samplesOfOne - 1).map((_, end) => Math.min(...samples.slice(end, end + samplesOfOne)));
  return Math.max(...lowest);
}

async function inUseMiB(child: Child): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${await child.field('httpPort')}/metrics`);
  const lines = (await answer.text()).split('\n');
  const bytes = parts.map((part) => Number(lines.find((line) => line.startsWith(`${part} `))?.split(' ')[1]));
  return bytes.reduce((sum, each) => sum + each, 0) / 1_048_576;
}
