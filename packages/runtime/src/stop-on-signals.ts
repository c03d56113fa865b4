/**
 * How a process is asked to end. In: SIGINT and SIGTERM. Out: a signal for all who work; whoever asks a second time wants
 * no drain, and the process exits at once with the code that a shell expects (128 and the signal's number).
 */
import { constants } from 'node:os';
import type { Logger } from './logger.ts';

/** The part of Node's `process` that this needs. */
export type SignalSource = {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  exit(code: number): unknown;
};

/** The stop of one process. */
export type Stopping = {
  /** Fires at the first signal, or at `stop`. */
  readonly signal: AbortSignal;
  /** The signal that came first; undefined until then, and where `stop` was called before one. */
  stoppedBy(): NodeJS.Signals | undefined;
  /** Stops as the first signal does; what was asked already changes nothing. */
  stop(): void;
  /** Leaves the signals to Node's default again. */
  [Symbol.dispose](): void;
};

const stopSignals = ['SIGINT', 'SIGTERM'] as const;

/** Listens from now on. */
export function stopOnSignals(log: Logger, source: SignalSource = process): Stopping {
  const controller = new AbortController();
  let first: NodeJS.Signals | undefined;
  let signals = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    signals += 1;
    if (signals > 1) {
      log.warn('second signal, ending at once', { signal });
      source.exit(128 + constants.signals[signal]);
      return;
    }
    if (!controller.signal.aborted) first = signal;
    log.info('stopping; a second signal ends at once', { signal });
    controller.abort();
  };
  for (const signal of stopSignals) source.on(signal, onSignal);
  return {
    signal: controller.signal,
    stoppedBy: () => first,
    stop: () => controller.abort(),
    [Symbol.dispose]: () => {
      for (const signal of stopSignals) source.off(signal, onSignal);
    },
  };
}
