/**
 * The state of the connection in words. In: the streams of the page and the time. Out: a short text, a sentence behind it
 * and a tone. The worst stream decides: a chart that stands still under a green light would be a lie.
 */
import { durationText } from '../data/time-text.ts';
import type { StreamState } from './stream-state.ts';

/** What the light in the header shows. */
export type ConnectionView = {
  readonly tone: 'live' | 'busy' | 'cut' | 'healed' | 'paused';
  readonly text: string;
  readonly detail: string;
};

const healedShownMs = 5_000;

/** The view of all streams together; there is at least one. */
export function connectionView(streams: readonly StreamState[], nowMs: number): ConnectionView {
  const cut = streams.filter(({ cutAtMs }) => cutAtMs !== undefined).toSorted((a, b) => b.retryAtMs - a.retryAtMs)[0];
  if (cut !== undefined) return cutView(cut, nowMs);
  if (streams.some(({ phase }) => phase === 'paused')) {
    return { tone: 'paused', text: 'Paused', detail: 'The page is hidden; it goes on when it is looked at.' };
  }
  if (streams.some(({ phase }) => phase !== 'live')) {
    return { tone: 'busy', text: 'Connecting', detail: 'Reading what is there; live in a moment.' };
  }
  const healed = lastHealed(streams);
  if (healed !== undefined && nowMs - healed.atMs < healedShownMs) {
    return { tone: 'healed', text: 'Healed', detail: healedDetail(healed) };
  }
  return { tone: 'live', text: 'Live', detail: 'Every change arrives as it happens.' };
}

/** How the last cut ended, as a sentence; empty where none did. */
export function healedText(streams: readonly StreamState[]): string {
  const healed = lastHealed(streams);
  return healed === undefined ? '' : `Healed. ${healedDetail(healed)}`;
}

type Healed = NonNullable<StreamState['healed']>;

function lastHealed(streams: readonly StreamState[]): Healed | undefined {
  const all = streams.flatMap((stream) => (stream.healed === undefined ? [] : [stream.healed]));
  return all.toSorted((a, b) => b.atMs - a.atMs)[0];
}

function healedDetail({ cutMs, isFresh }: Healed): string {
  return `After a cut of ${durationText(cutMs)}: ${isFresh ? 'read afresh' : 'resumed without a gap'}.`;
}

function cutView(cut: StreamState, nowMs: number): ConnectionView {
  const detail = `The connection is cut: ${cut.reason}.`;
  if (cut.phase !== 'waiting') return { tone: 'cut', text: 'Cut — reconnecting', detail };
  const seconds = Math.max(1, Math.ceil((cut.retryAtMs - nowMs) / 1_000));
  return { tone: 'cut', text: `Cut — reconnecting in ${seconds} s`, detail };
}
