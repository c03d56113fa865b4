/** A start and a stop: whichever comes first, and what comes late is undone. */
import { expect, test } from 'vitest';
import { silentLogger } from './logger.ts';
import { StartStoppedError, unlessStopped } from './unless-stopped.ts';

function open(): { readonly stop: AbortController; readonly undone: string[] } {
  return { stop: new AbortController(), undone: [] };
}

/** Work that ends when the test says so. */
class HandWork {
  readonly resolve: (value: string) => void;
  readonly reject: (error: Error) => void;
  readonly promise: Promise<string>;

  constructor() {
    let [resolve, reject]: [(value: string) => void, (error: Error) => void] = [() => undefined, () => undefined];
    this.promise = new Promise((...ends) => {
      [resolve, reject] = ends;
    });
    [this.resolve, this.reject] = [resolve, reject];
  }
}

test('a start without a stop answers or fails as its work does, and a stop after it changes nothing', async () => {
  const { stop, undone } = open();
  const parts = { stop: stop.signal, logger: silentLogger };
  expect(await unlessStopped(Promise.resolve('open'), parts, (late) => void undone.push(late))).toBe('open');
  const failing = Promise.reject<string>(new TypeError('no'));
  await expect(unlessStopped(failing, parts, (late) => void undone.push(late))).rejects.toThrow(TypeError);
  stop.abort();
  await Promise.resolve();
  expect(undone).toEqual([]);
});

test.each(['before', 'during'])(
  'a stop %s the work ends the wait at once, and what opens later is undone',
  async (when) => {
    const { stop, undone } = open();
    if (when === 'before') stop.abort();
    const { promise, resolve } = new HandWork();
    const starting = unlessStopped(
      promise,
      { stop: stop.signal, logger: silentLogger },
      (late) => void undone.push(late),
    );
    stop.abort();
    await expect(starting).rejects.toThrow(StartStoppedError);
    expect(undone).toEqual([]);
    resolve('late');
    await expect.poll(() => undone).toEqual(['late']);
  },
);

test.each(['the work', 'what undoes it'])('an error of %s after the stop is told and hurts nobody', async (whose) => {
  const told: unknown[] = [];
  const logger = { ...silentLogger, debug: (_message: string, fields: object = {}): void => void told.push(fields) };
  const { promise, resolve, reject } = new HandWork();
  const starting = unlessStopped(promise, { stop: AbortSignal.abort(), logger }, async () => {
    throw new Error('cannot close');
  });
  await expect(starting).rejects.toThrow(StartStoppedError);
  if (whose === 'the work') reject(new Error('no broker'));
  else resolve('late');
  await expect.poll(() => told.length).toBe(1);
});
