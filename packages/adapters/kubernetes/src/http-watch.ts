/**
 * A watch over HTTP. In: where to watch and from which version. Out: its events in order, and why it ended. A connection on
 * which nothing comes is given up: a frozen server, or a network that lost us, says nothing at all.
 */
import type { Asked, Exchange } from './http-exchange.ts';
import type { WatchEnd, WatchEvent, WatchOptions } from './kube-api.ts';
import { KubeError } from './kube-error.ts';
import { asObject, resourceVersionIn } from './object-shape.ts';
import type { ResourceType } from './kube-object.ts';
import { pathOfType, selectionQuery } from './request-path.ts';
import { errorInStream, errorOfAnswer } from './status-error.ts';
import { TextLines } from './text-lines.ts';

const windowMsDefault = 300_000;
const idleMsDefault = 90_000;

/** Below the 300 s after which the HTTP client itself gives up a silent answer. */
const idleMsMax = 290_000;

type Silence = { alive(): void; isOver(): boolean; end(): Promise<void> };

/** Watches until it ends; `RangeError` for an `idleMs` that is not from 1 to 290,000. */
export async function watchOverHttp(exchange: Exchange, type: ResourceType, options: WatchOptions): Promise<WatchEnd> {
  const { signal, idleMs = idleMsDefault } = options;
  if (!(idleMs >= 1 && idleMs <= idleMsMax)) {
    throw new RangeError(`idleMs of a watch is ${idleMs}; give 1 to ${idleMsMax} ms`);
  }
  if (signal.aborted) return { reason: 'stopped' };
  const over = new AbortController();
  const giveUp = (): void => over.abort();
  signal.addEventListener('abort', giveUp, { once: true });
  const silence = startSilence(exchange, idleMs, giveUp);
  const defect: { thrown?: { readonly error: unknown } } = {};
  try {
    return await readWatch(exchange, type, options, { over: over.signal, silence, defect });
  } catch (error) {
    if (defect.thrown !== undefined) throw defect.thrown.error;
    if (signal.aborted) return { reason: 'stopped' };
    if (silence.isOver()) return { reason: 'idle' };
    return { reason: 'failed', error: exchange.errorOf(askedOf(type, options), error) };
  } finally {
    signal.removeEventListener('abort', giveUp);
    over.abort();
    await silence.end();
  }
}

type Reading = {
  readonly over: AbortSignal;
  readonly silence: Silence;
  /** What `onEvent` threw, told apart from what the network did. */
  readonly defect: { thrown?: { readonly error: unknown } };
};

async function readWatch(
  exchange: Exchange,
  type: ResourceType,
  options: WatchOptions,
  { over, silence, defect }: Reading,
): Promise<WatchEnd> {
  const asked = askedOf(type, options);
  const response = await exchange.open(asked, over);
  silence.alive();
  if (response.httpStatusCode !== 200) {
    const { httpStatusCode: status, headers, body } = response;
    const error = errorOfAnswer(asked, { status, headers, body: await body.text() });
    return error.code === 'GONE' ? { reason: 'gone' } : { reason: 'failed', error };
  }
  options.onOpen?.();
  const stream = response.body.stream();
  if (stream === null) return { reason: 'closed' };
  const lines = new TextLines();
  for await (const piece of stream) {
    silence.alive();
    for (const line of lines.push(piece)) {
      const heard = eventIn(asked.what, type, line);
      if (heard instanceof KubeError) {
        return heard.code === 'GONE' ? { reason: 'gone' } : { reason: 'failed', error: heard };
      }
      if (heard === undefined || options.signal.aborted) continue;
      try {
        options.onEvent(heard);
      } catch (error) {
        defect.thrown = { error };
        throw error;
      }
    }
  }
  return options.signal.aborted ? { reason: 'stopped' } : { reason: 'closed' };
}

/** A timer that every byte sets back; it looks at the time once a period, so it costs nothing per byte. */
function startSilence(exchange: Exchange, idleMs: number, onSilence: () => void): Silence {
  const { clock } = exchange;
  const done = new AbortController();
  let heardMs = clock.monotonicMs();
  let over = false;
  const watching = (async (): Promise<void> => {
    while (!done.signal.aborted) {
      const leftMs = heardMs + idleMs - clock.monotonicMs();
      if (leftMs <= 0) {
        over = true;
        onSilence();
        return;
      }
      await clock.sleep(leftMs, done.signal);
    }
  })();
  return {
    alive: () => {
      heardMs = clock.monotonicMs();
    },
    isOver: () => over,
    end: async () => {
      done.abort();
      await watching;
    },
  };
}

function askedOf(type: ResourceType, options: WatchOptions): Asked {
  const seconds = Math.max(1, Math.round((options.windowMs ?? windowMsDefault) / 1_000));
  return {
    what: `watch ${type.plural}`,
    type,
    method: 'GET',
    path: pathOfType(type, options.namespace),
    query: {
      ...selectionQuery(options),
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: options.resourceVersion,
      timeoutSeconds: String(seconds),
    },
  };
}

/** An event, an error of the stream, or undefined for a kind of event that later versions may add. */
function eventIn(what: string, type: ResourceType, line: string): WatchEvent | KubeError | undefined {
  let value: { readonly type?: unknown; readonly object?: unknown };
  try {
    value = JSON.parse(line) as typeof value;
  } catch (error) {
    return new KubeError('UNEXPECTED', `${what}: a line that is no JSON; is a proxy in between?`, { cause: error });
  }
  switch (value.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type: value.type, object: asObject(what, type, value.object) };
    case 'BOOKMARK':
      return { type: 'BOOKMARK', resourceVersion: resourceVersionIn(what, value.object) };
    case 'ERROR':
      return errorInStream(what, value.object);
    default:
      return undefined;
  }
}
