/**
 * The side of a thread that answers. In: handlers. Out: an answer, or a failure as a value, for each call, in order.
 * A thread does one call at a time: SQLite blocks it, and that is what it is for.
 */
import { parentPort } from 'node:worker_threads';
import { failureOf } from './sqlite-failure.ts';
import type { AnswerMessage, CallMessage, Calls, Handled, Handlers, NoteMessage } from './thread-calls.ts';

/**
 * Answers calls until the thread's port closes. `makeRoom` runs after a call failed for lack of space. Throws outside a
 * worker thread.
 */
export function serveCalls<Served extends Calls>(handlers: Handlers<Served>, makeRoom: () => void): void {
  const port = parentPort;
  if (port === null) throw new Error('this module runs in a worker thread only; use openEmbedded');
  port.on('message', (message: CallMessage) => {
    const { id, name, request } = message;
    let handled: Handled<unknown>;
    try {
      handled = handlers[name as keyof Served](request as never);
    } catch (error) {
      const failure = failureOf(error);
      port.postMessage({ id, failure } satisfies AnswerMessage);
      if (failure.kind === 'full') runUpkeep(makeRoom);
      return;
    }
    port.postMessage({ id, answer: handled.answer } satisfies AnswerMessage, [...(handled.transfer ?? [])]);
    if (handled.after !== undefined) runUpkeep(handled.after);
  });
}

function runUpkeep(upkeep: () => void): void {
  try {
    upkeep();
  } catch (error) {
    // The call itself was answered; upkeep is tried again after a later one. A full disk is told by each call it fails.
    const { kind, message, facts } = failureOf(error);
    if (kind === 'full') return;
    const note = { note: 'upkeep of a database failed', facts: { ...facts, kind, message } } satisfies NoteMessage;
    parentPort?.postMessage(note);
  }
}
