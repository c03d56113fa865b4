/** Which effects are tried again, how long, and who hears of it. */
import { LogError, type LogErrorCode, StoreError, type StoreErrorCode } from '@tapeline/domain';
import { ManualClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { PatientEffects } from './patient-effects.ts';

function setUp(): { clock: ManualClock; effects: PatientEffects; giveUp: AbortController; told: string[] } {
  const clock = new ManualClock(0);
  const giveUp = new AbortController();
  const told: string[] = [];
  const effects = new PatientEffects({
    clock,
    random: { next: () => 0.999, bits: () => 0n },
    giveUp: giveUp.signal,
    waiting: (what, error) => told.push(`${what}: ${error.message}`),
    through: (what) => told.push(`${what} is through`),
  });
  return { clock, effects, giveUp, told };
}

/** Fails so many times, then answers. */
function failing(times: number, error: Error): () => Promise<number> {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls <= times) throw error;
    return calls;
  };
}

const transient: readonly Error[] = [
  ...(['STORE_UNAVAILABLE', 'STORE_FULL'] as const).map((code: StoreErrorCode) => new StoreError(code, code)),
  ...(['LOG_UNAVAILABLE', 'LOG_FULL'] as const).map((code: LogErrorCode) => new LogError(code, code)),
];

test.each(transient)('$message is tried again until it goes through', async (error) => {
  const { clock, effects, told } = setUp();
  const done = effects.run('writing', failing(3, error));
  await clock.advance(1_000);
  await expect(done).resolves.toBe(4);
  expect(told).toEqual([...Array.from({ length: 3 }, () => `writing: ${error.message}`), 'writing is through']);
});

test('the pauses double up to 5 s, and the tries have no end', async () => {
  const { clock, effects } = setUp();
  const done = effects.run('writing', failing(50, new StoreError('STORE_FULL', 'full')));
  await clock.advance(60 * 5_000);
  await expect(done).resolves.toBe(51);
});

test.each([new StoreError('STORE_CLOSED', 'closed'), new LogError('RECORD_TOO_LARGE', 'large'), new RangeError('bug')])(
  '$name $message is not tried again',
  async (error) => {
    const { effects, told } = setUp();
    await expect(effects.run('writing', failing(1, error))).rejects.toBe(error);
    expect(told).toEqual([]);
  },
);

test('an effect that waits ends with the giving up, with its last error', async () => {
  const { clock, effects, giveUp } = setUp();
  const error = new LogError('LOG_UNAVAILABLE', 'away');
  const done = effects.run('writing', failing(1_000, error));
  await clock.advance(500);
  giveUp.abort();
  await expect(done).rejects.toBe(error);
});

test('after the giving up nothing is begun any more', async () => {
  const { effects, giveUp } = setUp();
  giveUp.abort();
  let begun = 0;
  const effect = async (): Promise<number> => (begun += 1);
  await expect(effects.run('writing', effect)).rejects.toThrow('writing is not begun any more');
  expect(begun).toBe(0);
});
