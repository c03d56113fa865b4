/**
 * What becomes of one stream: connect, catch up, follow, notice a cut, wait, resume. In: the state and what happened. Out:
 * the next state, and what to do. Pure: time and chance come with each input, so that every course can be replayed.
 */

/** Where a stream stands. */
export type StreamState = {
  readonly phase: 'connecting' | 'catching-up' | 'live' | 'waiting' | 'paused';
  /** The newest resume token; undefined = from a snapshot. */
  readonly token: string | undefined;
  /** Whether what comes before the next `live` is a snapshot and not what was missed. */
  readonly isFresh: boolean;
  /** Whether it was live before. */
  readonly wasLive: boolean;
  /** Last sign of life, ms of a clock that never runs backwards. */
  readonly signMs: number;
  /** Failures since it was live. */
  readonly failures: number;
  /** In `waiting`: when to connect. */
  readonly retryAtMs: number;
  /** Since when it is cut; undefined while it is not. */
  readonly cutAtMs: number | undefined;
  /** Why it is cut, for a person. */
  readonly reason: string;
  /** When it last came back from a cut, and how long the cut was. */
  readonly healed: { readonly atMs: number; readonly cutMs: number; readonly isFresh: boolean } | undefined;
};

/** What happens to a stream; `nowMs` is of a clock that never runs backwards, `chance` is in [0, 1). */
export type StreamInput = { readonly nowMs: number } & (
  | { readonly kind: 'opened' }
  | { readonly kind: 'alive' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'snapshot-end'; readonly token: string | undefined }
  | {
      readonly kind: 'failed';
      readonly reason: string;
      /** The token is of no use any more. */
      readonly isTokenVoid: boolean;
      readonly chance: number;
    }
  | { readonly kind: 'time'; readonly chance: number }
  | { readonly kind: 'hurry' }
  | { readonly kind: 'pause' }
  | { readonly kind: 'wake' }
);

/** What the holder of the stream does after a step. */
export type StreamAction = 'none' | 'connect' | 'disconnect';

/** Without a sign of life for so long a stream counts as cut, ms. */
export const silenceMsMax: number = 15_000;
/** Connecting takes so long at most, ms. */
export const connectMsMax: number = 10_000;
const waitMsFirst = 500;
const waitMsMax = 20_000;

/** A stream that has just been asked for. */
export function connectingStream(nowMs: number): StreamState {
  return {
    phase: 'connecting',
    token: undefined,
    isFresh: true,
    wasLive: false,
    signMs: nowMs,
    failures: 0,
    retryAtMs: nowMs,
    cutAtMs: undefined,
    reason: '',
    healed: undefined,
  };
}

/** One step. */
export function stepStream(
  state: StreamState,
  input: StreamInput,
): { readonly state: StreamState; readonly action: StreamAction } {
  const { nowMs } = input;
  switch (input.kind) {
    case 'opened':
      return stay({ ...state, phase: 'catching-up', signMs: nowMs });
    case 'alive':
      return stay({ ...state, signMs: nowMs });
    case 'token':
      return stay({ ...state, token: input.token, signMs: nowMs });
    case 'snapshot-end':
      return stay(live(state, input.token, nowMs));
    case 'failed':
      return { state: cut(state, input.reason, input.isTokenVoid, nowMs, input.chance), action: 'none' };
    case 'time':
      return byTime(state, nowMs, input.chance);
    case 'hurry':
      return state.phase === 'waiting' ? connect(state, nowMs) : stay(state);
    case 'pause':
      return { state: { ...state, phase: 'paused' }, action: 'disconnect' };
    case 'wake':
      return state.phase === 'paused' ? connect(state, nowMs) : stay(state);
  }
}

/** How long to wait after so many failures: half of a limit that doubles up to 20 s, and a random part of the rest. */
export function reconnectWaitMs(failures: number, chance: number): number {
  const limit = Math.min(waitMsFirst * 2 ** Math.min(failures - 1, 10), waitMsMax);
  return Math.round(limit / 2 + (limit / 2) * chance);
}

function byTime(state: StreamState, nowMs: number, chance: number): { state: StreamState; action: StreamAction } {
  if (state.phase === 'waiting') return nowMs >= state.retryAtMs ? connect(state, nowMs) : stay(state);
  const silentMs = nowMs - state.signMs;
  if (state.phase === 'connecting' && silentMs >= connectMsMax) {
    const reason = `the server did not answer within ${connectMsMax / 1_000} s`;
    return { state: cut(state, reason, false, nowMs, chance), action: 'disconnect' };
  }
  if ((state.phase === 'live' || state.phase === 'catching-up') && silentMs >= silenceMsMax) {
    const reason = `nothing came for ${silenceMsMax / 1_000} s`;
    return { state: cut(state, reason, false, nowMs, chance), action: 'disconnect' };
  }
  return stay(state);
}

function connect(state: StreamState, nowMs: number): { state: StreamState; action: StreamAction } {
  const isFresh = state.token === undefined;
  return { state: { ...state, phase: 'connecting', isFresh, signMs: nowMs }, action: 'connect' };
}

function live(state: StreamState, token: string | undefined, nowMs: number): StreamState {
  const healed =
    state.cutAtMs === undefined || !state.wasLive
      ? state.healed
      : { atMs: nowMs, cutMs: nowMs - state.cutAtMs, isFresh: state.isFresh };
  return {
    ...state,
    phase: 'live',
    token: token ?? state.token,
    wasLive: true,
    signMs: nowMs,
    failures: 0,
    cutAtMs: undefined,
    reason: '',
    healed,
  };
}

function cut(state: StreamState, reason: string, isTokenVoid: boolean, nowMs: number, chance: number): StreamState {
  if (state.phase === 'paused') return state;
  const failures = state.failures + 1;
  // A token that is too old costs a snapshot, no wait: the server is there.
  const waitMs = isTokenVoid && state.failures === 0 ? 0 : reconnectWaitMs(failures, chance);
  return {
    ...state,
    phase: 'waiting',
    token: isTokenVoid ? undefined : state.token,
    failures,
    retryAtMs: nowMs + waitMs,
    cutAtMs: state.cutAtMs ?? nowMs,
    reason,
  };
}

function stay(state: StreamState): { state: StreamState; action: StreamAction } {
  return { state, action: 'none' };
}
