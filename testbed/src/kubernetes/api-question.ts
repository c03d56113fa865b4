/**
 * Asks an API server whether it is there, so that the testbed needs no client library. In: keys, a path. Out: status and
 * body. Bounded: 5 s for each question.
 */
import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestbedError } from '../testbed-error.ts';
import type { ClusterKeys } from './cluster-keys.ts';

const questionTimeoutMs = 5_000;
const lookEveryMs = 50;

/** What the API server answered. */
export type ApiAnswer = { readonly status: number; readonly body: string };

/** GET of a path as the administrator. Rejects if nobody answers within 5 s. */
export function askApi({ server, ca, admin }: ClusterKeys, path: string): Promise<ApiAnswer> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(questionTimeoutMs);
    const options = { ca, cert: admin.certificate, key: admin.key, agent: false, signal };
    const asked = request(new URL(path, server), options, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces).toString() }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** Resolves once each path is answered with 200. Rejects with NOT_READY, and the last answer, after `withinMs` ms. */
export async function untilAnswered(keys: ClusterKeys, paths: readonly string[], withinMs: number): Promise<void> {
  const until = performance.now() + withinMs;
  for (const path of paths) {
    let last = await answerOf(keys, path);
    while (last !== undefined) {
      if (performance.now() >= until) {
        throw new TestbedError('NOT_READY', `${keys.server}${path} was not there within ${withinMs} ms: ${last}`);
      }
      await sleep(lookEveryMs);
      last = await answerOf(keys, path);
    }
  }
}

/** Undefined if it was 200. */
async function answerOf(keys: ClusterKeys, path: string): Promise<string | undefined> {
  try {
    const { status, body } = await askApi(keys, path);
    return status === 200 ? undefined : `${status} ${body.slice(0, 500)}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
