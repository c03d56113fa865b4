/**
 * The machine's clock for people in a hurry. In: nothing. Out: a clock whose time is the machine's and whose waits end
 * after a tenth of a second, so that pauses of seconds before another try do not make tests slow.
 */
import { type Clock, systemClock } from '@tapeline/runtime';

/** A clock on which no wait lasts longer than `sleepMsMost`. */
export function hastyClock(sleepMsMost: number = 100): Clock {
  return { ...systemClock, sleep: (ms, stop) => systemClock.sleep(Math.min(ms, sleepMsMost), stop) };
}
