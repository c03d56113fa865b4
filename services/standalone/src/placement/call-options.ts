/**
 * What `tapeline placement` can be told besides its action. In: text. Out: where the market is, which dataset is meant, and
 * what is to be shown in which form.
 */
import { streamPartitionsMax } from '@tapeline/domain';
import {
  choiceOption,
  integerOption,
  type Option,
  type OptionValues,
  type OptionWithDefault,
  textOption,
} from '@tapeline/runtime';

/** The options. */
export type CallOptions = {
  readonly server: OptionWithDefault<string>;
  readonly dataset: Option<string>;
  readonly output: OptionWithDefault<'text' | 'json'>;
  readonly limit: OptionWithDefault<number>;
  readonly target: Option<number>;
  readonly partitions: Option<number>;
};

/** They, in the order of the help. */
export const callOptions: CallOptions = {
  server: textOption({
    placeholder: 'HOST:PORT',
    env: 'TAPELINE_SERVER',
    charsMax: 256,
    default: '127.0.0.1:50051',
    pattern: { fits: /^\S+:\d{1,5}$/, form: 'HOST:PORT, such as 127.0.0.1:50051' },
    help: 'Where the market serves gRPC, as it says when it starts.',
  }),
  dataset: textOption({ charsMax: 64, help: 'Dataset of the symbols; needed where several datasets have one.' }),
  output: choiceOption(['text', 'json'], { default: 'text', help: 'What is written: a table for people, or JSON.' }),
  limit: integerOption({ min: 1, max: 1_000, default: 20, help: 'How many instruments top shows.' }),
  target: integerOption({
    min: 1,
    max: 10_000_000,
    unit: 'ticks/s',
    help: 'For plan: what one partition is meant to carry; without it as the market has it.',
  }),
  partitions: integerOption({
    min: 1,
    max: streamPartitionsMax,
    help: 'For plan: as if there were so many partitions; without it as many as there are.',
  }),
};

/** Their values. */
export type PlacementValues = OptionValues<CallOptions>;
