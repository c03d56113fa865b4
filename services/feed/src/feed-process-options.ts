/**
 * What can be set of a process that runs a feed alone. In: flags and environment. Out: one table: where ingest is, what the
 * feed notes on disk, what is logged, and the feed itself.
 */
import {
  listOption,
  type OptionReading,
  type OptionWithDefault,
  type ProbeOptions,
  probeOptionsOf,
  type ProcessOptions,
  processOptions,
  switchOption,
  textOption,
} from '@tapeline/runtime';
import { type FeedOptions, feedOptions } from './feed-options.ts';

const metricsPort = 9_463;
const address = /^(\[[\da-fA-F:.%]+\]|[^\s:/[\]]+):([1-9]\d{0,4})$/;
const portMax = 65_535;

type SinkOptions = {
  readonly ingest: OptionWithDefault<readonly string[]>;
  readonly 'feed-dir': OptionWithDefault<string>;
  readonly once: OptionWithDefault<boolean>;
};

/** Names and kinds of the options. */
export type FeedProcessOptions = SinkOptions & ProbeOptions & ProcessOptions & FeedOptions;

const sinkOptions: SinkOptions = {
  ingest: ingestOption(),
  'feed-dir': textOption({
    placeholder: 'DIR',
    env: 'TAPELINE_FEED_DIR',
    charsMax: 4_096,
    default: 'tapeline-feed',
    help: 'Where it notes what it has replayed into the stream behind --ingest, so that a restart adds nothing twice; one for each stream.',
  }),
  once: switchOption({ help: 'Ends when the feed has ended, with one line of JSON that counts what was done.' }),
};

/** The options, in the order of the help. */
export const feedProcessOptions: FeedProcessOptions = {
  ...feedOptions,
  ...sinkOptions,
  ...probeOptionsOf(metricsPort),
  ...processOptions,
};

function ingestOption(): OptionWithDefault<readonly string[]> {
  const list = listOption({
    placeholder: 'HOST:PORT,…',
    env: 'TAPELINE_INGEST',
    default: '127.0.0.1:50051',
    itemsMax: 64,
    itemCharsMax: 300,
    help: 'Ingests that take the ticks; after a failure the next one is tried.',
  });
  return { ...list, read: (text) => checked(list.read(text)) };
}

function checked(reading: OptionReading<readonly string[]>): OptionReading<readonly string[]> {
  if ('problem' in reading) return reading;
  const wrong = reading.value.find((text) => Number(address.exec(text)?.[2] ?? portMax + 1) > portMax);
  return wrong === undefined ? reading : { problem: `has an item ${wrong} that is not HOST:PORT; write it so` };
}
