/**
 * The worker's options as one table. In: flags and environment by the readers of the runtime. Out: values, and from them
 * the configuration. Those of the first group decide what bars are; a changed one means a replay of the log.
 */
import { foldConfigDefaults, parseInterval, type ProfileName, profileNames } from '@tapeline/domain';
import {
  bytesOption,
  choiceOption,
  durationOption,
  listOption,
  type OptionReading,
  type OptionValues,
  type OptionWithDefault,
} from '@tapeline/runtime';
import { workerConfigDefaults, type WorkerConfig } from './worker-config.ts';

const intervalsMax = 16;

const intervals: OptionWithDefault<readonly string[]> = checkedList(
  listOption({
    help: 'Intervals of bars, such as 1s, 5m or 1d, at most 16. A changed list means a replay of the log.',
    env: 'TAPELINE_INTERVALS',
    default: foldConfigDefaults.intervals.join(','),
    itemsMax: intervalsMax,
    itemCharsMax: 8,
  }),
  (name) => {
    const interval = parseInterval(name);
    return 'code' in interval ? { problem: interval.message } : { value: interval.name };
  },
);

const profiles: OptionWithDefault<readonly string[]> = checkedList(
  listOption({
    help: 'Profiles of sale conditions: all counts every trade, sip follows the consolidated tapes.',
    env: 'TAPELINE_PROFILES',
    default: foldConfigDefaults.profiles.join(','),
    itemsMax: profileNames.length,
    itemCharsMax: 8,
  }),
  (name) =>
    profileNames.some((profile) => profile === name)
      ? { value: name }
      : { problem: `${name} is none of ${profileNames.join(', ')}` },
);

/** The options by name; durations in ms, amounts in bytes. */
export type WorkerOptions = Readonly<Record<'intervals' | 'profiles', OptionWithDefault<readonly string[]>>> &
  Readonly<Record<'tape', OptionWithDefault<WorkerConfig['tape']>>> &
  Readonly<
    Record<
      | 'lateness'
      | 'replay-lateness'
      | 'horizon'
      | 'retained-memory'
      | 'snapshot-interval'
      | 'forming-interval'
      | 'tape-interval'
      | 'quiet-after'
      | 'held-back',
      OptionWithDefault<number>
    >
  >;

/** Options of every process that runs a worker. */
export const workerOptions: WorkerOptions = {
  intervals,
  profiles,
  lateness: durationOption({
    help: 'How long after its end a bar of live ticks stays open.',
    env: 'TAPELINE_LATENESS',
    default: '2s',
    min: '0ms',
    max: '10m',
  }),
  'replay-lateness': durationOption({
    help: 'How far a delayed or replayed feed must be past the end of a bar, in its own time, before the bar closes.',
    env: 'TAPELINE_REPLAY_LATENESS',
    default: '0ms',
    min: '0ms',
    max: '10m',
  }),
  horizon: durationOption({
    help: 'How long after its end a closed bar can be revised; ticks that come later are counted as late.',
    env: 'TAPELINE_HORIZON',
    default: '15m',
    min: '0ms',
    max: '7d',
  }),
  'retained-memory': bytesOption({
    help: 'Ticks that each partition keeps in memory to revise bars from.',
    env: 'TAPELINE_RETAINED_MEMORY',
    default: '256MiB',
    min: '1MiB',
    max: '8GiB',
  }),
  'snapshot-interval': durationOption({
    help: 'Pause between two snapshots of a partition; a restart reads the log again from the last one.',
    env: 'TAPELINE_SNAPSHOT_INTERVAL',
    default: '5s',
    min: '100ms',
    max: '10m',
  }),
  'forming-interval': durationOption({
    help: 'Shortest pause between two updates of bars that are still forming; under load it stretches to 250ms.',
    env: 'TAPELINE_FORMING_INTERVAL',
    default: '10ms',
    min: '1ms',
    max: '250ms',
  }),
  tape: choiceOption(['on', 'off'], {
    help: 'Whether counted ticks are kept; off counts faster, and GetTrades and StreamTrades then have nothing of them.',
    env: 'TAPELINE_TAPE',
    default: 'on',
  }),
  'tape-interval': durationOption({
    help: 'Shortest pause between two writes of counted ticks; under load it stretches to 250ms.',
    env: 'TAPELINE_TAPE_INTERVAL',
    default: '50ms',
    min: '1ms',
    max: '250ms',
  }),
  'quiet-after': durationOption({
    help: 'So long without a tick, and a partition asks the log for its time, so that bars close; beside busy ones at twice this pace.',
    env: 'TAPELINE_QUIET_AFTER',
    default: '1s',
    min: '100ms',
    max: '1m',
  }),
  'held-back': bytesOption({
    help: 'Outputs of each partition that may wait for the store or the log, at most, before it stops reading ticks; where they are slow it stops earlier.',
    env: 'TAPELINE_HELD_BACK',
    default: '16MiB',
    min: '1MiB',
    max: '1GiB',
  }),
};

/** The configuration that the values stand for. `retentionMs` is that of the log's `ticks`, ms. */
export function workerConfigOf(values: OptionValues<WorkerOptions>, retentionMs: number): WorkerConfig {
  return {
    ...workerConfigDefaults,
    fold: {
      intervals: values.intervals,
      profiles: values.profiles.filter((name): name is ProfileName => profileNames.some((known) => known === name)),
      latenessLiveMs: values.lateness,
      latenessReplayMs: values['replay-lateness'],
      // A horizon below the lateness would make bars final before they close.
      horizonMs: Math.max(values.horizon, values.lateness, values['replay-lateness']),
      retainedBytesMax: values['retained-memory'],
      retentionMs,
    },
    tape: values.tape,
    snapshotIntervalMs: values['snapshot-interval'],
    formingIntervalMs: values['forming-interval'],
    tapeIntervalMs: values['tape-interval'],
    quietMs: values['quiet-after'],
    heldBackBytesMax: values['held-back'],
  };
}

/** A list whose items are read one by one, and which has none twice. */
function checkedList(
  option: OptionWithDefault<readonly string[]>,
  readItem: (item: string) => OptionReading<string>,
): OptionWithDefault<readonly string[]> {
  const read = (text: string): OptionReading<readonly string[]> => {
    const reading = option.read(text);
    if ('problem' in reading) return reading;
    const items: string[] = [];
    for (const item of reading.value) {
      const one = readItem(item);
      if ('problem' in one) return { problem: `has an item that cannot be used: ${one.problem}` };
      if (items.includes(one.value)) return { problem: `names ${one.value} twice; name it once` };
      items.push(one.value);
    }
    return { value: items };
  };
  return { ...option, read };
}
