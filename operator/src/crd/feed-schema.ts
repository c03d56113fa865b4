/**
 * The feeds of a stream. In: nothing. Out: their schema. What a feed has replayed it notes on a volume, so a replay without
 * one is refused: its restart would be its beginning.
 */
import { secretKeyOf } from './connection-schema.ts';
import { podFields } from './pods-schema.ts';
import { countOf, durationOf, keyedListOf, listOf, objectOf, type Rule, type Schema, textOf } from './schema.ts';

const rules: readonly Rule[] = [
  {
    rule: "self.type == 'replay' ? has(self.replay) : !has(self.replay)",
    message: 'replay says which files a feed of type replay reads; give it there and nowhere else',
  },
  {
    rule: "self.type != 'replay' || has(self.notes)",
    message: 'a replay needs a claim for its notes, so that a restart adds nothing twice; give notes.claimName',
  },
  {
    rule: "self.type == 'simulator' || !has(self.simulator)",
    message: 'simulator is for feeds of that type; leave it away',
  },
  {
    rule: "self.type == 'finnhub' ? has(self.tokenSecretRef) : !has(self.tokenSecretRef)",
    message: 'tokenSecretRef is the key of finnhub.io; give it to feeds of type finnhub and to no other',
  },
];

const claimName = textOf('Name of the PersistentVolumeClaim.', 253, { minLength: 1 });

const feed: Schema = objectOf(
  'One feed, hence one pod.',
  {
    name: textOf('Its name, part of that of its pod.', 20, { pattern: '^[a-z]([a-z0-9-]*[a-z0-9])?$' }),
    type: {
      type: 'string',
      description: 'Where ticks come from.',
      enum: ['simulator', 'replay', 'finnhub', 'binance'],
    },
    symbols: listOf('Only these symbols.', { type: 'string', minLength: 1, maxLength: 64 }, 200, { minItems: 1 }),
    dataset: textOf('Where the ticks are said to come from; the name of the source if absent.', 64, {
      pattern: '^[!-~]+$',
    }),
    simulator: objectOf('A simulated market.', {
      rate: countOf('Ticks a second on average, all symbols together.', 1, 1_000_000, { default: 200 }),
      seed: countOf('Which of the markets.', 0, 9_007_199_254_740_991, { default: 1 }),
      backfill: durationOf('History that is made once; needs notes. None if absent.'),
    }),
    replay: objectOf(
      'Recorded ticks on a volume.',
      {
        claimName,
        paths: listOf(
          'Files on it, relative to its root.',
          { type: 'string', maxLength: 4_096, pattern: '^[^/].*$' },
          1_000,
          { minItems: 1 },
        ),
        speed: textOf('How fast: a factor from 0.1 to 100000, or max.', 12, {
          pattern: String.raw`^(max|[0-9]{1,6}(\.[0-9]{1,3})?)$`,
          default: '60',
        }),
        calendar: textOf('Sessions of its symbols; as the file is if absent.', 32),
      },
      ['claimName', 'paths'],
    ),
    tokenSecretRef: secretKeyOf('Key of finnhub.io.', 'token'),
    notes: objectOf('Where it notes what it has replayed; lost with the pod if absent.', { claimName }, ['claimName']),
    ...podFields,
  },
  ['name', 'type'],
  { 'x-kubernetes-validations': rules },
);

/** The feeds by name. */
export const feedsSchema: Schema = keyedListOf('What fills the stream besides gRPC.', feed, ['name'], 16);
