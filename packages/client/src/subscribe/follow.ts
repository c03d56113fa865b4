/**
 * A stream that goes on over reconnects. In: how to open it from a token, and what its messages mean. Out: events, each
 * once, with the breaks between them told. A stream that is silent for too long counts as broken.
 */
import { RpcError } from '@tapeline/grpc';
import { asError } from '../as-error.ts';
import { isPassing } from '../publish/connection-faults.ts';
import { isTokenExpired, type Reader } from './reader.ts';
import type { Interruption, Restart } from './reader-types.ts';

/** What a message of a stream means. */
export type Followed<Event> = {
  /** What the reader is told; absent = nothing. */
  readonly event?: Event;
  /** From now on a new stream begins here. */
  readonly resumeToken?: string;
};

/** How to follow. */
export type Following<Message, Event> = {
  readonly reader: Reader;
  readonly silenceMs: number;
  /** Empty = from a snapshot. */
  readonly resumeToken: string;
  readonly open: (resumeToken: string) => AsyncIterable<Message>;
  /** `isFirst`: the stream is new. */
  readonly read: (message: Message, isFirst: boolean) => Promise<Followed<Event>>;
  /** A fresh snapshot follows, of which nothing is a repeat. */
  readonly restart: () => void;
};

/** Follows until the reader's signal fires; throws what no new try can cure. */
export async function* follow<Message, Event>(
  following: Following<Message, Event>,
): AsyncGenerator<Event | Interruption | Restart> {
  const { reader } = following;
  let { resumeToken } = following;
  try {
    while (!reader.isStopped) {
      try {
        let isFirst = true;
        for await (const message of unlessSilent(following.open(resumeToken), following)) {
          reader.succeeded();
          const read = await following.read(message, isFirst);
          isFirst = false;
          if (read.event !== undefined) yield read.event;
          // Only after the reader took the event: who stops before that comes back to it.
          resumeToken = read.resumeToken ?? resumeToken;
        }
        throw new RpcError('UNAVAILABLE', '', 'the server ended the stream');
      } catch (error) {
        if (reader.isStopped) return;
        if (isTokenExpired(error)) {
          resumeToken = '';
          following.restart();
          yield { kind: 'restarted', message: asError(error).message };
        } else if (isPassing(error)) {
          const retryMs = reader.nextWaitMs();
          yield { kind: 'disconnected', error: asError(error), retryMs };
          await reader.pause(retryMs);
        } else throw error;
      }
    }
  } finally {
    reader.close();
  }
}

async function* unlessSilent<Message>(
  messages: AsyncIterable<Message>,
  { reader, silenceMs }: { readonly reader: Reader; readonly silenceMs: number },
): AsyncGenerator<Message> {
  const iterator = messages[Symbol.asyncIterator]();
  let isOver = false;
  try {
    for (;;) {
      const timer = new AbortController();
      const next = iterator.next();
      // If silence comes first, nobody waits for it any more.
      void Promise.allSettled([next]);
      const silence = reader.clock.sleep(silenceMs, timer.signal).then(() => undefined);
      const step = await Promise.race([next, silence]).finally(() => timer.abort());
      if (step === undefined) {
        // The call is cancelled with the connection; waiting for its iterator would wait for the silent server.
        isOver = true;
        reader.leave();
        throw new RpcError('UNAVAILABLE', '', `nothing came for ${silenceMs} ms, not even a heartbeat`);
      }
      if (step.done === true) {
        isOver = true;
        return;
      }
      yield step.value;
    }
  } finally {
    if (!isOver) await iterator.return?.();
  }
}
