/** The courses of a stream: live, cut, silent, resumed, expired, paused. */
import { expect, test } from 'vitest';
import { connectionView, healedText } from './connection-text.ts';
import {
  connectingStream,
  reconnectWaitMs,
  type StreamAction,
  type StreamInput,
  type StreamState,
  stepStream,
} from './stream-state.ts';

type Timeless = StreamInput extends infer Input ? (Input extends unknown ? Omit<Input, 'nowMs'> : never) : never;

const chance = 0.5;
const failed = { kind: 'failed', reason: 'the server ended the stream', isTokenVoid: false, chance } as const;
const expired = { ...failed, isTokenVoid: true } as const;
const opened = { kind: 'opened' } as const;
const time = { kind: 'time', chance } as const;
const snapshotEnd = { kind: 'snapshot-end', token: 't1' } as const;

/** Plays inputs at their times, from a stream that began at 0. */
function play(...course: readonly (readonly [number, Timeless])[]): { state: StreamState; actions: StreamAction[] } {
  let state = connectingStream(0);
  const actions: StreamAction[] = [];
  for (const [nowMs, input] of course) {
    const step = stepStream(state, { ...input, nowMs } as StreamInput);
    state = step.state;
    if (step.action !== 'none') actions.push(step.action);
  }
  return { state, actions };
}

test('a stream is live when its snapshot is complete', () => {
  expect(play([10, opened]).state).toMatchObject({ phase: 'catching-up', isFresh: true });
  expect(play([10, opened], [20, snapshotEnd]).state).toMatchObject({ phase: 'live', token: 't1', healed: undefined });
});

test('a cut waits, connects with the newest token, and is healed when what was missed has come', () => {
  const course = [
    [10, opened],
    [20, snapshotEnd],
    [30, { kind: 'token', token: 't2' }],
    [1_000, failed],
  ] as const;
  const cut = play(...course);
  expect(cut.state).toMatchObject({ phase: 'waiting', token: 't2', cutAtMs: 1_000, retryAtMs: 1_375 });
  const tried = play(...course, [1_374, time], [1_375, time]);
  expect([tried.actions, tried.state.phase, tried.state.isFresh]).toEqual([['connect'], 'connecting', false]);
  const { state } = play(
    ...course,
    [1_375, time],
    [1_400, opened],
    [1_500, { kind: 'snapshot-end', token: undefined }],
  );
  expect(state).toMatchObject({
    phase: 'live',
    token: 't2',
    cutAtMs: undefined,
    failures: 0,
    healed: { atMs: 1_500, cutMs: 500, isFresh: false },
  });
});

test('without a sign of life a stream counts as cut after 15 s, and is disconnected', () => {
  const quiet = [
    [0, opened],
    [0, snapshotEnd],
  ] as const;
  expect(play(...quiet, [14_999, time]).state.phase).toBe('live');
  const cut = play(...quiet, [15_000, time]);
  expect([cut.actions, cut.state.phase, cut.state.reason]).toEqual([
    ['disconnect'],
    'waiting',
    'nothing came for 15 s',
  ]);
  expect(play(...quiet, [14_000, { kind: 'alive' }], [28_999, time]).state.phase).toBe('live');
  expect(play([0, opened], [15_000, time]).state.phase).toBe('waiting');
});

test('connecting takes 10 s at most', () => {
  expect(play([9_999, time]).state.phase).toBe('connecting');
  expect(play([10_000, time])).toMatchObject({
    actions: ['disconnect'],
    state: { phase: 'waiting', reason: 'the server did not answer within 10 s' },
  });
});

test('a token that is void is dropped: connected again at once, and everything is fresh', () => {
  const { state } = play([0, opened], [0, snapshotEnd], [100, expired]);
  expect(state).toMatchObject({ phase: 'waiting', token: undefined, retryAtMs: 100 });
  const healed = play([0, opened], [0, snapshotEnd], [100, expired], [100, time], [110, opened], [150, snapshotEnd]);
  expect(healed.state).toMatchObject({ healed: { cutMs: 50, isFresh: true } });
  // A server that refuses without end is not asked without end.
  expect(play([0, expired], [10, expired]).state.retryAtMs).toBe(10 + reconnectWaitMs(2, chance));
});

test('the wait doubles up to 20 s, half of it by chance', () => {
  const waits = (by: number): number[] => [1, 2, 3, 4, 5, 6, 7, 50].map((failures) => reconnectWaitMs(failures, by));
  expect(waits(0)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  expect(waits(0.999_999)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000]);
});

test('whoever is in a hurry does not wait; a live stream stays as it is', () => {
  expect(play([0, failed], [1, { kind: 'hurry' }]).actions).toEqual(['connect']);
  expect(play([0, opened], [1, snapshotEnd], [2, { kind: 'hurry' }]).actions).toEqual([]);
});

test('a paused stream is disconnected, fails no more, and goes on with its token', () => {
  const course = [
    [0, opened],
    [1, snapshotEnd],
    [2, { kind: 'pause' }],
    [3, failed],
    [90_000, time],
  ] as const;
  expect(play(...course)).toMatchObject({ actions: ['disconnect'], state: { phase: 'paused' } });
  expect(play(...course, [90_001, { kind: 'wake' }])).toMatchObject({
    actions: ['disconnect', 'connect'],
    state: { phase: 'connecting', token: 't1', isFresh: false, cutAtMs: undefined },
  });
});

test('the words: the worst stream decides, a cut counts down, a heal is shown for 5 s', () => {
  const live = play([0, opened], [0, snapshotEnd]).state;
  const cut = play([0, opened], [0, snapshotEnd], [1_000, failed]).state;
  const view = (nowMs: number, ...streams: StreamState[]): string => connectionView(streams, nowMs).text;
  expect(view(1_000, live, live)).toBe('Live');
  expect(view(1_000, live, connectingStream(0))).toBe('Connecting');
  expect(view(1_000, live, cut)).toBe('Cut — reconnecting in 1 s');
  expect(view(1_000, { ...cut, retryAtMs: 4_001 }, live)).toBe('Cut — reconnecting in 4 s');
  expect(view(1_400, { ...cut, phase: 'connecting' })).toBe('Cut — reconnecting');
  expect(view(0, { ...live, phase: 'paused' })).toBe('Paused');
  const healed = play(
    [0, opened],
    [0, snapshotEnd],
    [1_000, failed],
    [1_375, time],
    [1_380, opened],
    [1_500, snapshotEnd],
  );
  expect([view(1_500, healed.state), view(6_500, healed.state)]).toEqual(['Healed', 'Live']);
  expect(healedText([live, healed.state])).toBe('Healed. After a cut of 500 ms: resumed without a gap.');
  expect(healedText([live])).toBe('');
});
