/**
 * What can be set of ingest. In: flags and environment, by the readers of the runtime. Out: `IngestConfig`. Law 7: each
 * bound stands here with its default, its limits and its unit.
 */
import { builtInCalendarNames, nameProblem } from '@tapeline/domain';
import {
  bytesOption,
  durationOption,
  integerOption,
  listOption,
  type OptionReading,
  type OptionValues,
  type OptionWithDefault,
  type Option,
} from '@tapeline/runtime';
import type { IngestConfig } from './ingest-types.ts';

/** What holds where nothing is set. */
export const ingestConfigDefaults: IngestConfig = {
  lingerMs: 5,
  lingerBytes: 65_536,
  laneBytesMax: 8_388_608,
  unsettledTicksMax: 20_000,
  streamsMax: 256,
  onceCallsMax: 64,
  aheadMsMax: 60_000,
  ackIntervalMs: 5,
  responsesUnreadMsMax: 60_000,
  aliveIntervalMs: 10_000,
  calendars: new Map(),
};

const datasetsMax = 256;

/** Calendars by dataset. */
const calendars: Option<ReadonlyMap<string, string>> = calendarsOption();

/** Names and kinds of the options; durations in ms, amounts in bytes. */
export type IngestOptions = { readonly 'dataset-calendars': Option<ReadonlyMap<string, string>> } & Readonly<
  Record<
    | 'linger'
    | 'linger-bytes'
    | 'lane-memory'
    | 'unsettled-ticks'
    | 'publish-streams'
    | 'once-calls'
    | 'tick-ahead'
    | 'ack-interval'
    | 'responses-unread'
    | 'alive-interval',
    OptionWithDefault<number>
  >
>;

/** Options of every process that runs ingest. */
export const ingestOptions: IngestOptions = {
  linger: durationOption({
    help: 'How long the first tick of a log record waits for others.',
    env: 'TAPELINE_LINGER',
    default: '5ms',
    min: '0ms',
    max: '1s',
  }),
  'linger-bytes': bytesOption({
    help: 'Size at which a log record waits for no more ticks.',
    env: 'TAPELINE_LINGER_BYTES',
    default: '64KiB',
    min: '1KiB',
    max: '1MiB',
  }),
  'lane-memory': bytesOption({
    help: 'Ticks that may wait for one partition of the log before publishers are read more slowly.',
    env: 'TAPELINE_LANE_MEMORY',
    default: '8MiB',
    min: '1MiB',
    max: '256MiB',
  }),
  'unsettled-ticks': integerOption({
    help: 'Ticks of one stream that may be on their way before ingest reads it no further.',
    env: 'TAPELINE_UNSETTLED_TICKS',
    default: 20_000,
    min: 4_000,
    max: 1_000_000,
    unit: 'ticks',
  }),
  'publish-streams': integerOption({
    help: 'Publish streams at once; one more is refused with STREAMS_TOO_MANY.',
    env: 'TAPELINE_PUBLISH_STREAMS',
    default: 256,
    min: 1,
    max: 10_000,
  }),
  'once-calls': integerOption({
    help: 'PublishOnce calls at once; one more is refused with CALLS_TOO_MANY.',
    env: 'TAPELINE_ONCE_CALLS',
    default: 64,
    min: 1,
    max: 10_000,
  }),
  'tick-ahead': durationOption({
    help: 'How far the event time of a live tick may lie ahead of the clock; beyond it is rejected with EVENT_TIME_AHEAD.',
    env: 'TAPELINE_TICK_AHEAD',
    default: '60s',
    min: '0ms',
    max: '7d',
  }),
  'ack-interval': durationOption({
    help: 'Shortest pause between two acks of a stream.',
    env: 'TAPELINE_ACK_INTERVAL',
    default: '5ms',
    min: '0ms',
    max: '1s',
  }),
  'responses-unread': durationOption({
    help: 'How long a publisher may take no responses before its stream is ended with RESPONSES_NOT_READ.',
    env: 'TAPELINE_RESPONSES_UNREAD',
    default: '60s',
    min: '1s',
    max: '1h',
  }),
  'alive-interval': durationOption({
    help: 'How often the log is told which delayed and replay streams are open; after 10m without, bars do not wait for one.',
    env: 'TAPELINE_ALIVE_INTERVAL',
    default: '10s',
    min: '1s',
    max: '2m',
  }),
  'dataset-calendars': calendars,
};

/** The configuration that the values stand for. */
export function ingestConfigOf(values: OptionValues<IngestOptions>): IngestConfig {
  return {
    lingerMs: values.linger,
    lingerBytes: values['linger-bytes'],
    laneBytesMax: values['lane-memory'],
    unsettledTicksMax: values['unsettled-ticks'],
    streamsMax: values['publish-streams'],
    onceCallsMax: values['once-calls'],
    aheadMsMax: values['tick-ahead'],
    ackIntervalMs: values['ack-interval'],
    responsesUnreadMsMax: values['responses-unread'],
    aliveIntervalMs: values['alive-interval'],
    calendars: values['dataset-calendars'] ?? new Map(),
  };
}

function calendarsOption(): Option<ReadonlyMap<string, string>> {
  const list = listOption({
    help:
      'Calendars of instruments that nobody gave terms of, by dataset, such as us-equities=XNYS; other datasets are open 24/7. ' +
      `Calendars: ${builtInCalendarNames.join(', ')}.`,
    env: 'TAPELINE_DATASET_CALENDARS',
    placeholder: 'DATASET=CALENDAR,…',
    itemsMax: datasetsMax,
    itemCharsMax: 128,
  });
  return { ...list, read: (text) => readCalendars(list.read(text)) };
}

function readCalendars(reading: OptionReading<readonly string[]>): OptionReading<ReadonlyMap<string, string>> {
  if ('problem' in reading) return reading;
  const byDataset = new Map<string, string>();
  for (const item of reading.value) {
    const equals = item.lastIndexOf('=');
    const [dataset, calendar] = [item.slice(0, equals), item.slice(equals + 1)];
    if (equals < 0) return { problem: `has an item ${item} that is not DATASET=CALENDAR; write it so` };
    const problem = nameProblem(dataset);
    if (problem !== undefined) return { problem: `names a dataset that ${problem}` };
    if (byDataset.has(dataset)) return { problem: `names ${dataset} twice; name it once` };
    if (!builtInCalendarNames.includes(calendar)) {
      return { problem: `names a calendar ${calendar} that is none of ${builtInCalendarNames.join(', ')}` };
    }
    byDataset.set(dataset, calendar);
  }
  return { value: byDataset };
}
