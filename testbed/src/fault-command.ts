/**
 * `testbed fault`: sets faults of a proxy that another process holds. In: words such as latencyMs=200 or reset. Out: what
 * the proxy has and counted since, as JSON.
 */
import type { FaultRequest } from './proxy-host.ts';
import { TestbedError } from './testbed-error.ts';

const actions: readonly FaultRequest['action'][] = ['heal', 'reset', 'halfOpen', 'refuse', 'accept'];
const answerWithinMs = 5_000;

/** Sends the words to the proxy of server `number`. Rejects with what it objects to. */
export async function setFault(controlPort: number, number: number, words: readonly string[]): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${controlPort}/${number}`, {
    method: 'POST',
    body: JSON.stringify(readFault(words)),
    signal: AbortSignal.timeout(answerWithinMs),
  });
  const text = await response.text();
  if (!response.ok) throw new TestbedError('BAD_OPTION', text);
  return text;
}

/** The request that the words stand for. Throws BAD_OPTION. */
export function readFault(words: readonly string[]): FaultRequest {
  const set: Record<string, string | number> = {};
  let action: FaultRequest['action'];
  for (const word of words) {
    const found = actions.find((each) => each === word);
    const [, name, value] = /^(latencyMs|jitterMs|bytesPerSecond|stalled|blackHole)=(\S+)$/.exec(word) ?? [];
    if (found !== undefined) action = found;
    else if (name !== undefined && value !== undefined) set[name] = Number.isNaN(Number(value)) ? value : Number(value);
    else
      throw new TestbedError('BAD_OPTION', `'${word}' is no fault; write NAME=VALUE or one of ${actions.join(', ')}`);
  }
  return { set, ...(action === undefined ? {} : { action }) };
}
