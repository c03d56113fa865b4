/**
 * What a replay needs. In: nothing. Out: the type of its settings and of what it works with. Law 2: clock and chance are
 * among it.
 */
import type { Clock, Logger, RandomSource } from '@tapeline/runtime';
import type { ReplaySpeed } from '../feed-options.ts';
import type { ReplayRegister } from '../replay-register.ts';

/** What a replay needs. */
export type ReplayConfig = {
  readonly paths: readonly string[];
  readonly speed: ReplaySpeed;
  /** In place of what the files say. */
  readonly dataset?: string | undefined;
  readonly calendar?: string | undefined;
  /** The symbols that are wanted; absent = all. */
  readonly symbols?: readonly string[] | undefined;
  readonly register: ReplayRegister;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
};
