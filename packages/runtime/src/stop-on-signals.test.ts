/** The first signal stops in order, the second ends at once. */
import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { silentLogger } from './logger.ts';
import { type SignalSource, stopOnSignals } from './stop-on-signals.ts';

class FakeProcess extends EventEmitter implements SignalSource {
  readonly exits: number[] = [];

  exit(code: number): void {
    this.exits.push(code);
  }
}

function send(source: FakeProcess, signal: NodeJS.Signals): void {
  source.emit(signal, signal);
}

test.each<[NodeJS.Signals, NodeJS.Signals, number]>([
  ['SIGTERM', 'SIGTERM', 143],
  ['SIGINT', 'SIGINT', 130],
  ['SIGINT', 'SIGTERM', 143],
])('%s stops, and then %s exits with %d', (first, second, code) => {
  const source = new FakeProcess();
  const stopping = stopOnSignals(silentLogger, source);
  expect(stopping.signal.aborted).toBe(false);
  send(source, first);
  expect([stopping.signal.aborted, stopping.stoppedBy(), source.exits]).toEqual([true, first, []]);
  send(source, second);
  expect([stopping.stoppedBy(), source.exits]).toEqual([first, [code]]);
});

test('a stop from inside is no signal: the first signal after it does not end at once', () => {
  const source = new FakeProcess();
  const stopping = stopOnSignals(silentLogger, source);
  stopping.stop();
  send(source, 'SIGTERM');
  expect([stopping.signal.aborted, stopping.stoppedBy(), source.exits]).toEqual([true, undefined, []]);
});

test('afterwards the signals are Node’s again', () => {
  const source = new FakeProcess();
  const stopping = stopOnSignals(silentLogger, source);
  expect(source.listenerCount('SIGINT')).toBe(1);
  stopping[Symbol.dispose]();
  expect([source.listenerCount('SIGINT'), source.listenerCount('SIGTERM')]).toEqual([0, 0]);
});
